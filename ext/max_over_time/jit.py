"""The maximum over time in Numba: does what ``reference.py`` does.

Each task has a block of sentences, or of filters on the way back: no two write one number.
"""

from __future__ import annotations

import numpy as np

from ..numba_cache import njit
from ..threads import parallel

SENTENCES, FILTERS = 16, 64  # of a task


def max_over_time(s, rows, y, at):
    """Arguments as in ``reference.py``."""
    parallel(_maxima, -(-len(rows) // SENTENCES), s, rows, y, at)


def window_scatter(g, rows, at, s):
    """Arguments as in ``reference.py``."""
    parallel(_scatter, -(-g.shape[1] // FILTERS), g, rows, at, s)


@njit(nogil=True, error_model="numpy", cache=True)
def _maxima(task, s, rows, y, at):
    _, h, filters = s.shape
    c = np.empty(filters, s.dtype)
    for n in range(task * SENTENCES, min(len(rows), (task + 1) * SENTENCES)):
        for t in range(rows.shape[1] - h + 1):
            c[:] = s[rows[n, t], 0]
            for j in range(1, h):
                answers = s[rows[n, t + j], j]
                for f in range(filters):
                    c[f] += answers[f]
            for f in range(filters):
                better = t == 0 or c[f] > y[n, f] or (c[f] != c[f] and y[n, f] == y[n, f])
                y[n, f] = c[f] if better else y[n, f]
                at[n, f] = t if better else at[n, f]


@njit(nogil=True, error_model="numpy", cache=True)
def _scatter(task, g, rows, at, s):
    first, last = task * FILTERS, min(g.shape[1], (task + 1) * FILTERS)
    for n in range(len(rows)):
        for f in range(first, last):
            for j in range(s.shape[1]):
                s[rows[n, at[n, f] + j], j, f] += g[n, f]
