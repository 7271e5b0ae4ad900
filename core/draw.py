"""Tensors of random numbers, from a generator or seed that is given, or from the common one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .create import made, unpacked
from .random import generator
from .tensor import Tensor


def normal(*shape: Any, rng: Any = None, std: float = 1.0, requires_grad: bool = False) -> Tensor:
    """Return float32 samples of the normal distribution with mean 0."""
    values = (std * generator(rng).standard_normal(unpacked(shape))).astype(np.float32)
    return made(values, None, np.float32, requires_grad)


def uniform(
    *shape: Any, rng: Any = None, low: float = 0.0, high: float = 1.0, requires_grad: bool = False
) -> Tensor:
    """Return float32 samples, uniform in [low, high)."""
    values = generator(rng).uniform(low, high, unpacked(shape)).astype(np.float32)
    return made(values, None, np.float32, requires_grad)


def randn(*shape: Any, rng: Any = None, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return samples of the normal distribution with mean 0 and variance 1: ``randn(2, 3)``."""
    return made(
        np.asarray(generator(rng).standard_normal(unpacked(shape)), dtype), None, dtype, requires_grad
    )


def rand(*shape: Any, rng: Any = None, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return samples uniform in [0, 1): ``rand(2, 3)``."""
    kind = (
        np.float64 if np.dtype(dtype) == np.float64 else np.float32
    )  # cast from float64, 1 - 1e-9 would be 1
    values = np.asarray(generator(rng).random(unpacked(shape), kind), dtype)
    return made(values, None, dtype, requires_grad)


def randn_like(x: Any, *, rng: Any = None) -> Tensor:
    """Return samples of the normal distribution in the shape and type of ``x``."""
    return randn(*x.shape, rng=rng, dtype=x.dtype)


def rand_like(x: Any, *, rng: Any = None) -> Tensor:
    """Return samples uniform in [0, 1) in the shape and type of ``x``."""
    return rand(*x.shape, rng=rng, dtype=x.dtype)


def randint(*bounds: Any, rng: Any = None, dtype: Any = np.int64) -> Tensor:
    """Return whole numbers, uniform in [low, high): ``randint(high, shape)``, ``randint(low, high, shape)``.

    Raises
    ------
    TypeError : without a shape.
    """
    if len(bounds) not in (2, 3) or not isinstance(bounds[-1], (tuple, list)):
        raise TypeError(f"randint: expected (high, shape) or (low, high, shape), got {bounds}")
    low, high = (0, *bounds[:-1])[-2:]
    return Tensor(np.asarray(generator(rng).integers(low, high, tuple(bounds[-1])), dtype))


def randperm(n: int, *, rng: Any = None) -> Tensor:
    """Return the whole numbers below n in a random order: (n,) int64."""
    return Tensor(generator(rng).permutation(n).astype(np.int64))
