"""PASCAL VOC's statistics: in how many images a class is, and how many objects it has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from ...core.reading import bad_file, reading
from .classes import VOC
from .images import read_mask

SPLITS = ("train", "val", "trainval")


class VocStats(NamedTuple):
    """Counts of the 20 classes, without background, in train, val and trainval: int64 (20, 3)."""

    images: np.ndarray
    objects: np.ndarray
    totals: np.ndarray  # (3, 2): all images and all objects of train, val and trainval

    def __str__(self) -> str:
        lines = [" " * 14 + "".join(f"{split:>16}" for split in SPLITS)]
        lines.append(" " * 14 + "".join(f"{'img':>8}{'obj':>8}" for _ in SPLITS))
        rows = np.stack([self.images, self.objects], 2)  # (20, 3, 2)
        for name, row in [*zip(VOC[1:], rows, strict=True), ("Total", self.totals)]:
            lines.append(f"{name:14}" + "".join(f"{images:8}{objects:8}" for images, objects in row))
        return "\n".join(lines)


def voc_stats(root: str | os.PathLike) -> VocStats:
    """Count images and objects of each class in the segmentation lists of a VOC tree.

    It is the lecture's table 2.  An image counts once for each class that it has; so the column of images
    sums to more than there are.  The objects are those of SegmentationObject/ (masks of instances), or where
    that is not there, of Annotations/.

    Raises
    ------
    FileNotFoundError : no lists, or neither of the two folders.
    FileError : a file is damaged, or an object has no class.
    """
    root = Path(root)
    lists = root / "ImageSets" / "Segmentation"
    lists = lists if lists.is_dir() else root / "ImageSets"
    count = _of_instances if (root / "SegmentationObject").is_dir() else _of_annotations
    images, objects, totals = (
        np.zeros((20, 3), np.int64),
        np.zeros((20, 3), np.int64),
        np.zeros((3, 2), np.int64),
    )
    for column, split in enumerate(SPLITS[:2]):
        names = (lists / f"{split}.txt").read_text(encoding="utf-8").split()
        for name in names:
            found = count(root, name)
            images[:, column] += found > 0
            objects[:, column] += found
        totals[column] = len(names), objects[:, column].sum()
    images[:, 2], objects[:, 2] = images[:, 0] + images[:, 1], objects[:, 0] + objects[:, 1]
    totals[2] = totals[0] + totals[1]
    return VocStats(images, objects, totals)


def _of_instances(root: Path, name: str) -> np.ndarray:
    """Objects of each class in one image: an instance has the class of most of its pixels."""
    path = root / "SegmentationObject" / f"{name}.png"
    instances, classes = read_mask(path), read_mask(root / "SegmentationClass" / f"{name}.png")
    if instances.shape != classes.shape:
        raise bad_file(path, f"the shape {classes.shape} of its class mask", str(instances.shape))
    found = np.zeros(20, np.int64)
    for instance in np.setdiff1d(instances, [0, 255]):
        votes = np.bincount(classes[(instances == instance) & (classes > 0) & (classes <= 20)], minlength=21)
        if not votes.any():
            raise bad_file(path, f"a class for instance {instance}", "none in SegmentationClass")
        found[votes.argmax() - 1] += 1
    return found


def _of_annotations(root: Path, name: str) -> np.ndarray:
    """Objects of each class that one image's annotation names."""
    path = root / "Annotations" / f"{name}.xml"
    found = np.zeros(20, np.int64)
    with reading(path, "an annotation of VOC"):
        text = path.read_text(encoding="utf-8")
        if "<!" in text:  # no annotation declares entities, which can be made to fill the memory
            raise bad_file(path, "XML without declarations", "one")
        try:
            names = [each.findtext("name", "") for each in ElementTree.fromstring(text).iter("object")]
        except ElementTree.ParseError as error:
            raise bad_file(path, "XML", str(error)) from error
    for each in names:
        if each not in VOC[1:]:
            raise bad_file(path, "the name of a class of VOC", repr(each)[:60])
        found[VOC.index(each) - 1] += 1
    return found
