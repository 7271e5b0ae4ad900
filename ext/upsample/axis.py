"""Between which pixels an up-sampled one lies: PyTorch's coordinate rules, one table per axis.

H image, P output.  With ratio = H / P, or 1 / scale where a scale factor is given,

    nearest                      h = floor(p ratio)
    bilinear                     h = max((p + 1/2) ratio - 1/2, 0)    pixels are areas, centres at + 1/2
    bilinear, corners aligned    h = p (H - 1) / (P - 1)              pixels are points, both ends kept

A transposed convolution whose kernel is at most two strides long lies between two pixels as well, with the
kernel's numbers for weights (`stamped_axis`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, eq=False)
class Axis:
    """table (P, 2) int64: the two pixels next to output p; weight (P, 2) float64: the share of each."""

    size: int  # H
    table: np.ndarray
    weight: np.ndarray

    @property
    def outputs(self) -> int:
        return len(self.table)


@lru_cache(maxsize=256)
def nearest_axis(size: int, outputs: int, scale: float | None = None) -> Axis:
    """The pixel that each output copies, twice, with weight 0 for the second."""
    if scale is None:  # in whole numbers: floor(p H / P) is exact
        pixel = np.arange(outputs) * size // outputs
    else:
        pixel = np.minimum(np.floor(np.arange(outputs) / scale).astype(np.int64), size - 1)
    return _axis(size, pixel, pixel, np.ones(outputs), np.zeros(outputs))


@lru_cache(maxsize=256)
def linear_axis(size: int, outputs: int, align_corners: bool, scale: float | None = None) -> Axis:
    """The two pixels between which each output lies, and how far it is from the first."""
    p = np.arange(outputs, dtype=np.float64)
    if align_corners:
        at = p * (size - 1) / (outputs - 1) if outputs > 1 else p
    else:
        at = np.maximum((p + 0.5) * (size / outputs if scale is None else 1 / scale) - 0.5, 0)
    lower = np.minimum(np.floor(at).astype(np.int64), size - 1)
    upper = np.minimum(lower + 1, size - 1)
    share = np.minimum(at - lower, 1)
    return _axis(size, lower, upper, 1 - share, share)


def stamped_axis(size: int, outputs: int, line: np.ndarray, stride: int, padding: int) -> Axis:
    """The pixels that stamp each output of a transposed convolution, and line (R,), R <= 2 stride,
    where they do.

    Output p is met by pixel h at line[p + padding - h stride]: by the last h that begins before it, and by
    the one before.  Beyond an end there is no pixel; the nearest gets weight 0.
    """
    padded = np.concatenate([line, np.zeros(2 * stride - len(line))])
    upper, phase = np.divmod(np.arange(outputs) + padding, stride)
    pixels = np.stack([upper - 1, upper])
    weights = np.where((pixels >= 0) & (pixels < size), np.stack([padded[phase + stride], padded[phase]]), 0)
    return _axis(size, *np.clip(pixels, 0, size - 1), *weights)


def _axis(size: int, lower: np.ndarray, upper: np.ndarray, first: np.ndarray, second: np.ndarray) -> Axis:
    table = np.ascontiguousarray(np.stack([lower, upper], axis=1), np.int64)
    weight = np.ascontiguousarray(np.stack([first, second], axis=1), np.float64)
    table.flags.writeable = weight.flags.writeable = False  # shared by all calls of this size
    return Axis(size, table, weight)
