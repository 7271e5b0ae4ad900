"""Reductions over one axis, several, or all.

``axis`` is None (all axes), an integer, or a tuple; with ``keepdims`` the reduced axes stay, with size 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..op import case, op
from ..spelling import bilingual
from ..tensor import raw
from .exponential import abs, exp, sqrt
from .select import where
from .shape import broadcast_to, normal_axis, reshape


def _kept(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """Return ``shape`` with the reduced axes as 1: what keepdims=True would have given.

    >>> _kept((2, 3, 4), -1)
    (2, 3, 1)

    A number without axes counts as one value along axis 0, for NumPy's reductions as well.
    """
    if axis is None:
        return (1,) * len(shape)
    axes = {normal_axis(a, len(shape) or 1) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def _count(shape: tuple[int, ...], axis: Any) -> int:
    """Return how many values one result is made of."""
    return math.prod(n for n, kept in zip(shape, _kept(shape, axis), strict=True) if kept == 1)


def _spread(g: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """Return ``g`` with the reduced axes put back (as size 1), ready to broadcast against the operand."""
    kept = _kept(shape, axis)
    return g if g.shape == kept else reshape(g, shape=kept)


@op("y = sum of x over axes")
class sum:
    def forward(x, *, axis=None, keepdims=False):
        return np.sum(x, axis=axis, keepdims=keepdims)

    def vjp_x(g, x_shape, axis):  # every x counts once
        return broadcast_to(_spread(g, x_shape, axis), shape=x_shape)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(2, 3, 4)), axis=(0, -1))
        yield case(rng.normal(size=(2, 3)), axis=1, keepdims=True)


@op("y = mean of x over axes")
class mean:
    def forward(x, *, axis=None, keepdims=False):
        shape = np.shape(x)
        if _count(shape, axis) == 0:
            raise ValueError("the mean of no values is undefined; an axis that is averaged over has size 0")
        return np.mean(x, axis=axis if shape else None, keepdims=keepdims)

    def vjp_x(g, x_shape, axis):
        return broadcast_to(_spread(g, x_shape, axis) * (1 / _count(x_shape, axis)), shape=x_shape)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(2, 3, 4)), axis=(0, 2), keepdims=True)


@op("y = sum of (x - mean)^2 / (n - ddof) over axes")
class var:
    """ddof = 0 is the variance of the values (batch norm's), ddof = 1 the unbiased estimate (PyTorch's)."""

    def forward(x, *, axis=None, ddof=0, keepdims=False):
        if _count(np.shape(x), axis) <= ddof:
            raise ValueError(
                f"the variance needs more than ddof={ddof} values, got {_count(np.shape(x), axis)}"
            )
        return np.var(x, axis=axis, ddof=ddof, keepdims=keepdims)

    def vjp_x(g, x, x_shape, axis, ddof):  # the mean's own dependence on x cancels: sum of (x - mean) is 0
        centred = x - mean(x, axis=axis, keepdims=True)
        return _spread(g, x_shape, axis) * centred * (2 / (_count(x_shape, axis) - ddof))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(3, 2, 4)), axis=(0, 2), ddof=1)


def _extreme(g, x, y, axis):
    """Share ``g`` evenly between all x that equal the extreme y."""
    hits = x == _spread(y, x.shape, axis)
    count = np.sum(raw(hits), axis=axis, keepdims=True).astype(g.dtype)
    return where(hits, _spread(g, x.shape, axis) / count, 0)


@op("y = largest x over axes")
class max:
    def forward(x, *, axis=None, keepdims=False):
        return np.max(x, axis=axis, keepdims=keepdims)

    def vjp_x(g, x, y, axis):
        return _extreme(g, x, y, axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(2, 3, 4)), axis=(1, 2))


@op("y = smallest x over axes")
class min:
    def forward(x, *, axis=None, keepdims=False):
        return np.min(x, axis=axis, keepdims=keepdims)

    def vjp_x(g, x, y, axis):
        return _extreme(g, x, y, axis)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), axis=0, keepdims=True)


@op("y = log of the sum of exp(x) over axes")
class logsumexp:
    def forward(x, *, axis=None, keepdims=False):
        x = np.asarray(x)
        top = np.max(x, axis=axis, keepdims=True)
        top = np.where(np.isfinite(top), top, 0)  # exp overflows float32 above 88; all -inf must stay -inf
        with np.errstate(divide="ignore"):
            y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
        return y if keepdims else np.squeeze(y, axis=axis)

    def vjp_x(g, x, y, axis):  # dy/dx = softmax(x); 0 where all x are -inf, as y then is
        y = _spread(y, x.shape, axis)
        return _spread(g, x.shape, axis) * exp(x - where(y == -np.inf, 0, y))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(np.array([[1000.0, 999.0], [-1000.0, -1001.0]]), axis=1)


@op("y = sqrt(sum of x^2 over axes)")
class norm2:
    """At x = 0 the sub-gradient 0."""

    def forward(x, *, axis=None, keepdims=False):
        return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))

    def vjp_x(g, x, y, axis):  # dy/dx = x / y
        y, g = _spread(y, x.shape, axis), _spread(g, x.shape, axis)
        return where(y == 0, 0, g * x / where(y == 0, 1, y))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(rng.normal(size=(2, 3, 2)), axis=(0, 2))


@bilingual
def norm(x: Any, ord: float = 2, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the ``ord``-norm (sum of |x|^ord)^(1/ord) over axes; ord >= 1, or ``inf``: the largest |x|."""
    if ord == 2:
        return norm2(x, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return max(abs(x), axis=axis, keepdims=keepdims)
    if not ord >= 1:
        raise ValueError(f"norm: expected ord >= 1 or inf, got {ord}")
    total = sum(abs(x) ** ord, axis=axis, keepdims=keepdims)
    return where(total == 0, 0, where(total == 0, 1, total) ** (1 / ord))  # at 0 the sub-gradient 0


@bilingual
def std(x: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    """Return the standard deviation, the square root of `var`; where all x are equal, the sub-gradient 0."""
    v = var(x, axis=axis, ddof=ddof, keepdims=keepdims)
    top, bottom = (each(raw(x), axis=axis, keepdims=keepdims) for each in (max, min))
    none = (top == bottom) | (raw(v) == 0)  # of equal x rounding may leave a v of 1e-34, and a wild gradient
    return where(none, 0, sqrt(where(none, 1, v)))
