"""Initialisers: fill a parameter in place, from a generator that is given.

fan_in counts the inputs of one output, fan_out the outputs of one input: for w (K, C, R, S) they are C R S
and K R S.
"""

from __future__ import annotations

import math

import numpy as np

from ...core import Tensor, no_grad
from ...core.random import generator

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


def fill(w: Tensor, values: np.ndarray) -> Tensor:
    """Put values in; returns the tensor."""
    with no_grad():
        return w.copy_(values)


def uniform(w: Tensor, low: float, high: float, rng: Rng = None) -> Tensor:
    """Fill with U(low, high)."""
    return fill(w, generator(rng).uniform(low, high, w.shape))


def normal(w: Tensor, std: float = 1.0, mean: float = 0.0, rng: Rng = None) -> Tensor:
    """Fill with N(mean, std^2)."""
    return fill(w, generator(rng).normal(mean, std, w.shape))


def constant(w: Tensor, value: float) -> Tensor:
    """Fill with one value."""
    return fill(w, np.full(w.shape, value))


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
