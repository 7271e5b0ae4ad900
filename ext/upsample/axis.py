"""Between which pixels an up-sampled one lies: PyTorch's coordinate rules, one table per axis.

H image, P output.  With ratio = H / P, or 1 / scale where a scale factor is given,

    nearest                      h = floor(p ratio)
    bilinear                     h = max((p + 1/2) ratio - 1/2, 0)    pixels are areas, centres at + 1/2
    bilinear, corners aligned    h = p (H - 1) / (P - 1)              pixels are points, both ends kept
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np


@dataclass(frozen=True, eq=False)
class Axis:
    """table (P, 2) int64: the two pixels next to output p; weight (P,) float64: the share of the second."""

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
    return _axis(size, pixel, pixel, np.zeros(outputs))


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
    return _axis(size, lower, upper, np.minimum(at - lower, 1))


def _axis(size: int, lower: np.ndarray, upper: np.ndarray, weight: np.ndarray) -> Axis:
    table = np.ascontiguousarray(np.stack([lower, upper], axis=1), np.int64)
    table.flags.writeable = weight.flags.writeable = False  # shared by all calls of this size
    return Axis(size, table, weight)
