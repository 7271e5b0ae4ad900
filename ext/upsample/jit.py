"""Up-sampling in Numba: one plane (n, c) per task.  N batch, C channels, H W image, P Q output.

h (P,2) and w (Q,2) are the pixels next to each output, a (P,) and b (Q,) the shares of the second (axis.py).
"""

from __future__ import annotations

from numba import njit

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
    parallel(_bilinear, x.shape[0] * x.shape[1], _planes(x), _planes(y), *_tables(rows, cols, x.dtype))


def upsample_bilinear2d_adjoint(g, dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    parallel(
        _bilinear_adjoint, g.shape[0] * g.shape[1], _planes(g), _planes(dx), *_tables(rows, cols, g.dtype)
    )


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
def _bilinear(plane, x, y, h, w, a, b):
    for p in range(len(h)):
        upper, lower = x[plane, h[p, 0]], x[plane, h[p, 1]]
        for q in range(len(w)):
            left = upper[w[q, 0]] + a[p] * (lower[w[q, 0]] - upper[w[q, 0]])
            right = upper[w[q, 1]] + a[p] * (lower[w[q, 1]] - upper[w[q, 1]])
            y[plane, p, q] = left + b[q] * (right - left)


@njit(cache=True, nogil=True)
def _bilinear_adjoint(plane, g, dx, h, w, a, b):
    for p in range(len(h)):
        upper, lower = dx[plane, h[p, 0]], dx[plane, h[p, 1]]
        for q in range(len(w)):
            left, right = (1 - b[q]) * g[plane, p, q], b[q] * g[plane, p, q]
            upper[w[q, 0]] += (1 - a[p]) * left
            upper[w[q, 1]] += (1 - a[p]) * right
            lower[w[q, 0]] += a[p] * left
            lower[w[q, 1]] += a[p] * right
