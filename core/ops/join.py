"""Putting tensors together, taking them apart, and adding borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...ext.memory import empty
from ...ext.threads import parallel
from ..op import case, op
from ..spelling import bilingual
from .index import getitem, take
from .shape import normal_axis, unsqueeze

LARGE = 1 << 18  # bytes from which threads are worth waking


@op("y = [x0, x1, ...] along one axis")
class join:
    def forward(*xs, axis=0):
        if not xs:
            raise ValueError("expected at least one tensor, got none")
        shapes, kinds = [np.shape(each) for each in xs], {np.result_type(each) for each in xs}
        if len(kinds) > 1 or len({len(shape) for shape in shapes}) > 1 or not shapes[0]:
            return np.concatenate(xs, axis)
        size = list(shapes[0])
        size[axis] = sum(shape[axis] for shape in shapes)
        y = empty(tuple(size), kinds.pop())
        if (
            len(xs) == 1
            or y.nbytes < LARGE
            or any(_beside(shape, axis) != _beside(size, axis) for shape in shapes)
        ):
            return np.concatenate(xs, axis, out=y)  # one copy of each, no more
        places = np.cumsum([0, *(shape[axis] for shape in shapes)])
        y_along, along = np.moveaxis(y, axis, 0), [np.moveaxis(np.asarray(x), axis, 0) for x in xs]
        parallel(lambda i: _put(along[i], y_along[places[i] : places[i + 1]]), len(xs))  # each on a thread
        return y

    def vjp_xs(g, which, xs_shape, axis):  # each gets its own slice back
        axis = normal_axis(axis, len(g.shape))
        start = sum(shape[axis] for shape in xs_shape[:which])
        own = slice(start, start + xs_shape[which][axis])
        return getitem(g, index=(slice(None),) * axis + (own,))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=(1, 3)), rng.normal(size=(0, 3)))
        yield case(rng.normal(size=(2, 3)), rng.normal(size=(2, 1)), axis=-1)


def _beside(shape: Sequence[int], axis: int) -> list[int]:
    """Return the lengths of all axes but one."""
    return [n for i, n in enumerate(shape) if i != axis % len(shape)]


def _put(x: np.ndarray, y: np.ndarray) -> None:
    y[...] = x


@op("y = x with a border of zeros; width gives (before, after) for each axis")
class pad_zero:
    def forward(x, *, width):
        if len(width) != np.ndim(x) or any(min(pair) < 0 for pair in width):
            return np.pad(x, width)  # which explains what is wrong
        x = np.asarray(x)
        y = empty(tuple(b + n + a for (b, a), n in zip(width, x.shape, strict=True)), x.dtype)
        if x.ndim > 1 and tuple(width[0]) == (0, 0) and y.nbytes >= LARGE:  # images apart, on several threads
            parallel(lambda i: _place(x[i], width[1:], y[i]), len(x))
        else:
            _place(x, width, y)
        return y

    def vjp_x(g, x_shape, width):
        return getitem(
            g, index=tuple(slice(before, before + n) for (before, _), n in zip(width, x_shape, strict=True))
        )

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), width=((1, 0), (2, 1)))


def _place(x: np.ndarray, width: Sequence[Any], y: np.ndarray) -> None:
    """Write x into the middle of y, and zeros around it; `numpy.pad` writes all of it twice."""
    for axis, (before, after) in enumerate(width):
        along = (slice(None),) * axis
        y[(*along, slice(before))] = 0
        y[(*along, slice(y.shape[axis] - after, None))] = 0
    y[tuple(slice(b, b + n) for (b, _), n in zip(width, x.shape, strict=True))] = x


@bilingual
def concat(tensors: Sequence[Any], axis: int = 0) -> Any:
    """Return the tensors one after another along an axis that they have."""
    return join(*tensors, axis=axis)


@bilingual
def stack(tensors: Sequence[Any], axis: int = 0) -> Any:
    """Return the tensors, all of one shape, along a new axis."""
    shapes = {tuple(np.shape(each) if not hasattr(each, "shape") else each.shape) for each in tensors}
    if len(shapes) > 1:
        hint = "concat joins along an axis they have"
        raise ValueError(f"stack: expected tensors of one shape, got {sorted(shapes)}; {hint}")
    arrays = (each if hasattr(each, "shape") else np.asarray(each) for each in tensors)
    return join(*[unsqueeze(each, axis) for each in arrays], axis=axis)


@bilingual
def split(x: Any, sizes: int | Sequence[int], axis: int = 0) -> list:
    """Return consecutive parts of ``x``: of the given sizes, or all of one size (the last may be smaller)."""
    axis = normal_axis(axis, len(x.shape))
    length = x.shape[axis]
    if isinstance(sizes, int):
        if sizes < 1:
            raise ValueError(f"split: expected a part size of at least 1, got {sizes}")
        sizes = [min(sizes, length - start) for start in range(0, max(length, 1), sizes)]
    if sum(sizes) != length:
        raise ValueError(f"split: the sizes {list(sizes)} add up to {sum(sizes)}, axis {axis} has {length}")
    ends = np.cumsum(sizes)
    return [
        getitem(x, index=(slice(None),) * axis + (slice(int(end) - n, int(end)),))
        for end, n in zip(ends, sizes, strict=True)
    ]


@bilingual
def chunk(x: Any, chunks: int, axis: int = 0) -> list:
    """Return ``x`` in at most ``chunks`` parts of one size along an axis; the last may be smaller."""
    if chunks < 1:
        raise ValueError(f"chunk: expected at least 1 chunk, got {chunks}")
    length = x.shape[normal_axis(axis, len(x.shape))]
    return split(x, -(-length // chunks) if length else [0] * chunks, axis)


@bilingual
def unbind(x: Any, axis: int = 0) -> list:
    """Return the slices of x along an axis, cut by halves.

    The gradient of a part is as large as what it was cut from: T slices cut one by one would cost T^2.
    """
    at = (slice(None),) * normal_axis(axis, len(x.shape))

    def cut(x: Any, n: int) -> list:
        if n < 2:
            return [getitem(x, index=(*at, i)) for i in range(n)]
        first, second = (getitem(x, index=(*at, part)) for part in (slice(n // 2), slice(n // 2, None)))
        return cut(first, n // 2) + cut(second, n - n // 2)

    return cut(x, x.shape[len(at)])


MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # by NumPy's name


def pad(x: Any, width: Sequence[Sequence[int]], mode: str = "zero") -> Any:
    """Return ``x`` with a border.

    Parameters
    ----------
    width : one (before, after) per axis; or for the last axes only, the others then get none.
    mode : "zero"; "reflect" (mirrored, the edge value not repeated; each width < the axis' size), "replicate"
        (the edge value), or "circular" (around the end; each width <= the size).
    """
    width = [(0, 0)] * (len(x.shape) - len(width)) + [(int(before), int(after)) for before, after in width]
    if len(width) != len(x.shape) or min((min(pair) for pair in width), default=0) < 0:
        expected = f"at most {len(x.shape)} pairs (before, after) of numbers >= 0"
        raise ValueError(f"pad: expected {expected}, got {width}")
    if mode == "zero":
        return pad_zero(x, width=tuple(width))
    if mode not in MODES:
        raise ValueError(f"pad: expected mode 'zero', {', '.join(map(repr, MODES))}, got {mode!r}")
    for axis, (before, after) in enumerate(width):
        n = x.shape[axis]
        most = {"reflect": n - 1, "replicate": before + after if n else 0, "circular": n}[mode]
        if max(before, after) > most:
            got = f"axis {axis} has {n}, width is {(before, after)}"
            raise ValueError(f"pad: mode {mode!r} needs a width of at most {max(most, 0)}; {got}")
        if before or after:
            x = take(x, np.pad(np.arange(n), (before, after), MODES[mode]), axis=axis)
    return x
