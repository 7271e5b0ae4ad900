"""Photos in a folder a class, and which of them train and which judge.

ROOT/train/CLASS/*.jpg  ROOT/val/CLASS/*.jpg    as they are (val may be called valid, validation or test)
ROOT/CLASS/*.jpg                                a seed draws a fifth of each class to judge
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import FileError
from .images import IMAGES, image_info, read_image

TRAIN, JUDGE = "train", ("val", "valid", "validation", "test")
SHARE = 0.2  # of a class that judges, where a seed draws it
Photo = tuple[Path, int]  # the file, its class


@dataclass(frozen=True)
class ClassFolders:
    """What was found: names of the classes, photos to train on, photos to judge by."""

    classes: tuple[str, ...]
    train: tuple[Photo, ...]
    val: tuple[Photo, ...]


class Photos:
    """A data set: item i is (image (H, W, 3) uint8, class)."""

    def __init__(self, photos: Sequence[Photo], max_bytes: int | None = None):
        self.photos, self.max_bytes = photos, max_bytes

    def __len__(self) -> int:
        return len(self.photos)

    def __getitem__(self, i: int) -> tuple[np.ndarray, int]:
        path, number = self.photos[i]
        return read_image(path, self.max_bytes), number


def dataset(data: Any) -> Any:
    """Return a data set of (image, class): of a list of photos, the files; anything else as it is."""
    is_list = isinstance(data, Sequence) and len(data) > 0 and not isinstance(data[0][0], np.ndarray)
    return Photos(data) if is_list else data


def find_classes(root: str | os.PathLike, seed: int = 0) -> ClassFolders:
    """Return the classes and photos of a folder; the head of every photo is looked at.

    Parameters
    ----------
    seed : of the split, where the folder has none.

    Raises
    ------
    FileNotFoundError : if there is no such folder, or there are no two classes with photos in it.
    FileError : if a photo is none, or a class to judge by is none to train on.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    split = (root / TRAIN).is_dir()
    judge = next((root / name for name in JUDGE if (root / name).is_dir()), None)
    if split and judge is None:
        raise FileNotFoundError(
            f"{root} has train/ and none of {', '.join(JUDGE)}; photos to judge by are missing"
        )
    found = _photos(root / TRAIN if split else root)
    classes = tuple(found)
    if len(classes) < 2:
        have = f"only {classes[0]!r}" if classes else "none"
        expected = "a folder a class, with two classes or more, or train/ and val/ with such folders"
        raise FileNotFoundError(f"{root}: expected {expected}, there is {have}")
    if split and judge is not None:
        others = _photos(judge)
        stray = [name for name in others if name not in classes]
        if stray or not others:
            came = f"{stray[0]!r}" if stray else "none"
            raise FileError(
                f"{judge}: expected classes of {root / TRAIN}, {', '.join(classes)}, came {came}", judge
            )
        parts = found, others
    else:
        parts = _drawn(found, seed)
    train, val = (
        tuple((path, classes.index(name)) for name, paths in part.items() for path in paths) for part in parts
    )
    for path, _ in (*train, *val):
        image_info(path)
    return ClassFolders(classes, train, val)


def _photos(folder: Path) -> dict[str, list[Path]]:
    """Return the photos of each class, in the order of the names."""
    found = {}
    for place in sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")):
        paths = sorted(
            each for each in place.iterdir() if each.suffix.lower() in IMAGES and each.name[0] != "."
        )
        if paths:
            found[place.name] = paths
    return found


def _drawn(found: dict[str, list[Path]], seed: int) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """Return photos to train on and to judge by, at least one of each class in both."""
    rng = np.random.default_rng(seed)
    train, val = {}, {}
    for name, paths in found.items():
        if len(paths) < 2:
            raise FileError(
                f"{paths[0].parent}: expected two photos or more, came {len(paths)}", paths[0].parent
            )
        count = min(max(1, round(SHARE * len(paths))), len(paths) - 1)
        judges = {int(i) for i in rng.permutation(len(paths))[:count]}
        train[name] = [path for i, path in enumerate(paths) if i not in judges]
        val[name] = [path for i, path in enumerate(paths) if i in judges]
    return train, val
