"""Convolution over words and its maximum over time, from the answers to distinct words; a family of three.

U distinct words, h places of a window, F filters, N sentences, T words of each, x_u a word's vector

    s_ujf = w_fj . x_u                                 a matrix product: each distinct word once
    y_nf  = max_t sum_j s_{rows(n, t + j), j, f}       what conv1d and max would give

With the winners ``at`` fixed, y is linear in s; `window_gather` and `window_scatter` are adjoints.
"""

from __future__ import annotations

import numpy as np

from ...ext import max_over_time as kernels
from ..op import case, op
from ..tensor import raw


@op("y_nf = max_t sum_j s_{rows(n, t + j), j, f}", source="Collobert et al. 2011, section 3.3.2")
class max_over_time:
    """s (U, h, F), rows whole numbers (N, T) -> (N, F); of equal windows the first has the gradient."""

    aux = ("at",)

    def forward(s, rows):
        return kernels.max_over_time(s, raw(rows))

    def vjp_s(g, rows, at, s_shape):
        return window_scatter(g, rows, at, size=s_shape[:2])

    def samples(rng):
        yield case(rng.normal(size=(4, 2, 3)), np.array([[0, 2, 1, 3], [3, 3, 0, 0]]))
        yield case(rng.normal(size=(3, 1, 2)), np.array([[0, 1, 2, 1]]))


@op("y_nf = sum_j s_{rows(n, at_nf + j), j, f}: the adjoint of window_scatter")
class window_gather:
    """s (U, h, F), rows (N, T), at (N, F) -> (N, F)."""

    def forward(s, rows, at):
        return kernels.window_gather(s, raw(rows), raw(at))

    def vjp_s(g, rows, at, s_shape):
        return window_scatter(g, rows, at, size=s_shape[:2])

    def samples(rng):
        yield case(rng.normal(size=(3, 2, 2)), np.array([[0, 2, 1], [1, 1, 1]]), np.array([[0, 1], [1, 0]]))


@op("s_{rows(n, at_nf + j), j, f} += g_nf, s of zeros: the gradient of max_over_time")
class window_scatter:
    """g (N, F), rows (N, T), at (N, F) -> (U, h, F) with (U, h) = size."""

    def forward(g, rows, at, *, size):
        return kernels.window_scatter(g, raw(rows), raw(at), size)

    def vjp_g(q, rows, at):
        return window_gather(q, rows, at)

    def samples(rng):
        rows, at = np.array([[0, 2, 1], [1, 1, 1]]), np.array([[0, 1], [1, 0]])
        yield case(rng.normal(size=(2, 2)), rows, at, size=(3, 2))
