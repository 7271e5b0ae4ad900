"""The fused passes, to be read first: each is a formula that NumPy computes in several passes over memory.

N batch, C or K channels, L pixels.  The same in one pass: jit.py (Numba); batch_norm.c, cross_entropy.c
and pointwise.c (C).
"""

from __future__ import annotations

import numpy as np


def batch_norm(x, w, b, eps, relu, y, mu, v):
    """x (N,C,L) IN, w b (C,) IN, y (N,C,L) OUT, mu v (C,) OUT; cut to 0 .. relu unless 0."""
    mu[...] = np.mean(x, axis=(0, 2), dtype=np.float64)
    v[...] = np.mean((x - mu[:, None]) ** 2, axis=(0, 2), dtype=np.float64)
    y[...] = (w / np.sqrt(v + eps))[:, None] * (x - mu[:, None]) + b[:, None]
    if relu:
        np.clip(y, 0, relu, out=y)


def batch_norm_backward(g, x, w, b, mu, v, eps, relu, dx, dw, db):
    """g x (N,C,L) IN, w b mu v (C,) IN, dx (N,C,L) OUT, dw db (C,) OUT; relu: y was cut there."""
    r = (1 / np.sqrt(v + eps))[:, None]
    u = (x - mu[:, None]) * r
    if relu:
        y = w[:, None] * u + b[:, None]
        g = np.where((y > 0) & (y < relu), g, 0)
    count = x.shape[0] * x.shape[2]
    dw[...] = np.sum(g * u, axis=(0, 2), dtype=np.float64)
    db[...] = np.sum(g, axis=(0, 2), dtype=np.float64)
    dx[...] = w[:, None] * r * (g - db[:, None] / count - u * dw[:, None] / count)


def relu(x, y):
    """x IN, y OUT; NaN stays NaN."""
    np.maximum(x, 0, out=y)


def add_relu(a, b, y):
    """a b IN, y OUT; NaN stays NaN."""
    np.maximum(np.add(a, b, out=y), 0, out=y)


def relu_backward(g, y, dx):
    """g y IN, dx OUT."""
    dx[...] = np.where(y > 0, g, 0)


def channel_sum(g, total):
    """g (N,C,L) IN, total (C,) OUT."""
    total[...] = np.sum(g, axis=(0, 2), dtype=np.float64)


def cross_entropy(x, target, scale, loss):
    """x (N,K,L) IN, target (N,L) IN, scale (N,L) IN, loss (N,L) OUT; 0 where the scale is, whatever x."""
    shifted = x - np.max(x, axis=1, keepdims=True)
    total = np.log(np.sum(np.exp(shifted), axis=1))
    picked = np.take_along_axis(shifted, target[:, None], axis=1)[:, 0]
    loss[...] = np.where(scale == 0, 0, scale * (total - picked))


def cross_entropy_backward(x, target, factor, dx):
    """x (N,K,L) IN, target (N,L) IN, factor (N,L) IN, dx (N,K,L) OUT; 0 where the factor is, whatever x."""
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    onehot = target[:, None] == np.arange(x.shape[1])[:, None]
    softmax = e / np.sum(e, axis=1, keepdims=True)
    dx[...] = np.where(factor[:, None] == 0, 0, factor[:, None] * (softmax - onehot))


def adam(g, p, m, v, rate, size, eps, b1, b2, decay, shrink):
    """g IN, p m v INOUT; decay is added to the gradient, shrink multiplies the parameter first."""
    p *= shrink
    g = g + decay * p
    m[...] = b1 * m + (1 - b1) * g
    v[...] = b2 * v + (1 - b2) * g * g
    p -= rate * m / (np.sqrt(v) * size + eps)


def sgd(g, p, v, rate, momentum, dampening, decay, nesterov):
    """g IN, p v INOUT."""
    g = g + decay * p
    v[...] = momentum * v + (1 - dampening) * g
    p -= rate * (g + momentum * v if nesterov else v)
