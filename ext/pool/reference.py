"""Pooling, to be read first: one loop over the windows, all images and channels at once.

N batch, C channels, H W image, P Q output.  `windows` (windows.py) say which pixels belong to output (p, q).
The same, fast: jit.py (Numba), max.c and average.c (C).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def max_pool2d(x, y, tap, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT, tap (N,C,P,Q) OUT or None."""
    for p, q, rows, cols in _windows(windows):
        best = x[:, :, _pixel(windows.rows, p, rows[0]), _pixel(windows.cols, q, cols[0])]
        winner = np.full(best.shape, rows[0] * windows.cols.taps + cols[0])
        for i in rows:
            for j in cols:
                value = x[:, :, _pixel(windows.rows, p, i), _pixel(windows.cols, q, j)]
                better = (value > best) | np.isnan(value)
                best = np.where(better, value, best)
                winner = np.where(better, i * windows.cols.taps + j, winner)
        y[:, :, p, q] = best
        if tap is not None:
            tap[:, :, p, q] = winner


def pool_scatter(g, tap, dx, windows):
    """g (N,C,P,Q) IN, tap (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    n, c, h, w = _tapped(tap, windows)
    dx[...] = 0
    np.add.at(dx, (n, c, h, w), g)


def pool_gather(x, tap, y, windows):
    """x (N,C,H,W) IN, tap (N,C,P,Q) IN, y (N,C,P,Q) OUT."""
    y[...] = x[_tapped(tap, windows)]


def avg_pool2d(x, y, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT."""
    for p, q, rows, cols in _windows(windows):
        pixels = x[:, :, _pixel(windows.rows, p, rows), :][..., _pixel(windows.cols, q, cols)]
        y[:, :, p, q] = pixels.sum(axis=(2, 3)) / _extent(windows, p, q)


def avg_pool2d_adjoint(g, dx, windows):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    for p, q, rows, cols in _windows(windows):
        h, w = _pixel(windows.rows, p, rows), _pixel(windows.cols, q, cols)
        dx[:, :, h[:, None], w] += (g[:, :, p, q] / _extent(windows, p, q))[:, :, None, None]


def _windows(windows) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
    """Yield p, q and the numbers of the window's rows and columns that lie inside the image."""
    for p, (_, top, bottom, _) in enumerate(windows.rows.table):
        for q, (_, left, right, _) in enumerate(windows.cols.table):
            yield p, q, np.arange(top, bottom), np.arange(left, right)


def _pixel(axis, window, tap):
    return axis.table[window, 0] + tap * axis.step


def _extent(windows, p, q):
    return windows.rows.table[p, 3] * windows.cols.table[q, 3]


def _tapped(tap, windows):
    """Return the indices n, c, h, w (each broadcasts to (N,C,P,Q)) of the pixels that the taps name."""
    i, j = np.divmod(tap.astype(np.int64), windows.cols.taps)
    h = windows.rows.table[:, 0][:, None] + i * windows.rows.step
    w = windows.cols.table[:, 0] + j * windows.cols.step
    N, C = tap.shape[:2]
    return np.arange(N)[:, None, None, None], np.arange(C)[:, None, None], h, w
