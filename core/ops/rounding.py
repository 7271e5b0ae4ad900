"""Rounding, whole quotients and remainders: piecewise constant, or a line between jumps."""

from __future__ import annotations

import numpy as np

from ..op import case, op
from .select import where


@op("y = the largest whole number <= x")
class floor:
    """Its gradient is 0, as that of all rounding."""

    def forward(x):
        return np.floor(x)

    def vjp_x(g):
        return where(False, g, 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)) * 3)


@op("y = the smallest whole number >= x")
class ceil:
    def forward(x):
        return np.ceil(x)

    def vjp_x(g):
        return where(False, g, 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)) * 3)


@op("y = the nearest whole number to x; of two that are as near the even one")
class round:
    def forward(x):
        return np.round(x)

    def vjp_x(g):
        return where(False, g, 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)) * 3)


@op("y = floor(a / b)")
class floor_divide:
    def forward(a, b):
        return a // b

    def vjp_a(g):
        return where(False, g, 0)

    def vjp_b(g):
        return where(False, g, 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)) * 3, rng.uniform(0.5, 2, size=3))


@op("y = a - floor(a / b) b: the remainder with the sign of b")
class remainder:
    def forward(a, b):
        return a % b

    def vjp_a(g):  # dy/da = 1
        return g

    def vjp_b(g, a, b):  # dy/db = -floor(a / b)
        return -g * floor_divide(a, b)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)) * 3, rng.uniform(0.5, 2, size=3))
        yield case(rng.normal(size=4) * 3, -1.5)
