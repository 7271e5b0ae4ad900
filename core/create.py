"""Tensors from nothing: constants and random numbers; float32 unless told otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from .tensor import Tensor, _made


def unpacked(values: tuple) -> tuple:
    """Return ``(2, 3)`` for both ``f(2, 3)`` and ``f((2, 3))``."""
    return tuple(values[0]) if len(values) == 1 and isinstance(values[0], (tuple, list)) else values


def zeros(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor of zeros: ``zeros(2, 3)`` or ``zeros((2, 3))``."""
    return _made(np.zeros(unpacked(shape), dtype), None, dtype, requires_grad)


def ones(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor of ones: ``ones(2, 3)`` or ``ones((2, 3))``."""
    return _made(np.ones(unpacked(shape), dtype), None, dtype, requires_grad)


def full(shape: Any, value: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor that has ``value`` everywhere."""
    return _made(np.full(shape, value, dtype), None, dtype, requires_grad)


def zeros_like(x: Any) -> Tensor:
    """Return zeros of the shape and type of ``x``, without a graph."""
    return Tensor(np.zeros(x.shape, x.dtype))


def ones_like(x: Any) -> Tensor:
    """Return ones of the shape and type of ``x``, without a graph."""
    return Tensor(np.ones(x.shape, x.dtype))


def arange(*bounds: Any, dtype: Any = None) -> Tensor:
    """Return evenly spaced values, as `numpy.arange`; whole numbers, or float32 if a bound is a float."""
    if dtype is None and any(isinstance(bound, float) for bound in bounds):
        dtype = np.float32
    return Tensor(np.arange(*bounds, dtype=dtype))


def normal(*shape: Any, rng: np.random.Generator, std: float = 1.0, requires_grad: bool = False) -> Tensor:
    """Return float32 samples of the normal distribution with mean 0."""
    values = (std * rng.standard_normal(unpacked(shape))).astype(np.float32)
    return _made(values, None, np.float32, requires_grad)


def uniform(
    *shape: Any, rng: np.random.Generator, low: float = 0.0, high: float = 1.0, requires_grad: bool = False
) -> Tensor:
    """Return float32 samples, uniform in [low, high)."""
    values = rng.uniform(low, high, unpacked(shape)).astype(np.float32)
    return _made(values, None, np.float32, requires_grad)
