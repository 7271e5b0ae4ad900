"""Multinomial naive Bayes on words that are there or not.

N texts, V features, K classes

Source: Wang & Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification" (ACL 2012),
section 2.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .linear_classifier import LinearClassifier


class NaiveBayes(LinearClassifier):
    """The class c with the largest ln N_c + sum_v f_v ln p_cv, where p_c is how often c has each feature.

    Of two classes that is the sign of r.f + ln(N_1 / N_0), with r = ln((p / |p|_1) / (q / |q|_1)), p and q
    the counts of the two.  A feature that training did not meet has no weight.

    Parameters
    ----------
    alpha : float
        Added to each count.
    binary : bool
        Count texts that have a feature, instead of how often they have it; also when predicting.

    Examples
    --------
    >>> NaiveBayes().fit([[1, 1, 0], [0, 1, 1]], ["cat", "dog"]).predict([[1, 0, 0], [0, 0, 2]]).tolist()
    ['cat', 'dog']
    """

    def __init__(self, alpha: float = 1.0, binary: bool = True) -> None:
        if not 0 < alpha < np.inf:
            raise ValueError(f"NaiveBayes: alpha is above 0, got {alpha!r}")
        self.alpha, self.binary = alpha, binary

    def _learn(self, x: Any, y: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        share = log_shares(x, y, classes, self.alpha)
        prior = np.log(np.bincount(y, minlength=classes))
        if classes == 2:
            return share[1:] - share[:1], prior[1:] - prior[:1]
        return share, prior

    def _rows(self, x: Any) -> Any:
        rows = super()._rows(x)
        if (rows.data < 0).any():
            raise ValueError("NaiveBayes: expected counts from 0 on, came a negative number")
        return present(rows) if self.binary else rows


def present(x: Any) -> Any:
    """Return rows with 1 where x is not 0."""
    x = x.copy()
    x.data = (x.data != 0).astype(np.float64)
    return x


def log_shares(x: Any, y: np.ndarray, classes: int, alpha: float) -> np.ndarray:
    """Return ln((alpha + count) / total), (K, V); 0 for features without a count in any class.

    Parameters
    ----------
    x : sparse (N, V), counts
    y : int (N,), classes from 0 to K - 1
    """
    counts = np.stack([x[np.flatnonzero(y == c)].sum(0) for c in range(classes)])  # (K,V)
    seen = counts.sum(0) > 0
    smooth = alpha + counts
    totals = smooth[:, seen].sum(1, keepdims=True)  # the norms are over features that training met
    return np.where(seen, np.log(smooth / np.where(totals > 0, totals, 1)), 0.0)
