"""Try explanations, the plainest first, and return what accounts for every entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..report import Explanation
from ..subject import Subject
from .cotangents import not_linear
from .evidence import Evidence
from .factors import constant, name_of, scaled_by_operands
from .order import rearranged
from .paths import masks, paths, saved_values
from .shapes import other_shape
from .sums import sums

MOST_OTHERS = 2


@np.errstate(all="ignore")
def explained(subject: Subject, k: int, analytic: np.ndarray, numeric: np.ndarray) -> Explanation | None:
    """Return the explanation of a wrong gradient of input ``k``, or None if nothing fits.

    Parameters
    ----------
    analytic, numeric : what was compared; it decides alone where the Jacobian is too large to be looked at.
    """
    if len(analytic) and not np.isfinite(analytic).all():
        return Explanation("not finite", _not_finite(analytic))
    if not Evidence.affordable(subject, k):
        return _of_directions(subject, k, analytic, numeric)
    evidence = Evidence(subject, k)
    if not evidence.clear:
        return None
    if any(a.shape != evidence.x.shape for a in evidence.answers):
        return _first(other_shape(evidence))
    if evidence.pulled is None:
        return _first(not_linear(evidence))
    found = _first(_linear(evidence))
    return found or _first(_fitting(evidence, saved_values(evidence)))


def _linear(e: Evidence) -> Iterator[tuple[str, str]]:
    yield from constant(e)
    for candidates in (sums, rearranged, masks, scaled_by_operands, paths):
        yield from _fitting(e, candidates(e))


def _fitting(e: Evidence, candidates: Iterator[tuple[str, str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield those candidates whose prediction is what is pulled back, and not what is right anyway."""
    for kind, text, predicted in candidates:
        if e.fits(predicted, e.pulled) and not e.fits(predicted, e.jacobian, np.isfinite(e.jacobian)):
            yield kind, text


def _first(fitting: Iterator[tuple[str, str]]) -> Explanation | None:
    """Return the first explanation, with those of other kinds that give the same numbers."""
    found: dict[str, str] = {}
    for kind, text in fitting:
        found.setdefault(kind, text)
        if len(found) > MOST_OTHERS:
            break
    if not found:
        return None
    (kind, text), *others = found.items()
    return Explanation(kind, text, others)


def _not_finite(analytic: np.ndarray) -> str:
    bad = ~np.isfinite(analytic)
    what = "NaN" if np.isnan(analytic).any() else "infinite"
    many = "everywhere" if bad.all() else f"in {bad.sum()} of {bad.size} comparisons"
    return f"the gradient is {what} {many}: a division by zero, or a function outside its domain?"


def _of_directions(subject: Subject, k: int, analytic: np.ndarray, numeric: np.ndarray) -> Explanation | None:
    """Of a large input: nothing, or one factor, that accounts for every direction."""
    if not len(analytic) or not np.isfinite(numeric).all() or not numeric.any():
        return None
    if not analytic.any():
        return Explanation("zero", "the gradient is zero")
    factor = float(analytic @ numeric / (numeric @ numeric))
    if np.all(np.abs(analytic - factor * numeric) <= 1e-5 * np.abs(factor * numeric).max()):
        sizes = Sizes(subject.xs[k].shape, tuple(y.shape for y in subject.values(subject.xs)))
        return Explanation("sign" if abs(factor + 1) < 1e-5 else "factor", name_of(factor, *sizes, []))
    return None


class Sizes(NamedTuple):
    """The shapes of the input and the outputs."""

    x: tuple[int, ...]
    ys: tuple[tuple[int, ...], ...]
