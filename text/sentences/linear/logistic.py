"""Logistic regression: a softmax over classes, found by L-BFGS.

N rows, V features, K classes

    min_W,b  C sum_i -ln softmax(W x_i + b)_{y_i} + |W|^2 / 2        two classes: ln(1 + e^(-y (w.x + b)))
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .linear_classifier import LinearClassifier

DENSE = 0.3  # share of numbers that are not 0 from which plain arrays are faster


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
        from scipy.optimize import minimize

        rows, count = (1 if classes == 2 else classes), x.shape[1]
        truth = np.eye(classes)[y]
        if x.nnz > DENSE * x.shape[0] * count:
            x = x.toarray()
        across = x.T if isinstance(x, np.ndarray) else x.T.tocsr()

        def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
            w, b = flat[: rows * count].reshape(rows, count), flat[rows * count :]
            log_p = log_probabilities(x @ w.T + b)  # (N,V)(V,K) -> (N,K)
            loss = self.C * -log_p[np.arange(len(y)), y].sum() + (w * w).sum() / 2
            g = (np.exp(log_p) - truth)[:, -rows:]
            by_w = self.C * (across @ g).T + w
            return loss, np.concatenate([by_w.ravel(), self.C * g.sum(0)])

        start = np.zeros(rows * (count + 1))
        found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": self.max_iter}).x
        return found[: rows * count].reshape(rows, count), found[rows * count :]

    def predict_proba(self, x: Any) -> np.ndarray:
        """Return how probable each class is, (N, K)."""
        scores = self.decision_function(x)
        return np.exp(log_probabilities(scores[:, None] if scores.ndim == 1 else scores))


def log_probabilities(scores: np.ndarray) -> np.ndarray:
    """Return log-softmax of (N, K); a single column (N, 1) is the score of the second of two classes."""
    if scores.shape[1] == 1:
        return -np.logaddexp(0, np.concatenate([scores, -scores], axis=1))
    shifted = scores - scores.max(1, keepdims=True)  # e^1000 would overflow
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
