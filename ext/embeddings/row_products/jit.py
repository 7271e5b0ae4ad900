"""What measuring a loss needs of vectors, compiled: does what ``reference.py`` does.

Rows are read where they are; NumPy would copy all of them, in float64, before it adds.
"""

from __future__ import annotations

from ...numba_cache import njit
from ..codegen.settings import INNER


@njit(**INNER, cache=True)
def mean_rows(rows, starts, v, h):
    """Arguments as in ``reference.py``."""
    length = h.shape[1]
    for n in range(h.shape[0]):
        h[n] = 0
        for k in range(starts[n], starts[n + 1]):
            row = v[rows[k]]
            for s in range(length):
                h[n, s] += row[s]
        count = max(starts[n + 1] - starts[n], 1)
        for s in range(length):
            h[n, s] /= count


@njit(**INNER, cache=True)
def dot_rows(h, rows, starts, vp, dots):
    """Arguments as in ``reference.py``."""
    length = h.shape[1]
    for n in range(h.shape[0]):
        for k in range(starts[n], starts[n + 1]):
            row, dot = vp[rows[k]], 0.0
            for s in range(length):
                dot += h[n, s] * row[s]
            dots[k] = dot
