"""Layers of a `Sequential` that work in one pass over memory, where nobody watches what lies between.

    Conv2d or BatchNorm, ReLU              the rectifier in the same pass; the graph has both ops
    Conv2d, BatchNorm2d (, ReLU or ReLU6)  in evaluation, unrecorded: one convolution with other weights

In evaluation batch norm is y = s x + t for each channel, s = weight / sqrt(var + eps), t = bias - s mean,
and a convolution is linear: s (w * x + b) + t = (s w) * x + (s b + t).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import Tensor
from ..core.mode import MODE
from ..core.node import note_module, tick
from ..core.tensor import raw
from .activation import ReLU, ReLU6
from .convolution import Conv2d
from .module import Module
from .normalisation import BatchNorm1d, BatchNorm2d

# layers that can be part of a pass, each with the forward that the pass replaces
FUSED: dict[type[Module], Any] = {
    layer: layer.forward for layer in (Conv2d, BatchNorm1d, BatchNorm2d, ReLU, ReLU6)
}


def run(modules: list[Module], x: Any) -> Any:
    """Return what the modules, called in turn, give for x."""
    i = 0
    while i < len(modules):
        module, *later = modules[i : i + 3]
        after = later[0] if later else None
        if after is not None and _folds(module, after):
            last = later[1] if len(later) > 1 and _rectifies(later[1]) else None
            x = _normalised(module, after, last, x)
            i += 2 if last is None else 3
        elif after is not None and _fuses(module, after):
            x = _rectified(module, x)
            i += 2
        else:
            x = module(x)
            i += 1
    return x


def _unwatched(*modules: Module) -> bool:
    """Return whether nobody watches or changes what passes between modules, all of FUSED."""
    return not any(
        each._hooks
        or each._pre_hooks
        or "forward" in each.__dict__
        or type(each).forward is not FUSED[type(each)]
        for each in modules
    )


def _fuses(module: Module, after: Module) -> bool:
    """Return whether a layer and the rectifier behind it may run as one."""
    fits = type(after) is ReLU and type(module) in FUSED and type(module) not in (ReLU, ReLU6)
    return fits and _unwatched(module, after)


def _folds(module: Module, after: Module) -> bool:
    """Return whether a convolution and the batch norm behind it may run as one convolution."""
    if type(module) is not Conv2d or type(after) is not BatchNorm2d or after.training:
        return False
    mode = MODE.get()
    if mode.grad or mode.anomaly or mode.keep or not after.track_running_stats:
        return False
    return module.out_channels == after.num_features and _unwatched(module, after)


def _rectifies(module: Module) -> bool:
    return type(module) in (ReLU, ReLU6) and _unwatched(module)


def _normalised(conv: Any, norm: Any, last: Module | None, x: Any) -> Any:
    """Return the convolution with the batch norm in its weights, rectified if ``last`` does so."""
    w, b = folded(conv, norm)
    y = conv.convolved(x, w, b, relu=last is not None)
    if type(last) is ReLU6:
        values = raw(y)
        np.minimum(values, values.dtype.type(6), out=values)
    return y


def folded(conv: Any, norm: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (K, C / groups, R, S) and biases (K,) of a convolution that normalises, too."""
    mean, var = norm._buffers["running_mean"], norm._buffers["running_var"]
    w = raw(conv.weight)
    scale = 1 / np.sqrt(var + norm.eps)
    shift = -scale * mean
    if norm.affine:
        scale, shift = scale * raw(norm.weight), shift * raw(norm.weight) + raw(norm.bias)
    if conv.bias is not None:
        shift = shift + scale * raw(conv.bias)
    return w * scale.astype(w.dtype)[:, None, None, None], shift.astype(w.dtype)


def _rectified(module: Any, x: Any) -> Any:
    """Return max(module(x), 0), with both modules noted in the graph as if they had been called in turn."""
    start = tick()
    y = module.forward(x, relu=True)
    if isinstance(y, Tensor) and y.node is not None and y.node.order > start:
        (inner,) = y.node.parents
        note_module(inner, type(module).__name__, start)
        note_module(y.node, ReLU.__name__, inner.order)
    return y
