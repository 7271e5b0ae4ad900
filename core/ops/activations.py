"""The non-linearities of neural networks.  Rules ask for ``y`` where they can: ``x`` is then freed."""

from __future__ import annotations

import numpy as np

from ...ext import fused
from ..op import case, op
from ..tensor import raw
from .exponential import erf, exp, log
from .select import keep, maximum, where


@op("y = tanh(x)")
class tanh:
    def forward(x):
        return np.tanh(x)

    def vjp_x(g, y):  # y' = 1 - y^2
        return g * (1 - y * y)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op("y = 1 / (1 + exp(-x))")
class sigmoid:
    def forward(x):
        z = np.exp(-np.abs(x))  # <= 1: exp(-x) itself overflows float32 below -88
        return np.where(np.asarray(x) >= 0, 1 / (1 + z), z / (1 + z))

    def vjp_x(g, y):  # y' = y (1 - y)
        return g * (y * (1 - y))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(np.array([-100.0, 0.0, 100.0]))


@op("y = log(1 + exp(x))")
class softplus:
    def forward(x):
        return np.logaddexp(x, np.zeros_like(x))  # never overflows

    def vjp_x(g, x):  # y' = sigmoid(x)
        return g * sigmoid(x)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(np.array([-50.0, 0.0, 1000.0]))


@op("y = -t log s(x) - (1 - t) log(1 - s(x)), s the sigmoid")
class binary_cross_entropy_each:
    """With -log s(x) = log(1 + exp(-x)): y = (1 - t) x or -t x, whichever is positive, + log(1 + exp(-|x|)).

    Terms of one sign, also in the gradient: nothing cancels, and a small loss keeps its digits.
    """

    def forward(x, t):
        x = np.asarray(x)
        return np.where(x > 0, (1 - t) * x, t * -x) + np.log1p(np.exp(-np.abs(x)))

    def vjp_x(g, x, t):  # y' = s(x) - t
        return g * ((1 - t) * sigmoid(x) - t * sigmoid(-x))

    def vjp_t(g, x):
        return -g * x

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), rng.uniform(size=(2, 3)))
        yield case(np.array([-30.0, -2.0, 0.0, 2.0, 30.0]), np.array([0.0, 0.9, 0.3, 0.1, 1.0]))


@op("y = -t log p - (1 - t) log(1 - p), no logarithm below -100")
class probability_cross_entropy_each:
    """At p = 0 and 1 the gradient divides by 1e-12 instead of p (1 - p), as in PyTorch: large, and finite."""

    def forward(p, t):
        with np.errstate(divide="ignore"):
            return -t * np.maximum(np.log(p), -100) - (1 - t) * np.maximum(np.log1p(-p), -100)

    def vjp_p(g, p, t):  # y' = (p - t) / (p (1 - p))
        return g * (p - t) / maximum(p * (1 - p), 1e-12)

    def vjp_t(g, p):  # dy/dt = log(1 - p) - log p
        return g * (_bounded_log(1 - p) - _bounded_log(p))

    def samples(rng):
        yield case(rng.uniform(0.1, 0.9, size=(2, 3)), rng.uniform(size=(2, 3)))


def _bounded_log(p):
    none = raw(p) < np.exp(-100.0)
    return where(none, -100.0, log(where(none, 1, p)))


@op("y = max(x, 0)", source="Nair & Hinton 2010")
class relu:
    def forward(x):
        return np.maximum(x, 0)

    def vjp_x(g, y):  # x itself is not needed: y > 0 exactly if x > 0
        return keep(g, y)

    def samples(rng):
        yield case(rng.normal(size=(2, 5)))

    class fast:
        forward, vjp_x = fused.relu, fused.relu_backward

        def serves(x, y=None):  # of few numbers NumPy finds the maximum as fast, but is slow to select
            return fused.serves(x) if y is None else fused.alike(x, y)

        def samples(rng):
            yield case(rng.normal(size=(3, 5, 17, 19)))


@op("y = x for x > 0, else slope x", source="Maas et al. 2013")
class leaky_relu:
    def forward(x, *, slope=0.01):
        return np.where(np.asarray(x) > 0, x, slope * x)

    def vjp_x(g, x, slope):
        return where(x > 0, g, slope * g if slope else 0)

    def samples(rng):
        yield case(rng.normal(size=(2, 5)))
        yield case(rng.normal(size=5), slope=0.3)


@op("y = x for x > 0, else alpha (exp(x) - 1)", source="Clevert et al. 2015, eq. 15")
class elu:
    def forward(x, *, alpha=1.0):
        return np.where(np.asarray(x) > 0, x, alpha * np.expm1(np.minimum(x, 0)))

    def vjp_x(g, x, alpha):  # y' = 1, or alpha exp(x)
        return where(x > 0, g, g * (alpha * exp(where(x > 0, 0, x))))

    def samples(rng):
        yield case(rng.normal(size=(2, 5)))
        yield case(np.array([-800.0, -1.0, 2.0, 800.0]), alpha=0.5)


@op("y = x Phi(x), Phi the normal distribution function", source="Hendrycks & Gimpel 2016, eq. 1")
class gelu:
    def forward(x):
        return x * _normal_cdf(x)

    def vjp_x(g, x):  # y' = Phi(x) + x phi(x), phi the normal density
        return g * (_normal_cdf(x) + x * (exp(-0.5 * x * x) * (2 * np.pi) ** -0.5))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


def _normal_cdf(x):
    return 0.5 * (1 + erf(x * 0.5**0.5))
