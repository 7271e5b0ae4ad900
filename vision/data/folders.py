"""Images with masks from a folder, in any of the layouts of ``layouts.py``, as a data set."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...core.errors import FileError
from .images import read_image, read_mask
from .layouts import Layout, Pair, find_layout

VOID = 255  # pixels that count for nothing


class SegmentationFolder:
    """Item i is (image (3, H, W) float32 in [0, 1], mask (H, W) int64), with void pixels as 255.

    Parameters
    ----------
    root : the folder; ``layouts.py`` lists the layouts that are recognised.
    split : "train", "val" or "test".
    classes : names of the classes 0 ... K-1; by default those of the layout, or else as many as there are
        labels, named by their numbers.
    labels : {label in the files: class}, beside those that the layout knows.
    void : labels that count for nothing; 255 does in any case, unless ``labels`` says otherwise.
    size : (H, W) to which images and masks are brought, the image by its mean colours, the mask by its
        nearest label.
    seed : of the splits, where the folder has none.
    max_bytes : of memory that reading a file may take; by default four times the file and 200 MB.

    Attributes
    ----------
    pairs : the files.
    layout : what was found.

    Raises
    ------
    FileNotFoundError : no such folder, no known layout, or no such split.
    FileError : a mask is missing; on reading an item, one that has another size than its image or a label
        that is no class.
    """

    def __init__(
        self,
        root: str | os.PathLike | Layout,
        split: str = "train",
        classes: Sequence[str] | None = None,
        *,
        labels: Mapping[int, int] | None = None,
        void: Iterable[int] = (),
        size: tuple[int, int] | None = None,
        seed: int = 0,
        max_bytes: int | None = None,
    ):
        self.layout = root if isinstance(root, Layout) else find_layout(root, seed)
        self.max_bytes, self.size = max_bytes, size
        if not self.layout.splits.get(split):
            have = ", ".join(name for name, pairs in self.layout.splits.items() if pairs)
            raise FileNotFoundError(f"{root}: there is no split {split!r} with images; it has {have}")
        self.pairs = self.layout.splits[split]
        self.meaning = label_table(self.layout, labels, void)
        names = classes or self.layout.classes or self._numbered()
        self.classes: tuple[str, ...] = tuple(names)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        pair = self.pairs[i]
        image = read_image(pair.image, self.max_bytes, pair.page)
        mask = self._mask(pair)
        if mask.shape != image.shape[:2]:
            sizes = (f"{each.shape[1]}x{each.shape[0]}" for each in (mask, image))
            raise FileError("{}: the mask is {}, its image {}".format(pair.mask, *sizes), pair.mask)
        wrong = (mask >= len(self.classes)) & (mask != VOID)
        if wrong.any():
            raise FileError(
                f"{pair.mask}: label {mask[wrong][0]} is none of the {len(self.classes)} classes, 0 to "
                f"{len(self.classes) - 1}\n    hint: map it to a class, or call it void",
                pair.mask,
            )
        if self.size is not None:
            image, mask = resized(image, self.size), nearest(mask, self.size)
        return np.moveaxis(image, -1, 0).astype(np.float32) / 255, mask

    def _mask(self, pair: Pair) -> np.ndarray:
        """The classes of a mask file."""
        raw = read_mask(pair.mask, self.max_bytes, pair.page)
        if raw.size and not 0 <= raw.min() <= raw.max() < len(self.meaning):
            raise FileError(f"{pair.mask}: expected labels from 0 to 65,535, came {raw.min()} to {raw.max()}")
        return self.meaning[raw]

    def _numbered(self) -> list[str]:
        """The numbers of the classes that the masks have."""
        highest = 0
        for pair in self.pairs:
            mask = self._mask(pair)
            highest = max(highest, int(mask[mask != VOID].max(initial=0)))
        return [str(k) for k in range(highest + 1)]


def label_table(
    layout: Layout, labels: Mapping[int, int] | None = None, void: Iterable[int] = ()
) -> np.ndarray:
    """What each label of the files, 0 to 65,535, stands for: int64."""
    table = np.arange(1 << 16)
    for label, meaning in {**layout.labels, **dict.fromkeys(void, VOID), **(labels or {})}.items():
        if not 0 <= label < len(table) or not 0 <= meaning <= VOID:
            raise ValueError(
                f"labels: expected labels from 0 to 65,535 and classes from 0 to {VOID}, "
                f"got {label}={meaning}"
            )
        table[label] = meaning
    return table


def resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return an (H, W, 3) uint8 image in another size, smoothed where it becomes smaller."""
    from PIL import Image

    if image.shape[:2] == tuple(size):
        return image
    scaled: Any = Image.fromarray(image).resize((size[1], size[0]), Image.Resampling.BILINEAR)
    return np.asarray(scaled)


def nearest(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a mask (H, W) in another size; each pixel has the label of the nearest centre.

    >>> nearest(np.array([[1, 2], [3, 4]]), (1, 4))
    array([[3, 3, 4, 4]])
    """
    rows, columns = ((np.arange(n) + 0.5) * m / n for n, m in zip(size, mask.shape, strict=True))
    return mask[rows.astype(int)[:, None], columns.astype(int)]
