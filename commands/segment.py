"""Segmentation on one's own pictures: look at the data, train, predict, measure.

cutaway segment check DIR                              what the folder holds, what would spoil a training
cutaway segment train DIR --out RUN                    a U-Net in a classroom's time; --net, --preset
cutaway segment predict RUN photo.jpg ... --out DIR    masks, pictures, probabilities
cutaway segment evaluate RUN DIR --split test          mean IoU, pixel accuracy, by class
cutaway segment show RUN                               what a run is and has reached

DIR may be laid out as images/ and masks/, as CamVid, PASCAL VOC, ISBI, Oxford-IIIT Pet, Cityscapes or
nnU-Net.
"""

from __future__ import annotations

import argparse
import json

from . import segment_predict, segment_train
from .segment_data import checked, data_arguments

SUMMARY = "segmentation on your own pictures: check, train, predict, evaluate, show"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    check = actions.add_parser("check", help="read a folder of images and masks and say what is there")
    data_arguments(check)
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(act=run_check)
    segment_train.add_arguments(actions)
    segment_predict.add_arguments(actions)


def run(arguments: argparse.Namespace) -> int:
    return arguments.act(arguments)


def run_check(arguments: argparse.Namespace) -> int:
    """Print what a folder holds; exit code 1 if training would stumble."""
    check = checked(arguments)
    if arguments.json:
        found = {
            "layout": check.layout.kind,
            "images": {split: len(pairs) for split, pairs in check.layout.splits.items()},
            "sizes": {f"{w}x{h}": n for (h, w), n in check.sizes.most_common()},
            "classes": list(check.classes),
            "pixels": {split: counts.tolist() for split, counts in check.pixels.items()},
            "void": check.void,
            "errors": check.errors,
            "notes": check.notes,
        }
        print(json.dumps(found))
    else:
        print(check)
    return 1 if check.errors else 0
