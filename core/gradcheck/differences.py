"""Numeric derivatives by central differences, with a bound on their round-off and an eye for kinks.

For a cotangent c and a direction v:  <c, f(x + h v) - f(x - h v)> / 2h  =  <c, J v> + O(h^2) + round-off / h.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

EVERY_ENTRY = 128  # up to this size every entry is tried, beyond it random directions
DIRECTIONS = 24
GROUP_DIRECTIONS = 8  # in each group of entries whose gradient is small beside the largest
GROUPS = 1e-3 ** np.arange(1, 5)  # where a group begins, of the largest entry

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Precision:
    """How finely a function of this type can be looked at.

    Attributes
    ----------
    step : of the first differences, times max(1, |x|).
    rtol : how far apart the gradients may be.
    roundoff : of a value, for the few roundings inside the function.
    finest, per_decade : the smallest step of a second look, and how many steps it has in a factor of ten.
    rounds_inputs : the relative rounding of an input inside the function; 0 if the step is exact.
    """

    step: float
    rtol: float
    roundoff: float
    finest: float
    per_decade: int
    rounds_inputs: float

    def steps(self, x: np.ndarray, v: np.ndarray) -> list[float]:
        """Return steps that fit any scale of ``x``, largest first.

        1e9 + x wants large ones, log at 1e-6 and sin at 1e6 small ones.
        """
        moved = np.abs(x)[v != 0]
        largest = float(np.max(moved, initial=0.0))
        smallest = float(np.min(moved[moved > 0], initial=1.0))
        top = 0.1 * max(1.0, largest)
        bottom = max(self.finest * smallest, 8 * np.finfo(np.float64).eps * largest, 1e-300)
        return [
            top * 10 ** (-i / self.per_decade)
            for i in range(int(self.per_decade * np.log10(top / bottom)) + 1)
        ]


# Truncation 1e-12, round-off 1e-10, both well below rtol; in float32 each is a hundredth.
DOUBLE = Precision(1e-6, 1e-6, 16 * float(np.finfo(np.float64).eps), 1e-9, 1, 0.0)
SINGLE = Precision(1e-2, 2e-2, 16 * float(np.finfo(np.float32).eps), 1e-4, 2, float(np.finfo(np.float32).eps))


@dataclass
class Slope:
    """The derivative in one direction, for each cotangent.

    Attributes
    ----------
    numeric, roundoff : its value, and a bound on its round-off.
    gap : between the slopes to the two sides.
    apart : a bound on the round-off of outputs that no step changes.
    h : the step.
    """

    numeric: np.ndarray
    roundoff: np.ndarray
    gap: np.ndarray
    apart: np.ndarray
    h: float


def directions(
    x: np.ndarray, rng: np.random.Generator, gradient: np.ndarray
) -> tuple[str, list[tuple[str, np.ndarray]]]:
    """Return how ``x`` is probed, and the labelled directions: all unit vectors, or, of many, random ones.

    Beside a direction of all entries, an entry whose gradient is a thousandth of the largest would hardly
    count: entries with small gradients get directions of their own.
    """
    if x.size <= EVERY_ENTRY:
        return f"every entry ({x.size})", list(unit_vectors(x))
    drawn = [(f"direction {i}", rng.normal(size=x.shape)) for i in range(DIRECTIONS)]
    size = np.abs(gradient)
    largest = float(np.max(size, initial=0.0))
    for upper, lower in zip(GROUPS, [*GROUPS[1:], -1.0], strict=True):
        group = (size < upper * largest) & (size >= lower * largest)
        if group.any():
            where = f"of entries below {upper:.0e} of the largest"
            for i in range(GROUP_DIRECTIONS):
                drawn.append((f"direction {i} {where}", rng.normal(size=x.shape) * group))
    small = len(drawn) - DIRECTIONS
    more = f", {small} more of small gradients" if small else ""
    return f"{DIRECTIONS} random directions (of {x.size} entries){more}", drawn


def unit_vectors(x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each entry's index, as "[0, 2]", and the unit vector along it."""
    for i in range(x.size):
        v = np.zeros(x.shape)
        v.flat[i] = 1
        yield f"[{', '.join(map(str, np.unravel_index(i, x.shape)))}]", v


@dataclass
class Step:
    """The function's outputs a step ahead and a step behind; ``h`` is the length that was really taken."""

    plus: Arrays
    minus: Arrays
    h: float
    inexact: float


def take(
    f: Callable[[Arrays], Arrays], xs: Arrays, k: int, v: np.ndarray, h: float, precision: Precision
) -> Step:
    """Return the outputs at ``x + h v`` and ``x - h v`` of input ``k``."""
    x = xs[k]
    ahead, behind = x + h * v, x - h * v
    inexact = precision.rounds_inputs * float(np.max(np.abs(x) * (v != 0), initial=0.0)) / h
    if np.count_nonzero(v) == 1:  # the step that float64 really took
        h = float(np.sum(ahead - behind)) / (2 * float(np.sum(v)))
    with np.errstate(all="ignore"):  # a step out of the domain is looked at by whoever asked
        plus, minus = (f([*xs[:k], at, *xs[k + 1 :]]) for at in (ahead, behind))
    return Step(plus, minus, h, inexact)


def slopes_of(steps: list[Step], here: Arrays, cotangents: list[Arrays], precision: Precision) -> list[Slope]:
    """Return the slope of each step, largest step first, from the outputs ``here``, at x itself.

    An output that no step changes does not depend on the input, or by less than its round-off over the
    largest step: its part of the round-off does not grow as the steps shrink, and stands apart.
    """
    with np.errstate(all="ignore"):
        changed = [
            np.any([(s.plus[i] != z) | (s.minus[i] != z) for s in steps], axis=0) for i, z in enumerate(here)
        ]
        return [_slope(s, here, cotangents, changed, steps[0].h, precision) for s in steps]


def _slope(
    s: Step, here: Arrays, cotangents: list[Arrays], changed: Arrays, largest: float, precision: Precision
) -> Slope:
    numeric, roundoff, gap, apart = [], [], [], []
    for c in cotangents:
        value = near = far = jump = 0.0
        for a, p, m, z, moves in zip(c, s.plus, s.minus, here, changed, strict=True):
            value += float(np.sum(a * np.where(moves, p - m, 0)))
            jump += float(np.sum(a * np.where(moves, (p - z) - (z - m), 0)))
            size = np.abs(a) * (np.abs(p) + np.abs(m))
            near += float(np.sum(np.where(moves, size, 0)))
            far += float(np.sum(np.where(~moves & np.isfinite(size), size, 0)))
        numeric.append(value / (2 * s.h))
        roundoff.append(precision.roundoff * near / (2 * s.h) + s.inexact * abs(numeric[-1]))
        gap.append(abs(jump) / s.h)
        apart.append(precision.roundoff * far / (2 * largest))
    return Slope(np.array(numeric), np.array(roundoff), np.array(gap), np.array(apart), s.h)


def first_slope(
    f: Callable[[Arrays], Arrays],
    xs: Arrays,
    k: int,
    v: np.ndarray,
    cotangents: list[Arrays],
    here: Arrays,
    precision: Precision = DOUBLE,
) -> Slope:
    """Return the slope with a step that suits most functions."""
    h = precision.step * max(1.0, float(np.max(np.abs(xs[k]) * (v != 0), initial=0.0)))
    return slopes_of([take(f, xs, k, v, h, precision)], here, cotangents, precision)[0]
