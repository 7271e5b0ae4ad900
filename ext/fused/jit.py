"""The fused passes in Numba, where there is no C compiler.

N batch, C or K channels, L pixels.  A task owns a channel, or a piece, and what it writes.  The rectifier and
the cross-entropy are not here: NumPy's own loops (reference.py) are faster than what Numba makes of them.
"""

from __future__ import annotations

import numpy as np

from ..numba_cache import njit
from ..threads import parallel

PIECE = 1 << 14
jit = njit(
    cache=True, nogil=True, fastmath={"contract", "reassoc"}
)  # reassoc: lanes may keep sums of their own


def batch_norm(x, w, b, eps, relu, y, mu, v):
    """x (N,C,L) IN, w b (C,) IN, y (N,C,L) OUT, mu v (C,) OUT; cut to 0 .. relu unless 0."""
    parallel(_normalise, x.shape[1], x, w, b, eps, y, mu, v)
    if relu:
        np.clip(y, 0, relu, out=y)


def batch_norm_backward(g, x, w, b, mu, v, eps, relu, dx, dw, db):
    """g x (N,C,L) IN, w b mu v (C,) IN, dx (N,C,L) OUT, dw db (C,) OUT; relu: y was cut there."""
    if relu:
        y = (w / np.sqrt(v + eps))[:, None] * (x - mu[:, None]) + b[:, None]
        g = np.where((y > 0) & (y < relu), g, 0).astype(x.dtype)
    parallel(_normalise_back, x.shape[1], g, x, w, mu, v, eps, dx, dw, db)


def relu_backward(g, y, dx):
    """g y IN, dx OUT."""
    parallel(_relu_back, -(-g.size // PIECE), g.reshape(-1), y.reshape(-1), dx.reshape(-1))


def channel_sum(g, total):
    """g (N,C,L) IN, total (C,) OUT."""
    parallel(_sum, g.shape[1], g, total)


def adam(g, p, m, v, *settings):
    """g IN, p m v INOUT."""
    _adam(
        g.reshape(-1), p.reshape(-1), m.reshape(-1), v.reshape(-1), *(p.dtype.type(each) for each in settings)
    )


def sgd(g, p, v, rate, momentum, dampening, decay, nesterov):
    """g IN, p v INOUT."""
    real = p.dtype.type
    settings = (real(rate), real(momentum), real(1 - dampening), real(decay), nesterov)
    _sgd(g.reshape(-1), p.reshape(-1), v.reshape(-1), *settings)


@jit
def _normalise(c, x, w, b, eps, y, mu, v):
    N, _, L = x.shape
    total = 0.0
    for n in range(N):
        for l in range(L):
            total += x[n, c, l] - x[0, c, 0]
    mu[c] = x[0, c, 0] + total / (N * L)
    mean, squares = mu[c], 0.0
    for n in range(N):
        for l in range(L):
            squares += (x[n, c, l] - mean) ** 2
    v[c] = squares / (N * L)
    scale, shift = x.dtype.type(w[c] / np.sqrt(v[c] + eps)), b[c]
    for n in range(N):
        for l in range(L):
            y[n, c, l] = (x[n, c, l] - mean) * scale + shift


@jit
def _normalise_back(c, g, x, w, mu, v, eps, dx, dw, db):
    N, _, L = x.shape
    r = 1 / np.sqrt(v[c] + eps)
    total, product, mean = 0.0, 0.0, mu[c]
    for n in range(N):
        for l in range(L):
            total += g[n, c, l]
            product += g[n, c, l] * (x[n, c, l] - mean)
    db[c], dw[c] = total, product * r
    middle, slope = x.dtype.type(total / (N * L)), x.dtype.type(product * r * r / (N * L))
    scale = x.dtype.type(w[c] * r)
    for n in range(N):
        for l in range(L):
            dx[n, c, l] = (g[n, c, l] - middle - (x[n, c, l] - mean) * slope) * scale


@njit(cache=True, nogil=True)
def _relu_back(piece, g, y, dx):
    for i in range(piece * PIECE, min((piece + 1) * PIECE, g.size)):
        dx[i] = g[i] if y[i] > 0 else 0


@jit
def _sum(c, g, total):
    result = 0.0
    for n in range(g.shape[0]):
        for l in range(g.shape[2]):
            result += g[n, c, l]
    total[c] = result


@jit
def _adam(g, p, m, v, rate, size, eps, b1, b2, decay, shrink):
    for i in range(p.size):
        old = p[i] * shrink
        slope = g[i] + decay * old
        m[i] = b1 * m[i] + (1 - b1) * slope
        v[i] = b2 * v[i] + (1 - b2) * slope * slope
        p[i] = old - rate * m[i] / (np.sqrt(v[i]) * size + eps)


@jit
def _sgd(g, p, v, rate, momentum, keep, decay, nesterov):
    for i in range(p.size):
        slope = g[i] + decay * p[i]
        v[i] = momentum * v[i] + keep * slope
        p[i] -= rate * (slope + momentum * v[i] if nesterov else v[i])
