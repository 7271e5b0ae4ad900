"""Photos like this one: ordered by the cosine of their features, judged by mean average precision.

A question has R right answers among the N photos; the i-th of them stands at place r_i of the order

    AP = 1/R sum_i i / r_i,    mAP = mean of AP over the questions;   in a random order about R / N
"""

from __future__ import annotations

import numpy as np


def ranked(x: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return for each question (M, D) the numbers (M, N) of the rows x (N, D), the most alike first."""
    unit, questions = (
        each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-12) for each in (x, asked)
    )
    return np.argsort(-(questions @ unit.T), axis=1, kind="stable")  # (M,D)(D,N) -> (M,N)


def average_precision(right: np.ndarray) -> float:
    """Return AP of one order; right (N,) says at each place whether the answer is right.

    >>> average_precision(np.array([True, False, True]))  # (1/1 + 2/3) / 2
    0.8333333333333333
    """
    places = np.flatnonzero(right) + 1
    if not len(places):
        raise ValueError("average_precision: expected a right answer, there is none")
    return float((np.arange(1, len(places) + 1) / places).mean())


def mean_average_precision(x: np.ndarray, y: np.ndarray) -> float:
    """Return mAP where each photo asks for the others of its class; photos alone in theirs do not ask.

    Parameters
    ----------
    x : (N, D) features
    y : (N,) classes
    """
    found = []
    for number, order in enumerate(ranked(x, x)):
        others = order[order != number]
        right = y[others] == y[number]
        if right.any():
            found.append(average_precision(right))
    if not found:
        raise ValueError("mean_average_precision: expected two photos of a class or more")
    return float(np.mean(found))


def expected_by_chance(y: np.ndarray) -> float:
    """Return mAP of a random order, exactly: of N others R are right.

    Each place r is as likely for a right answer, and (r - 1)(R - 1)/(N - 1) of the others stand before it in
    the mean: E[AP] = 1/N sum_r [1 + (r - 1)(R - 1)/(N - 1)] / r.
    """
    n, found = len(y) - 1, []
    places = np.arange(1, n + 1)
    for number in y:
        right = int((y == number).sum()) - 1
        if right:
            found.append(((1 + (places - 1) * (right - 1) / max(1, n - 1)) / places).mean())
    return float(np.mean(found))
