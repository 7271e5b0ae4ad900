"""Batch normalisation by the mean and variance of all ranks' batches: that of one process with their union.

``comm`` is an MPI communicator, or None for a process that works alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ext import fused
from ..op import case, op
from ..tensor import Tensor, raw
from .normalise import _across, batch_norm_train, follow
from .reduce import sum


def summed(values: Any, comm: Any) -> np.ndarray:
    """Return the sum of the ranks' arrays, of one shape and type, on every rank."""
    own = np.ascontiguousarray(values)
    total = own.copy()
    if comm is not None:
        comm.Allreduce(own, total)
    return total.reshape(np.shape(values))


@op("y = sum over ranks of x")
class sum_over_ranks:
    """x (...), of one shape on all ranks, -> y (...), the same on all.

    What is differentiated is the sum of the ranks' losses.  Each rank's x is in each rank's y:
    <sum over ranks of g, dx> is what x contributes to all of them.
    """

    def forward(x, *, comm=None):
        return summed(x, comm)

    def vjp_x(g, comm):
        return sum_over_ranks(g, comm=comm)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))


@op(
    "y = w (x - mean) / sqrt(var + eps) + b, mean and var of each channel over all ranks",
    source="Ioffe & Szegedy 2015, algorithm 1",
)
class batch_norm_ranks:
    """x (N, C, ...), w (C,), b (C,) -> y (N, C, ...); aux: mean, variance and count n of all ranks' values.

    Forward, from the n_r values, mean m_r and variance v_r that each rank's own kernel finds, in one message:

        n = sum_r n_r        mean = sum_r n_r m_r / n        var = sum_r n_r (v_r + m_r^2) / n - mean^2

    in float64, and y is the kernel's result, scaled and shifted.  Backward, with u = (x - mean) r,
    r = 1 / sqrt(var + eps), and E the mean over all n values, so that a second message holds the two sums:

        dx = w r (g - E[g] - u E[g u])        dw = sum of the own g u        db = sum of the own g

    dw and db are the own share: all gradients of parameters are summed over the ranks later.
    """

    aux = ("mu", "v", "n")

    def forward(x, w, b, *, comm=None, eps=1e-5):
        y, mu, v = batch_norm_train.compute(x, w, b, eps=eps)
        own, channels = x.size // max(x.shape[1], 1), x.shape[1]
        m = mu.astype(np.float64)
        sums = summed(np.concatenate([[own], own * m, own * (v + m * m)]), comm)
        n = max(sums[0], 1.0)
        mean = sums[1 : channels + 1] / n
        var = np.maximum(sums[channels + 1 :] / n - mean * mean, 0)
        scale = np.sqrt((v + eps) / (var + eps))
        shift = b * (1 - scale) + w * (m - mean) / np.sqrt(var + eps)
        y *= _across(scale, x).astype(x.dtype)
        y += _across(shift, x).astype(x.dtype)
        return y, mean.astype(x.dtype), var.astype(x.dtype), n

    def vjp(g, x, w, mu, v, n, eps, comm):  # -> dx, dw, db
        if not isinstance(g, Tensor):
            return _by_kernel(g, x, w, mu, v, n, eps, comm)
        axes = (0, *range(2, len(x.shape)))  # mean and variance once more, as functions of x
        u = x - sum_over_ranks(sum(x, axis=axes, keepdims=True), comm=comm) / n
        r = (sum_over_ranks(sum(u * u, axis=axes, keepdims=True), comm=comm) / n + eps) ** -0.5
        u = u * r
        db, dw = sum(g, axis=axes), sum(g * u, axis=axes)
        means = [sum_over_ranks(each, comm=comm) / n for each in (db, dw)]
        along = _across(means[0], g) + u * _across(means[1], g)
        return (g - along) * (_across(w, g) * r), dw, db

    def samples(rng):
        yield case(rng.normal(size=(3, 2, 2, 2)), rng.normal(size=2), rng.normal(size=2))
        yield case(rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3), eps=0.1)


def _by_kernel(g: Any, x: Any, w: Any, mu: Any, v: Any, n: float, eps: float, comm: Any) -> tuple:
    """The kernel takes the means of g and g u over the own values; here they become those over all."""
    dx, dw, db = fused.batch_norm_backward(g, x, w, mu, v, eps)
    sums = summed(np.stack([db, dw]).astype(np.float64), comm)
    own = x.size // max(x.shape[1], 1)
    if own and comm is not None:
        r = 1 / np.sqrt(v.astype(np.float64) + eps)
        of_g, of_gu = db / own - sums[0] / n, dw / own - sums[1] / n  # own means less those over all
        slope = w * r * r * of_gu
        dx += _across(w * r * of_g - mu * slope, x).astype(x.dtype)
        dx += x * _across(slope, x).astype(x.dtype)
    return dx, dw, db


def batch_norm_over_ranks(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    momentum: float,
    eps: float,
    comm: Any,
) -> Any:
    """Return batch normalisation of x (N, C, ...) in training, by all ranks' statistics; see `batch_norm`.

    Every rank calls it at the same time.  A rank's batch may be empty, that of all together may not.
    """
    channels, dtype = x.shape[1], x.dtype
    w = np.ones(channels, dtype) if weight is None else weight
    b = np.zeros(channels, dtype) if bias is None else bias
    if tuple(w.shape) != (channels,) or tuple(b.shape) != (channels,):
        raise ValueError(f"batch_norm: x has {channels} channels, the layer was made for {w.shape[0]}")
    found = batch_norm_ranks.compute(raw(x), raw(w), raw(b), comm=comm, eps=eps)
    _, mu, v, n = found
    if n <= 1:
        problem = f"one value a channel in x {tuple(x.shape)} and those of the other ranks has no variance"
        raise ValueError(f"batch_norm: {problem}; use a larger batch, or eval()")
    if running_mean is not None and running_var is not None:
        follow(running_mean, running_var, momentum, mu, v, int(n))
    return batch_norm_ranks.record(found, x, w, b, comm=comm, eps=eps)
