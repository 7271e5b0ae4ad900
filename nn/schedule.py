"""Learning-rate schedules: a factor of the step number, which is all that a resumed training needs.

A schedule is any function from the step t = 0, 1, ... to a factor; `fit` multiplies each group's own
rate by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant() -> Schedule:
    """1."""
    return lambda t: 1.0


def step(size: int, gamma: float = 0.1) -> Schedule:
    """gamma^floor(t / size): a drop every ``size`` steps.

    >>> [step(2, 0.5)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    if size < 1:
        raise ValueError(f"schedule.step: expected a size of at least 1 step, got {size}")
    return lambda t: gamma ** (t // size)


def poly(total: int, power: float = 0.9) -> Schedule:
    """(1 - t / total)^power, 0 from there on (DeepLab, Chen et al. 2018, section 4.1)."""
    return lambda t: max(0.0, 1 - t / total) ** power


def cosine(total: int, final: float = 0.0) -> Schedule:
    """Half a cosine from 1 to ``final`` (Loshchilov & Hutter 2017, eq. 5).

    >>> cosine(10)(0), round(cosine(10)(5), 6), cosine(10)(10)
    (1.0, 0.5, 0.0)
    """
    return lambda t: final + (1 - final) * 0.5 * (1 + math.cos(math.pi * min(t / total, 1.0)))


def warm_up(steps: int, then: Schedule | None = None) -> Schedule:
    """A linear rise over the first ``steps`` steps, from 1/steps to 1; then another schedule begins."""
    after = then or constant()
    return lambda t: (t + 1) / steps if t < steps else after(t - steps)


def slanted_triangular(total: int, cut_frac: float = 0.1, ratio: float = 32) -> Schedule:
    """A short rise and a long fall, from 1/ratio to 1 and back, which it reaches at ``total``.

    Howard & Ruder 2018, eq. 3.

    >>> s = slanted_triangular(100)
    >>> s(0) == 1 / 32, s(10), s(100) == 1 / 32
    (True, 1.0, True)
    """
    cut = max(1, math.floor(total * cut_frac))

    def factor(t: int) -> float:
        p = t / cut if t < cut else max(0.0, 1 - (t - cut) / max(1, total - cut))
        return (1 + p * (ratio - 1)) / ratio

    return factor
