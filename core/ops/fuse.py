"""An op and the rectifier behind it, computed in one pass over memory.

The graph has both ops, so gradients of any order and pictures are those of ``relu(conv2d(x, w, b))``; only
what lies between them, which no gradient rule asks for, never exists.  Where somebody wants to see it
(anomaly detection, `keep_values`), the ops run one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ext import conv as kernels
from ...ext import fused
from ..mode import MODE
from ..tensor import raw
from .activations import relu
from .arithmetic import add
from .conv import conv2d
from .normalise import batch_norm, batch_norm_train, follow


def conv2d_relu(x: Any, w: Any, b: Any = None, **options: Any) -> Any:
    """Return max(conv2d(x, w, b), 0): x (N, C, H, W), w (K, C / groups, R, S), b (K,) or None."""
    mode = MODE.get()
    if mode.anomaly or mode.keep:
        return relu(conv2d(x, w, b, **options))
    try:
        y = kernels.conv2d(raw(x), raw(w), None if b is None else raw(b), **options, relu=True)
    except (ValueError, TypeError):
        return relu(conv2d(x, w, b, **options))  # which explains what is wrong
    return relu.record(y, conv2d.record(y, x, w, b, **options))


def conv2d_packed(
    x: Any, w: kernels.PackedWeights, b: Any = None, rectified: bool = False, **options: Any
) -> Any:
    """Return conv2d(x, w, b) or conv2d_relu(x, w, b) with weights that are laid out once, constants."""
    mode = MODE.get()
    if mode.anomaly or mode.keep:
        return (conv2d_relu if rectified else conv2d)(x, w.w, b, **options)
    try:
        y = kernels.conv2d(raw(x), w, None if b is None else raw(b), **options, relu=rectified)
    except (ValueError, TypeError):
        return conv2d(x, w.w, b, **options)  # which explains what is wrong
    y = conv2d.record(y, x, w.w, b, **options)
    return relu.record(raw(y), y) if rectified else y


def add_relu(a: Any, b: Any) -> Any:
    """Return max(a + b, 0), the end of a residual block: a and b of one shape."""
    mode, arrays = MODE.get(), (raw(a), raw(b))
    one_pass = not (mode.anomaly or mode.keep) and fused.serves(*arrays) and np.shape(a) == np.shape(b)
    if not one_pass:
        return relu(add(a, b))
    y = fused.add_relu(*arrays)
    return relu.record(y, add.record(y, a, b))


def batch_norm_relu(
    x: Any, mean: Any, var: Any, w: Any, b: Any, training: bool, momentum: float, eps: float
) -> Any:
    """Return max(batch_norm(...), 0); x (N, C, ...)."""
    mode, arrays = MODE.get(), (raw(x), raw(w), raw(b))
    one_pass = training and not (mode.anomaly or mode.keep) and batch_norm_train.fast.serves(*arrays)
    if not one_pass or any(np.shape(each) != x.shape[1:2] for each in arrays[1:]) or x.size == x.shape[1]:
        return relu(batch_norm(x, mean, var, w, b, training, momentum, eps))
    y, mu, v = fused.batch_norm(*arrays, eps, relu=True)
    if mean is not None:
        follow(mean, var, momentum, mu, v, y.size // y.shape[1])
    return relu.record(y, batch_norm_train.record((y, mu, v), x, w, b, eps=eps))
