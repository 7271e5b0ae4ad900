"""Up-sampling, to be read first.  N batch, C channels, H W image, P Q output.

rows and cols (axis.py) say for each output between which two pixels it lies, and the weight of each.
Nearest copies, so its adjoint adds up.  Bilinear is the product of two small matrices, one per axis:

    y = A x B^T,   A (P,H): row p holds the two weights at the two pixels                  dx = A^T g B

The same, fast: jit.py (Numba), upsample.c (C).
"""

from __future__ import annotations

import numpy as np


def upsample_nearest2d(x, y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT."""
    y[...] = x[:, :, rows.table[:, 0][:, None], cols.table[:, 0]]


def upsample_nearest2d_adjoint(g, dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = 0
    p, q = rows.table[:, 0][:, None], cols.table[:, 0]
    np.add.at(dx, np.s_[:, :, p, q], g)  # type: ignore[arg-type]  NumPy's types know no such index


def upsample_bilinear2d(x, y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT."""
    y[...] = _matrix(rows) @ x @ _matrix(cols).T


def upsample_bilinear2d_adjoint(g, dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT."""
    dx[...] = _matrix(rows).T @ g @ _matrix(cols)


def _matrix(axis):
    matrix = np.zeros((axis.outputs, axis.size))
    p = np.arange(axis.outputs)
    matrix[p, axis.table[:, 0]] = axis.weight[:, 0]
    matrix[p, axis.table[:, 1]] += axis.weight[:, 1]  # at the border both are the same pixel
    return matrix
