"""One pass of dual coordinate descent for a linear SVM: the specification of ``jit.py``.

N rows, V features, M numbers of all rows; a row is ``data[starts[i]:starts[i + 1]]`` in the columns beside

    primal   min_w  1/2 w.w + C sum_i max(0, 1 - y_i w.x_i)^p                    p = 1 or 2
    dual     min_a  1/2 |w(a)|^2 + 1/2 d sum_i a_i^2 - sum_i a_i,  0 <= a_i <= U,   w(a) = sum_i a_i y_i x_i

with U = C, d = 0 for p = 1 and U = infinity, d = 1 / (2 C) for p = 2.  One a_i alone is minimised exactly.

Source: Hsieh, Chang, Lin, Keerthi & Sundararajan, "A Dual Coordinate Descent Method for Large-scale Linear
SVM" (ICML 2008), Algorithm 1 and equations 4, 8, 9, 12; no shrinking.
"""

from __future__ import annotations

import numpy as np


def dual_sweep(
    order: np.ndarray,
    starts: np.ndarray,
    columns: np.ndarray,
    data: np.ndarray,
    y: np.ndarray,
    squares: np.ndarray,
    d: float,
    upper: float,
    a: np.ndarray,
    w: np.ndarray,
) -> float:
    """Minimise over each a_i once; return how far the largest projected gradient is above the smallest.

    Parameters
    ----------
    order : int64 (N,)
        The rows, each once.
    starts : int64 (N + 1,)
    columns : int64 (M,)
    data : float64 (M,)
    y : float64 (N,)
        -1 or 1.
    squares : float64 (N,)
        x_i.x_i
    d, upper : float
    a : float64 (N,), INOUT
    w : float64 (V,), INOUT
    """
    largest, smallest = -np.inf, np.inf
    for i in order:
        mine = slice(starts[i], starts[i + 1])
        x, place = data[mine], columns[mine]
        gradient = y[i] * (w[place] @ x) - 1 + d * a[i]  # equation 12
        projected = gradient
        if a[i] == 0:
            projected = min(gradient, 0.0)
        elif a[i] == upper:
            projected = max(gradient, 0.0)
        largest, smallest = max(largest, projected), min(smallest, projected)
        if projected != 0:
            curvature = squares[i] + d
            # of an empty row with d = 0 the dual falls for ever: a_i stops at its bound
            new = min(max(a[i] - gradient / curvature, 0.0), upper) if curvature > 0 else upper
            w[place] += (new - a[i]) * y[i] * x  # a column is in a row once
            a[i] = new
    return float(largest - smallest)
