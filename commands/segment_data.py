"""How the commands of segmentation are told where the data is and how its labels are read."""

from __future__ import annotations

import argparse
from typing import Any


def data_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and how its labels are read."""
    parser.add_argument("data", metavar="DIR", help="folder of images and masks")
    parser.add_argument("--names", metavar="A,B,...", help="names of the classes 0, 1, ...")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="LABEL=CLASS",
        help="a label of the files that stands for another class, such as 255=1; repeat",
    )
    parser.add_argument(
        "--void",
        action="append",
        type=int,
        default=[],
        metavar="LABEL",
        help="a label that counts for nothing",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of splits that are drawn, and of training (default 0)"
    )


def names_of(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    """--names as names."""
    return tuple(name.strip() for name in arguments.names.split(",")) if arguments.names else None


def labels_of(arguments: argparse.Namespace) -> dict[int, int]:
    """--map as {label: class}."""
    labels = {}
    for given in arguments.map:
        label, equals, meaning = given.partition("=")
        if not (equals and label.strip().isdecimal() and meaning.strip().isdecimal()):
            raise ValueError(f"--map: expected LABEL=CLASS, two numbers such as 255=1, got {given!r}")
        labels[int(label)] = int(meaning)
    return labels


def checked(arguments: argparse.Namespace, run: Any = None):
    """What `check_segmentation` finds in the folder of the arguments, read as they say.

    A ``run`` that goes on reads it as it began, whatever the flags: with the same splits above all.
    """
    from ..vision import check_segmentation

    how: dict[str, Any] = {
        "classes": run.classes if run else names_of(arguments),
        "labels": run.labels if run else labels_of(arguments),
        "void": run.void if run else arguments.void,
        "seed": run.recipe.seed if run else arguments.seed,
    }
    return check_segmentation(arguments.data, names=("--map ", "--void "), **how)


def options_of(flag: str, given: str) -> dict[str, Any]:
    """Options "flip=0.5,scale=0.8:1.4": numbers, whole ones where there is no point, or pairs of them."""
    options: dict[str, Any] = {}
    for part in given.split(","):
        name, equals, value = part.partition("=")
        try:
            numbers = [float(each) if "." in each or "e" in each else int(each) for each in value.split(":")]
        except ValueError:
            numbers = []
        if not equals or not numbers:
            raise ValueError(f"{flag}: expected NAME=NUMBER, such as flip=0.5 or scale=0.8:1.4, got {part!r}")
        options[name.strip()] = tuple(numbers) if len(numbers) > 1 else numbers[0]
    return options


def pair_of(flag: str, given: str) -> tuple[int, int]:
    height, by, width = given.lower().partition("x")
    if not (by and height.isdecimal() and width.isdecimal() and int(height) and int(width)):
        raise ValueError(f"{flag}: expected HEIGHTxWIDTH, such as 180x240, got {given!r}")
    return int(height), int(width)
