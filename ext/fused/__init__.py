"""Passes over large arrays that do several steps of arithmetic while the numbers are in the cache.

NumPy makes one pass over memory for each `+` and `*`, and an activation of a U-Net is 30 MB.  These kernels
make as few as the formula allows, on all cores.  They take what they serve: float32 or float64 arrays of one
type; `serves` says whether.  Start with reference.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import Kernel
from ..memory import CHANGEABLE, empty, empty_like

__all__ = [
    "adam",
    "add_relu",
    "alike",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_relu_backward",
    "changes",
    "channel_sum",
    "cross_entropy",
    "cross_entropy_backward",
    "limit",
    "relu",
    "relu_backward",
    "serves",
    "sgd",
]

LARGE = 4096  # numbers; below, NumPy's smaller overhead for a call counts more

_batch_norm = Kernel("batch_norm", __name__)
_batch_norm_backward = Kernel("batch_norm_backward", __name__)
_relu = Kernel("relu", __name__)
_add_relu = Kernel("add_relu", __name__)
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


def changes(*arrays: np.ndarray) -> bool:
    """Return whether `adam` and `sgd` can change these arrays where they lie."""
    return all([each.flags.num & CHANGEABLE == CHANGEABLE for each in arrays])


def alike(a: Any, b: Any) -> bool:
    """Return whether both are arrays of one shape and type, float32 or float64; of any size."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return False
    kind = a.dtype
    return a.shape == b.shape and kind == b.dtype and kind.char in "fd" and kind.isnative


def limit(op: str, relu: bool | float) -> float:
    """Return where a rectifier ends, as the kernels take it: infinity for True, 0 for none."""
    if isinstance(relu, (bool, np.bool_)):
        return math.inf if relu else 0.0
    if not relu >= 0:
        raise ValueError(f"{op}: a rectifier ends above 0, got relu={relu}")
    return float(relu)


def batch_norm(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, eps: float, relu: bool | float = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return y, mean and variance of x (N, C, ...), by channel; with relu, max(y, 0), or cut to 0 .. relu.

    y = w (x - mean) / sqrt(variance + eps) + b
    """
    x, w, b = geometry.floats("batch_norm", x=x, w=w, b=b)
    flat = geometry.in_channels("batch_norm", "x", x)
    geometry.shaped("batch_norm", flat.shape[1:2], "one number a channel of x", w=w, b=b)
    y, mu, v = empty_like(flat), empty_like(w), empty_like(w)
    if not x.size:
        return y.reshape(x.shape), np.zeros_like(w), np.ones_like(w)
    _batch_norm(flat, w, b, eps, limit("batch_norm", relu), y, mu, v)
    y = y.reshape(x.shape)
    return y, mu, v


def batch_norm_backward(
    g: np.ndarray, x: np.ndarray, w: np.ndarray, mu: np.ndarray, v: np.ndarray, eps: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dx, dw and db for the slope g of y; mu and v as `batch_norm` returned them."""
    return _norm_backward("batch_norm_backward", g, x, w, w, mu, v, eps, 0.0)


def batch_norm_relu_backward(
    g: np.ndarray,
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    mu: np.ndarray,
    v: np.ndarray,
    eps: float,
    top: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the same for a y that was cut to 0 .. top: where it was, computed anew from x, g is 0."""
    return _norm_backward("batch_norm_relu_backward", g, x, w, b, mu, v, eps, limit("batch_norm_relu", top))


def _norm_backward(op: str, g: Any, x: Any, w: Any, b: Any, mu: Any, v: Any, eps: float, top: float) -> Any:
    g, x, w, b, mu, v = geometry.floats(op, g=g, x=x, w=w, b=b, mu=mu, v=v)
    geometry.shaped(op, x.shape, "the shape of x", g=g)
    flat = geometry.in_channels(op, "x", x)
    geometry.shaped(op, flat.shape[1:2], "one number a channel of x", w=w, b=b, mu=mu, v=v)
    if not x.size:
        return empty_like(x), np.zeros_like(w), np.zeros_like(w)
    dx, dw, db = empty_like(flat), empty_like(w), empty_like(w)
    _batch_norm_backward(g.reshape(flat.shape), flat, w, b, mu, v, eps, top, dx, dw, db)
    return dx.reshape(x.shape), dw, db


def relu(x: np.ndarray) -> np.ndarray:
    """Return max(x, 0)."""
    (x,) = geometry.floats("relu", x=x)
    y = empty_like(x)
    _relu(x, y)
    return y


def add_relu(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return max(a + b, 0), of one shape."""
    return _of_two("add_relu", _add_relu, a=a, b=b)


def relu_backward(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return g where y > 0, else 0."""
    return _of_two("relu_backward", _relu_backward, g=g, y=y)


def _of_two(op: str, kernel: Kernel, **arrays: np.ndarray) -> np.ndarray:
    """Return what a kernel makes of two arrays of one shape."""
    first, second = arrays
    one, other = geometry.floats(op, **arrays)
    geometry.shaped(op, one.shape, f"the shape of {first}", **{second: other})
    out = empty_like(one)
    kernel(one, other, out)
    return out


def channel_sum(g: np.ndarray) -> np.ndarray:
    """Return the sum of g (N, C, ...) over batch and pixels, (C,): the gradient of a bias."""
    (g,) = geometry.floats("channel_sum", g=g)
    flat = geometry.in_channels("channel_sum", "g", g)
    total = np.empty(flat.shape[1], g.dtype)
    _channel_sum(flat, total)
    return total


def cross_entropy(x: np.ndarray, target: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return scale (log sum_k exp(x_k) - x_target): x (N, K, ...), target and scale (N, ...) -> (N, ...)."""
    x, scale = geometry.floats("cross_entropy", x=x, scale=scale)
    flat, classes = _classes("cross_entropy", x, target, scale=scale)
    loss = empty(classes.shape, x.dtype)
    if loss.size:
        _cross_entropy(flat, classes, scale.reshape(classes.shape), loss)
    return loss.reshape(scale.shape)


def cross_entropy_backward(x: np.ndarray, target: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """Return factor (softmax(x) - onehot(target)), of the shape of x (N, K, ...)."""
    x, factor = geometry.floats("cross_entropy_backward", x=x, factor=factor)
    flat, classes = _classes("cross_entropy_backward", x, target, factor=factor)
    dx = empty_like(flat)
    if dx.size:
        _cross_entropy_backward(flat, classes, factor.reshape(classes.shape), dx)
    return dx.reshape(x.shape)


def adam(g: np.ndarray, p: np.ndarray, m: np.ndarray, v: np.ndarray, **settings: float) -> None:
    """Make one step: p, m and v change in place; settings: rate, size, eps, b1, b2, decay, shrink."""
    names = ("rate", "size", "eps", "b1", "b2", "decay", "shrink")
    (g,) = geometry.floats("adam", g=g)
    g = geometry.changed("adam", g, p=p, m=m, v=v)
    _adam(g, p, m, v, *(settings[name] for name in names))


def sgd(g: np.ndarray, p: np.ndarray, v: np.ndarray, **settings: float) -> None:
    """Make one step: p and v change in place; settings: rate, momentum, dampening, decay, nesterov."""
    names = ("rate", "momentum", "dampening", "decay", "nesterov")
    (g,) = geometry.floats("sgd", g=g)
    g = geometry.changed("sgd", g, p=p, v=v)
    _sgd(g, p, v, *(settings[name] for name in names))


def _classes(op: str, x: np.ndarray, target: Any, **factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x (N, K, L) and targets (N, L) int64 that the kernels can trust: a wrong one would address
    other memory.
    """
    flat, target = geometry.in_channels(op, "x", x), np.asarray(target)
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"{op}: target is {target.dtype}, expected whole numbers of classes\n"
            "    hint: target.astype(np.int64)"
        )
    geometry.shaped(op, x.shape[:1] + x.shape[2:], "x without its classes", target=target, **factor)
    if target.size and (target.min() < 0 or target.max() >= x.shape[1]):
        raise IndexError(
            f"{op}: targets must lie in 0 to {x.shape[1] - 1}, got {target.min()} to {target.max()}"
        )
    return flat, np.ascontiguousarray(target, np.int64).reshape(flat.shape[0], flat.shape[2])
