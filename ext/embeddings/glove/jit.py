"""The step of GloVe, compiled: does what ``reference.py`` does.

Half of the time would go into waiting for rows: the cells come in random order.  So each step asks for the
rows of the step AHEAD of it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.prefetch import prefetch_to_write
from ..codegen.settings import COMPILE, INLINE
from ..tables import CACHE_LINE

AHEAD = 2
HALF = np.float32(0.5)
STRIDE = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INLINE, cache=CACHE)
def prefetch_cell(word, context, w, c, w_squares, c_squares):
    """Bring the rows of a cell near."""
    i, j = np.uint64(word) * np.uint64(STRIDE), np.uint64(context) * np.uint64(STRIDE)
    for s in range(0, STRIDE, CACHE_LINE):
        prefetch_to_write(w, i + np.uint64(s))
        prefetch_to_write(c, j + np.uint64(s))
        prefetch_to_write(w_squares, i + np.uint64(s))
        prefetch_to_write(c_squares, j + np.uint64(s))


@njit(**COMPILE, cache=CACHE)
def train_cells(word, context, log_x, weight, first, last, w, c, w_squares, c_squares, eta, clip):
    """Arguments and result as in ``reference.py``; the matrices are flat."""
    cost = 0.0
    for k in range(first, last):
        ahead = min(k + AHEAD, last - 1)
        prefetch_cell(word[ahead], context[ahead], w, c, w_squares, c_squares)
        i, j = np.uint64(word[k]) * np.uint64(STRIDE), np.uint64(context[k]) * np.uint64(STRIDE)
        error = -log_x[k]
        for s in range(STRIDE):
            error += w[i + np.uint64(s)] * c[j + np.uint64(s)]
        step_size = weight[k] * error
        cost += np.float64(HALF * step_size * error)
        for s in range(STRIDE):
            x, y = w[i + np.uint64(s)], c[j + np.uint64(s)]
            x_square, y_square = w_squares[i + np.uint64(s)], c_squares[j + np.uint64(s)]
            to_x = eta * min(max(step_size * y, -clip), clip)
            to_y = eta * min(max(step_size * x, -clip), clip)
            w[i + np.uint64(s)] = x - to_x / np.sqrt(x_square)
            c[j + np.uint64(s)] = y - to_y / np.sqrt(y_square)
            w_squares[i + np.uint64(s)] = x_square + to_x * to_x
            c_squares[j + np.uint64(s)] = y_square + to_y * to_y
    return cost
