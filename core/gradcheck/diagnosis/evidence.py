"""What an explanation has to account for: the whole Jacobian by differences, and what is pulled back instead.

    J[o, i] = d y_o / d x_i    by differences: M outputs, N entries of the input
    B[o, i]                    what the gradient under test answers to the o-th unit cotangent

A gradient that is right has B = J.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..differences import EVERY_ENTRY, Arrays, take, unit_vectors
from ..subject import Subject

MOST_OUTPUTS = 512
FIT = 1e-5  # how near an explanation is, relative to each entry
FLOOR = 1e-7  # and to the largest
PROBES = 4  # random cotangents beside the unit ones
KINK = 1e-2
ENOUGH = 1e-6  # a column is as exact as it has to be, relative to its largest entry
NOTHING = 1e-12  # of the sum of the Jacobian's entries: a gradient that is zero but for rounding


class Evidence:
    """The Jacobian by differences and by the gradient under test, of one input.

    Attributes
    ----------
    x, ys : the input and the outputs.
    jacobian : J, (M, N); NaN in the columns of entries at a kink or an edge.
    pulled : B, (M, N); None if the gradient is not linear in the cotangent, or of another shape.
    cotangents, answers : random ones, (P, M), and what is pulled back for them, P arrays.
    error : how wrong the differences are.
    """

    def __init__(self, subject: Subject, k: int):
        self.subject, self.k, self.x = subject, k, subject.xs[k]
        self.ys = subject.values(subject.xs)
        self.size = sum(y.size for y in self.ys)
        self.jacobian, self.error = jacobian(subject, k, subject.xs)
        rng = np.random.default_rng(0)
        self.cotangents = rng.uniform(0.5, 1.5, (PROBES, self.size)) * rng.choice(
            [-1, 1], (PROBES, self.size)
        )
        self.answers = [self.pull(c) for c in self.cotangents]
        self.pulled = self._rows() if all(a.shape == self.x.shape for a in self.answers) else None

    @staticmethod
    def affordable(subject: Subject, k: int) -> bool:
        """Return whether the whole Jacobian is small enough to be looked at."""
        outputs = sum(y.size for y in subject.values(subject.xs))
        return 0 < subject.xs[k].size <= EVERY_ENTRY and 0 < outputs <= MOST_OUTPUTS

    def pull(self, c: np.ndarray) -> np.ndarray:
        """Return the gradient under test for a flat cotangent."""
        return self.subject.gradients(self.subject.xs, self.shaped(c))[self.k]

    def shaped(self, c: np.ndarray) -> Arrays:
        """Return a flat cotangent in the shapes of the outputs."""
        parts = np.split(c, np.cumsum([y.size for y in self.ys])[:-1])
        return [part.reshape(y.shape) for part, y in zip(parts, self.ys, strict=True)]

    @property
    def clear(self) -> bool:
        """Whether the differences are exact enough to tell one explanation from another."""
        known = np.abs(self.jacobian[np.isfinite(self.jacobian)])
        return bool(known.size) and self.error <= 1e-4 * float(np.max(known))

    def right(self) -> np.ndarray:
        """Return the gradients by differences for the random cotangents, (P, N)."""
        return self.cotangents @ self.jacobian

    def fits(self, predicted: Any, found: Any, known: Any = True) -> bool:
        """Return whether ``found`` is as ``predicted`` in every entry whose Jacobian is known."""
        predicted, found = np.asarray(predicted, np.float64), np.asarray(found, np.float64)
        if predicted.shape != found.shape:
            return False
        sure = np.isfinite(predicted) & known
        if not np.isfinite(found).all() or not sure.any() or sure.sum() < 0.5 * sure.size:
            return False
        size = np.abs(np.where(sure, predicted, 0))
        limit = FIT * size + FLOOR * float(np.max(size)) + 8 * self.error
        return bool(np.all(np.abs(np.where(sure, predicted - found, 0)) <= limit))

    def _rows(self) -> np.ndarray | None:
        """Return B if it says what random cotangents say, too."""
        units = np.eye(self.size)
        rows = np.array([self.pull(c).ravel() for c in units]).reshape(self.size, self.x.size)
        combined = self.cotangents @ rows
        size = np.abs(self.cotangents) @ np.abs(rows)
        answers = np.array([a.ravel() for a in self.answers])
        nothing = NOTHING * np.nansum(np.abs(self.jacobian)) * np.max(np.abs(self.cotangents))
        near = np.abs(combined - answers) <= 1e-9 * (size + np.max(size, initial=0.0) * 1e-3) + nothing
        return rows if near.all() else None


def jacobian(subject: Subject, k: int, xs: Arrays) -> tuple[np.ndarray, float]:
    """Return the Jacobian at ``xs`` by differences, and its error; NaN where no step is smooth."""
    here = np.concatenate([y.ravel() for y in subject.values(xs)])
    columns, errors = [], []
    for _, v in unit_vectors(xs[k]):
        largest = max(1.0, float(np.max(np.abs(xs[k]) * (v != 0), initial=0.0)))
        few = [subject.precision.step * largest, 0.1 * subject.precision.step * largest]
        column, error = _column(subject, k, xs, v, few, here)
        if not error <= ENOUGH * np.max(np.abs(column)):
            column, error = _column(subject, k, xs, v, subject.precision.steps(xs[k], v), here)
        columns.append(column)
        errors.append(error)
    known = [error for error in errors if np.isfinite(error)]
    return np.array(columns).T, max(known, default=np.inf)


def _column(
    subject: Subject, k: int, xs: Arrays, v: np.ndarray, steps: list[float], here: np.ndarray
) -> tuple[np.ndarray, float]:
    slopes, rough, jumps = [], [], []
    with np.errstate(all="ignore"):
        for h in steps:
            step = take(subject.values, xs, k, v, h, subject.precision)
            plus, minus = (np.concatenate([y.ravel() for y in ys]) for ys in (step.plus, step.minus))
            moved = (plus != here) | (minus != here)
            size = np.where(moved, np.abs(plus) + np.abs(minus), 0)
            slopes.append(np.where(moved, plus - minus, 0) / (2 * step.h))
            rough.append(subject.precision.roundoff * size / (2 * step.h))
            jumps.append(np.abs(np.where(moved, plus - 2 * here + minus, 0)) / step.h)
        return _best(np.array(slopes), np.array(rough), np.array(jumps))


def _best(slopes: np.ndarray, rough: np.ndarray, jumps: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the column of the step whose worst error is smallest, beside the size of the column."""
    changes = np.abs(np.diff(slopes, axis=0, prepend=np.nan)) / 10
    changes[0] = np.inf
    size = np.max(np.abs(slopes), axis=1)
    error = np.max(changes + rough, axis=1)
    error = np.where(np.isfinite(error) & np.isfinite(size), error, np.inf)
    smooth = np.max(jumps - 4 * rough, axis=1) <= KINK * size
    error = np.where(smooth | (size == 0), error, np.inf)
    with np.errstate(all="ignore"):
        measure = np.where(size > 0, error / size, np.where(np.isfinite(error), error, np.inf))
    i = int(np.argmin(measure))
    if not np.isfinite(error[i]):
        return np.full(slopes.shape[1], np.nan), np.inf
    return slopes[i], float(error[i])
