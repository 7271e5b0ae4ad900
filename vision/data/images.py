"""Image files and mask files as arrays."""

from __future__ import annotations

import os

import numpy as np

IMAGES = (".jpg", ".jpeg", ".png")


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Return an image file as (H, W, 3) uint8."""
    return np.asarray(_open(path).convert("RGB"))


def read_mask(path: str | os.PathLike) -> np.ndarray:
    """Return a mask file as (H, W) class numbers; of palette images (PASCAL VOC), the indices."""
    image = _open(path)
    if image.mode not in ("P", "L", "1", "I", "I;16"):
        raise ValueError(
            f"{path}: expected a mask of class numbers (grey or palette PNG), got mode {image.mode}"
        )
    return np.asarray(image).astype(np.int64)


def _open(path: str | os.PathLike):
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(path)
        image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path}: not a readable image ({error})") from error
    return image
