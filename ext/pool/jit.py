"""Pooling in Numba: the loops of reference.py, one plane (n, c) per task.

N batch, C channels, H W image, P Q output.  rows (P,4) and cols (Q,4) are the tables of windows.py: first,
lo, hi, extent; step = (rows, columns) is the dilation, width the number of taps in a row of a window.
"""

from __future__ import annotations

import numpy as np

from ..numba_cache import njit
from ..threads import parallel


def max_pool2d(x, y, tap, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT, tap (N,C,P,Q) OUT or None."""
    if tap is None:
        tap = np.empty(y.shape, windows.tap_type)
    parallel(_max_of_plane, x.shape[0] * x.shape[1], _planes(x), _planes(y), _planes(tap), *_tables(windows))


def pool_scatter(g, tap, dx, windows):
    """g (N,C,P,Q) IN, tap (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    parallel(
        _scatter_plane, g.shape[0] * g.shape[1], _planes(g), _planes(tap), _planes(dx), *_tables(windows)
    )


def pool_gather(x, tap, y, windows):
    """x (N,C,H,W) IN, tap (N,C,P,Q) IN, y (N,C,P,Q) OUT."""
    parallel(_gather_plane, x.shape[0] * x.shape[1], _planes(x), _planes(tap), _planes(y), *_tables(windows))


def avg_pool2d(x, y, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT."""
    parallel(
        _average_plane,
        x.shape[0] * x.shape[1],
        _planes(x),
        _planes(y),
        windows.rows.table,
        windows.cols.table,
    )


def avg_pool2d_adjoint(g, dx, windows):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    parallel(
        _average_plane_adjoint,
        g.shape[0] * g.shape[1],
        _planes(g),
        _planes(dx),
        windows.rows.table,
        windows.cols.table,
    )


def _planes(array):
    return array.reshape(-1, *array.shape[2:])


def _tables(windows):
    return windows.rows.table, windows.cols.table, (windows.rows.step, windows.cols.step), windows.cols.taps


@njit(cache=True, nogil=True)
def _max_of_plane(plane, x, y, tap, rows, cols, step, width):
    for p in range(len(rows)):
        top, first_row, last_row = rows[p, 0], rows[p, 1], rows[p, 2]
        for q in range(len(cols)):
            left, first_col, last_col = cols[q, 0], cols[q, 1], cols[q, 2]
            winner = first_row * width + first_col
            best = x[plane, top + first_row * step[0], left + first_col * step[1]]
            for i in range(first_row, last_row):
                for j in range(first_col, last_col):
                    value = x[plane, top + i * step[0], left + j * step[1]]
                    if value > best or np.isnan(value):
                        best, winner = value, i * width + j
            y[plane, p, q], tap[plane, p, q] = best, winner


@njit(cache=True, nogil=True)
def _scatter_plane(plane, g, tap, dx, rows, cols, step, width):
    for p in range(len(rows)):
        for q in range(len(cols)):
            i, j = divmod(np.int64(tap[plane, p, q]), width)
            dx[plane, rows[p, 0] + i * step[0], cols[q, 0] + j * step[1]] += g[plane, p, q]


@njit(cache=True, nogil=True)
def _gather_plane(plane, x, tap, y, rows, cols, step, width):
    for p in range(len(rows)):
        for q in range(len(cols)):
            i, j = divmod(np.int64(tap[plane, p, q]), width)
            y[plane, p, q] = x[plane, rows[p, 0] + i * step[0], cols[q, 0] + j * step[1]]


@njit(cache=True, nogil=True)
def _average_plane(plane, x, y, rows, cols):
    for p in range(len(rows)):
        for q in range(len(cols)):
            total = x.dtype.type(0)
            for h in range(rows[p, 0] + rows[p, 1], rows[p, 0] + rows[p, 2]):
                for w in range(cols[q, 0] + cols[q, 1], cols[q, 0] + cols[q, 2]):
                    total += x[plane, h, w]
            y[plane, p, q] = total / (rows[p, 3] * cols[q, 3])


@njit(cache=True, nogil=True)
def _average_plane_adjoint(plane, g, dx, rows, cols):
    for p in range(len(rows)):
        for q in range(len(cols)):
            share = g[plane, p, q] / (rows[p, 3] * cols[q, 3])
            for h in range(rows[p, 0] + rows[p, 1], rows[p, 0] + rows[p, 2]):
                for w in range(cols[q, 0] + cols[q, 1], cols[q, 0] + cols[q, 2]):
                    dx[plane, h, w] += share
