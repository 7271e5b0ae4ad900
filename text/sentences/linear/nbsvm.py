"""NBSVM: a support vector machine on features that naive Bayes has weighed.

N texts, V features

Source: Wang & Manning, "Baselines and Bigrams: Simple, Good Sentiment and Topic Classification" (ACL 2012),
sections 2.2 and 2.3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .linear_classifier import LinearClassifier
from .naive_bayes import log_shares, present
from .svm import LinearSVM, solve_dual


class NBSVM(LinearClassifier):
    """A `LinearSVM` on r o f, r of `NaiveBayes`; then its weights are drawn towards their mean size.

    w' = (1 - beta) |w|_1 / V + beta w, so that with a small beta, where w is small, naive Bayes decides.

    Parameters
    ----------
    C : float
    beta : float, 0 to 1
        1 is the support vector machine alone; 1/4 to 1/2 are good.
    alpha : float
        Of naive Bayes.
    tol, max_iter, seed : as of `LinearSVM`

    Examples
    --------
    >>> NBSVM().fit([[1, 1, 0], [0, 1, 1]], ["cat", "dog"]).predict([[1, 0, 0], [0, 0, 2]]).tolist()
    ['cat', 'dog']
    """

    def __init__(
        self,
        C: float = 1.0,
        beta: float = 0.25,
        alpha: float = 1.0,
        tol: float = 1e-4,
        max_iter: int = 1000,
        seed: int = 0,
    ) -> None:
        if not 0 <= beta <= 1:
            raise ValueError(f"NBSVM: beta is from 0 to 1, got {beta!r}")
        if not 0 < alpha < np.inf:
            raise ValueError(f"NBSVM: alpha is above 0, got {alpha!r}")
        LinearSVM(C, tol=tol, max_iter=max_iter)  # says whether the values can be
        self.C, self.beta, self.alpha = C, beta, alpha
        self.tol, self.max_iter, self.seed = tol, max_iter, seed

    def _learn_two(self, x: Any, y: np.ndarray) -> tuple[np.ndarray, float]:
        share = log_shares(x, (y > 0).astype(int), 2, self.alpha)
        r = share[1] - share[0]
        scaled = x.copy()
        scaled.data *= r[x.indices]
        w, _ = solve_dual(scaled, y, self.C, 2, self.tol, self.max_iter, self.seed)
        # subtle: the mean is added, so w's positive side must be the class that r's positive side is
        mixed = (1 - self.beta) * np.abs(w).mean() + self.beta * w
        return r * mixed, 0.0

    def _rows(self, x: Any) -> Any:
        return present(super()._rows(x))
