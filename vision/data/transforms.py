"""Augmentation: transforms of an image together with its mask."""

from __future__ import annotations

import numpy as np


def flipped(item: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return an image and its mask, mirrored left to right half of the time."""
    image, mask = item
    return (image[:, :, ::-1], mask[:, ::-1]) if rng.random() < 0.5 else (image, mask)
