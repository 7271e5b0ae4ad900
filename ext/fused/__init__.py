"""Passes over large arrays that do several steps of arithmetic while the numbers are in the cache.

NumPy makes one pass over memory for each `+` and `*`, and an activation of a U-Net is 30 MB.  These kernels
make as few as the formula allows, on all cores.  They take what they serve: float32 or float64 arrays of one
type; `serves` says whether.  Start with reference.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dispatch import Kernel
from ..memory import contiguous, empty, empty_like

__all__ = [
    "adam",
    "alike",
    "batch_norm",
    "batch_norm_backward",
    "channel_sum",
    "cross_entropy",
    "cross_entropy_backward",
    "relu",
    "relu_backward",
    "serves",
    "sgd",
]

LARGE = 4096  # numbers; below, NumPy's smaller overhead for a call counts more

_batch_norm = Kernel("batch_norm", __name__)
_batch_norm_backward = Kernel("batch_norm_backward", __name__)
_relu = Kernel("relu", __name__)
_relu_backward = Kernel("relu_backward", __name__)
_channel_sum = Kernel("channel_sum", __name__)
_cross_entropy = Kernel("cross_entropy", __name__)
_cross_entropy_backward = Kernel("cross_entropy_backward", __name__)
_adam = Kernel("adam", __name__)
_sgd = Kernel("sgd", __name__)


def serves(*values: Any) -> bool:
    """Return whether the float arrays among the values are of one type, 4 or 8 bytes, and one is large."""
    if type(values[0]) is not np.ndarray:
        return False
    arrays = [each for each in values if type(each) is np.ndarray]
    if max([each.size for each in arrays]) < LARGE:  # first: small networks ask at every op
        return False
    floats = [each for each in arrays if each.dtype.kind == "f"]
    return (
        len({each.dtype for each in floats}) == 1
        and floats[0].dtype in (np.float32, np.float64)
        and max(each.size for each in floats) >= LARGE
    )


def alike(a: Any, b: Any) -> bool:
    """Return whether both are arrays of one shape and type, float32 or float64; of any size."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return False
    return a.shape == b.shape and a.dtype == b.dtype and a.dtype.char in "fd"


def batch_norm(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, eps: float, relu: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y, mean and variance of x (N, C, ...), by channel; with relu, max(y, 0).

    y = w (x - mean) / sqrt(variance + eps) + b
    """
    x, w, b = _contiguous(x, w, b)
    y, mu, v = empty_like(x), np.empty_like(w), np.empty_like(w)
    _batch_norm(_flat(x), w, b, eps, relu, _flat(y), mu, v)
    return y, mu, v


def batch_norm_backward(
    g: np.ndarray, x: np.ndarray, w: np.ndarray, mu: np.ndarray, v: np.ndarray, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients in x, w and b of <g, batch_norm(x, w, b)>, given the mean and variance of x."""
    g, x, w, mu, v = _contiguous(g, x, w, mu, v)
    dx, dw, db = empty_like(x), np.empty_like(w), np.empty_like(w)
    _batch_norm_backward(_flat(g), _flat(x), w, mu, v, eps, _flat(dx), dw, db)
    return dx, dw, db


def relu(x: np.ndarray) -> np.ndarray:
    """Return max(x, 0)."""
    (x,) = _contiguous(x)
    y = empty_like(x)
    _relu(x, y)
    return y


def relu_backward(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return g where y > 0, else 0."""
    g, y = _contiguous(g, y)
    dx = empty_like(g)
    _relu_backward(g, y, dx)
    return dx


def channel_sum(g: np.ndarray) -> np.ndarray:
    """Return the sum of g (N, C, ...) over batch and pixels, (C,): the gradient of a bias."""
    (g,) = _contiguous(g)
    total = np.empty(g.shape[1], g.dtype)
    _channel_sum(_flat(g), total)
    return total


def cross_entropy(x: np.ndarray, target: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return scale (log sum_k exp(x_k) - x_target): x (N, K, ...), target and scale (N, ...) -> (N, ...)."""
    x, scale = _contiguous(x, scale)
    loss = empty(scale.shape, x.dtype)
    _cross_entropy(_flat(x), _classes(target, x), scale.reshape(len(x), -1), loss.reshape(len(x), -1))
    return loss


def cross_entropy_backward(x: np.ndarray, target: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return factor (softmax(x) - onehot(target)), of the shape of x (N, K, ...)."""
    x, factor = _contiguous(x, factor)
    dx = empty_like(x)
    _cross_entropy_backward(_flat(x), _classes(target, x), factor.reshape(len(x), -1), _flat(dx))
    return dx


def adam(g: np.ndarray, p: np.ndarray, m: np.ndarray, v: np.ndarray, **settings: float) -> None:
    """Make one step: p, m and v change in place; settings: rate, size, eps, b1, b2, decay, shrink."""
    names = ("rate", "size", "eps", "b1", "b2", "decay", "shrink")
    _adam(*_contiguous(g), p, m, v, *(settings[name] for name in names))


def sgd(g: np.ndarray, p: np.ndarray, v: np.ndarray, **settings: float) -> None:
    """Make one step: p and v change in place; settings: rate, momentum, dampening, decay, nesterov."""
    names = ("rate", "momentum", "dampening", "decay", "nesterov")
    _sgd(*_contiguous(g), p, v, *(settings[name] for name in names))


def _contiguous(*arrays: np.ndarray) -> list[np.ndarray]:
    return [contiguous(each) for each in arrays]


def _flat(x: np.ndarray) -> np.ndarray:
    """x (N, C, ...) -> (N, C, L)."""
    return x.reshape(*x.shape[:2], -1)


def _classes(target: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return targets (N, L) int64 that the kernels can trust: a wrong one would address other memory."""
    target = np.ascontiguousarray(target, np.int64).reshape(len(x), -1)
    if target.min() < 0 or target.max() >= x.shape[1]:
        raise IndexError(f"cross_entropy: targets must lie in 0 to {x.shape[1] - 1}")
    return target
