"""Logistic regression: a softmax over classes, found by L-BFGS.

N rows, V features, K classes

    min_W,b  C sum_i -ln softmax(W x_i + b)_{y_i} + |W|^2 / 2        two classes: ln(1 + e^(-y (w.x + b)))
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....nn.logistic import fit_logistic, log_probabilities
from .linear_classifier import LinearClassifier

DENSE = 0.3  # share of numbers that are not 0 from which plain arrays are faster
FLAT = 2e-9  # relative change of the objective at which the search ends


class LogisticRegression(LinearClassifier):
    """Classes and how probable they are, from rows of any numbers.

    Parameters
    ----------
    C : float
        How much an error costs, beside the square penalty; the intercept has none.
    max_iter : int
        Iterations of L-BFGS.

    Examples
    --------
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], ["a", "a", "b", "b"])
    >>> model.predict_proba([[1.5]]).round(3).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, C: float = 1.0, max_iter: int = 500) -> None:
        for name, value in (("C", C), ("max_iter", max_iter)):
            if not 0 < value < np.inf:
                raise ValueError(f"LogisticRegression: {name} is above 0, got {value!r}")
        self.C, self.max_iter = C, max_iter

    def _learn(self, x: Any, y: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        if x.nnz > DENSE * x.shape[0] * x.shape[1]:
            x = x.toarray()
        how: Any = {"classes": classes, "one_row": classes == 2, "steps": self.max_iter, "flat": FLAT}
        found = fit_logistic(x, y, self.C, **how)
        return found.weight, found.bias

    def predict_proba(self, x: Any) -> np.ndarray:
        """Return how probable each class is, (N, K)."""
        scores = self.decision_function(x)
        return np.exp(log_probabilities(scores[:, None] if scores.ndim == 1 else scores))
