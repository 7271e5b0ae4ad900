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

from ..core import ranks
from .networks_on_ranks import expect_same_files, rank_arguments, ranks_of
from .segment_data import checked, data_arguments, labels_of
from .segment_recipe import recipe_of


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
    train.add_argument("--batch", type=int, help="images in a step, on each rank")
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
    rank_arguments(train)
    train.set_defaults(act=run_train)
    show = actions.add_parser("show", help="what a run is and has reached")
    show.add_argument("folder", metavar="RUN")
    show.set_defaults(act=run_show)


def run_train(arguments: argparse.Namespace) -> int:
    """Check the data, train, write the report; the last line is JSON."""
    comm = ranks_of(arguments)
    with ranks.ending_together(comm):
        return _trained(arguments, comm)


def _trained(arguments: argparse.Namespace, comm: Any) -> int:
    """What rank 0 finds, makes and writes counts for all; the training is everybody's."""
    from ..vision.segmentation.run import RUN
    from ..vision.segmentation.train_run import train_run

    folder, started = Path(arguments.out), time.perf_counter()
    size = 1 if comm is None else comm.size
    begun: list[Any] = []  # of rank 0, whose weights all ranks begin with

    def first() -> tuple[Any, Any]:
        check, run, net = prepared(arguments, folder, size)
        begun.append(net)
        return check, run

    check, run = ranks.by_first(comm, first)
    expect_same_files(
        comm,
        arguments.data,
        [
            file
            for pairs in check.layout.splits.values()
            for pair in pairs
            for file in (pair.image, pair.mask)
        ],
    )
    try:
        history = train_run(
            run,
            check.layout,
            folder,
            net=begun[0] if begun else None,
            show=not arguments.quiet,
            pixels=check.pixels["train"],
            comm=comm or False,
            sync_batch_norm=arguments.sync_batch_norm and comm is not None,
        )
    except KeyboardInterrupt:
        print(f"\ninterrupted: --resume goes on with {folder / RUN}", file=sys.stderr)
        raise
    ranks.by_first(comm, lambda: _report(run, folder, check, history, started, size))
    return 0


def prepared(arguments: argparse.Namespace, folder: Path, size: int) -> tuple[Any, Any, Any]:
    """Return what is in the data, the run, in its folder, and the network if it has weights to begin with."""
    from ..vision.segmentation.run import SegmentationRun
    from ..vision.segmentation.train_run import epochs_in

    _expect_folder(folder, arguments.resume)
    if arguments.weights and not Path(arguments.weights).exists():
        raise FileNotFoundError(f"--weights {arguments.weights}: there is no such file or run")
    recipe = None if arguments.resume else recipe_of(arguments)
    kept = SegmentationRun.load(folder) if arguments.resume else None
    check = checked(arguments, kept).expect_usable()
    for note in check.notes:
        print(f"note: {note}", file=sys.stderr)
    _expect_splits(check)
    if kept is not None or recipe is None:
        return check, kept or SegmentationRun.load(folder), None
    _expect_one_size(check, recipe)
    run = SegmentationRun(recipe, check.classes, labels_of(arguments), tuple(arguments.void), arguments.data)
    if arguments.minutes:
        fitting = epochs_in(run, check.layout, arguments.minutes, size)
        run = dataclasses.replace(run, recipe=dataclasses.replace(recipe, epochs=fitting))
    if recipe.trainable and not arguments.weights:
        learns = ",".join(recipe.trainable)
        raise ValueError(
            f"--trainable {learns}: the rest would stay random; --weights FILE|RUN has it trained"
        )
    net = _begun(run, arguments.weights) if arguments.weights else None
    folder.mkdir(exist_ok=True)
    run.save(folder)
    return check, run, net


def _report(run: Any, folder: Path, check: Any, history: list, started: float, size: int) -> None:
    """Write the report, print the last line."""
    from ..lessons.segmentation_report import report

    best = max(history, key=lambda entry: entry["mean_iou"])
    report(run, folder, check, history, command="cutaway " + shlex.join(sys.argv[1:]))
    line = {
        "mean_iou": best["mean_iou"], "pixel_accuracy": best["pixel_accuracy"], "epoch": best["epoch"],
        "epochs": len(history), "seconds": round(time.perf_counter() - started, 1),
        "training_seconds": round(sum(entry["seconds"] for entry in history), 1), "ranks": size,
        "run": str(folder), "report": str(folder / "report.html"),
    }  # fmt: skip
    print(json.dumps(line), flush=True)


def _begun(run: Any, source: str) -> Any:
    """The run's network with the weights of --weights."""
    from ..vision.segmentation.begin import begun

    try:
        return begun(run, source)
    except ValueError as error:
        raise ValueError(f"--weights {source}: {str(error).removeprefix('weights: ')}") from None


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
