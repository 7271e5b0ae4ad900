"""Numeric derivatives by central differences, with an estimate of their own error and an eye for kinks.

For a cotangent c and a direction v:  <c, f(x + h v) - f(x - h v)> / 2h  =  <c, J v> + O(h^2) + round-off / h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

KINK = 1e-3  # one-sided slopes that differ by more than this, relative to the largest, are looked at again
EVERY_ENTRY = 128  # up to this size every entry is tried, beyond it random directions
DIRECTIONS = 24

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Precision:
    """How finely a function of this type can be looked at.

    Attributes
    ----------
    step : of the differences, times max(1, |x|).
    rtol : how far apart the gradients may be, of the largest numeric entry.
    roundoff : of a value, for the few roundings inside the function.
    """

    step: float
    rtol: float
    roundoff: float

    @property
    def smaller(self) -> list[float]:
        """Steps near the edge of a domain: log at 1e-6 wants 1e-10."""
        return [self.step * 10.0**-i for i in range(1, 5)]

    @property
    def larger(self) -> list[float]:
        """Steps for small slopes of large values: those of 1e9 + x."""
        return [self.step * 100.0**i for i in range(1, 3)]


# Truncation 1e-12, round-off 1e-10, both well below rtol; in float32 each is a hundredth.
DOUBLE = Precision(1e-6, 1e-6, 16 * float(np.finfo(np.float64).eps))
SINGLE = Precision(1e-2, 2e-2, 16 * float(np.finfo(np.float32).eps))


@dataclass
class Slope:
    """The derivative in one direction, for each cotangent: value, round-off bound, gap between sides."""

    numeric: np.ndarray
    roundoff: np.ndarray
    gap: np.ndarray


def directions(x: np.ndarray, rng: np.random.Generator) -> tuple[str, list[tuple[str, np.ndarray]]]:
    """Return how ``x`` is probed, and the labelled directions: all unit vectors, or, of many, random ones."""
    if x.size <= EVERY_ENTRY:
        units = []
        for i in range(x.size):
            v = np.zeros(x.shape)
            v.flat[i] = 1
            units.append((f"[{', '.join(map(str, np.unravel_index(i, x.shape)))}]", v))
        return f"every entry ({x.size})", units
    drawn = [(f"direction {i}", rng.normal(size=x.shape)) for i in range(DIRECTIONS)]
    return f"{DIRECTIONS} random directions (of {x.size} entries)", drawn


def slope(
    f: Callable[[Arrays], Arrays],
    xs: Arrays,
    k: int,
    v: np.ndarray,
    cotangents: list[Arrays],
    h: float,
    rounding: float = DOUBLE.roundoff,
) -> Slope:
    """Return the derivative of <c, f> along ``v`` in input ``k`` for each c in ``cotangents``."""
    x = xs[k]
    h = h * max(1.0, float(np.max(np.abs(x) * (v != 0), initial=0.0)))
    ahead, behind = x + h * v, x - h * v
    if np.count_nonzero(v) == 1:  # the step that float64 really took
        h = float(np.sum(ahead - behind)) / 2
    numeric, roundoff, gap = [], [], []
    with np.errstate(all="ignore"):  # a step out of the domain is looked at by whoever asked
        plus, minus, here = (f([*xs[:k], at, *xs[k + 1 :]]) for at in (ahead, behind, x))
        for c in cotangents:
            parts = list(zip(c, plus, minus, here, strict=True))
            numeric.append(sum(float(np.sum(a * (p - m))) for a, p, m, _ in parts) / (2 * h))
            magnitude = sum(float(np.sum(np.abs(a) * (np.abs(p) + np.abs(m)))) for a, p, m, _ in parts)
            roundoff.append(rounding * magnitude / (2 * h))
            gap.append(abs(sum(float(np.sum(a * ((p - z) - (z - m)))) for a, p, m, z in parts)) / h)
    return Slope(np.array(numeric), np.array(roundoff), np.array(gap))


def fitting(
    f: Callable[[Arrays], Arrays],
    xs: Arrays,
    k: int,
    v: np.ndarray,
    cotangents: list[Arrays],
    precision: Precision = DOUBLE,
) -> Slope:
    """Return the `slope` of the largest step that stays in the function's domain, if one does."""
    for h in (precision.step, *precision.smaller):
        found = slope(f, xs, k, v, cotangents, h, precision.roundoff)
        if np.isfinite(found.numeric).all():
            break
    return found


def settle(
    f: Callable[[Arrays], Arrays],
    xs: Arrays,
    k: int,
    v: np.ndarray,
    cotangents: list[Arrays],
    first: Slope,
    suspicious,
    precision: Precision = DOUBLE,
) -> tuple[Slope, bool]:
    """Look again at a suspicious slope with ever smaller steps; return the best, and whether it is a kink.

    Curvature alone makes the one-sided slopes differ in proportion to h; at a kink the difference stays.
    Where no step stays in the domain it counts as a kink: nothing can be said.
    """
    best = first
    for h in precision.smaller:
        best = slope(f, xs, k, v, cotangents, h, precision.roundoff)
        if not suspicious(best):
            return best, False
    if not np.isfinite(best.numeric).all():
        return best, True
    return best, bool(np.any((best.gap > 0.5 * first.gap) & (best.gap > 4 * best.roundoff)))


def coarser(
    f: Callable[[Arrays], Arrays],
    xs: Arrays,
    k: int,
    v: np.ndarray,
    cotangents: list[Arrays],
    precision: Precision,
) -> Slope | None:
    """Return the slope of a larger step that stands out of its round-off, where the function has no kink."""
    for h in precision.larger:
        found, half = (slope(f, xs, k, v, cotangents, each, precision.roundoff) for each in (h, h / 2))
        found.roundoff += 2 * np.abs(found.numeric - half.numeric)  # what the larger step has lost
        if np.all(np.maximum(found.roundoff, found.gap) < KINK * np.abs(found.numeric)):
            return found
    return None
