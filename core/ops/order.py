"""Sorting: the values are gathered at the places that NumPy finds, so that their gradients go back there.

Where values are equal the first stands first, also in descending order; NaN counts as largest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..spelling import bilingual
from ..tensor import Tensor, raw
from .index import gather, getitem
from .shape import normal_axis, reshape


class Found(NamedTuple):
    """Values, and where along the axis they were."""

    values: Any
    indices: Any


def _indices(index: np.ndarray, x: Any) -> Any:
    """Return the indices as a tensor if ``x`` is one."""
    return Tensor(index) if isinstance(x, Tensor) else index


def _axis(x: Any, axis: int) -> int:
    """Return the axis from the front; a number without axes counts as one value along axis 0."""
    if not isinstance(axis, (int, np.integer)):
        raise TypeError(f"expected one axis, got {axis!r}")
    return normal_axis(axis, max(len(x.shape), 1))


def _order(x: Any, axis: int, descending: bool) -> np.ndarray:
    values = np.atleast_1d(raw(x))
    if not descending:
        return np.argsort(values, axis, kind="stable")
    backwards = np.argsort(np.flip(values, axis), axis, kind="stable")
    return np.flip(values.shape[axis] - 1 - backwards, axis)


def _found(x: Any, index: np.ndarray, axis: int) -> Found:
    if not x.shape:
        return Found(reshape(gather(reshape(x, shape=(1,)), index, axis=0), shape=()), _indices(index[0], x))
    return Found(gather(x, index, axis=axis), _indices(index, x))


@bilingual
def argsort(x: Any, axis: int = -1, descending: bool = False) -> Any:
    """Return the indices that sort x along one axis; they have no gradient."""
    return _indices(_order(x, _axis(x, axis), descending).reshape(x.shape), x)


@bilingual
def sort(x: Any, axis: int = -1, descending: bool = False) -> Found:
    """Return (values, indices): x sorted along one axis, and where each value was."""
    axis = _axis(x, axis)
    return _found(x, _order(x, axis, descending), axis)


@bilingual
def topk(x: Any, k: int, axis: int = -1, largest: bool = True) -> Found:
    """Return (values, indices) of the k largest along one axis, the largest first; or of the k smallest.

    Raises
    ------
    ValueError : if the axis has fewer than k values.
    """
    axis = _axis(x, axis)
    order = _order(x, axis, largest)
    if not 0 <= k <= order.shape[axis]:
        raise ValueError(f"topk: expected k in [0, {order.shape[axis]}], the size of axis {axis}; got {k}")
    if not x.shape and k == 0:
        raise ValueError("topk: expected k = 1 for a number without axes, got 0")
    return _found(x, order[(slice(None),) * axis + (slice(k),)], axis)


@bilingual
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the smallest value along ``axis`` (the first of equals); it has no gradient."""
    return _indices(np.argmin(raw(x), axis, keepdims=keepdims), x)


def extreme(x: Any, pick: Any, axis: int, keepdims: bool = False) -> Found:
    """Return (values, indices) of ``pick`` (`numpy.argmax` or argmin) along one axis.

    The whole gradient goes to the value that the index names, the first of equals, as in PyTorch; `ops.max`
    shares it.
    """
    axis = _axis(x, axis)
    found = _found(x, np.atleast_1d(pick(np.atleast_1d(raw(x)), axis, keepdims=True)), axis)
    if keepdims or not x.shape:
        return found
    at = (slice(None),) * axis + (0,)
    return Found(getitem(found.values, index=at), getitem(found.indices, index=at))


@bilingual
def median(x: Any, axis: int = -1, keepdims: bool = False) -> Found:
    """Return (values, indices) of the medians along one axis; of two middle values the smaller, as PyTorch.

    A NaN among the values is the median.
    """
    return extreme(x, _middle, axis, keepdims)


def _middle(values: np.ndarray, axis: int, keepdims: bool) -> np.ndarray:
    n = values.shape[axis]
    if not n:
        raise ValueError(f"median: axis {axis} has no values")
    order = np.argsort(values, axis, kind="stable")
    middle = np.take(order, [(n - 1) // 2], axis)
    if values.dtype.kind == "f":
        missing = np.isnan(values)
        first = np.argmax(missing, axis=axis, keepdims=True)
        middle = np.where(missing.any(axis=axis, keepdims=True), first, middle)
    return middle
