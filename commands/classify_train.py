"""Train a classifier on a folder of photos, a folder a class.

    cutaway classify-train photos --out run
    cutaway classify-train photos --out run --net squeezenet1_0 --weights squeezenet.npz --lr 0.0003
    mpiexec -n 4 cutaway classify-train photos --out run --batch 8     on 4 ranks, 32 photos a step

The folder has train/CLASS/ and val/CLASS/, or CLASS/ alone, of which --seed draws a fifth to judge by.  The
run's folder gets model.safetensors (for ``cutaway classify --weights RUN``), report.html and
checkpoint.safetensors: the same command goes on where it was interrupted, to the bit.  The last line printed
is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import ranks
from ..core.files import replacing
from ..core.reading import bad_file, expect_room, reading
from .networks_on_ranks import expect_same_files, rank_arguments, ranks_of
from .outputs import expect_outputs

if TYPE_CHECKING:
    from ..vision.networks.classifier import Classifier

SUMMARY = "train a classifier on a folder of photos"
SIZE = 128  # pixels to a side, of the network "small"
CHECKPOINT_STEPS = 20
FILES = ("model.safetensors", "report.html", "checkpoint.safetensors", "options.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="train/CLASS/ and val/CLASS/, or CLASS/")
    parser.add_argument("--net", default="small", help="small (default), resnet18, squeezenet1_0 ...")
    parser.add_argument("--out", required=True, metavar="RUN", help="folder for the model and the report")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the photos (default: 20)")
    parser.add_argument("--batch", type=int, default=16, help="photos a step and rank (default: 16)")
    parser.add_argument("--lr", type=float, default=1e-3, help="highest learning rate (default: 0.001)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and pieces (default: 0)")
    parser.add_argument(
        "--size", type=int, help=f"pixels to a side (default: {SIZE} for small, else the network's)"
    )
    parser.add_argument("--weights", help="weights to begin with; the last layer is new")
    parser.add_argument("--quiet", action="store_true", help="the JSON line alone")
    rank_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    comm = ranks_of(arguments)
    with ranks.ending_together(comm):
        return _trained(arguments, comm)


def _trained(arguments: argparse.Namespace, comm: Any) -> int:
    """Look at the photos, train, write: on all ranks the first two, on rank 0 the last."""
    from .. import nn
    from ..vision.classification.train import train_classifier
    from ..vision.data.class_folders import find_classes

    with ranks.together(comm):
        _expect_numbers(arguments)
        photos = find_classes(arguments.folder, arguments.seed)
        net = begun(arguments, len(photos.classes))
    expect_same_files(comm, arguments.folder, [path for path, _ in (*photos.train, *photos.val)])
    out = ranks.by_first(comm, lambda: prepared(arguments, photos.classes))
    history = train_classifier(
        net,
        photos.train,
        photos.val,
        epochs=arguments.epochs,
        batch_size=arguments.batch,
        lr=arguments.lr,
        seed=arguments.seed,
        checkpoint=out / "checkpoint.safetensors",
        checkpoint_every=CHECKPOINT_STEPS,
        callbacks=[] if arguments.quiet else [nn.callbacks.PrintEpochs()],
        show=not arguments.quiet,
        comm=comm or False,
        sync_batch_norm=arguments.sync_batch_norm and comm is not None,
    )
    ranks.by_first(
        comm, lambda: _write(arguments, out, net, photos, history, 1 if comm is None else comm.size)
    )
    return 0


def _expect_numbers(arguments: argparse.Namespace) -> None:
    for name, least in (("epochs", 1), ("batch", 1), ("size", 32), ("seed", 0)):
        value = getattr(arguments, name)
        if value is not None and value < least:
            raise ValueError(f"--{name} expects a whole number from {least}, came {value}")
    if not 0 < arguments.lr < float("inf"):
        raise ValueError(f"--lr expects a number above 0, came {arguments.lr}")


def _write(
    arguments: argparse.Namespace, out: Path, net: Classifier, photos: Any, history: list, size: int
) -> None:
    """Write the model and the report, print the last line."""
    from ..vision.classification.saved import save_classifier
    from .classify_report import write_report

    save_classifier(out / "model.safetensors", net, arguments.net, photos.classes)
    write_report(out / "report.html", net, arguments.net, photos, history)
    last = history[-1]
    told = {"net": arguments.net, "classes": list(photos.classes), "epochs": len(history)}
    told |= {"train_photos": len(photos.train), "validation_photos": len(photos.val), "loss": last["loss"]}
    told |= {name: last[name] for name in ("validation_accuracy", "validation_loss")}
    told |= {"model": str(out / "model.safetensors"), "report": str(out / "report.html"), "ranks": size}
    print(json.dumps(told), flush=True)


def begun(arguments: argparse.Namespace, classes: int) -> Classifier:
    """Return the network as it begins: of a seed, or with weights of a file and a new last layer."""
    from ..vision.networks.classification_net import NETS, classification_net, expect_known, net_for_weights

    expect_known("--net", "network", arguments.net, NETS)
    if arguments.weights:
        net = net_for_weights(arguments.net, arguments.weights)
        net.reset_classifier(classes, rng=arguments.seed)
        net.train()
    else:
        net = classification_net(arguments.net, classes, rng=arguments.seed)
    size = arguments.size or (SIZE if arguments.net == "small" else net.preprocess.size)
    net.preprocess = dataclasses.replace(net.preprocess, size=size, resize=size * 8 // 7)
    return net


def prepared(arguments: argparse.Namespace, classes: tuple[str, ...]) -> Path:
    """Return the run's folder, with the options in it; those of a run that is to go on must be the same."""
    out, source = Path(arguments.out), Path(arguments.folder).resolve()
    if out.resolve() == source or source in out.resolve().parents:
        raise ValueError(f"--out {out} is inside of DIR {arguments.folder}, where it would be a class")
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"--out {out} is a file; expected the name of a folder")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
    out.mkdir(exist_ok=True)
    inputs = [("--weights", arguments.weights)] if arguments.weights else []
    expect_outputs([("--out", str(out / name)) for name in FILES], inputs)
    names = ("net", "epochs", "batch", "lr", "seed", "size", "weights")
    options: dict[str, Any] = {name: getattr(arguments, name) for name in names} | {"classes": list(classes)}
    kept = out / "options.json"
    if (out / "checkpoint.safetensors").exists() and kept.exists():
        before = read_options(kept)
        for name, value in options.items():
            if before.get(name) != value:
                hint = "the same options go on with that run; another --out begins one"
                raise ValueError(
                    f"{out} was begun with {name} {before.get(name)}, came {value}\n    hint: {hint}"
                )
    with replacing(kept, "w") as file:
        file.write(json.dumps(options, indent=1) + "\n")
    return out


def read_options(path: Path) -> dict[str, Any]:
    """Return the options of a run."""
    with reading(path, "the options of a run"):
        expect_room(path, 40 * path.stat().st_size, "what it holds")
        options = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(options, dict):
            raise bad_file(path, "the options of a run", f"a {type(options).__name__}")
    return options
