"""Teach a trained network the classes of a folder of photos: few photos are enough.

    cutaway transfer photos --net squeezenet1_0 --weights squeezenet.npz --mode probe --out run
    cutaway transfer photos --net mobilenet_v1 --weights mobilenet.npz --mode top-k --k 3 --out run

The folder has train/CLASS/ and val/CLASS/, or CLASS/ alone, of which --seed draws a fifth to judge by.

    probe   the last layer alone, by logistic regression on what the layers before it answer: seconds
    top-k   the last --k layers; the others stay as they are
    all     every layer; the nearer to the input, the slower: --decay

The run's folder gets model.safetensors (for ``cutaway classify --weights RUN``) and report.html; with
--resume a run that was interrupted goes on, to the bit.  The last line printed is JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.files import replacing
from .classify_train import read_options

if TYPE_CHECKING:
    from ..vision.data.class_folders import ClassFolders
    from ..vision.networks.classifier import Classifier

SUMMARY = "teach a trained network the classes of a folder of photos"
MODES = ("probe", "top-k", "all")
CHECKPOINT, OPTIONS, CHECKPOINT_STEPS = "checkpoint.safetensors", "options.json", 20
FIXED = ("net", "weights", "mode", "k", "lr", "decay", "weight_decay", "epochs", "batch", "seed")
FIXED += ("schedule", "gradual", "augment", "size")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="train/CLASS/ and val/CLASS/, or CLASS/")
    parser.add_argument("--net", required=True, help="squeezenet1_0, mobilenet_v1, resnet18, vgg16 ...")
    parser.add_argument("--weights", metavar="FILE", help="trained weights; without it torchvision's")
    parser.add_argument("--mode", choices=MODES, default="probe", help="what learns (default: probe)")
    parser.add_argument("--out", required=True, metavar="RUN", help="folder for the model and the report")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--k", type=int, help="top-k: so many layers learn (default: 2)")
    parser.add_argument("--lr", type=float, help="rate of the last layer (default: 0.001)")
    parser.add_argument("--decay", type=float, help="rate of a layer / of the one before (default: 2.6)")
    parser.add_argument("--weight-decay", type=float, help="of all layers (default: 0)")
    parser.add_argument("--epochs", type=int, help="passes over the photos (default: 8)")
    parser.add_argument("--batch", type=int, default=16, help="photos a step (default: 16)")
    parser.add_argument("--seed", type=int, default=0, help="of split, weights, order, pieces (default: 0)")
    parser.add_argument("--schedule", help="slanted (default), one-cycle or constant")
    parser.add_argument("--gradual", action="store_true", help="one more layer learns in each epoch")
    augment = "pieces (default), mirror or none; a probe: mirror or none (default)"
    parser.add_argument("--augment", help=f"how photos are varied: {augment}")
    parser.add_argument("--size", type=int, help="pixels to a side (default: the network's)")
    parser.add_argument("--cache", metavar="FOLDER", help="probe: keep features there for the next time")
    parser.add_argument("--quiet", action="store_true", help="the JSON line alone")


def run(arguments: argparse.Namespace) -> int:
    from ..vision.classification.saved import save_classifier
    from ..vision.data.class_folders import find_classes

    complete(arguments)
    photos = find_classes(arguments.folder, arguments.seed)
    net = begun(arguments)
    expect_layers(net, arguments)
    out = prepared(arguments, photos)
    if arguments.mode == "probe":
        found: dict[str, Any] = probed(net, photos, arguments)
    else:
        found = tuned(net, photos, arguments, out)
    save_classifier(out / "model.safetensors", net, arguments.net, photos.classes)
    from .transfer_report import write_report

    line = write_report(out / "report.html", net, arguments, photos, found)
    line |= {"model": str(out / "model.safetensors"), "report": str(out / "report.html")}
    print(json.dumps(line))
    return 0


DEFAULTS = {"lr": 1e-3, "decay": 2.6, "weight_decay": 0.0, "epochs": 8, "schedule": "slanted"}


def complete(arguments: argparse.Namespace) -> None:
    """Put the defaults where nothing was said; ValueError for what is out of range or has no meaning."""
    from ..vision.networks.classification_net import NETS, expect_known
    from ..vision.transfer.fine_tune import SCHEDULES

    expect_known("--net", "network", arguments.net, NETS)
    probing = arguments.mode == "probe"
    for name in ("k", *DEFAULTS):
        if getattr(arguments, name) is not None and (probing or (name == "k" and arguments.mode == "all")):
            flag = name.replace("_", "-")
            raise ValueError(f"--{flag} has no meaning with --mode {arguments.mode}; leave it out")
        if getattr(arguments, name) is None and not probing:
            setattr(arguments, name, DEFAULTS.get(name, 2 if arguments.mode == "top-k" else None))
    if probing and arguments.gradual:
        raise ValueError("--gradual has no meaning with --mode probe; leave it out")
    if not probing and arguments.cache:
        raise ValueError(f"--cache has no meaning with --mode {arguments.mode}; leave it out")
    least = {"k": 1, "epochs": 1, "batch": 1, "seed": 0, "size": 32}
    for name, number in least.items():
        value = getattr(arguments, name)
        if value is not None and value < number:
            raise ValueError(f"--{name} expects a whole number from {number}, came {value}")
    for name in ("lr", "decay"):
        value = getattr(arguments, name)
        if value is not None and not 0 < value < float("inf"):
            raise ValueError(f"--{name} expects a number above 0, came {value}")
    if arguments.weight_decay is not None and not 0 <= arguments.weight_decay < float("inf"):
        raise ValueError(f"--weight-decay expects a number from 0, came {arguments.weight_decay}")
    if arguments.schedule is not None and arguments.schedule not in SCHEDULES:
        raise ValueError(f"--schedule expects one of {', '.join(SCHEDULES)}, came {arguments.schedule!r}")
    kinds = ("mirror", "none") if probing else ("pieces", "none")
    arguments.augment = arguments.augment or ("none" if probing else "pieces")
    if arguments.augment not in kinds:
        expected = f"{' or '.join(kinds)} with --mode {arguments.mode}"
        raise ValueError(f"--augment expects {expected}, came {arguments.augment!r}")


def begun(arguments: argparse.Namespace) -> Classifier:
    """Return the trained network, its last layer included."""
    from ..vision.networks.classification_net import net_for_weights
    from ..vision.networks.pretrained import load_pretrained

    if arguments.weights:
        net = net_for_weights(arguments.net, arguments.weights)
    else:
        net = load_pretrained(arguments.net, show=not arguments.quiet)
    if arguments.size:
        size = arguments.size
        net.preprocess = dataclasses.replace(net.preprocess, size=size, resize=size * 8 // 7)
    return net


def expect_layers(net: Classifier, arguments: argparse.Namespace) -> None:
    """ValueError if fewer layers are there than are to learn."""
    from ..vision.transfer.backbone import layers

    count = len(layers(net))
    if arguments.k is not None and arguments.k > count:
        raise ValueError(f"--k expects at most {count}, the layers of {arguments.net}, came {arguments.k}")


def prepared(arguments: argparse.Namespace, photos: ClassFolders) -> Path:
    """Return the run's folder with its options in it: a new one, or with --resume one begun by the same."""
    out, source = Path(arguments.out), Path(arguments.folder).resolve()
    if out.resolve() == source or source in out.resolve().parents:
        raise ValueError(f"--out {out} is inside of DIR {arguments.folder}, where it would be a class")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
    options = {name: getattr(arguments, name) for name in FIXED} | {"photos": told(photos)}
    kept = out / OPTIONS
    if arguments.resume:
        if not kept.is_file():
            raise FileNotFoundError(
                f"--resume: there is no run in --out {out}; leave --resume out to begin one"
            )
        before = read_options(kept)
        for name, value in options.items():
            if before.get(name) != value:
                said = f"{out} was begun with {name} {before.get(name)}, came {value}"
                raise ValueError(f"--resume: {said}\n    hint: the same options, or another --out")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(f"--out {out} is there already; --resume goes on with it, or choose another")
    out.mkdir(exist_ok=True)
    with replacing(kept, "w") as file:
        file.write(json.dumps(options, indent=1) + "\n")
    return out


def told(photos: ClassFolders) -> str:
    """Return counts of the photos, and letters that change with their names and sizes."""
    digest = hashlib.sha256()
    for path, number in (*photos.train, *photos.val):
        digest.update(f"{number} {path.name} {path.stat().st_size}\n".encode())
    return (
        f"{len(photos.train)} + {len(photos.val)} in {', '.join(photos.classes)}, {digest.hexdigest()[:12]}"
    )


def probed(net: Classifier, photos: ClassFolders, arguments: argparse.Namespace) -> dict[str, Any]:
    """Fit a new last layer, and put it into the network."""
    from ..vision.transfer.probe import linear_probe, put_head

    probe = linear_probe(
        net,
        photos,
        seed=arguments.seed,
        cache=arguments.cache,
        mirror=arguments.augment == "mirror",
        batch_size=arguments.batch,
        show=not arguments.quiet,
    )
    put_head(net, probe)
    return {"probe": probe}


def tuned(net: Classifier, photos: ClassFolders, arguments: argparse.Namespace, out: Path) -> dict[str, Any]:
    """Train the last layers of the network, with a new last one."""
    from .. import nn
    from ..vision.transfer.backbone import layers, moved, snapshot, unfreeze
    from ..vision.transfer.fine_tune import fine_tune, rate_table, show_rates

    net.reset_classifier(len(photos.classes), rng=arguments.seed)
    before = snapshot(net)
    k = arguments.k or len(layers(net))
    unfreeze(net, k)
    rates = rate_table(net, arguments.lr, arguments.decay)
    if not arguments.quiet:
        print(show_rates(net, arguments.lr, arguments.decay), file=sys.stderr, flush=True)
    history = fine_tune(
        net, photos.train, photos.val, k=k, epochs=arguments.epochs, lr=arguments.lr, decay=arguments.decay,
        weight_decay=arguments.weight_decay, batch_size=arguments.batch, schedule=arguments.schedule,
        gradual=arguments.gradual, augment=arguments.augment == "pieces", seed=arguments.seed,
        callbacks=[] if arguments.quiet else [nn.callbacks.PrintEpochs()],
        checkpoint=out / CHECKPOINT, checkpoint_every=CHECKPOINT_STEPS, show=not arguments.quiet,
    )  # fmt: skip
    return {"history": history, "rates": rates, "moved": moved(net, before)}
