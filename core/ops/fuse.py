"""An op and the rectifier behind it, computed in one pass over memory.

The graph has both ops, so gradients of any order and pictures are those of ``relu(conv2d(x, w, b))``; only
what lies between them, which no gradient rule asks for, never exists.  Where somebody wants to see it
(anomaly detection, `keep_values`), the ops run one after the other.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from ...ext import conv as kernels
from ...ext import fused
from ..mode import MODE
from ..tensor import raw
from .activations import relu
from .arithmetic import add
from .conv import conv2d
from .normalise import batch_norm, batch_norm_relu_train, follow
from .squash import limited


def conv2d_relu(x: Any, w: Any, b: Any = None, top: float = inf, **options: Any) -> Any:
    """Return conv2d(x, w, b) cut to 0 .. top: x (N, C, H, W), w (K, C / groups, R, S), b (K,) or None."""
    mode = MODE.get()
    if mode.anomaly or mode.keep:
        return cut(conv2d(x, w, b, **options), top)
    try:
        y = kernels.conv2d(raw(x), raw(w), None if b is None else raw(b), **options, relu=top)
    except (ValueError, TypeError):
        return cut(conv2d(x, w, b, **options), top)  # which mends types, or explains what is wrong
    return _cut_already(y, conv2d.record(y, x, w, b, **options), top)


def conv2d_packed(x: Any, w: kernels.PackedWeights, b: Any = None, top: float = 0.0, **options: Any) -> Any:
    """Return the same with weights that are laid out once, constants; top = 0: conv2d(x, w, b), not cut."""
    mode = MODE.get()
    if mode.anomaly or mode.keep:
        return cut(conv2d(x, w.w, b, **options), top)
    try:
        y = kernels.conv2d(raw(x), w, None if b is None else raw(b), **options, relu=top)
    except (ValueError, TypeError):
        return cut(conv2d(x, w.w, b, **options), top)
    return _cut_already(y, conv2d.record(y, x, w.w, b, **options), top)


def cut(y: Any, top: float) -> Any:
    """Return y cut to 0 .. top, as a rectifier does it; top = 0: y itself."""
    if top in (0, inf):
        return relu(y) if top else y
    return limited(y, low=0.0, high=top)


def _cut_already(values: Any, y: Any, top: float) -> Any:
    """Return what `cut` would, whose values are there."""
    if top in (0, inf):
        return relu.record(values, y) if top else y
    return limited.record(values, y, low=0.0, high=top)


def add_relu(a: Any, b: Any) -> Any:
    """Return max(a + b, 0), the end of a residual block: a and b of one shape."""
    mode, arrays = MODE.get(), (raw(a), raw(b))
    one_pass = not (mode.anomaly or mode.keep) and fused.serves(*arrays) and np.shape(a) == np.shape(b)
    if not one_pass:
        return relu(add(a, b))
    y = fused.add_relu(*arrays)
    return relu.record(y, add.record(y, a, b))


def batch_norm_relu(
    x: Any, mean: Any, var: Any, w: Any, b: Any, training: bool, momentum: float, eps: float, top: float = inf
) -> Any:
    """Return batch_norm(...) cut to 0 .. top; x (N, C, ...).  In training one op does both."""
    mode, arrays = MODE.get(), (raw(x), raw(w), raw(b))
    one_pass = training and not (mode.anomaly or mode.keep) and batch_norm_relu_train.fast.serves(*arrays)
    if not one_pass or any(np.shape(each) != x.shape[1:2] for each in arrays[1:]) or x.size == x.shape[1]:
        return cut(batch_norm(x, mean, var, w, b, training, momentum, eps), top)
    found = batch_norm_relu_train.compute(*arrays, eps=eps, top=top)
    if mean is not None:
        follow(mean, var, momentum, *found[1:], found[0].size // found[0].shape[1])
    return batch_norm_relu_train.record(found, x, w, b, eps=eps, top=top)
