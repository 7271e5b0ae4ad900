"""A linear support vector machine, found by dual coordinate descent.

N rows, V features

Source: Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM" (ICML 2008), the method of
LIBLINEAR's solvers 1 and 3.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ....ext.linear import dual_sweep
from .linear_classifier import LinearClassifier

LOSSES = {"hinge": 1, "squared_hinge": 2}


class LinearSVM(LinearClassifier):
    """min_w 1/2 w.w + C sum_i max(0, 1 - y_i (w.x_i + b))^p; several classes each against the rest.

    Parameters
    ----------
    C : float
        How much an error costs; 0.1 is Wang & Manning's for words and pairs of words.
    loss : {"squared_hinge", "hinge"}
        p = 2 or 1.
    bias : bool
        Learn b as the weight of one more feature that is always 1, and as such kept small.  Without, b = 0,
        as LIBLINEAR does unless it is told otherwise.
    tol : float
        Stop when a pass sees projected gradients that differ by less.
    max_iter : int
        Passes, at most; a warning if they do not suffice.
    seed : int
        Of the order of rows in each pass.

    Examples
    --------
    >>> LinearSVM(C=1.0).fit([[1, 0], [0, 1]], [0, 1]).coef_.round(3).tolist()
    [[-0.667, 0.667]]
    """

    def __init__(
        self,
        C: float = 0.1,
        loss: str = "squared_hinge",
        bias: bool = False,
        tol: float = 1e-4,
        max_iter: int = 1000,
        seed: int = 0,
    ) -> None:
        if loss not in LOSSES:
            raise ValueError(f"LinearSVM: loss is one of {', '.join(LOSSES)}, got {loss!r}")
        for name, value in (("C", C), ("tol", tol), ("max_iter", max_iter)):
            if not 0 < value < np.inf:
                raise ValueError(f"LinearSVM: {name} is above 0, got {value!r}")
        self.C, self.loss, self.bias = C, loss, bias
        self.tol, self.max_iter, self.seed = tol, max_iter, seed

    def _learn_two(self, x: Any, y: np.ndarray) -> tuple[np.ndarray, float]:
        if self.bias:
            from scipy.sparse import csr_array, hstack

            x = csr_array(hstack([x, np.ones((x.shape[0], 1))]))
        w, _ = solve_dual(x, y, self.C, LOSSES[self.loss], self.tol, self.max_iter, self.seed)
        return (w[:-1], float(w[-1])) if self.bias else (w, 0.0)


def solve_dual(
    x: Any, y: np.ndarray, C: float, p: int, tol: float = 1e-4, max_iter: int = 1000, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return w (V,) and the dual variables a (N,) of the problem in ``ext/linear/reference.py``.

    Parameters
    ----------
    x : CSR, float64 (N, V), without duplicates
    y : float64 (N,), -1 or 1
    p : 1 or 2, the power of the hinge
    """
    starts, columns = x.indptr.astype(np.int64), x.indices.astype(np.int64)
    data = np.ascontiguousarray(x.data, np.float64)
    squares = (x * x).sum(1)
    d, upper = (0.0, C) if p == 1 else (0.5 / C, np.inf)
    a, w = np.zeros(x.shape[0]), np.zeros(x.shape[1])
    rng, sweep = np.random.default_rng(seed), dual_sweep.chosen()
    for _ in range(max_iter):
        apart = sweep(rng.permutation(len(a)), starts, columns, data, y, squares, d, upper, a, w)
        if apart < tol:
            return w, a
    warnings.warn(
        f"LinearSVM: after {max_iter} passes gradients differ by {apart:.1e}, expected less than {tol:.1e}; "
        "a larger max_iter or tol, or a smaller C, ends the search",
        RuntimeWarning,
        stacklevel=2,
    )
    return w, a


def objectives(x: Any, y: np.ndarray, C: float, p: int, w: np.ndarray, a: np.ndarray) -> tuple[float, float]:
    """Return the primal objective of w and the dual one of a (as a maximum): equal at the optimum alone."""
    primal = w @ w / 2 + C * (np.maximum(0, 1 - y * (x @ w)) ** p).sum()
    own = x.T @ (a * y)
    return float(primal), float(a.sum() - own @ own / 2 - (a @ a / (4 * C) if p == 2 else 0))
