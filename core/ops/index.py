"""Picking values by position, and its adjoint, adding back: four pairs, each the other's gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ext.memory import empty
from ..op import case, op
from ..spelling import bilingual
from ..tensor import raw
from .select import where
from .shape import normal_axis, reshape


def plain_index(index: Any) -> Any:
    """Return an index with tensors replaced by their values."""
    if isinstance(index, tuple):
        return tuple(plain_index(each) for each in index)
    if isinstance(index, list):
        return np.asarray(index)
    return raw(index)


def is_basic(index: Any) -> bool:
    """Return whether an index picks each value at most once.

    So do integers, slices, new axes, an ellipsis, and one boolean mask.
    """
    if isinstance(index, np.ndarray):
        return index.dtype == bool
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, (slice, int, np.integer)) for part in parts
    )


@op("y = x[index]")
class getitem:
    def forward(x, *, index):
        return np.asarray(x)[plain_index(index)]

    def vjp_x(g, x_shape, index):
        return put(g, index=index, shape=x_shape)

    def samples(rng):
        yield case(rng.normal(size=(4, 3)), index=(slice(None, None, -2), 1))
        yield case(rng.normal(size=(4, 3)), index=(np.array([0, 2, 2, -1]),))
        yield case(rng.normal(size=(4, 3)), index=rng.normal(size=(4, 3)) > 0)


@op("y[index] += x, y of zeros: the adjoint of getitem")
class put:
    def forward(x, *, index, shape):
        index = plain_index(index)
        y = np.zeros(shape, np.asarray(x).dtype)
        if is_basic(index):
            y[index] = x
        else:
            np.add.at(y, index, x)  # subtle: y[index] += x would count a repeated index once
        return y

    def vjp_x(g, index):
        return getitem(g, index=index)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), index=(slice(1, 3),), shape=(4, 3))
        yield case(rng.normal(size=(3, 3)), index=(np.array([0, 2, 2]),), shape=(4, 3))


def _along(index: np.ndarray, axis: int) -> tuple:
    """Return the index that reads ``x[.., index[i, j, k], ..]`` at ``axis``, and ``i, j, k`` elsewhere."""
    axis = normal_axis(axis, index.ndim)
    grid = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis] = index
    return tuple(grid)


@op("y_ijk = x[i, index_ijk, k] (for axis 1)")
class gather:
    def forward(x, index, *, axis):
        return np.asarray(x)[_along(_whole(index), axis)]

    def vjp_x(g, x_shape, index, axis):
        return scatter(g, index, axis=axis, shape=x_shape)

    def samples(rng):
        yield case(rng.normal(size=(4, 3)), np.array([[0, 2, 2], [3, 0, 2]]), axis=0)


@op("y[i, index_ijk, k] += x_ijk (for axis 1), y of zeros: the adjoint of gather")
class scatter:
    def forward(x, index, *, axis, shape):
        y = np.zeros(shape, np.asarray(x).dtype)
        np.add.at(y, _along(_whole(index), axis), x)
        return y

    def vjp_x(g, index, axis):
        return gather(g, index, axis=axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), np.array([[0, 2, 2], [3, 0, 2]]), axis=0, shape=(4, 3))


@bilingual
def scatter_add(x: Any, index: Any, source: Any, axis: int) -> Any:
    """Return ``x`` with ``source`` added at ``index`` along ``axis``; repeated places add up."""
    return x + scatter(source, index, axis=axis, shape=tuple(x.shape))


@bilingual
def scatter_over(x: Any, index: Any, source: Any, axis: int) -> Any:
    """Return ``x`` with ``source``, values or one, in the place of those at ``index`` along ``axis``.

    Where a place is named twice the last value stays, and it alone has the gradient.
    """
    where_to, found = _along(_whole(index), axis), np.full(tuple(x.shape), -1)
    values = (
        source
        if hasattr(source, "shape") and len(source.shape)
        else np.full(np.shape(raw(index)), raw(source))
    )
    if tuple(values.shape) != np.shape(raw(index)):
        raise ValueError(
            f"scatter: expected a source of the index' shape {np.shape(raw(index))}, got {values.shape}"
        )
    count = int(np.prod(values.shape))
    found[where_to] = np.arange(count).reshape(values.shape)  # the last of equals: NumPy assigns in order
    if not count:
        return x
    chosen = take(reshape(values, shape=(-1,)), np.maximum(found, 0))
    return where(found >= 0, chosen, x)


@op("y = x[.., index, ..] along one axis: whole slices")
class take:
    def forward(x, index, *, axis=0):
        index = _whole(index)
        if not np.ndim(x) or not np.size(x):  # what np.take does not look at
            size = np.shape(x)[normal_axis(axis, np.ndim(x))]
            if index.size and not (-size <= index.min() and index.max() < size):
                raise IndexError(f"the indices run from {index.min()} to {index.max()}, the axis has {size}")
        return np.take(x, index, axis)

    def vjp_x(g, x_shape, index, axis):
        return give(g, index, axis=axis, size=x_shape[axis])

    def samples(rng):
        yield case(rng.normal(size=(4, 3)), np.array([[0, 2], [2, 3]]), axis=0)
        yield case(rng.normal(size=(2, 4)), np.array([1, 1, 0]), axis=-1)


@op("y[.., index, ..] += x along one axis, y of zeros: the adjoint of take")
class give:
    """Sorts the indices and adds up runs of equal ones: many times faster than one by one."""

    def forward(x, index, *, axis=0, size):
        index = _whole(index)
        axis = normal_axis(axis, np.ndim(x) - index.ndim + 1)
        if np.shape(x)[axis : axis + index.ndim] != index.shape:
            raise ValueError(f"expected x to have the index' shape {index.shape} from axis {axis} on")
        if index.size and not (-size <= index.min() and index.max() < size):
            raise IndexError(f"the indices run from {index.min()} to {index.max()}, the axis has {size}")
        rows = np.moveaxis(
            np.reshape(x, np.shape(x)[:axis] + (index.size,) + np.shape(x)[axis + index.ndim :]), axis, 0
        )
        y = empty((size, *rows.shape[1:]), rows.dtype)
        y.fill(0)  # a table of words is large: new pages would cost more than the zeros
        flat = index.ravel() % size if size else index.ravel()
        if flat.size:
            order = np.argsort(flat, kind="stable")
            starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
            y[flat[order[starts]]] = np.add.reduceat(rows[order], starts, axis=0)
        return np.moveaxis(y, 0, axis)

    def vjp_x(g, index, axis):
        return take(g, index, axis=axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 2, 3)), np.array([[0, 2], [2, 3]]), axis=0, size=5)
        yield case(rng.normal(size=(2, 3)), np.array([1, 1, 0]), axis=1, size=4)


def embedding(weight: Any, index: Any) -> Any:
    """Return the rows of ``weight`` (V, D) at ``index`` (...): (..., D)."""
    rows = _whole(index)
    if rows.size and not (rows.min() >= 0 and rows.max() < weight.shape[0]):
        raise IndexError(
            f"embedding: weight has {weight.shape[0]} rows, the indices run from {rows.min()} to {rows.max()}"
        )
    return take(weight, rows, axis=0)


def _whole(index: Any) -> np.ndarray:
    index = np.asarray(raw(index))
    if index.size and index.dtype.kind not in "iu":
        raise TypeError(f"an index must be whole numbers, got {index.dtype}")
    return index.astype(np.intp, copy=False)
