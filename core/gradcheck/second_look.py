"""A second look at a slope that is not clear: many steps, from which the one is taken that knows most."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .differences import Slope

KINK = 1e-3  # one-sided slopes that differ by more than this, relative to the slope, are looked at again
SHARP = 0.1  # a step counts only if its round-off is below this part of the slope
SHRINKS = 0.5  # curvature makes the gap shrink as the step does, which is at least threefold; a kink does not
CLEAR, KINKED, EDGE, ROUGH = "clear", "kink", "edge", "rough"


@dataclass
class Look:
    """What the steps together say, for one cotangent.

    Attributes
    ----------
    numeric, error : the derivative, and an estimate of how wrong it is.
    gap : between the slopes to the two sides.
    apart : how much outputs that no step changes might add to the error.
    found : "clear"; "kink" if the gap stays however small the step; "edge" if no step stays in the domain;
        "rough" if round-off is as large as the slope.
    """

    numeric: float
    error: float
    gap: float
    found: str
    apart: float = 0.0


def looks(slopes: list[Slope], analytic: np.ndarray) -> list[Look]:
    """Return a `Look` for each cotangent; ``slopes`` are those of steps from large to small."""
    found = []
    for i, a in enumerate(analytic):
        numeric, roundoff, gap = np.array([(s.numeric[i], s.roundoff[i], s.gap[i]) for s in slopes]).T
        found.append(replace(_look(numeric, roundoff, gap, float(a)), apart=float(slopes[0].apart[i])))
    return found


def _look(numeric: np.ndarray, roundoff: np.ndarray, gap: np.ndarray, analytic: float) -> Look:
    """Choose a step: as exact as possible in relation to its own slope, where the function is smooth."""
    finite = np.isfinite(numeric) & np.isfinite(gap) & np.isfinite(roundoff)
    if not finite.any() or not finite[-1]:
        return Look(float("nan"), float("inf"), float("inf"), EDGE)
    own = np.abs(numeric)
    size = np.maximum(own, abs(analytic)) if np.isfinite(analytic) else own
    smooth = finite & ((gap <= KINK * size + 4 * roundoff) | _shrinks(gap, roundoff))
    error = roundoff + _truncation(numeric, smooth, finite)
    with np.errstate(all="ignore"):
        exact = smooth & (error <= KINK * own)
        for usable, measure in (
            (exact, error / own),
            (smooth & (4 * roundoff <= SHARP * size) & np.isfinite(error), error / size),
        ):
            if usable.any():
                i = int(np.argmin(np.where(usable, measure, np.inf)))
                return Look(float(numeric[i]), float(error[i]), float(gap[i]), CLEAR)
    i = _kink(finite & (gap > KINK * size), gap, roundoff)
    if i is not None:
        return Look(float(numeric[i]), float(roundoff[i]), float(gap[i]), KINKED)
    i = int(np.argmin(np.where(smooth if smooth.any() else finite, error, np.inf)))
    return Look(float(numeric[i]), float(error[i]), float(gap[i]), ROUGH)


def _kink(split: np.ndarray, gap: np.ndarray, roundoff: np.ndarray) -> int | None:
    """Return the smallest step at which the two sides differ, if they do so however small the step."""
    steps = np.flatnonzero(split & (gap > 4 * roundoff))
    if len(steps) < 2 or steps[-1] - steps[-2] != 1 or gap[steps[-1]] <= SHRINKS * gap[steps[-2]]:
        return None
    last = int(steps[-1])
    healed = (8 * roundoff[last + 1 :] < gap[last]).any()  # a smaller step that would still have shown it
    return None if healed else last


def _shrinks(gap: np.ndarray, roundoff: np.ndarray) -> np.ndarray:
    """Return at which steps the gap is curvature's: smaller than at the step before, larger than after it."""
    with np.errstate(all="ignore"):
        less = gap[1:] <= SHRINKS * gap[:-1] + 4 * roundoff[1:]
    return np.append(True, less) & np.append(less, True)


def _truncation(numeric: np.ndarray, smooth: np.ndarray, finite: np.ndarray) -> np.ndarray:
    """Estimate the error O(h^2) of each slope from its neighbour's: of the larger step's change, a tenth.

    (A hundredth, if the steps are ten apart and nothing else is wrong.)  Without such a neighbour, from the
    smaller step's.
    """
    with np.errstate(all="ignore"):
        change = np.abs(np.diff(numeric))
    before = np.append(np.inf, np.where(smooth[:-1] & finite[:-1], change / 10, np.inf))
    after = np.append(np.where(finite[1:], change, np.inf), np.inf)
    return np.where(np.isfinite(before), before, after)
