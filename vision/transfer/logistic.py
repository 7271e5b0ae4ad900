"""Multinomial logistic regression, the linear model that learns when the last layer alone does.

N photos, D features, K classes; rows x_i, classes y_i, weights W (K, D), biases b (K,)

    J(W, b) = C sum_i [ln sum_k e^(z_ik) - z_i,y_i] + 1/2 |W|^2,   z = x W^T + b
    dJ/dz = C (softmax(z) - onehot(y)),   dJ/dW = (dJ/dz)^T x + W,   dJ/db = column sums of dJ/dz

J is convex, and strictly so in W: every start ends at the same loss.  This is scikit-learn's objective for
three classes or more; for two, that of its ``C / 2``, where one vector of weights does the work of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

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
    x: np.ndarray, y: np.ndarray, C: float = 1.0, *, classes: int | None = None, start: Any = None
) -> Logistic:
    """Return the minimum of J, by L-BFGS (SciPy's), in float64.

    Parameters
    ----------
    x : (N, D)
    y : (N,) whole numbers from 0
    C : how much an example weighs against the penalty of the weights.
    classes : K; by default what y has.
    start : weights and biases to begin with, (K, D + 1); zeros by default.

    Raises
    ------
    ValueError : for shapes that do not fit, features that are not finite, or a C that is not above 0.
    """
    from scipy.optimize import minimize

    x, y = np.asarray(x, np.float64), np.asarray(y)
    if x.ndim != 2 or y.shape != x.shape[:1] or not len(y):
        raise ValueError(f"fit_logistic: expected x (N, D) and y (N,), got {x.shape} and {y.shape}")
    if not np.isfinite(x).all():
        raise ValueError("fit_logistic: expected finite features, got infinite ones or NaN")
    if not 0 < C < np.inf:
        raise ValueError(f"fit_logistic: expected C above 0, got {C!r}")
    shape = (int(y.max()) + 1 if classes is None else classes, x.shape[1] + 1)
    began = np.zeros(shape) if start is None else np.asarray(start, np.float64).reshape(shape)
    found = minimize(
        objective, began.ravel(), args=(x, y, C), jac=True, method="L-BFGS-B",
        options={"maxiter": STEPS, "maxfun": 2 * STEPS, "maxcor": CORRECTIONS, "ftol": FLAT, "gtol": SMALL},
    )  # fmt: skip
    parameters = found.x.reshape(shape)
    return Logistic(parameters[:, :-1], parameters[:, -1], float(found.fun) * C * len(y), int(found.nit))


def objective(flat: np.ndarray, x: np.ndarray, y: np.ndarray, C: float) -> tuple[float, np.ndarray]:
    """Return J / (C N), whose scale does not depend on C, and its gradient, (K (D + 1),)."""
    parameters = flat.reshape(-1, x.shape[1] + 1)
    weight, rows = parameters[:, :-1], np.arange(len(y))
    z = x @ weight.T + parameters[:, -1]  # (N,D)(D,K) -> (N,K)
    z -= z.max(1, keepdims=True)  # exp overflows above 709
    log_sums = np.log(np.exp(z).sum(1))
    wrong = np.exp(z - log_sums[:, None])
    wrong[rows, y] -= 1  # softmax - onehot
    scale = 1 / (C * len(y))
    gradient = np.empty_like(parameters)
    gradient[:, :-1] = wrong.T @ x / len(y) + scale * weight  # (K,N)(N,D) -> (K,D)
    gradient[:, -1] = wrong.mean(0)
    loss = (log_sums - z[rows, y]).mean() + scale / 2 * (weight**2).sum()
    return float(loss), gradient.ravel()
