"""Tensors from numbers, arrays and constants; float32 unless told otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import DtypeError
from .tensor import Tensor, values_of


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor from numbers, nested lists, or an array (copied).

    Python floats become float32; arrays keep their type; integers and booleans are carried without gradient.

    Raises
    ------
    DtypeError : for strings and objects, and for a gradient of integers.
    GradientError : for tensors that need a gradient: the copy would not pass it on.

    >>> tensor([1.0, 2.0]) * 3
    tensor([3., 6.])
    """
    return made(np.array(_plain(data), dtype=dtype), data, dtype, requires_grad)


def as_tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Like `tensor`, but share the memory of an array where possible, and return a tensor as it is.

    A tensor of another type is converted with its gradient.  What is written later into the array itself, not
    through the tensor, the backward pass does not notice.
    """
    if isinstance(data, Tensor) and (data.requires_grad or not requires_grad):
        return data if dtype is None or data.dtype == np.dtype(dtype) else data.astype(dtype)
    return made(np.asarray(_plain(data), dtype=dtype), data, dtype, requires_grad)


def _plain(data: Any) -> Any:
    """Return ``data`` with tensors, also those in lists, replaced by arrays."""
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    return values_of(data, "tensor")


def made(array: np.ndarray, data: Any, dtype: Any, requires_grad: bool) -> Tensor:
    """Return the tensor of an array that was made from ``data``, or to the ``dtype`` that was asked for."""
    if dtype is None and array.dtype == np.float64 and not isinstance(data, (np.ndarray, np.generic, Tensor)):
        array = array.astype(np.float32)
    if array.dtype.kind not in "biuf":
        problem = f"expected numbers, got {array.dtype} from {type(data).__name__}"
        raise DtypeError(f"tensor: {problem}; convert to float or int first")
    made = Tensor(array)
    if requires_grad:
        made.requires_grad = True
    return made


def unpacked(values: tuple) -> tuple:
    """Return ``(2, 3)`` for both ``f(2, 3)`` and ``f((2, 3))``."""
    return tuple(values[0]) if len(values) == 1 and isinstance(values[0], (tuple, list)) else values


def zeros(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor of zeros: ``zeros(2, 3)`` or ``zeros((2, 3))``."""
    return made(np.zeros(unpacked(shape), dtype), None, dtype, requires_grad)


def ones(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor of ones: ``ones(2, 3)`` or ``ones((2, 3))``."""
    return made(np.ones(unpacked(shape), dtype), None, dtype, requires_grad)


def full(shape: Any, value: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Return a tensor that has ``value`` everywhere."""
    return made(np.full(shape, value, dtype), None, dtype, requires_grad)


def zeros_like(x: Any) -> Tensor:
    """Return zeros of the shape and type of ``x``, without a graph."""
    return Tensor(np.zeros(x.shape, x.dtype))


def ones_like(x: Any) -> Tensor:
    """Return ones of the shape and type of ``x``, without a graph."""
    return Tensor(np.ones(x.shape, x.dtype))


def full_like(x: Any, value: Any) -> Tensor:
    """Return a tensor that has ``value`` everywhere, in the shape and type of ``x``, without a graph."""
    return Tensor(np.full(x.shape, value, x.dtype))


def is_tensor(x: Any) -> bool:
    """Return whether ``x`` is a `Tensor`."""
    return isinstance(x, Tensor)


def arange(*bounds: Any, dtype: Any = None) -> Tensor:
    """Return evenly spaced values, as `numpy.arange`; whole numbers, or float32 if a bound is a float."""
    if dtype is None and any(isinstance(bound, float) for bound in bounds):
        dtype = np.float32
    return Tensor(np.arange(*bounds, dtype=dtype))


def linspace(start: float, end: float, steps: int, dtype: Any = np.float32) -> Tensor:
    """Return that many values, evenly spaced from ``start`` to ``end``, both included."""
    return Tensor(np.linspace(start, end, steps, dtype=dtype))


def eye(rows: int, columns: int | None = None, dtype: Any = np.float32) -> Tensor:
    """Return a matrix with 1 on the diagonal, 0 elsewhere."""
    return Tensor(np.eye(rows, columns, dtype=dtype))


def from_numpy(array: np.ndarray) -> Tensor:
    """Return a tensor that shares the memory of an array; see `as_tensor`.

    Raises
    ------
    DtypeError : for anything but an array of numbers.
    """
    if not isinstance(array, np.ndarray):
        raise DtypeError(
            f"from_numpy: expected a NumPy array, got {type(array).__name__}; tensor() takes lists"
        )
    return as_tensor(array)
