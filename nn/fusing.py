"""Layers of a `Sequential` that work in one pass over memory, where nobody watches what lies between.

Conv2d or BatchNorm, ReLU              the rectifier in the same pass; the graph has both ops
Conv2d, BatchNorm2d (, ReLU or ReLU6)  in evaluation, unrecorded or in a folded network (``fold.py``):
                                       one convolution with other weights
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import Tensor, ops
from ..core.mode import MODE
from ..core.node import note_module, tick
from ..core.tensor import raw
from .activation import ReLU, ReLU6
from .convolution import Conv2d
from .fold import folded_weights
from .module import Module
from .normalisation import BatchNorm1d, BatchNorm2d

# layers that can be part of a pass, each with the forward that the pass replaces
FUSED: dict[type[Module], Any] = {
    layer: layer.forward for layer in (Conv2d, BatchNorm1d, BatchNorm2d, ReLU, ReLU6)
}


def rectified_sum(rectifier: Module, a: Any, b: Any) -> Any:
    """Return rectifier(a + b), the end of a residual block, in one pass if nobody watches the rectifier."""
    if type(rectifier) is not ReLU or not _unwatched(rectifier):
        return rectifier(a + b)
    start, y = tick(), ops.add_relu(a, b)
    if isinstance(y, Tensor) and y.node is not None and y.node.order > start:
        note_module(y.node, ReLU.__name__, y.node.parents[0].order)
    return y


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
    if (mode.grad and not module.kept) or mode.anomaly or mode.keep or not after.track_running_stats:
        return False
    return module.out_channels == after.num_features and _unwatched(module, after)


def _rectifies(module: Module) -> bool:
    return type(module) in (ReLU, ReLU6) and _unwatched(module)


def _normalised(conv: Any, norm: Any, last: Module | None, x: Any) -> Any:
    """Return the convolution with the batch norm in its weights, rectified if ``last`` does so."""
    w, b = (conv.kept and conv.kept.of(conv, norm)) or folded_weights(conv, norm)
    if type(last) is ReLU6 and isinstance(x, Tensor) and x.requires_grad:
        return last(conv.convolved(x, w, b))
    y = conv.convolved(x, w, b, relu=last is not None)
    if type(last) is ReLU6:
        values = raw(y)
        np.minimum(values, values.dtype.type(6), out=values)
    return y


def _rectified(module: Any, x: Any) -> Any:
    """Return max(module(x), 0), with both modules noted in the graph as if they had been called in turn."""
    start = tick()
    y = module.forward(x, relu=True)
    if isinstance(y, Tensor) and y.node is not None and y.node.order > start:
        (inner,) = y.node.parents
        note_module(inner, type(module).__name__, start)
        note_module(y.node, ReLU.__name__, inner.order)
    return y
