"""Colours for class numbers: the palette of PASCAL VOC, and masks laid over images."""

from __future__ import annotations

import numpy as np


def voc_palette(count: int = 256) -> np.ndarray:
    """Return the (count, 3) uint8 colours of PASCAL VOC.

    The bits of the class number go in turn to red, green and blue, the lowest to the highest bit of the
    colour: neighbouring numbers get distant colours.  Class 0 is black; 255 is "void".

    >>> voc_palette()[[1, 15, 255]].tolist()
    [[128, 0, 0], [192, 128, 128], [224, 224, 192]]
    """
    labels = np.arange(count)
    colours = np.zeros((count, 3), np.uint8)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= (((labels >> (3 * bit + channel)) & 1) << (7 - bit)).astype(np.uint8)
    return colours


def colourise(mask: np.ndarray) -> np.ndarray:
    """Return an (H, W, 3) uint8 picture of a mask (H, W) of class numbers."""
    return voc_palette()[np.asarray(mask).astype(np.uint8)]


def overlay(image: np.ndarray, mask: np.ndarray, alpha: float = 0.55) -> np.ndarray:
    """Return the image with the colours of its mask over it, and the borders between classes in white; class
    0 stays clear.

    Parameters
    ----------
    image : (3, H, W) or (1, H, W) in [0, 1].
    mask : (H, W) class numbers.
    alpha : how opaque the colours are.

    Returns
    -------
    (H, W, 3) uint8.
    """
    image, mask = np.asarray(image), np.asarray(mask)
    if image.ndim != 3 or image.shape[1:] != mask.shape:
        raise ValueError(
            f"overlay: expected an image (3, H, W) and a mask (H, W), got {image.shape} and {mask.shape}"
        )
    picture = np.broadcast_to(np.moveaxis(image, 0, -1), (*mask.shape, 3)) * 255.0
    coloured = (mask != 0)[..., None]
    picture = np.where(coloured, (1 - alpha) * picture + alpha * colourise(mask), picture)
    border = np.zeros(mask.shape, bool)
    border[1:] |= mask[1:] != mask[:-1]
    border[:, 1:] |= mask[:, 1:] != mask[:, :-1]
    picture[border] = 255
    return np.clip(picture, 0, 255).astype(np.uint8)
