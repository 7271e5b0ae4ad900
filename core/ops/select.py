"""Choosing between values, elementwise; comparisons, which have no gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...ext import fused
from ..op import case, op
from ..spelling import bilingual
from ..tensor import Tensor, raw


@op("y = a where the condition holds, else b")
class where:
    def forward(condition, a, b):
        return np.where(condition, a, b)

    def vjp_a(g, condition):
        return where(condition, g, 0)

    def vjp_b(g, condition):
        return where(condition, 0, g)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)) > 0, rng.normal(size=(2, 3)), rng.normal(size=3))
        yield case(rng.normal(size=4) > 0, rng.normal(size=()), rng.normal(size=(2, 4)))


@op("y = x where kept > 0, else 0")
class keep:
    """A selection, not a product with a mask: infinity times 0 is NaN."""

    def forward(x, kept):
        return np.where(kept > 0, x, 0)

    def vjp_x(g, kept):
        return keep(g, kept)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=(2, 3)))

    class fast:
        serves = fused.alike

        def forward(x, kept):
            return fused.relu_backward(x, kept)

        def vjp_x(g, kept):
            return fused.relu_backward(g, kept)


@op("y = max(a, b)")
class maximum:
    """Where a = b each gets half, so that f(x, x) has the right gradient."""

    def forward(a, b):
        return np.maximum(a, b)

    def vjp_a(g, a, b):
        return where(a > b, g, where(a == b, 0.5 * g, 0))

    def vjp_b(g, a, b):
        return where(b > a, g, where(a == b, 0.5 * g, 0))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=3))


@op("y = min(a, b)")
class minimum:
    def forward(a, b):
        return np.minimum(a, b)

    def vjp_a(g, a, b):
        return where(a < b, g, where(a == b, 0.5 * g, 0))

    def vjp_b(g, a, b):
        return where(b < a, g, where(a == b, 0.5 * g, 0))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=3))


@op("y = x limited to [low, high]")
class clip:
    def forward(x, *, low=None, high=None):
        return np.clip(x, low, high)

    def vjp_x(g, x, low, high):  # 1 inside, bounds included; 0 outside
        if low is not None:
            g = where(x >= low, g, 0)
        return g if high is None else where(x <= high, g, 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 5)), low=-0.5, high=0.7)
        yield case(rng.normal(size=6), low=0.1)


def compare(a: Any, b: Any, how: Callable) -> Any:
    """Return the boolean tensor ``how(a, b)``; it has no gradient."""
    return Tensor(how(raw(a), raw(b)))


@bilingual
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the index of the largest value along ``axis`` (the first of equals); it has no gradient."""
    index = np.argmax(raw(x), axis, keepdims=keepdims)
    return Tensor(index) if isinstance(x, Tensor) else index
