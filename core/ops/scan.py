"""Sums and products along one axis: running, and of everything."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import case, op
from ..spelling import bilingual
from .exponential import astype
from .index import getitem
from .join import concat
from .shape import flip, normal_axis, reshape, transpose


@op("y_i = x_0 + ... + x_i along one axis")
class cumsum:
    def forward(x, *, axis):
        if not np.ndim(x):
            raise ValueError("expected at least one axis, got a single number")
        return np.cumsum(x, axis=axis)

    def vjp_x(g, axis):  # x_i is in y_i and all after it
        return flip(cumsum(flip(g, axis=axis), axis=axis), axis=axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), axis=0)
        yield case(rng.normal(size=(2, 3, 2)), axis=-2)


def _part(x: Any, axis: int, *bounds: int | None) -> Any:
    return getitem(x, index=(slice(None),) * axis + (slice(*bounds),))


@bilingual
def cumprod(x: Any, axis: int) -> Any:
    """Return y_i = x_0 x_1 ... x_i along one axis, by doubling.

    After the step of width s each y_i is the product of the last 2 s values up to x_i; nothing is divided, so
    that gradients are right where an x is 0, too.
    """
    x = x if hasattr(x, "shape") else np.asarray(x)
    axis, width = normal_axis(axis, len(x.shape)), 1
    while width < x.shape[axis]:
        x = concat(
            [_part(x, axis, 0, width), _part(x, axis, width, None) * _part(x, axis, None, -width)], axis
        )
        width *= 2
    return x


@bilingual
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the product over axes, by halves: no division, hence right gradients where an x is 0, too."""
    x = x if hasattr(x, "shape") else np.asarray(x)
    wide = np.prod(np.ones(1, x.dtype)).dtype  # of small whole numbers int64, as in `sum`
    x, rank = x if wide == x.dtype else astype(x, dtype=wide), len(x.shape)
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = sorted({normal_axis(each, max(rank, 1)) for each in axes})
    if not rank:
        return x
    left = tuple(i for i in range(rank) if i not in gone)
    kept = tuple(x.shape[i] for i in left)
    y = reshape(transpose(x, axes=(*gone, *left)), shape=(_size(x, gone), *kept))
    while y.shape[0] > 1:
        half = y.shape[0] // 2
        rest = [y[2 * half :]] if y.shape[0] % 2 else []
        y = y[:half] * y[half : 2 * half]
        y = concat([y, *rest], 0) if rest else y
    y = concat([y, np.ones((1, *kept), y.dtype)], 0)[:1] if y.shape[0] == 0 else y
    return reshape(y, shape=tuple(1 if i in gone else n for i, n in enumerate(x.shape)) if keepdims else kept)


def _size(x: Any, axes: list[int]) -> int:
    return int(np.prod([x.shape[i] for i in axes], dtype=int))
