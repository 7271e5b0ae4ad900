"""`cutaway segment predict` and `evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from .segment_data import options_of

WRITTEN = ("labels", "overlay", "probabilities", "rle")


def add_arguments(actions: Any) -> None:
    predict = actions.add_parser("predict", help="masks of pictures of any size")
    predict.add_argument("folder", metavar="RUN")
    predict.add_argument("images", metavar="IMAGE", nargs="+")
    predict.add_argument("--out", required=True, metavar="DIR", help="folder for what is written")
    predict.add_argument(
        "--write",
        default="labels,overlay",
        help="what: labels (PNG in VOC's palette), overlay, probabilities (.npz), rle (text, of two classes)",
    )
    evaluate = actions.add_parser("evaluate", help="measure a run on a folder; the last line is JSON")
    evaluate.add_argument("folder", metavar="RUN")
    evaluate.add_argument("data", metavar="DIR")
    evaluate.add_argument("--split", default="test", choices=("train", "val", "test"))
    for parser in (predict, evaluate):
        parser.add_argument(
            "--tile", type=int, default=512, help="side of the pieces of large images (default 512)"
        )
        parser.add_argument("--halo", type=int, help="pixels around a piece that it sees and does not decide")
        parser.add_argument(
            "--tta", choices=("none", "flip"), default="none", help="flip: average with the mirror image"
        )
        parser.add_argument(
            "--crf",
            nargs="?",
            const="",
            metavar="A=B,...",
            help="refine by a fully connected CRF; options such as sxy_bilateral=40,srgb=10",
        )
    predict.set_defaults(act=run_predict)
    evaluate.set_defaults(act=run_evaluate)


def run_predict(arguments: argparse.Namespace) -> int:
    """Write what is asked for, for each image."""
    from ..core.files import expect_regular
    from ..nn import fold
    from ..vision.data.images import image_info, read_image
    from ..vision.segmentation.dense_crf import dense_crf
    from ..vision.segmentation.run import SegmentationRun
    from ..vision.segmentation.tiles import probabilities

    folder, wanted = Path(arguments.out), arguments.write.split(",")
    unknown = [each for each in wanted if each not in WRITTEN]
    if unknown:
        raise ValueError(f"--write: expected some of {', '.join(WRITTEN)}, got {unknown[0]!r}")
    run = SegmentationRun.load(arguments.folder)
    if "rle" in wanted and len(run.classes) != 2:
        raise ValueError(f"--write rle: it is for two classes, the run has {len(run.classes)}")
    stems = [Path(path).stem for path in arguments.images]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice:
        raise ValueError(f"two images are called {twice!r}: their masks would be one file")
    for path in arguments.images:
        image_info(path)
    if not folder.exists():
        expect_regular(folder, "--out")
        folder.mkdir()
    how, crf = _how(arguments), _crf(arguments)
    net = fold(run.best(arguments.folder))
    for path, stem in zip(arguments.images, stems, strict=True):
        started = time.perf_counter()
        image = np.moveaxis(read_image(path), -1, 0).astype(np.float32) / 255
        chances = None
        if "probabilities" in wanted:
            chances = probabilities(net, run.recipe.prepared(image), **how)
            chances = chances if crf is None else dense_crf(chances, image, **crf)
        labels = (
            run.labelled(net, image, crf, **how) if chances is None else chances.argmax(0).astype(np.uint8)
        )
        _write(folder, stem, wanted, image, labels, chances)
        print(f"{path}: {labels.shape[1]}x{labels.shape[0]}, {time.perf_counter() - started:.2f} s")
    return 0


def _write(
    folder: Path,
    stem: str,
    wanted: list[str],
    image: np.ndarray,
    labels: np.ndarray,
    chances: np.ndarray | None,
) -> None:
    from PIL import Image

    from ..core.files import replacing
    from ..vision import overlay, voc_palette

    if "labels" in wanted:
        picture = Image.fromarray(labels)
        picture.putpalette(voc_palette().ravel().tolist())
        with replacing(folder / f"{stem}.png") as file:
            picture.save(file, format="PNG")
    if "overlay" in wanted:
        with replacing(folder / f"{stem}_overlay.png") as file:
            Image.fromarray(overlay(image, labels)).save(file, format="PNG")
    if chances is not None:
        with replacing(folder / f"{stem}.npz") as file:
            np.savez_compressed(file, probabilities=chances.astype(np.float16))
    if "rle" in wanted:
        with replacing(folder / f"{stem}.rle.txt", "w") as file:
            file.write(run_lengths(labels == 1) + "\n")


def run_lengths(mask: np.ndarray) -> str:
    """The run-length text of a binary mask, as Kaggle's competitions have it: "first length first
    length ...", counted from 1 down the columns.

    >>> run_lengths(np.array([[0, 1], [1, 1]]))
    '2 3'
    """
    flat = np.concatenate([[0], np.asarray(mask, np.int8).ravel(order="F"), [0]])
    edges = np.flatnonzero(np.diff(flat))
    return " ".join(f"{first + 1} {last - first}" for first, last in edges.reshape(-1, 2))


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Print the measures; the last line is JSON."""
    from ..nn import fold
    from ..vision.segmentation.run import SegmentationRun
    from ..vision.segmentation.train_run import evaluate_run

    run = SegmentationRun.load(arguments.folder)
    data = run.split(arguments.data, arguments.split)
    how, crf = _how(arguments), _crf(arguments)
    net, started = fold(run.best(arguments.folder)), time.perf_counter()
    matrix = evaluate_run(run, net, data, crf=crf, **how)
    seconds = time.perf_counter() - started
    print(matrix)
    iou = {
        name: None if np.isnan(v) else round(float(v), 6)
        for name, v in zip(run.classes, matrix.jaccard(), strict=True)
    }
    line = {
        "mean_iou": matrix.mean_iou(), "pixel_accuracy": matrix.pixel_accuracy, "iou": iou,
        "mean_class_accuracy": float(np.nanmean(matrix.class_accuracy())),
        "frequency_weighted_iou": matrix.frequency_weighted_iou(),
        "crf": crf, "images": len(data), "split": arguments.split, "seconds": round(seconds, 2),
    }  # fmt: skip
    print(json.dumps(line))
    return 0


def _crf(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """Options of `dense_crf`, None without --crf; ValueError in the flag's words, before the work."""
    from ..vision.segmentation.dense_crf import dense_crf

    if arguments.crf is None:
        return None
    options = options_of("--crf", arguments.crf) if arguments.crf else {}
    try:
        dense_crf(np.full((2, 2, 2), 0.5), np.zeros((2, 2, 3), np.uint8), **options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"--crf: {str(error).partition('() ')[2] or error}") from None
    return options


def _how(arguments: argparse.Namespace) -> dict[str, Any]:
    """Options of `bands`; what flipping costs is said."""
    if arguments.tta == "flip":
        print("--tta flip: each image is looked at twice", file=sys.stderr)
    return {"tile": arguments.tile, "halo": arguments.halo, "flip": arguments.tta == "flip"}
