"""Image files and mask files as arrays."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...core.errors import FileError
from ...core.reading import expect_room, reading

IMAGES = (".jpg", ".jpeg", ".png")


FORMATS = ("JPEG", "PNG")  # by content: Pillow would run Ghostscript on another, whatever the file's name
IMAGE_COSTS, MASK_COSTS = 12, 16  # bytes of memory a pixel, on the way and in the end


def read_image(path: str | os.PathLike, max_bytes: int | None = None) -> np.ndarray:
    """Return an image file, JPEG or PNG, as (H, W, 3) uint8.

    Raises
    ------
    FileError : if it is neither, is damaged, or would take more than ``max_bytes`` of memory, by default four
        times the file and 200 MB.
    """
    with _opened(path, IMAGE_COSTS, max_bytes) as image:
        return np.asarray(image.convert("RGB"))


def read_mask(path: str | os.PathLike, max_bytes: int | None = None) -> np.ndarray:
    """Return a mask file as (H, W) class numbers; of palette images (PASCAL VOC), the indices.

    Raises as `read_image`.
    """
    with _opened(path, MASK_COSTS, max_bytes) as image:
        if image.mode not in ("P", "L", "1", "I", "I;16"):
            expected = "a mask of class numbers (grey or palette PNG)"
            raise FileError(f"{path}: expected {expected}, got mode {image.mode}", path, expected)
        return np.asarray(image).astype(np.int64)


@contextmanager
def _opened(path: str | os.PathLike, costs: int, max_bytes: int | None) -> Iterator[Any]:
    """The image in a file, with its pixels, of which each takes ``costs`` bytes."""
    from PIL import Image

    with reading(path, "a JPEG or PNG"), warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # what is too large is said below
        with Image.open(path, formats=FORMATS) as image:
            pixels = image.width * image.height
            expect_room(path, costs * pixels, f"{image.width} x {image.height} pixels", max_bytes)
            image.load()
            yield image
