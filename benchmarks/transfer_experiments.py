"""The experiments of ``benchmarks/transfer.py``: each returns numbers alone, pictures are made from them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from cutaway import nn
from cutaway.nn import functional as F
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.transfer.backbone import freeze, layers, unfreeze
from cutaway.vision.transfer.features import features, layer_outputs
from cutaway.vision.transfer.fine_tune import fine_tune
from cutaway.vision.transfer.probe import fit_probe, linear_probe
from cutaway.vision.transfer.retrieval import expected_by_chance, mean_average_precision
from cutaway.vision.transfer.similarity import cka, matched_filters
from transfer_data import Sets, arrays, classes_of, gradients, pixels, some_of_each

SIZE, BATCH, RATE, SCRATCH_RATE = 128, 16, 1e-3, 3e-3
STEPS, SCRATCH_STEPS = 30, 60  # of a fine-tuning, of a training from scratch


def bees(sets: Sets) -> dict[str, Any]:
    return compared(sets, sets.bees())


def pets(sets: Sets) -> dict[str, Any]:
    return compared(sets, sets.pets())


def compared(sets: Sets, data: Any) -> dict[str, Any]:
    """Probes on published weights, on random ones, and the same networks trained from scratch."""
    rows = []
    for name in ("squeezenet1_0", "mobilenet_v1"):
        for trained in (True, False):
            net = sets.net(name, trained=trained)
            probe = linear_probe(net, data, cache=sets.work / "kept")
            row = {"net": name, "how": "probe" if trained else "probe on random weights"}
            row |= {"accuracy": probe.validation_accuracy, "neighbours": probe.neighbours_accuracy}
            rows.append(row | {"C": probe.C})
        rows.append({"net": name, "how": "from scratch", "accuracy": tuned(sets, name, data, "scratch")})
    started = time.perf_counter()  # photos to model, nothing kept
    linear_probe(sets.net("squeezenet1_0"), data)
    seconds = time.perf_counter() - started
    chance = max(np.bincount(classes_of(data.val))) / len(data.val)
    told = {"rows": rows, "largest_class": float(chance), "seconds": seconds}
    return told | {"train": len(data.train), "val": len(data.val)}


def tuned(sets: Sets, name: str, data: Any, how: str, k: int = 3, seed: int = 0, decay: float = 2.6) -> float:
    """Accuracy on the photos that judge after so many steps of training at 128 x 128 pixels."""
    net = sets.net(name, SIZE, trained=how != "scratch", seed=seed)
    if how == "probe":
        return linear_probe(net, data).validation_accuracy
    net.reset_classifier(len(data.classes), rng=seed)
    steps = SCRATCH_STEPS if how == "scratch" else STEPS
    times = -(-steps * BATCH // len(data.train))  # one long epoch: judged once, in the end
    history = fine_tune(
        net, list(data.train) * times, data.val, epochs=1, batch_size=BATCH, seed=seed, show=False,
        k=k if how == "top-k" else None, lr=SCRATCH_RATE if how == "scratch" else RATE,
        decay=decay if how == "discriminative" else 1.0,
    )  # fmt: skip
    return history[-1]["validation_accuracy"]


def size(sets: Sets) -> dict[str, Any]:
    """Accuracy against photos of each class, pets, for each way of learning."""
    data, counts = sets.pets(), (5, 20, 160)
    ways = ("scratch", "probe", "top-k", "all", "discriminative")
    curves = {
        way: [tuned(sets, "mobilenet_v1", some_of_each(data, n, 1), way) for n in counts] for way in ways
    }
    return {"counts": counts, "curves": curves, "val": len(data.val)}


def depth(sets: Sets) -> dict[str, Any]:
    """Accuracy against the number of last layers that learn, one common rate; 20 photos of each class."""
    data, ks = some_of_each(sets.bees(), 20, 1), (1, 2, 3, 5, 9, 15)
    curve = [tuned(sets, "mobilenet_v1", data, "top-k", k) for k in ks]
    falling = tuned(sets, "mobilenet_v1", data, "discriminative")
    return {"ks": ks, "curve": curve, "discriminative": falling, "val": len(data.val)}


def by_layer(sets: Sets) -> dict[str, Any]:
    """Probes on the answers of every layer, published and random weights."""
    data, found = sets.bees(), {}
    for label, trained in (("published", True), ("random", False)):
        net = sets.net("squeezenet1_0", trained=trained)
        paths = [layer.path for layer in layers(net)][:-1]
        x, x_val = (layer_outputs(net, photos, paths) for photos in (data.train, data.val))
        y, y_val = classes_of(data.train), classes_of(data.val)
        found[label] = [fit_probe(x[p], y, x_val[p], y_val).validation_accuracy for p in paths]
    return {"paths": paths, "curves": found, "val": len(data.val)}


def retrieval(sets: Sets) -> dict[str, Any]:
    """mAP of photos that ask for others of their class."""
    rows, kept = [], sets.work / "kept"
    for label, photos in (("ants and bees", sets.bees().val), ("pets", sets.pets().val)):
        y = classes_of(photos)
        net, random = (sets.net("squeezenet1_0", trained=trained) for trained in (True, False))
        kinds = {
            "SqueezeNet": features(net, photos, kept)[0],
            "random weights": features(random, photos, kept)[0],
        }
        kinds |= {"pixels": pixels(photos), "edges": gradients(photos)}
        found = {kind: mean_average_precision(x - x.mean(0), y) for kind, x in kinds.items()}
        rows.append({"set": label, "mAP": found, "chance": expected_by_chance(y), "photos": len(y)})
    return {"rows": rows}


def bars(sets: Sets) -> dict[str, Any]:
    """A linear model on pixels, on edges, on features as they are, and with mirrored photos; a net from scratch."""
    rows = []
    for label, data in (
        ("ants and bees", sets.bees()),
        ("pets", sets.pets()),
        ("CIFAR-10", sets.cifar(50, 20)),
    ):
        y, y_val = classes_of(data.train), classes_of(data.val)
        found = {}
        for kind, make in (("pixels", pixels), ("edges", gradients)):
            found[kind] = fit_probe(make(data.train), y, make(data.val), y_val).validation_accuracy
        net = sets.net("squeezenet1_0")
        for kind, mirror in (("off the shelf", False), ("+ mirrored", True)):
            found[kind] = linear_probe(net, data, cache=sets.work / "kept", mirror=mirror).validation_accuracy
        found["from scratch"] = tuned(sets, "mobilenet_v1", data, "scratch")
        rows.append({"set": label, "right": found, "val": len(data.val)})
    return {"rows": rows}


# Yosinski et al. 2014, small: a network of 9 layers on CIFAR-10's classes, split in two tasks A and B.

CUTS, SEEDS, EPOCHS = (1, 4, 8), (0, 1, 2), 5
VEHICLES = (0, 1, 8, 9)  # aeroplane, car, ship, lorry
PER_CLASS = (300, 100)


def task(x: np.ndarray, y: np.ndarray, classes: Any) -> tuple[np.ndarray, np.ndarray]:
    """The photos of some classes, numbered from 0."""
    kept = np.isin(y, classes)
    return x[kept], np.searchsorted(np.sort(classes), y[kept])


def learnt(net: Any, train: Any, test: Any, seed: int) -> float:
    """Train what is not frozen; return the share of test photos that are named rightly."""
    loader = nn.DataLoader(nn.ArrayDataset(*train), 32, shuffle=True, seed=seed)
    steps = EPOCHS * len(loader)
    schedule = nn.schedule.warm_up(steps // 20, nn.schedule.cosine(steps - steps // 20))
    nn.fit(net, loader, lambda s, t: F.cross_entropy(s, t), nn.optim.Adam(net.parameters(), 3e-3),
           epochs=EPOCHS, schedule=schedule, show=False)  # fmt: skip
    return float((answers(net, test[0]).argmax(1) == test[1]).mean())


def answers(net: Any, x: np.ndarray) -> np.ndarray:
    """Scores in evaluation mode."""
    import cutaway

    net.eval()
    with cutaway.no_grad():
        return np.concatenate([net(cutaway.tensor(x[i : i + 100])).data for i in range(0, len(x), 100)])


def copied(base: Any, n: int, classes: int, seed: int, frozen: bool) -> Any:
    """A network whose first n layers are those of another."""
    net = classification_net("small", classes, rng=100 + seed)
    for mine, theirs in list(zip(layers(net), layers(base), strict=True))[:n]:
        for module, other in zip(mine.modules, theirs.modules, strict=True):
            module.load_state_dict(other.state_dict())
    (freeze(net, n) if frozen else unfreeze(net, len(layers(net))))
    return net


def yosinski(sets: Sets) -> dict[str, Any]:
    """AnB, BnB, AnB+ and BnB+ for a random split, and AnB for a split by kind; for each seed."""
    data = sets.cifar(*PER_CLASS)
    train, test = arrays(data.train), arrays(data.val)
    runs: dict[str, list[list[float]]] = {}
    alike, filters, shown = [], [], []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(10)
        for split, (a, b) in {"near": (order[:5], order[5:]), "far": (VEHICLES, (2, 3, 4, 5, 6, 7))}.items():
            on = {
                k: (task(*train, np.sort(c)), task(*test, np.sort(c)), len(c))
                for k, c in (("A", a), ("B", b))
            }
            bases, scores = {}, {}
            for k, (learn, judge, classes) in on.items():
                bases[k] = classification_net("small", classes, rng=seed + 10 * (k == "B"))  # no common start
                scores[k] = learnt(bases[k], learn, judge, seed)
            learn, judge, classes = on["B"]
            runs.setdefault(f"{split} base", []).append([scores["B"]])
            ways = (("AnB", "A", True), ("BnB", "B", True), ("AnB+", "A", False), ("BnB+", "B", False))
            for way, source, frozen in ways if split == "near" else ways[:1]:
                curve = [
                    learnt(copied(bases[source], n, classes, seed, frozen), learn, judge, seed) for n in CUTS
                ]
                runs.setdefault(f"{split} {way}", []).append(curve)
            if split == "near":
                alike.append(likeness(bases["A"], bases["B"], test[0][:300]))
                firsts = [layers(bases[k])[0].parameters()[0].data for k in "AB"]
                other = classification_net("small", 5, rng=50 + seed)
                unlike = layers(other)[0].parameters()[0].data
                pair, partners = matched_filters(*firsts)
                filters.append([pair, matched_filters(firsts[0], unlike)[0]])
                shown = shown or [np.round(each, 4).tolist() for each in (firsts[0], firsts[1][partners])]
    return {
        "cuts": CUTS,
        "runs": runs,
        "cka": alike,
        "filters": filters,
        "first": shown,
        "test": PER_CLASS[1],
    }


def likeness(one: Any, other: Any, x: np.ndarray) -> list[float]:
    """CKA of each layer of two networks, with maps averaged to 2 x 2 at most."""
    found = []
    for net in (one, other):
        kept: list[np.ndarray] = []
        pool = nn.AdaptiveAvgPool2d(2)

        def keep(module: Any, inputs: tuple, output: Any, kept: Any = kept, pool: Any = pool) -> None:
            shown = pool(output) if output.ndim == 4 and output.shape[-1] > 2 else output
            kept.append(np.array(shown.data).reshape(len(output), -1))

        removers = [layer.modules[-1].register_forward_hook(keep) for layer in layers(net)[:-1]]
        answers(net, x)
        for remove in removers:
            remove()
        count = len(removers)
        found.append([np.concatenate(kept[i::count]) for i in range(count)])
    return [cka(a, b) for a, b in zip(*found, strict=True)]


EXPERIMENTS = {
    "retrieval": retrieval,
    "by-layer": by_layer,
    "bees": bees,
    "depth": depth,
    "size": size,
    "bars": bars,
    "pets": pets,
    "yosinski": yosinski,
}
