"""Up-sampling in Numba: one plane (n, c) per task.  N batch, C channels, H W image, P Q output.

h (P,2) and w (Q,2) are the pixels next to each output, a (P,2) and b (Q,2) their weights (axis.py).
Bilinear goes through t, the rows of x stretched along the columns: fewer than those of y, as a rule.
"""

from __future__ import annotations

import numpy as np

from ..numba_cache import njit
from ..threads import parallel


def upsample_nearest2d(x, y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT."""
    parallel(_nearest, x.shape[0] * x.shape[1], _planes(x), _planes(y), rows.table, cols.table)


def upsample_nearest2d_adjoint(g, dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    parallel(_nearest_adjoint, g.shape[0] * g.shape[1], _planes(g), _planes(dx), rows.table, cols.table)


def upsample_bilinear2d(x, y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT."""
    t = np.empty((x.shape[0] * x.shape[1], x.shape[2], y.shape[3]), x.dtype)
    parallel(_bilinear, len(t), _planes(x), t, _planes(y), *_tables(rows, cols, x.dtype))


def upsample_bilinear2d_adjoint(g, dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    t = np.zeros((g.shape[0] * g.shape[1], dx.shape[2], g.shape[3]), g.dtype)
    parallel(_bilinear_adjoint, len(t), _planes(g), t, _planes(dx), *_tables(rows, cols, g.dtype))


def _planes(array):
    return array.reshape(-1, *array.shape[2:])


def _tables(rows, cols, dtype):
    return rows.table, cols.table, rows.weight.astype(dtype), cols.weight.astype(dtype)


@njit(cache=True, nogil=True)
def _nearest(plane, x, y, h, w):
    for p in range(len(h)):
        for q in range(len(w)):
            y[plane, p, q] = x[plane, h[p, 0], w[q, 0]]


@njit(cache=True, nogil=True)
def _nearest_adjoint(plane, g, dx, h, w):
    for p in range(len(h)):
        for q in range(len(w)):
            dx[plane, h[p, 0], w[q, 0]] += g[plane, p, q]


@njit(cache=True, nogil=True)
def _bilinear(plane, x, t, y, h, w, a, b):
    for row in range(x.shape[1]):
        for q in range(len(w)):
            t[plane, row, q] = b[q, 0] * x[plane, row, w[q, 0]] + b[q, 1] * x[plane, row, w[q, 1]]
    for p in range(len(h)):
        upper, lower = t[plane, h[p, 0]], t[plane, h[p, 1]]
        for q in range(len(w)):
            y[plane, p, q] = a[p, 0] * upper[q] + a[p, 1] * lower[q]


@njit(cache=True, nogil=True)
def _bilinear_adjoint(plane, g, t, dx, h, w, a, b):
    for p in range(len(h)):
        for q in range(len(w)):
            t[plane, h[p, 0], q] += a[p, 0] * g[plane, p, q]
        for q in range(len(w)):
            t[plane, h[p, 1], q] += a[p, 1] * g[plane, p, q]
    for row in range(dx.shape[1]):
        for q in range(len(w)):
            dx[plane, row, w[q, 0]] += b[q, 0] * t[plane, row, q]
            dx[plane, row, w[q, 1]] += b[q, 1] * t[plane, row, q]
