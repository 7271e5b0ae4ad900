"""The names of classes: a text file, line i is class i."""

from __future__ import annotations

import os
from pathlib import Path

from ...core.reading import bad_file, expect_room, reading

IMAGENET = "imagenet_classes.txt"  # the name of such a file beside weights
LINE_COSTS = 80  # bytes of memory for a line of one letter


def read_labels(path: str | os.PathLike, classes: int | None = None) -> list[str]:
    """Return the names in a file.

    Parameters
    ----------
    classes : how many there must be, if that is known.

    Raises
    ------
    FileNotFoundError : if there is no such file.
    FileError : if it is no text in UTF-8, has an empty line between others, or not so many names.
    """
    path = Path(path)
    with reading(path, "names of classes, a line each"):
        expect_room(path, LINE_COSTS * os.path.getsize(path), "its names")
        names = [line.strip() for line in path.read_text(encoding="utf-8-sig").rstrip().split("\n")]
        for number, name in enumerate(names, start=1):
            if not name:
                raise bad_file(path, "the name of a class", "an empty line", line=number)
        if classes is not None and len(names) != classes:
            raise bad_file(path, f"{classes:,} names of classes, a line each", f"{len(names):,}")
    return names


def labels_beside(weights: str | os.PathLike, classes: int) -> list[str]:
    """Return the names in ``imagenet_classes.txt`` beside a file; numbers, if there is none that fits."""
    path = Path(weights).with_name(IMAGENET)
    if path.is_file():
        names = read_labels(path)
        if len(names) == classes:
            return names
    return [str(number) for number in range(classes)]
