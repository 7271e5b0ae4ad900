"""One pass of dual coordinate descent, compiled: does what ``reference.py`` does."""

from __future__ import annotations

import numpy as np

from ..numba_cache import njit


@njit(nogil=True, error_model="numpy", cache=True)
def dual_sweep(order, starts, columns, data, y, squares, d, upper, a, w):
    """Arguments as in ``reference.py``."""
    largest, smallest = -np.inf, np.inf
    for i in order:
        dot = 0.0
        for k in range(starts[i], starts[i + 1]):
            dot += w[columns[k]] * data[k]
        gradient = y[i] * dot - 1 + d * a[i]
        projected = gradient
        if a[i] == 0:
            projected = min(gradient, 0.0)
        elif a[i] == upper:
            projected = max(gradient, 0.0)
        largest, smallest = max(largest, projected), min(smallest, projected)
        if projected != 0:
            curvature = squares[i] + d
            new = min(max(a[i] - gradient / curvature, 0.0), upper) if curvature > 0 else upper
            step = (new - a[i]) * y[i]
            for k in range(starts[i], starts[i + 1]):
                w[columns[k]] += step * data[k]
            a[i] = new
    return largest - smallest
