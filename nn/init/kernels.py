"""Kernels of convolutions that do something before any training: interpolate, or pass the input through."""

from __future__ import annotations

import numpy as np

from ...core import Tensor
from ...core.random import generator
from .fill import Rng, fill


def tent(size: int) -> np.ndarray:
    """Return the weights (size,) of linear interpolation, 1 - |i - c| / f.

    f = (size + 1) // 2 is the up-sampling factor, c the centre (Long et al. 2015; the released surgery.py).

    >>> tent(4)
    array([0.25, 0.75, 0.75, 0.25])
    """
    factor = (size + 1) // 2
    centre = factor - 1 if size % 2 else factor - 0.5
    return 1 - np.abs(np.arange(size) - centre) / factor


def bilinear_kernel(size: int) -> np.ndarray:
    """Return the (size, size) kernel of bilinear interpolation, the product of two tents.

    >>> bilinear_kernel(4)[0]
    array([0.0625, 0.1875, 0.1875, 0.0625])
    """
    return np.outer(tent(size), tent(size))


def bilinear(w: Tensor) -> Tensor:
    """Fill a transposed convolution's weight (C, K, S, S) so that it interpolates each channel bilinearly."""
    if len(w.shape) != 4 or w.shape[2] != w.shape[3]:
        raise ValueError(f"init.bilinear: expected a square kernel (C, K, S, S), got shape {w.shape}")
    values = np.zeros(w.shape)
    for channel in range(w.shape[0]):
        values[channel, channel if w.shape[1] > 1 else 0] = bilinear_kernel(w.shape[2])
    return fill(w, values)


def identity(w: Tensor, rng: Rng = None, std: float = 0.0, groups: int | None = None) -> Tensor:
    """Fill a convolution's weight (K, C, R, S) so that it passes its input through.

    Yu & Koltun 2016, eq. 4 and 5.

    Channel a of C feeds channel b of K where floor(a G / C) = floor(b G / K), with weight G / K at the
    kernel's centre; everything else is N(0, std^2).  G is the number of maps that are passed through: by
    default min(C, K), in the paper the number of classes.
    """
    if len(w.shape) != 4:
        raise ValueError(f"init.identity: expected a kernel (K, C, R, S), got shape {w.shape}")
    rows, columns, height, width = w.shape
    groups = groups or min(rows, columns)
    values = generator(rng).normal(0, std, w.shape) if std else np.zeros(w.shape)
    b, a = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    same = (a * groups // columns) == (b * groups // rows)
    centre = values[:, :, height // 2, width // 2]
    centre[same] = groups / rows
    return fill(w, values)
