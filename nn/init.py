"""Initialisers: fill a parameter in place, from a generator that is given.

fan_in counts the inputs of one output, fan_out the outputs of one input: for w (K, C, R, S) they are C R S
and K R S.
"""

from __future__ import annotations

import math

import numpy as np

from ..core import Tensor, no_grad
from ..core.random import generator

Rng = np.random.Generator | int | None  # a generator, a seed, or None: what `manual_seed` governs


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return (fan_in, fan_out) of a weight.

    >>> fans((64, 3, 7, 7))
    (147, 3136)
    """
    if len(shape) < 2:
        raise ValueError(f"init: fan_in and fan_out need a weight with at least 2 axes, got shape {shape}")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _fill(w: Tensor, values: np.ndarray) -> Tensor:
    with no_grad():
        return w.copy_(values)


def uniform(w: Tensor, low: float, high: float, rng: Rng = None) -> Tensor:
    """Fill with U(low, high)."""
    return _fill(w, generator(rng).uniform(low, high, w.shape))


def normal(w: Tensor, std: float = 1.0, mean: float = 0.0, rng: Rng = None) -> Tensor:
    """Fill with N(mean, std^2)."""
    return _fill(w, generator(rng).normal(mean, std, w.shape))


def constant(w: Tensor, value: float) -> Tensor:
    """Fill with one value."""
    return _fill(w, np.full(w.shape, value))


def he_normal(w: Tensor, rng: Rng = None, slope: float = 0.0) -> Tensor:
    """Fill with N(0, 2 / ((1 + slope^2) fan_in)), which keeps the variance through rectifiers.

    He et al. 2015, eq. 10 and 15.
    """
    return normal(w, math.sqrt(2 / ((1 + slope**2) * max(1, fans(w.shape)[0]))), rng=rng)


def he_uniform(w: Tensor, rng: Rng = None, slope: float = 0.0) -> Tensor:
    """Fill with U(-a, a) of the variance of `he_normal`; slope = sqrt(5) is PyTorch's default for layers."""
    a = math.sqrt(6 / ((1 + slope**2) * max(1, fans(w.shape)[0])))
    return uniform(w, -a, a, rng)


def glorot_normal(w: Tensor, rng: Rng = None) -> Tensor:
    """Fill with N(0, 2 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 12)."""
    return normal(w, math.sqrt(2 / max(1, sum(fans(w.shape)))), rng=rng)


def glorot_uniform(w: Tensor, rng: Rng = None) -> Tensor:
    """Fill with U(-a, a), a = sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 16)."""
    a = math.sqrt(6 / max(1, sum(fans(w.shape))))
    return uniform(w, -a, a, rng)


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
    return _fill(w, values)


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
    return _fill(w, values)
