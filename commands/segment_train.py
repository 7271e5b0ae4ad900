"""`cutaway segment train` and `show`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from .segment_data import checked, data_arguments, labels_of, options_of, pair_of


def add_arguments(actions: Any) -> None:
    train = actions.add_parser("train", help="train a network on a folder of images and masks")
    data_arguments(train)
    train.add_argument("--out", required=True, metavar="RUN", help="folder of the run")
    train.add_argument("--preset", default="classroom", help="a paper's recipe, or classroom (default)")
    train.add_argument("--net", help="network, such as unet, fcn8s, frontend, deeplab-largefov")
    train.add_argument(
        "--net-options", metavar="A=B,...", help="of the network, such as base=32,depth=4 of unet"
    )
    train.add_argument("--backbone", help="small, vgg16, alexnet, squeezenet or mobilenet")
    train.add_argument(
        "--weights",
        metavar="FILE|RUN",
        help="begin with weights of the network, of its backbone, or of another run (an earlier stage)",
    )
    train.add_argument("--size", metavar="HxW", help="bring images and masks to this size")
    train.add_argument("--crop", metavar="HxW", help="train on random pieces of this size")
    train.add_argument("--epochs", type=int, help="passes over the training images")
    train.add_argument("--minutes", type=float, help="as many epochs as fit, in place of --epochs")
    train.add_argument("--batch", type=int, help="images in a step")
    train.add_argument("--lr", type=float, help="learning rate")
    train.add_argument("--loss", help="cross-entropy, dice, focal or cross-entropy+dice")
    train.add_argument("--class-weights", help="none, inverse or median")
    train.add_argument(
        "--augment", metavar="A=B,...", help="e.g. flip=0.5,rotate=10,elastic=5,colour=0.2; or none"
    )
    train.add_argument(
        "--trainable",
        metavar="PART,...",
        help="only parts of the network whose paths begin so learn, such as context; needs --weights",
    )
    train.add_argument("--resume", action="store_true", help="go on with the run in --out")
    train.add_argument("--quiet", action="store_true", help="no progress")
    train.set_defaults(act=run_train)
    show = actions.add_parser("show", help="what a run is and has reached")
    show.add_argument("folder", metavar="RUN")
    show.set_defaults(act=run_show)


def run_train(arguments: argparse.Namespace) -> int:
    """Check the data, train, write the report; the last line is JSON."""
    from ..vision.segmentation.run import RUN, SegmentationRun
    from ..vision.segmentation.train_run import epochs_in, train_run

    folder, started = Path(arguments.out), time.perf_counter()
    _expect_folder(folder, arguments.resume)
    if arguments.weights and not Path(arguments.weights).exists():
        raise FileNotFoundError(f"--weights {arguments.weights}: there is no such file or run")
    net, recipe = None, None if arguments.resume else recipe_of(arguments)
    kept = SegmentationRun.load(folder) if arguments.resume else None
    check = checked(arguments, kept).expect_usable()
    for note in check.notes:
        print(f"note: {note}", file=sys.stderr)
    _expect_splits(check)
    if kept is not None or recipe is None:
        run = kept or SegmentationRun.load(folder)
    else:
        _expect_one_size(check, recipe)
        run = SegmentationRun(
            recipe, check.classes, labels_of(arguments), tuple(arguments.void), arguments.data
        )
        if arguments.minutes:
            fitting = epochs_in(run, check.layout, arguments.minutes)
            run = dataclasses.replace(run, recipe=dataclasses.replace(recipe, epochs=fitting))
        if recipe.trainable and not arguments.weights:
            learns = ",".join(recipe.trainable)
            raise ValueError(
                f"--trainable {learns}: the rest would stay random; --weights FILE|RUN has it trained"
            )
        net = _begun(run, arguments.weights) if arguments.weights else None
        folder.mkdir(exist_ok=True)
        run.save(folder)
    try:
        history = train_run(
            run, check.layout, folder, net=net, show=not arguments.quiet, pixels=check.pixels["train"]
        )
    except KeyboardInterrupt:
        print(f"\ninterrupted: --resume goes on with {folder / RUN}", file=sys.stderr)
        raise
    from ..lessons.segmentation_report import report

    best = max(history, key=lambda entry: entry["mean_iou"])
    report(run, folder, check, history, command="cutaway " + shlex.join(sys.argv[1:]))
    line = {
        "mean_iou": best["mean_iou"], "pixel_accuracy": best["pixel_accuracy"], "epoch": best["epoch"],
        "epochs": len(history), "seconds": round(time.perf_counter() - started, 1),
        "training_seconds": round(sum(entry["seconds"] for entry in history), 1),
        "run": str(folder), "report": str(folder / "report.html"),
    }  # fmt: skip
    print(json.dumps(line))
    return 0


def _begun(run: Any, source: str) -> Any:
    """The run's network with the weights of --weights."""
    from ..vision.segmentation.begin import begun

    try:
        return begun(run, source)
    except ValueError as error:
        raise ValueError(f"--weights {source}: {str(error).removeprefix('weights: ')}") from None


def recipe_of(arguments: argparse.Namespace) -> Any:
    """The preset with what the flags change; ValueError in the flags' words."""
    from ..vision.segmentation.recipes import PRESETS, Recipe

    if arguments.preset not in PRESETS:
        raise ValueError(f"--preset: expected one of {', '.join(PRESETS)}, got {arguments.preset!r}")
    preset = PRESETS[arguments.preset]
    names = ("net", "backbone", "epochs", "batch", "lr", "loss", "class_weights", "seed")
    changed = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    changed["augment"] = _augment(arguments, preset.augment)
    if arguments.net_options:
        changed["net_options"] = {**preset.net_options, **options_of("--net-options", arguments.net_options)}
    if arguments.size:
        changed["size"] = pair_of("--size", arguments.size)
    if arguments.backbone and arguments.backbone != preset.backbone:
        changed.setdefault("prepare", "")
    if arguments.trainable:
        changed["trainable"] = tuple(arguments.trainable.split(","))
    try:
        recipe: Recipe = dataclasses.replace(preset, **changed)
        _dry(recipe)
    except ValueError as error:
        raise ValueError(_in_flags(str(error))) from None
    return recipe


def _said(error: TypeError) -> str:
    """What Python says of an option that there is not, without the function's name."""
    return str(error).partition("() ")[2] or str(error)


def _in_flags(told: str) -> str:
    """An error of a recipe, a network or an augmentation in the words that were typed."""
    for ours, flag in (
        ("segmentation_net: no network", "--net: no network"),
        ("segmentation_net: no backbone", "--backbone: no backbone"),
        ("Augment: ", "--augment: "),
        ("class_weights", "--class-weights"),
    ):
        if told.startswith(ours):
            return flag + told.removeprefix(ours)
    return f"--{told}"


def _dry(recipe: Any) -> None:
    """Raise what a wrong network or augmentation raises, before there is any work."""
    from ..vision import Augment, segmentation_net
    from ..vision.networks.segmentation_net import expect_net

    expect_net(recipe.net, recipe.backbone)
    if recipe.trainable:
        recipe.freeze(segmentation_net(recipe.net, 2, recipe.backbone, rng=0, **recipe.net_options))
    try:
        Augment(**recipe.augment)
    except TypeError as error:
        raise ValueError(f"augment: {_said(error)}") from None
    if recipe.net_options:
        try:
            segmentation_net(recipe.net, 2, recipe.backbone, rng=0, **recipe.net_options)
        except TypeError as error:
            raise ValueError(f"net-options: {_said(error)}") from None


def _augment(arguments: argparse.Namespace, usual: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = dict(usual)
    if arguments.augment:
        options = {} if arguments.augment == "none" else options_of("--augment", arguments.augment)
    if arguments.crop:
        options["crop"] = pair_of("--crop", arguments.crop)
    return options


def _expect_folder(folder: Path, resume: bool) -> None:
    """Raise if the run's folder cannot be made, or holds another run."""
    from ..core.files import expect_regular
    from ..vision.segmentation.run import RUN

    if resume:
        if not (folder / RUN).is_file():
            raise FileNotFoundError(f"--resume: there is no run in {folder}")
    elif (folder / RUN).exists():
        raise FileExistsError(f"--out {folder}: there is a run already; --resume goes on with it")
    elif folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"--out {folder}: it is a file")
    elif not folder.exists():
        expect_regular(folder, "--out")


def _expect_splits(check: Any) -> None:
    for split in ("train", "val"):
        if not check.layout.splits.get(split):
            have = ", ".join(check.layout.splits)
            raise ValueError(f"DIR: expected images to {split} with, there are {have}")


def _expect_one_size(check: Any, recipe: Any) -> None:
    """A batch of more than one image needs images of one size."""
    if len(check.sizes) > 1 and recipe.batch > 1 and not recipe.size and "crop" not in recipe.augment:
        sizes = ", ".join(f"{w}x{h}" for (h, w), _ in check.sizes.most_common(3))
        raise ValueError(
            f"the images have {len(check.sizes)} sizes ({sizes}, ...), and --batch {recipe.batch} needs one\n"
            "    hint: --size HxW, --crop HxW, or --batch 1"
        )


def run_show(arguments: argparse.Namespace) -> int:
    """Print what a run is."""
    from ..vision.segmentation.run import HISTORY, SegmentationRun

    folder = Path(arguments.folder)
    run = SegmentationRun.load(folder)
    recipe = run.recipe
    parameters = sum(p.data.size for p in run.network().parameters())
    print(f"{recipe.net} on {recipe.backbone}, {parameters:,} parameters, {len(run.classes)} classes")
    print(f"classes  {', '.join(run.classes)}")
    print(f"data     {run.data}")
    if (folder / HISTORY).is_file():
        history = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
        best = max(history, key=lambda entry: entry["mean_iou"])
        print(f"epochs   {len(history)} of {recipe.epochs}, {sum(e['seconds'] for e in history):.0f} s")
        print(f"best     mean IoU {best['mean_iou']:.3f} in epoch {best['epoch']}")
    return 0
