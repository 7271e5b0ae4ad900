"""Elementwise functions with one operand."""

from __future__ import annotations

import numpy as np

from ..op import case, op
from .select import where


@op("y = exp(x)")
class exp:
    def forward(x):
        return np.exp(x)

    def vjp_x(g, y):  # y' = y
        return g * y

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = log(x)")
class log:
    def forward(x):
        return np.log(x)

    def vjp_x(g, x):  # y' = 1 / x
        return g / x

    def samples(rng):
        yield case(rng.uniform(0.5, 3, size=(2, 3)))


@op("y = log(1 + x), accurate near 0")
class log1p:
    def forward(x):
        return np.log1p(x)

    def vjp_x(g, x):
        return g / (1 + x)

    def samples(rng):
        yield case(rng.uniform(-0.5, 3, size=(2, 3)))


@op("y = a log b, 0 where a = 0")
class xlogy:
    """The entropy of p is -sum of xlogy(p, p).  Where a = 0 the sub-gradient 0 in both operands."""

    def forward(a, b):
        none = np.equal(a, 0)
        return np.where(none, 0, a * np.log(np.where(none, 1, b)))

    def vjp_a(g, a, b):
        return where(a == 0, 0, g * log(where(a == 0, 1, b)))

    def vjp_b(g, a, b):
        return where(a == 0, 0, g * a / where(a == 0, 1, b))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.uniform(0.5, 3, size=3))


@op("y = sqrt(x)")
class sqrt:
    def forward(x):
        return np.sqrt(x)

    def vjp_x(g, y):  # y' = 1 / (2 y)
        return 0.5 * g / y

    def samples(rng):
        yield case(rng.uniform(0.5, 3, size=(2, 3)))


@op("y = sin(x)")
class sin:
    def forward(x):
        return np.sin(x)

    def vjp_x(g, x):
        return g * cos(x)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = cos(x)")
class cos:
    def forward(x):
        return np.cos(x)

    def vjp_x(g, x):
        return -g * sin(x)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = |x|")
class abs:
    def forward(x):
        return np.abs(x)

    def vjp_x(g, x):  # at 0 the sub-gradient 0, also of an infinite g
        return where(x == 0, 0, g * sign(x))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = sign(x)")
class sign:
    """Piecewise constant: its gradient is 0."""

    def forward(x):
        return np.sign(x)

    def vjp_x(g):
        return where(False, g, 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = erf(x) = 2/sqrt(pi) int_0^x exp(-t^2) dt")
class erf:
    def forward(x):
        from scipy import special  # NumPy has none; here, so that `import cutaway` loads no SciPy

        return special.erf(x)

    def vjp_x(g, x):  # y' = 2/sqrt(pi) exp(-x^2)
        return g * exp(-x * x) * (2 / np.pi**0.5)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = x as another floating type")
class astype:
    def forward(x, *, dtype):
        return np.asarray(x).astype(dtype)

    def vjp_x(g):  # the backward pass turns it into the type of x
        return g

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), dtype=np.float64)
