"""The step of GloVe, compiled: does what ``reference.py`` does.

Half of the time would go into waiting for rows: the cells come in random order.  So each step prefetches the
rows of the step AHEAD of it.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.prefetch import prefetch_to_write
from ..codegen.settings import COMPILE, INLINE
from ..codegen.sizes import sizes
from ..tables import CACHE_LINE

AHEAD = 2
HALF = np.float32(0.5)


@njit(**COMPILE)
def train_cells(word, context, log_x, weight, first, last, w, c, w_squares, c_squares, eta, clip):
    """Arguments and result as in ``reference.py``; the matrices are flat."""
    cost = 0.0
    for k in range(first, last):
        ahead = min(k + AHEAD, last - 1)
        prefetch_cell(word[ahead], context[ahead], w, c, w_squares, c_squares)
        cost += update(word[k], context[k], log_x[k], weight[k], w, c, w_squares, c_squares, eta, clip)
    return cost


@njit(**INLINE)
def update(word, context, log_x, weight, w, c, w_squares, c_squares, eta, clip):
    """One step of AdaGrad for a cell; returns its part of J before the step."""
    i, j = np.uint64(word) * np.uint64(sizes.stride), np.uint64(context) * np.uint64(sizes.stride)
    error = -log_x
    for s in range(sizes.stride):
        error += w[i + np.uint64(s)] * c[j + np.uint64(s)]
    step_size = weight * error
    for s in range(sizes.stride):
        x, y = w[i + np.uint64(s)], c[j + np.uint64(s)]
        x_square, y_square = w_squares[i + np.uint64(s)], c_squares[j + np.uint64(s)]
        to_x = eta * min(max(step_size * y, -clip), clip)
        to_y = eta * min(max(step_size * x, -clip), clip)
        w[i + np.uint64(s)] = x - to_x / np.sqrt(x_square)
        c[j + np.uint64(s)] = y - to_y / np.sqrt(y_square)
        w_squares[i + np.uint64(s)] = x_square + to_x * to_x
        c_squares[j + np.uint64(s)] = y_square + to_y * to_y
    return np.float64(HALF * step_size * error)


@njit(**INLINE)
def prefetch_cell(word, context, w, c, w_squares, c_squares):
    """Bring the rows of a cell near: they are needed AHEAD steps later."""
    i, j = np.uint64(word) * np.uint64(sizes.stride), np.uint64(context) * np.uint64(sizes.stride)
    for s in range(0, sizes.stride, CACHE_LINE):
        prefetch_to_write(w, i + np.uint64(s))
        prefetch_to_write(c, j + np.uint64(s))
        prefetch_to_write(w_squares, i + np.uint64(s))
        prefetch_to_write(c_squares, j + np.uint64(s))
