"""Ops that move values and change none; the adjoint of each moves them back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import case, op
from ..spelling import bilingual


def normal_axis(axis: int, rank: int) -> int:
    """Return an axis counted from the front; ValueError if there is none (``axis % rank`` would hide it).

    >>> normal_axis(-1, 3)
    2
    """
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} is outside [-{rank}, {rank}), there are {rank} axes")
    return axis % rank


@op("y = x in another shape, in row-major order")
class reshape:
    def forward(x, *, shape):
        return np.reshape(x, shape)

    def vjp_x(g, x_shape):
        return reshape(g, shape=x_shape)

    def samples(rng):
        yield case(rng.normal(size=(2, 6)), shape=(3, -1))
        yield case(rng.normal(size=(1, 1)), shape=())


@op("y = x with its axes in another order")
class transpose:
    def forward(x, *, axes=None):
        return np.transpose(x, axes)

    def vjp_x(g, axes):
        return transpose(
            g, axes=None if axes is None else tuple(int(i) for i in np.argsort(np.asarray(axes) % len(axes)))
        )

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(2, 3, 4)), axes=(1, -1, 0))


@op("y = x repeated along axes of size 1 and new leading axes")
class broadcast_to:
    def forward(x, *, shape):
        return np.broadcast_to(x, shape)

    def vjp_x(g):  # the backward pass sums what was copied
        return g

    def samples(rng):
        yield case(rng.normal(size=(2, 1)), shape=(4, 2, 3))


@op("y = x in reverse order along axes")
class flip:
    def forward(x, *, axis=None):
        return np.flip(x, axis)

    def vjp_x(g, axis):
        return flip(g, axis=axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(2, 3, 4)), axis=(0, 2))


@op("y_i = x_{i - shift}, around the end")
class roll:
    def forward(x, *, shift, axis=None):
        return np.roll(x, shift, axis)

    def vjp_x(g, shift, axis):
        return roll(g, shift=tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis=axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), shift=2)
        yield case(rng.normal(size=(3, 4)), shift=(1, -2), axis=(0, 1))


def repeat(x: Any, *sizes: int) -> Any:
    """Return ``x`` as a tile, laid ``sizes`` times along each axis; further sizes are new leading axes.

    Raises
    ------
    ValueError : for fewer sizes than axes.
    """
    lead = len(sizes) - len(x.shape)
    if lead < 0:
        raise ValueError(f"repeat: x {tuple(x.shape)} has {len(x.shape)} axes, got only {len(sizes)} sizes")
    shape = (1,) * lead + tuple(x.shape)
    apart = reshape(x, shape=tuple(n for size in shape for n in (1, size)))
    tiled = broadcast_to(apart, shape=tuple(n for pair in zip(sizes, shape, strict=True) for n in pair))
    return reshape(tiled, shape=tuple(times * n for times, n in zip(sizes, shape, strict=True)))


@bilingual
def repeat_interleave(x: Any, times: int, axis: int | None = None) -> Any:
    """Return each value of ``x``, or each slice along ``axis``, ``times`` times in a row."""
    x = reshape(x, shape=(-1,)) if axis is None else x
    axis = normal_axis(axis or 0, len(x.shape))
    shape = tuple(x.shape)
    y = broadcast_to(unsqueeze(x, axis + 1), shape=(*shape[: axis + 1], times, *shape[axis + 1 :]))
    return reshape(y, shape=(*shape[:axis], shape[axis] * times, *shape[axis + 1 :]))


@bilingual
def squeeze(x: Any, axis: Any = None) -> Any:
    """Return ``x`` without the given axes of size 1 (all of them by default)."""
    axes = range(len(x.shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = {normal_axis(a, len(x.shape)) for a in axes if axis is None or _size_one(x.shape, a)}
    return reshape(x, shape=tuple(n for i, n in enumerate(x.shape) if not (i in axes and n == 1)))


def _size_one(shape: tuple[int, ...], axis: int) -> bool:
    if not -len(shape) <= axis < len(shape) or shape[axis] != 1:
        raise ValueError(f"squeeze: axis {axis} of shape {shape} does not have size 1")
    return True


@bilingual
def unsqueeze(x: Any, axis: int) -> Any:
    """Return ``x`` with a new axis of size 1 at position ``axis``."""
    rank = len(x.shape) + 1
    if not -rank <= axis < rank:
        raise ValueError(f"unsqueeze: axis {axis} is outside [-{rank}, {rank}) for shape {x.shape}")
    shape = list(x.shape)
    shape.insert(axis % rank, 1)
    return reshape(x, shape=tuple(shape))


@bilingual
def flatten(x: Any, start: int = 0, end: int = -1) -> Any:
    """Return ``x`` with the axes from ``start`` to ``end``, both included, made one."""
    rank = max(len(x.shape), 1)
    start, end = normal_axis(start, rank), normal_axis(end, rank)
    if start > end:
        raise ValueError(f"flatten: axis {start} comes after axis {end}")
    size = int(np.prod(x.shape[start : end + 1]))
    return reshape(x, shape=(*x.shape[:start], size, *x.shape[end + 1 :]))
