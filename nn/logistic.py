"""Multinomial logistic regression: a linear model of classes, with one minimum.

N rows, D features, K classes; rows x_i, classes y_i, weights W (K, D), biases b (K,)

    J(W, b) = C sum_i [ln sum_k e^(z_ik) - z_i,y_i] + 1/2 |W|^2,   z = x W^T + b
    dJ/dz = C (softmax(z) - onehot(y)),   dJ/dW = (dJ/dz)^T x + W,   dJ/db = column sums of dJ/dz

J is convex, and strictly so in W: every start ends at the same loss.  Of two classes one row of W is
enough, with the other's scores 0: scikit-learn's objective.  A row for each of two is that of its ``2 C``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import ops

STEPS, CORRECTIONS = 10_000, 20  # at most of L-BFGS; pairs that it remembers
FLAT, SMALL = 1e-14, 1e-9  # relative change of J, and entry of its gradient, at which it ends


@dataclass(frozen=True)
class Logistic:
    """A fitted model: weight (K, D), bias (K,), the objective that it reached, and steps."""

    weight: np.ndarray
    bias: np.ndarray
    loss: float
    steps: int

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Return the scores (N, K) of rows (N, D)."""
        return x @ self.weight.T + self.bias

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the share of rows whose class y (N,) has the largest score."""
        return float((self.scores(x).argmax(1) == y).mean())


def fit_logistic(
    x: Any,
    y: np.ndarray,
    C: float = 1.0,
    *,
    classes: int | None = None,
    one_row: bool = False,
    start: Any = None,
    steps: int = STEPS,
    flat: float = FLAT,
) -> Logistic:
    """Return the minimum of J, by L-BFGS (SciPy's), in float64.

    Parameters
    ----------
    x : (N, D), an array or a sparse one of SciPy's
    y : (N,) whole numbers from 0
    C : how much an example weighs against the penalty of the weights.
    classes : K; by default what y has.
    one_row : of two classes, weights for the second alone: W (1, D), b (1,).
    start : weights and biases to begin with, (K, D + 1); zeros by default.
    steps, flat : iterations at most; the relative change of J at which they end.

    Raises
    ------
    ValueError : for shapes that do not fit, features that are not finite, or a C that is not above 0.
    """
    from scipy.optimize import minimize
    from scipy.sparse import issparse

    x, y = x if issparse(x) else np.asarray(x, np.float64), np.asarray(y)
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(y):
        raise ValueError(f"fit_logistic: expected x (N, D) and y (N,), got {x.shape} and {y.shape}")
    if not np.isfinite(x.data if issparse(x) else x).all():
        raise ValueError("fit_logistic: expected finite features, got infinite ones or NaN")
    if not 0 < C < np.inf:
        raise ValueError(f"fit_logistic: expected C above 0, got {C!r}")
    classes = int(y.max()) + 1 if classes is None else classes
    if one_row and classes != 2:
        raise ValueError(f"fit_logistic: one row of weights is for two classes, got {classes}")
    if start is None and not issparse(x) and x.shape[1] > len(y):
        # The best W is made of rows of x.  With x^T = Q R and W = A Q^T, x W^T = R^T A^T and |W| = |A|.
        Q, R = np.linalg.qr(x.T)  # (D,N), (N,N)
        found = fit_logistic(R.T, y, C, classes=classes, one_row=one_row, steps=steps, flat=flat)
        return Logistic(found.weight @ Q.T, found.bias, found.loss, found.steps)
    shape = (1 if one_row else classes, x.shape[1] + 1)
    began = np.zeros(shape) if start is None else np.asarray(start, np.float64).reshape(shape)
    across = x.T.tocsr() if issparse(x) else x.T
    found = minimize(
        objective, began.ravel(), args=(x, across, y, C), jac=True, method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": CORRECTIONS, "ftol": flat, "gtol": SMALL},
    )  # fmt: skip
    parameters = found.x.reshape(shape)
    return Logistic(parameters[:, :-1], parameters[:, -1], float(found.fun) * C * len(y), int(found.nit))


def objective(flat: np.ndarray, x: Any, across: Any, y: np.ndarray, C: float) -> tuple[float, np.ndarray]:
    """Return J / (C N), whose scale does not depend on C, and its gradient, (K (D + 1),).

    ``across`` is x transposed, (D, N).
    """
    parameters = flat.reshape(-1, x.shape[1] + 1)
    weight, rows = parameters[:, :-1], np.arange(len(y))
    log_p = log_probabilities(x @ weight.T + parameters[:, -1])  # (N,D)(D,K) -> (N,K)
    wrong = np.exp(log_p)
    wrong[rows, y] -= 1  # softmax - onehot
    wrong = wrong[:, -len(weight) :]
    scale = 1 / (C * len(y))
    gradient = np.empty_like(parameters)
    gradient[:, :-1] = (across @ wrong).T / len(y) + scale * weight  # (D,N)(N,K) -> (K,D)
    gradient[:, -1] = wrong.mean(0)
    loss = -log_p[rows, y].mean() + scale / 2 * (weight**2).sum()
    return float(loss), gradient.ravel()


def log_probabilities(scores: np.ndarray) -> np.ndarray:
    """Return log-softmax of (N, K); a single column (N, 1) is the score of the second of two classes."""
    if scores.shape[1] == 1:
        scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
    return np.asarray(ops.log_softmax(scores, axis=1))
