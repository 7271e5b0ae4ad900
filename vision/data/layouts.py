"""Which files of a folder are images, which their masks, and of which split: found out from its layout.

    camvid       train/ trainannot/ val/ valannot/ test/ testannot/
    voc          JPEGImages/ SegmentationClass/ ImageSets/Segmentation/train.txt ...
    cityscapes   leftImg8bit/train/CITY/ gtFine/train/CITY/
    nnunet       imagesTr/NAME_0000.png labelsTr/NAME.png dataset.json
    pets         images/ annotations/trimaps/ (or trimaps/)
    isbi         train-volume.tif train-labels.tif, a page an image
    folders      images/ masks/ and the like, with the same names or a suffix such as _mask; also inside
                 train/, or with train/ inside

Where the layout has no splits and no train.txt, val.txt, test.txt stand beside it, a seed draws them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...core.errors import FileError
from ...core.reading import bad_file, reading
from .classes import CAMVID, CITYSCAPES, CITYSCAPES_TRAIN_IDS, PETS, VOC
from .images import IMAGES, image_info

SPLITS = ("train", "val", "test")
IMAGE_FOLDERS = ("images", "image", "imgs", "img", "rgb", "JPEGImages", "frames")
MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "annots", "gt", "SegmentationClass")
SUFFIXES = ("", "_mask", "-mask", "_label", "_gt", "_segmentation", "_L", "_seg")
SHARES = (0.7, 0.15)  # of train and val where a seed draws the splits


class Pair(NamedTuple):
    """An image, its mask, and the page of both where a file has many."""

    image: Path
    mask: Path
    page: int = 0

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.image.name} page {self.page + 1}" if self.page else self.image.name


@dataclass
class Layout:
    """What was found in a folder.

    Attributes
    ----------
    kind : one of those above.
    splits : {"train": pairs, ...}; those that are there.
    classes : names of the classes, if the layout says.
    labels : {label in the file: class}, if they are not the same; 255 is void.
    drawn : the splits were drawn by the seed.
    """

    kind: str
    splits: dict[str, list[Pair]]
    classes: tuple[str, ...] | None = None
    labels: Mapping[int, int] = field(default_factory=dict)
    drawn: bool = False


def find_layout(root: str | os.PathLike, seed: int = 0) -> Layout:
    """Return the layout of a folder.

    Raises
    ------
    FileNotFoundError : no such folder, or nothing in it is laid out as above: says what was looked for.
    FileError : an image without its mask (names the first), a split list that names what is not there.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f"there is no folder {root}")
    for look in (_camvid, _voc, _cityscapes, _nnunet, _pets, _isbi, _folders):
        found = look(root)
        if found is not None and any(found.splits.values()):
            return _split(found, root, seed)
    inside = ", ".join(sorted(each.name for each in root.iterdir())[:8]) or "nothing"
    raise FileNotFoundError(
        f"{root}: expected images and their masks in a layout such as images/ and masks/, train/ and "
        f"trainannot/, JPEGImages/ and SegmentationClass/, came {inside}"
    )


def _camvid(root: Path) -> Layout | None:
    splits = {
        split: _pairs(root / split, root / f"{split}annot")
        for split in SPLITS
        if (root / split).is_dir() and (root / f"{split}annot").is_dir()
    }
    return Layout("camvid", splits, CAMVID, {len(CAMVID): 255}) if splits else None


def _voc(root: Path) -> Layout | None:
    for base in (root, root / "VOC2012", root / "VOCdevkit" / "VOC2012"):
        images, masks = base / "JPEGImages", base / "SegmentationClass"
        if not (images.is_dir() and masks.is_dir()):
            continue
        lists = base / "ImageSets" / "Segmentation"
        lists = lists if lists.is_dir() else base / "ImageSets"
        pairs = _pairs(images, masks, only={mask.stem for mask in masks.iterdir()})
        return _by_lists(Layout("voc", {"": pairs}, VOC), lists, complete=False)
    return None


def _cityscapes(root: Path) -> Layout | None:
    images, masks = root / "leftImg8bit", root / "gtFine"
    if not (images.is_dir() and masks.is_dir()):
        return None
    splits: dict[str, list[Pair]] = {}
    for split in SPLITS:
        for image in sorted((images / split).glob("*/*_leftImg8bit.png")):
            stem = masks / split / image.parent.name / image.name.removesuffix("_leftImg8bit.png")
            splits.setdefault(split, []).append(Pair(image, Path(f"{stem}_gtFine_labelIds.png")))
    _expect_masks([pair for pairs in splits.values() for pair in pairs])
    return Layout("cityscapes", splits, CITYSCAPES, CITYSCAPES_TRAIN_IDS)


def _nnunet(root: Path) -> Layout | None:
    images, masks = root / "imagesTr", root / "labelsTr"
    if not (images.is_dir() and masks.is_dir()):
        return None
    names = None
    if (root / "dataset.json").is_file():
        with reading(root / "dataset.json", "JSON"):
            labels = json.loads((root / "dataset.json").read_text(encoding="utf-8"))["labels"]
            named = {int(v): k for k, v in labels.items()} if "background" in labels else labels
            names = tuple(str(named[key]) for key in sorted(named, key=int))
    pairs = [
        Pair(image, _with_name(masks, image.stem.removesuffix("_0000"), image))
        for image in _images(images)
        if image.stem.endswith("_0000")
    ]
    return Layout("nnunet", {"": pairs}, names)


def _pets(root: Path) -> Layout | None:
    images = root / "images"
    for masks in (root / "annotations" / "trimaps", root / "trimaps"):
        if images.is_dir() and masks.is_dir():
            pairs = _pairs(images, masks)
            return Layout("pets", {"": pairs}, PETS, {1: 1, 2: 0, 3: 255})
    return None


def _isbi(root: Path) -> Layout | None:
    volume, labels = root / "train-volume.tif", root / "train-labels.tif"
    if not (volume.is_file() and labels.is_file()):
        return None
    pages, masks = image_info(volume).pages, image_info(labels).pages
    if pages != masks:
        raise FileError(f"{labels}: expected {pages} pages, as {volume.name} has, came {masks}", labels)
    pairs = [Pair(volume, labels, page) for page in range(pages)]
    return Layout("isbi", {"": pairs}, ("membrane", "cell"), {255: 1})


def _folders(root: Path) -> Layout | None:
    """images/ and masks/: side by side, inside each split, or with the splits inside."""
    splits: dict[str, list[Pair]] = {}
    for split in ("", *SPLITS):
        tries = [(root / split / a, root / split / b) for a in IMAGE_FOLDERS for b in MASK_FOLDERS]
        if split:
            tries += [(root / a / split, root / b / split) for a in IMAGE_FOLDERS for b in MASK_FOLDERS]
            tries += [(root / split, root / f"{split}_{b}") for b in MASK_FOLDERS]
        for images, masks in tries:
            if images.is_dir() and masks.is_dir() and _images(images):
                splits[split] = _pairs(images, masks)
                break
    return Layout("folders", splits) if splits else None


def _pairs(images: Path, masks: Path, only: Collection[str] | None = None) -> list[Pair]:
    """Each image of a folder, or ``only`` those of these names, with its mask."""
    wanted = [image for image in _images(images) if only is None or image.stem in only]
    pairs = [Pair(image, _with_name(masks, image.stem, image)) for image in wanted]
    _expect_masks(pairs)
    return pairs


def _images(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix.lower() in IMAGES and each.name[0] != ".")


def _with_name(masks: Path, stem: str, image: Path) -> Path:
    """The mask of that name, with one of the usual suffixes; ``stem.png`` if there is none."""
    for suffix in SUFFIXES:
        for kind in (".png", ".gif", ".tif", ".tiff", ".jpg", ".jpeg"):
            if (mask := masks / f"{stem}{suffix}{kind}") != image and mask.is_file():
                return mask
    return masks / f"{stem}.png"


def _expect_masks(pairs: list[Pair]) -> None:
    missing = [pair for pair in pairs if not pair.mask.is_file()]
    if missing:
        raise FileError(
            f"{len(missing)} masks are missing, the first is {missing[0].mask}, of {missing[0].image}",
            missing[0].mask,
        )


def _split(found: Layout, root: Path, seed: int) -> Layout:
    """The layout with splits: as it is, by the lists beside, or drawn."""
    if [*found.splits] == ["train"]:  # one part: as good as none
        found.splits = {"": found.splits["train"]}
    if "" not in found.splits or len(found.splits) > 1:
        found.splits.pop("", None)
        return found
    found = _by_lists(found, root, complete=True)
    if "" not in found.splits:
        return found
    pairs = found.splits.pop("")
    order = np.random.default_rng(seed).permutation(len(pairs))
    last = [round(share * len(pairs)) for share in (SHARES[0], sum(SHARES))]
    for split, part in zip(SPLITS, np.split(order, last), strict=True):
        found.splits[split] = [pairs[i] for i in sorted(part)]
    found.drawn = True
    return found


def _by_lists(found: Layout, folder: Path, complete: bool) -> Layout:
    """The layout split by train.txt, val.txt and test.txt; what is on no list is left out.

    With ``complete`` a name that has no image is an error; VOC's lists may name more than there is.
    """
    lists = {split: folder / f"{split}.txt" for split in SPLITS if (folder / f"{split}.txt").is_file()}
    if not lists:
        return found
    by_stem = {pair.image.stem: pair for pair in found.splits[""]}
    splits: dict[str, list[Pair]] = {}
    for split, path in lists.items():
        with reading(path, "a list of names"):
            names = [line.split()[0] for line in path.read_text("utf-8").splitlines() if line.strip()]
        names = [name if name in by_stem else Path(name).stem for name in names]
        for number, name in enumerate(names, 1):
            if complete and name not in by_stem:
                raise bad_file(path, "the name of an image", repr(name)[:60], line=number)
        splits[split] = [by_stem[name] for name in names if name in by_stem]
    found.splits = splits
    return found
