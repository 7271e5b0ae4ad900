"""What cutaway and PyTorch both compute: networks, weights and a batch, all drawn from seeds by NumPy."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

FILE = Path(__file__).with_name("segmentation.json")
CHANNELS, HIDDEN, CLASSES = (3, 4, 5, 6, 7), 8, 3
STEPS, MOMENTUM = 20, 0.9
VOID = 255
APART = 5  # of the scores every fifth row and column is kept


class Case(NamedTuple):
    """A network and its batch: images (N, C, H, W), and the rate of stochastic gradient descent."""

    network: str
    shape: tuple[int, int, int, int]
    lr: float
    options: dict | None = None


CASES = {
    "FCN-8s": Case("FCN8s", (2, 3, 37, 50), 0.01),
    "FCN-8s, learned": Case("FCN8s", (1, 3, 40, 40), 0.01, {"up": "learned"}),
    "U-Net": Case("UNet", (2, 3, 32, 24), 0.05),
    "U-Net, norm": Case("UNet", (2, 3, 32, 24), 0.3, {"norm": True}),
    "U-Net, valid": Case("UNet", (1, 3, 60, 60), 0.05, {"padded": False}),
    "front end": Case("FrontEnd", (1, 3, 187, 192), 0.01),
    "context": Case("ContextModule", (2, 3, 30, 41), 0.02, {"kind": "basic"}),
    "context, large": Case("ContextModule", (1, 3, 30, 41), 0.01, {"kind": "large"}),
    "LargeFOV": Case("DeepLab", (1, 3, 41, 41), 0.2, {"kind": "largefov"}),
    "ASPP-S": Case("DeepLab", (1, 3, 41, 50), 0.02, {"kind": "aspp-s"}),
}


def weights(name: str, path: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return the values (float32) of a parameter, the same for whoever asks; up-sampling interpolates."""
    rng = np.random.default_rng([ord(c) for c in name + path])
    if path.startswith(("upscore", "upsample")):
        factor = shape[2] // 2
        tent = 1 - np.abs(np.arange(shape[2]) - (factor - 0.5)) / factor
        return (np.eye(shape[0])[:, :, None, None] * np.outer(tent, tent)).astype(np.float32)
    if len(shape) == 1:
        return (rng.normal(scale=0.1, size=shape) + (".1.weight" in path)).astype(np.float32)
    return rng.normal(scale=np.sqrt(2 / np.prod(shape[1:])), size=shape).astype(np.float32)


def batch(name: str, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return images, and classes (N, *size) of which a tenth is void."""
    shape = CASES[name].shape
    rng = np.random.default_rng([ord(c) for c in name])
    x = rng.normal(size=shape).astype(np.float32)
    top, left = ((n - m) // 2 for n, m in zip(shape[2:], size, strict=True))
    inside = x[:, :CLASSES, top : top + size[0], left : left + size[1]]
    y = inside.argmax(1).astype(np.int64)
    y[rng.random(y.shape) < 0.1] = VOID
    return x, y
