"""Logistic regression with dropout of its features, without drawing any: fast dropout.

N texts, V features, Q nodes of the quadrature; labels y of -1 and 1; a feature stays with probability p

    sum_j w_j x_j z_j, z_j ~ Bernoulli(p), is nearly normal:  S ~ N(mu, s2)
    mu = p sum_j w_j x_j              s2 = p (1 - p) sum_j w_j^2 x_j^2                        (eq. 3)

    gaussian      the loss is E[ln(1 + e^(-y S))], here by Gauss-Hermite quadrature
    closed form   with c = (1 + pi s2 / 8)^(-1/2) and t = y c mu, it is nearly -ln(sigma(t)) / c

Source: Wang & Manning, "Fast dropout training" (ICML 2013), section 2, and the closed form of its program.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .linear_classifier import LinearClassifier
from .naive_bayes import present

KAPPA = np.pi / 8  # sigma(x) is nearly the normal distribution function of x sqrt(pi / 8)
NODES = 15  # of the quadrature
FORMS = ("closed", "gaussian")

Loss = tuple[np.ndarray, np.ndarray, np.ndarray]  # loss, by mu, by s2: (N,) each


class DropoutLogistic(LinearClassifier):
    """min_w sum_i E_z[ln(1 + e^(-y_i w.(z o x_i)))] + lam / 2 |w|^2, the mean over z as a normal one.

    Parameters
    ----------
    form : {"closed", "gaussian"}
        F-Dropout or G-Dropout of Kim's table.  The paper draws S for the second; the quadrature takes the
        mean that such draws have.
    keep : float, 0 to 1
        p; 1 is plain logistic regression.
    lam : float
        Of the square penalty; 0.01 in the program of the paper.
    max_iter : int
        Iterations of L-BFGS, from w = 0; the early end is part of the recipe.

    Examples
    --------
    >>> DropoutLogistic().fit([[1, 1, 0], [0, 1, 1]], ["a", "b"]).predict([[1, 0, 0], [0, 0, 2]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self, form: str = "closed", keep: float = 0.5, lam: float = 0.01, max_iter: int = 100
    ) -> None:
        if form not in FORMS:
            raise ValueError(f"DropoutLogistic: form is one of {', '.join(FORMS)}, got {form!r}")
        if not 0 < keep <= 1:
            raise ValueError(f"DropoutLogistic: keep is above 0 and at most 1, got {keep!r}")
        for name, value in (("lam", lam), ("max_iter", max_iter)):
            if not 0 < value < np.inf:
                raise ValueError(f"DropoutLogistic: {name} is above 0, got {value!r}")
        self.form, self.keep, self.lam, self.max_iter = form, keep, lam, max_iter

    def _learn_two(self, x: Any, y: np.ndarray) -> tuple[np.ndarray, float]:
        from scipy.optimize import minimize

        loss = closed_form if self.form == "closed" else gaussian
        squares, across = x * x, (x.T.tocsr(), (x * x).T.tocsr())
        found = minimize(
            lambda w: objective(w, x, squares, across, y, self.keep, self.lam, loss),
            np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": self.max_iter},
        )  # fmt: skip
        return found.x, 0.0

    def _rows(self, x: Any) -> Any:
        return present(super()._rows(x))


def objective(
    w: np.ndarray,
    x: Any,
    squares: Any,
    across: tuple[Any, Any],
    y: np.ndarray,
    p: float,
    lam: float,
    loss: Any,
) -> tuple[float, np.ndarray]:
    """Return the objective and its gradient (V,).

    Parameters
    ----------
    w : float64 (V,)
    x, squares : sparse (N, V), rows and their squares
    across : the transposes of both
    loss : `closed_form` or `gaussian`
    """
    mu, s2 = p * (x @ w), p * (1 - p) * (squares @ (w * w))  # (N,V)(V,) -> (N,)
    losses, by_mu, by_s2 = loss(mu, s2, y)
    gradient = p * (across[0] @ by_mu) + 2 * p * (1 - p) * w * (across[1] @ by_s2) + lam * w
    return float(losses.sum() + lam / 2 * (w @ w)), gradient


def closed_form(mu: np.ndarray, s2: np.ndarray, y: np.ndarray) -> Loss:
    """L = -ln(sigma(t)) / c.  dL/dmu = -y sigma(-t),  dL/ds2 = kappa c / 2 (t sigma(-t) - ln sigma(t))."""
    c = 1 / np.sqrt(1 + KAPPA * s2)
    t = y * c * mu
    log_sigma, wrong = -np.logaddexp(0, -t), _sigma(-t)
    return -log_sigma / c, -y * wrong, KAPPA * c / 2 * (t * wrong - log_sigma)


def gaussian(mu: np.ndarray, s2: np.ndarray, y: np.ndarray) -> Loss:
    """L = E[f(S)], f(S) = ln(1 + e^(-y S)), S = mu + s n.  dL/dmu = E[f'(S)], dL/ds2 = E[f'(S) n] / (2 s)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    s = np.sqrt(s2)
    margin = y[:, None] * (mu[:, None] + s[:, None] * nodes)  # (N,Q)
    wrong = _sigma(-margin)
    losses = np.logaddexp(0, -margin) @ weights  # (N,Q)(Q,) -> (N,)
    by_s2 = -y * (wrong @ (weights * nodes)) / np.where(s > 0, 2 * s, 1)
    at_0 = wrong[:, 0] * (1 - wrong[:, 0]) / 2  # the limit as s goes to 0: f''(mu) / 2
    return losses, -y * (wrong @ weights), np.where(s > 0, by_s2, at_0)


def _sigma(x: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -x))  # stable on both sides
