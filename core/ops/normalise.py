"""Normalisation and dropout."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ...ext import fused
from ..op import case, op
from ..tensor import Tensor, raw
from .arithmetic import add
from .join import pad
from .reduce import mean, sum, var
from .shape import reshape


def _across(v: Any, rank: int) -> Any:
    """Return ``v`` (C,) as (1, C, 1, ...), ready to broadcast over batch and pixels."""
    return reshape(v, shape=(1, -1, *(1,) * (rank - 2)))


@op(
    "y = w (x - mean) / sqrt(var + eps) + b, mean and var of each channel",
    source="Ioffe & Szegedy 2015, algorithm 1",
)
class batch_norm_train:
    """N batch, C channels, ... pixels:  x (N, C, ...), w (C,), b (C,) -> y (N, C, ...); aux: the batch's mean
    and variance, and `found`, where one fused pass over large arrays leaves what it found for all three rules.

    With u = (x - mean) r, r = 1 / sqrt(var + eps), and E the mean over batch and pixels:
    <g, dy> = <w r (g - E[g] - u E[g u]), dx>: the two means are what x sends through its own mean and
    variance.
    """

    aux = ("mu", "v", "found")

    def forward(x, w, b, *, eps=1e-5, track=None):
        if not x.size:
            return np.zeros_like(x), np.zeros_like(w), np.ones_like(w), {}
        y, mu, v = (fused.batch_norm if fused.serves(x, w, b) else _plain)(x, w, b, eps)
        if track is not None:
            follow(*track, mu, v, x.size // x.shape[1])
        return y, mu, v, {}

    def vjp_x(g, x, w, mu, v, eps, found):
        if fused.serves(g, x, w):
            return _fused("x", g, x, w, mu, v, eps, found)
        u, r, axes = _normalised(x, mu, v, eps)
        along = mean(g, axis=axes, keepdims=True) + u * mean(g * u, axis=axes, keepdims=True)
        return (g - along) * (_across(w, len(x.shape)) * r)

    def vjp_w(g, x, w, mu, v, eps, found):
        if fused.serves(g, x, w):
            return _fused("w", g, x, w, mu, v, eps, found)
        u, _, axes = _normalised(x, mu, v, eps)
        return sum(g * u, axis=axes)

    def vjp_b(g, x, w, mu, v, eps, found):
        if fused.serves(g, x, w):
            return _fused("b", g, x, w, mu, v, eps, found)
        return sum(g, axis=(0, *range(2, len(g.shape))))

    def samples(rng):
        yield case(rng.normal(size=(3, 2, 2, 2)), rng.normal(size=2), rng.normal(size=2))
        yield case(rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3), eps=0.1)


def _plain(x: Any, w: Any, b: Any, eps: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y, mean and variance, in NumPy's own passes."""
    flat = x.reshape(*x.shape[:2], -1)
    mu = np.mean(flat, axis=(0, 2))
    u = flat - mu[:, None]
    v = np.einsum("ncl,ncl->c", u, u) / x.dtype.type(flat.shape[0] * flat.shape[2])
    u *= (w / np.sqrt(v + x.dtype.type(eps)))[:, None]
    u += b[:, None]
    return u.reshape(x.shape), mu, v


def _fused(which: str, g: Any, x: Any, w: Any, mu: Any, v: Any, eps: float, found: dict) -> np.ndarray:
    """Return the gradient in one operand; the kernel finds all three, the others wait in `found` for their
    rules.

    They belong to this very g, hence the reference; dx, which is large, leaves with the rule that asks for it.
    """
    if which not in found or found["of"]() is not g:
        dx, dw, db = fused.batch_norm_backward(g, x, w, mu, v, eps)
        found.update(of=weakref.ref(g), x=dx, w=dw, b=db)
    return found.pop(which)


def _normalised(x: Any, mu: Any, v: Any, eps: float) -> tuple[Any, Any, tuple[int, ...]]:
    """Return u, r and the axes; for second derivatives the statistics are computed again, as functions of x."""
    axes = (0, *range(2, len(x.shape)))
    if isinstance(x, Tensor):
        mu, v = mean(x, axis=axes), var(x, axis=axes)
    elif not x.size:
        return x, _across(v, x.ndim), ()
    r = (_across(v, len(x.shape)) + eps) ** -0.5
    return (x - _across(mu, len(x.shape))) * r, r, axes


def follow(
    running_mean: np.ndarray,
    running_var: np.ndarray,
    momentum: float,
    mu: np.ndarray,
    v: np.ndarray,
    count: int,
) -> None:
    """Move the running statistics (INOUT) towards a batch's of `count` values a channel: v becomes unbiased."""
    running_mean += momentum * (mu - running_mean)
    running_var += momentum * (v * (count / (count - 1)) - running_var)


def batch_norm(
    x: Any,
    running_mean: np.ndarray | None,
    running_var: np.ndarray | None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Return batch normalisation of x (N, C, ...), over batch and pixels for each channel.

    In training the batch's own statistics are used, and the running ones (arrays, changed in place) move
    towards them by `momentum`, with the unbiased variance as PyTorch does; otherwise the running ones are
    used.
    """
    if len(x.shape) < 2:
        raise ValueError(f"batch_norm: expected x (N, C, ...), got shape {tuple(x.shape)}")
    channels, dtype = x.shape[1], x.dtype
    w = np.ones(channels, dtype) if weight is None else weight
    b = np.zeros(channels, dtype) if bias is None else bias
    if tuple(w.shape) != (channels,):
        raise ValueError(f"batch_norm: x has {channels} channels, the layer was made for {w.shape[0]}")
    if not training and running_mean is not None and running_var is not None:
        scale = w * (1 / np.sqrt(running_var + eps)).astype(dtype)
        shift = b - scale * running_mean.astype(dtype)
        return add(x * _across(scale, len(x.shape)), _across(shift, len(x.shape)))
    count = raw(x).size // max(channels, 1)
    if training and count == 1:
        raise ValueError(
            f"batch_norm: one value a channel in x {tuple(x.shape)} has no variance; use a larger batch, or "
            "eval()"
        )
    track = (running_mean, running_var, momentum) if training and running_mean is not None else None
    return batch_norm_train(x, w, b, eps=eps, track=track)


def local_response_norm(x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Return x / (k + alpha/size sum of x^2 over `size` neighbouring channels)^beta (Krizhevsky et al. 2012,
    section 3.3).

    x (N, C, ...); the window starts size // 2 channels before its own and is cut at the ends, as in PyTorch
    and Caffe.
    """
    if size < 1:
        raise ValueError(f"local_response_norm: expected a window of at least 1 channel, got {size}")
    rank, channels = len(x.shape), x.shape[1]
    squares = pad(x * x, [(0, 0), (size // 2, (size - 1) // 2)] + [(0, 0)] * (rank - 2))
    total = squares[:, :channels]
    for i in range(1, size):
        total = total + squares[:, i : i + channels]
    return x / (k + (alpha / size) * total) ** beta


def dropout(x: Any, p: float, rng: np.random.Generator) -> Any:
    """Return x with each value zeroed with probability p, the others divided by 1 - p, so that the mean stays
    (inverted dropout).
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: expected a probability in [0, 1], got {p}")
    if p == 1:
        return x * 0
    kept = rng.random(tuple(x.shape), dtype=np.float32) >= p
    return x * (kept * (1 / (1 - p))).astype(x.dtype)
