"""Normalisation and dropout."""

from __future__ import annotations

from math import inf, prod
from typing import Any

import numpy as np

from ...ext import fused
from ..op import case, op
from ..tensor import Tensor, raw
from .arithmetic import add
from .join import pad
from .reduce import sum
from .select import keep
from .shape import reshape


@op(
    "y = w (x - mean) / sqrt(var + eps) + b, mean and var of each channel",
    source="Ioffe & Szegedy 2015, algorithm 1",
)
class batch_norm_train:
    """x (N, C, ...), w (C,), b (C,) -> y (N, C, ...); aux: mean and variance of each channel of the batch.

    With u = (x - mean) r, r = 1 / sqrt(var + eps), and E the mean over batch and pixels:
    <g, dy> = <w r (g - E[g] - u E[g u]), dx>: x sends the two means through its own mean and variance.
    """

    aux = ("mu", "v")

    def forward(x, w, b, *, eps=1e-5):
        if not np.shape(w) == np.shape(b) == x.shape[1:2]:
            raise ValueError("expected one weight and one bias a channel")
        if not x.size:
            return np.zeros_like(x), np.zeros_like(w), np.ones_like(w)
        flat = x.reshape(*x.shape[:2], -1)
        mu = np.mean(flat, axis=(0, 2))
        u = flat - mu[:, None]
        v = np.einsum("ncl,ncl->c", u, u) / x.dtype.type(flat.shape[0] * flat.shape[2])
        u *= (w / np.sqrt(v + x.dtype.type(eps)))[:, None]
        u += b[:, None]
        return u.reshape(x.shape), mu, v

    def vjp(g, x, w, eps):  # -> dx, dw, db; mean and variance once more, as functions of x
        axes, n = (0, *range(2, len(x.shape))), prod(x.shape[:1] + x.shape[2:]) or 1
        u = x - sum(x, axis=axes, keepdims=True) / n
        r = (sum(u * u, axis=axes, keepdims=True) / n + eps) ** -0.5
        u = u * r
        db, dw = sum(g, axis=axes), sum(g * u, axis=axes)
        along = _across(db / n, g) + u * _across(dw / n, g)
        return (g - along) * (_across(w, g) * r), dw, db

    def samples(rng):
        yield case(rng.normal(size=(3, 2, 2, 2)), rng.normal(size=2), rng.normal(size=2))
        yield case(rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3), eps=0.1)

    class fast:
        serves, forward, vjp = fused.serves, fused.batch_norm, fused.batch_norm_backward

        def samples(rng):
            yield case(rng.normal(size=(3, 5, 17, 19)), rng.normal(size=5), rng.normal(size=5))


@op("y = min(max(batch_norm_train(x, w, b), 0), top)", source="Ioffe & Szegedy 2015, section 3.2")
class batch_norm_relu_train:
    """As `batch_norm_train`, and a rectifier that ends at top; the gradient is 0 where y is 0 or top."""

    aux = ("mu", "v")

    def forward(x, w, b, *, eps=1e-5, top=inf):
        y, mu, v = batch_norm_train.forward(x, w, b, eps=eps)
        return np.clip(y, 0, top), mu, v

    def vjp(g, y, x, w, eps, top):  # -> dx, dw, db
        values = raw(y)
        inside = ((values > 0) & (values < top)).astype(values.dtype)
        rule: Any = batch_norm_train.joint
        return rule(keep(g, inside), x, w, eps)

    def samples(rng):
        yield case(rng.normal(size=(3, 2, 2, 2)), rng.normal(size=2), rng.normal(size=2))
        yield case(rng.normal(size=(5, 3)), rng.normal(size=3) * 3, rng.normal(size=3), eps=0.1, top=2.0)

    class fast:
        serves, vjp = fused.serves, fused.batch_norm_relu_backward

        def forward(x, w, b, *, eps=1e-5, top=inf):
            return fused.batch_norm(x, w, b, eps, top)

        def samples(rng):
            yield case(rng.normal(size=(3, 5, 17, 19)), rng.normal(size=5), rng.normal(size=5), top=1.5)


def _across(v: Any, x: Any) -> Any:
    """Return ``v`` (C,) as (1, C, 1, ...), ready to broadcast over batch and pixels of x."""
    return reshape(v, shape=(1, -1, *(1,) * (len(x.shape) - 2)))


def follow(
    running_mean: Any,
    running_var: Any,
    momentum: float,
    mu: np.ndarray,
    v: np.ndarray,
    count: int,
) -> None:
    """Move the running statistics (INOUT) towards those of `count` values a channel; v made unbiased."""
    running_mean, running_var = (
        each._writable("batch_norm, running statistics") if isinstance(each, Tensor) else each
        for each in (running_mean, running_var)
    )
    _expect_one_a_channel(mu.shape, running_mean, running_var)
    running_mean += momentum * (mu - running_mean)
    running_var += momentum * (v * (count / (count - 1)) - running_var)


def _expect_one_a_channel(shape: tuple[int, ...], *statistics: Any) -> None:
    for each in statistics:
        if tuple(each.shape) != shape:
            came = f"expected running statistics of shape {shape}, one a channel, got {tuple(each.shape)}"
            raise ValueError(f"batch_norm: {came}; was the layer made for another number of channels?")


def batch_norm(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Return batch normalisation of x (N, C, ...), over batch and pixels for each channel.

    In training the batch's own statistics are used, and the running ones (arrays or tensors, changed in
    place) move towards them by `momentum`, with the unbiased variance as PyTorch does; otherwise the running
    ones are used.
    """
    if len(x.shape) < 2:
        raise ValueError(f"batch_norm: expected x (N, C, ...), got shape {tuple(x.shape)}")
    channels, dtype = x.shape[1], x.dtype
    w = np.ones(channels, dtype) if weight is None else weight
    b = np.zeros(channels, dtype) if bias is None else bias
    if tuple(w.shape) != (channels,) or tuple(b.shape) != (channels,):
        raise ValueError(f"batch_norm: x has {channels} channels, the layer was made for {w.shape[0]}")
    if not training and running_mean is not None and running_var is not None:
        _expect_one_a_channel((channels,), running_mean, running_var)
        scale = w * (1 / np.sqrt(running_var + eps)).astype(dtype)
        shift = b - scale * running_mean.astype(dtype)
        return add(x * _across(scale, x), _across(shift, x))
    count = raw(x).size // max(channels, 1)
    if training and count == 1:
        problem = f"one value a channel in x {tuple(x.shape)} has no variance"
        raise ValueError(f"batch_norm: {problem}; use a larger batch, or eval()")
    found = batch_norm_train.compute(raw(x), raw(w), raw(b), eps=eps)
    if training and running_mean is not None and running_var is not None and count:
        follow(running_mean, running_var, momentum, *found[1:], count)
    return batch_norm_train.record(found, x, w, b, eps=eps)


def local_response_norm(x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Return x / (k + alpha/size sum of x^2 over `size` neighbouring channels)^beta.

    x (N, C, ...); the window starts size // 2 channels before its own and is cut at the ends, as in PyTorch
    and Caffe (Krizhevsky et al. 2012, section 3.3).
    """
    if size < 1:
        raise ValueError(f"local_response_norm: expected a window of at least 1 channel, got {size}")
    rank, channels = len(x.shape), x.shape[1]
    squares = pad(x * x, [(0, 0), (size // 2, (size - 1) // 2)] + [(0, 0)] * (rank - 2))
    total = squares[:, :channels]
    for i in range(1, size):
        total = total + squares[:, i : i + channels]
    return x / (k + (alpha / size) * total) ** beta


def dropout(x: Any, p: float, rng: np.random.Generator, channels: bool = False) -> Any:
    """Return x with each value zeroed with probability p, the others divided by 1 - p: the mean stays.

    With channels, each channel of x (N, C, ...) as a whole (Tompson et al. 2015, section 3.2).
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: expected a probability in [0, 1], got {p}")
    shape = (*x.shape[:2], *(1,) * (len(x.shape) - 2)) if channels else tuple(x.shape)
    kept = (rng.random(shape, dtype=np.float32) >= p).astype(x.dtype)
    return keep(x * (1 / (1 - p) if p < 1 else 1), Tensor(kept) if isinstance(x, Tensor) else kept)
