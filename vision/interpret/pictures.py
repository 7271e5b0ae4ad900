"""Arrays of a network as pictures (H, W, 3) of uint8: images, gradients, filters, maps, and grids of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import nn
from .targets import layer_of

# Black, violet, red, orange, pale yellow: a scale whose lightness rises evenly (after matplotlib's "magma").
HEAT = np.array([[0, 0, 4], [81, 18, 124], [183, 55, 121], [252, 137, 97], [252, 253, 191]], np.float64)


def picture(net: nn.Module, x: np.ndarray) -> np.ndarray:
    """Return an image (C, H, W), as the network expects it, as it looks; stretched, if that is not known."""
    shown = getattr(net, "preprocess", None)
    if shown is not None:
        return bytes_of(shown.pixels(x))
    low, high = float(np.min(x)), float(np.max(x))
    return bytes_of((np.asarray(x) - low) / max(high - low, 1e-30))


def bytes_of(pixels: np.ndarray) -> np.ndarray:
    """Return red-green-blue pixels (3, H, W), or grey ones (1, H, W), of 0 .. 1 as (H, W, 3) uint8."""
    levels = np.clip(np.rint(255 * np.asarray(pixels, np.float64)), 0, 255).astype(np.uint8)
    return np.moveaxis(np.broadcast_to(levels, (3, *levels.shape[1:])), 0, -1)


def signed(net: nn.Module, values: np.ndarray) -> np.ndarray:
    """Return a gradient or filter (C, H, W), in the network's order of colours, with 0 as middle grey."""
    shown = getattr(net, "preprocess", None)
    if shown is not None and shown.order == "BGR" and len(values) == 3:
        values = values[::-1]
    if len(values) not in (1, 3):
        values = values.mean(0, keepdims=True)
    return bytes_of(0.5 + 0.5 * values / max(float(np.abs(values).max()), 1e-30))


def heat(values: np.ndarray) -> np.ndarray:
    """Return a map (H, W): black where it is least, pale yellow where it is most."""
    low, high = float(np.min(values)), float(np.max(values))
    share = (np.asarray(values, np.float64) - low) / max(high - low, 1e-30)
    steps = np.linspace(0, 1, len(HEAT))
    return np.stack([np.rint(np.interp(share, steps, HEAT[:, i])) for i in range(3)], -1).astype(np.uint8)


def over(image: np.ndarray, values: np.ndarray, opacity: float = 0.6) -> np.ndarray:
    """Return the map (H, W) as heat over the image (H, W, 3) uint8."""
    return np.rint((1 - opacity) * image + opacity * heat(values)).astype(np.uint8)


def scaled(image: np.ndarray, side: int) -> np.ndarray:
    """Return a picture (H, W, 3) within side x side pixels: enlarged to whole pixels, or made smaller."""
    from PIL import Image

    factor = side / max(image.shape[:2])
    size = [max(1, round(n * factor)) for n in (image.shape[1], image.shape[0])]
    way = Image.Resampling.NEAREST if factor >= 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(np.ascontiguousarray(image)).resize((size[0], size[1]), way))


def grid(pictures: Sequence[np.ndarray], columns: int, gap: int = 2, paper: int = 255) -> np.ndarray:
    """Return pictures (H, W, 3) side by side, row by row, each in the middle of a cell of the largest size.

    >>> grid([np.zeros((2, 3, 3), np.uint8)] * 5, 2, gap=1).shape
    (8, 7, 3)
    """
    if not pictures or columns < 1:
        raise ValueError(f"grid: expected pictures and columns from 1, got {len(pictures)} and {columns}")
    columns = min(columns, len(pictures))
    height, width = (max(each.shape[axis] for each in pictures) for axis in (0, 1))
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), paper, np.uint8)
    for i, each in enumerate(pictures):
        top = i // columns * (height + gap) + (height - each.shape[0]) // 2
        left = i % columns * (width + gap) + (width - each.shape[1]) // 2
        sheet[top : top + each.shape[0], left : left + each.shape[1]] = each
    return sheet


def filters(net: nn.Module, layer: str, most: int = 256) -> list[np.ndarray]:
    """Return the filters of a convolution as pictures, middle grey for 0, each scaled to its largest weight.

    Of a layer that sees colours, each filter in colour; of another, for each filter the kernel of the channel
    to which it gives the largest weights.

    Raises
    ------
    KeyError : there is no such layer.
    ValueError : it is no convolution, or its kernels are 1 x 1, in which there is nothing to see.
    """
    module: Any = layer_of(net, layer)
    if not isinstance(module, nn.Conv2d):
        raise ValueError(f"filters: expected a convolution, {layer!r} is {type(module).__name__}")
    weights = module.weight.data[:most]  # (O,I,K,L)
    if weights.shape[2:] == (1, 1):
        raise ValueError(f"filters: the kernels of {layer!r} are 1 x 1: expected larger ones")
    if weights.shape[1] == 3:
        return [signed(net, each) for each in weights]
    strongest = np.abs(weights).sum((2, 3)).argmax(1)
    return [signed(net, each[[k]]) for each, k in zip(weights, strongest, strict=True)]


def map_pictures(maps: np.ndarray, most: int = 64) -> list[np.ndarray]:
    """Return a layer's maps (C, P, Q) as heat, those that vary most first."""
    order = np.argsort(-maps.std((1, 2)), kind="stable")[:most]
    return [heat(maps[c]) for c in order]
