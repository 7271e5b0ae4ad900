"""Sums, products, quotients, powers.  Operands broadcast; the backward pass sums what was copied.

Written with operators, not `numpy.multiply`: on numbers without axes they are ten times as fast.
"""

from __future__ import annotations

from ...ext import memory
from ..op import case, op
from .exponential import log
from .select import where


@op("y = a + b")
class add:
    def forward(a, b):
        return memory.add(a, b)

    def vjp_a(g):  # dy/da = 1
        return g

    def vjp_b(g):  # dy/db = 1
        return g

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=3))
        yield case(rng.normal(size=(2, 1)), rng.normal(size=(1, 3)))


@op("y = a - b")
class sub:
    def forward(a, b):
        return a - b

    def vjp_a(g):
        return g

    def vjp_b(g):  # dy/db = -1
        return -g

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=3))
        yield case(rng.normal(), rng.normal(size=(2, 2)))


@op("y = a b")
class mul:
    def forward(a, b):
        return a * b

    def vjp_a(g, b):  # dy/da = b
        return g * b

    def vjp_b(g, a):  # dy/db = a
        return g * a

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.normal(size=3))
        yield case(rng.normal(size=(2, 1)), rng.normal(size=(4, 1, 3)))


@op("y = a / b")
class div:
    def forward(a, b):
        return a / b

    def vjp_a(g, b):  # dy/da = 1 / b
        return g / b

    def vjp_b(g, b, y):  # dy/db = -a / b^2 = -y / b
        return -g * y / b

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.uniform(0.5, 2, size=3))
        yield case(rng.normal(size=(2, 1)), -rng.uniform(0.5, 2, size=(2, 3)))


@op("y = -x")
class neg:
    def forward(x):
        return -x

    def vjp_x(g):
        return -g

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = a^b")
class power:
    """The exponent is tested first: a^0 has gradient 0 in a everywhere, also where a^(b-1) is infinite."""

    def forward(a, b):
        return a**b

    def vjp_a(g, a, b):  # dy/da = b a^(b-1)
        if isinstance(b, (int, float)) and b:
            return g * (b * a ** (b - 1))
        return where(b == 0, 0, g * (b * a ** where(b == 0, 1, b - 1)))

    def vjp_b(g, a, y):  # dy/db = a^b log a; 0^b has derivative 0
        return g * y * log(where(a == 0, 1, a))

    def samples(rng):
        yield case(rng.uniform(0.5, 2, size=(2, 3)), rng.normal(size=3))
        yield case(rng.normal(size=4), 2)
        yield case(rng.uniform(0.5, 2, size=(2, 1)), -1.5)
