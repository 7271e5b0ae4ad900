"""cutaway: deep learning with the casing cut open.

    >>> import cutaway
    >>> x = cutaway.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])

The rooms: `cutaway.core` the engine, `cutaway.ext` the kernels, `cutaway.nn` modules and training,
`cutaway.vision`, `cutaway.text`. Importing this loads NumPy and nothing heavier; the other rooms are loaded
when they are first named.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .core import (
    AnomalyError,
    CutawayError,
    DtypeError,
    FileError,
    GradientError,
    ShapeError,
    Tensor,
    as_tensor,
    detect_anomaly,
    enable_grad,
    grad,
    gradcheck,
    graph,
    is_grad_enabled,
    keep_values,
    no_grad,
    op,
    tensor,
)
from .core import hints as _hints
from .core.create import arange, full, ones, ones_like, zeros, zeros_like
from .core.draw import normal, uniform
from .core.functions import gather, max, min, var
from .core.names import NAMES as _NAMES
from .core.ops import (
    abs,
    clip,
    concat,
    cos,
    einsum,
    exp,
    flip,
    log,
    log1p,
    logsumexp,
    matmul,
    maximum,
    mean,
    minimum,
    norm,
    pad,
    relu,
    roll,
    scatter_add,
    sigmoid,
    sign,
    sin,
    softmax,
    split,
    sqrt,
    stack,
    sum,
    tanh,
    where,
)

if TYPE_CHECKING:
    from . import commands, core, ext, lessons, nn, text, vision
    from .ext import kernels
    from .ext.kernels import get_num_threads, set_num_threads
    from .ext.memory import memory

__version__ = "0.1.0"

_ROOMS = ("commands", "core", "ext", "lessons", "nn", "text", "vision")
_FROM_EXT = {"get_num_threads": "kernels", "memory": "memory", "set_num_threads": "kernels"}


__all__ = [
    "AnomalyError",
    "CutawayError",
    "DtypeError",
    "FileError",
    "GradientError",
    "ShapeError",
    "Tensor",
    "__version__",
    "abs",
    "arange",
    "as_tensor",
    "clip",
    "commands",
    "concat",
    "core",
    "cos",
    "detect_anomaly",
    "einsum",
    "enable_grad",
    "exp",
    "ext",
    "flip",
    "full",
    "gather",
    "get_num_threads",
    "grad",
    "gradcheck",
    "graph",
    "is_grad_enabled",
    "keep_values",
    "kernels",
    "lessons",
    "log",
    "log1p",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "memory",
    "min",
    "minimum",
    "nn",
    "no_grad",
    "norm",
    "normal",
    "ones",
    "ones_like",
    "op",
    "pad",
    "relu",
    "roll",
    "scatter_add",
    "set_num_threads",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "split",
    "sqrt",
    "stack",
    "sum",
    "tanh",
    "tensor",
    "text",
    "uniform",
    "var",
    "vision",
    "where",
    "zeros",
    "zeros_like",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module("." + name, __name__)
    if name == "kernels":
        return importlib.import_module(".ext.kernels", __name__)
    if name in _FROM_EXT:
        return getattr(importlib.import_module(".ext." + _FROM_EXT[name], __name__), name)
    if name in _NAMES:
        home, called = _NAMES[name]
        globals()[name] = getattr(importlib.import_module(".core." + home, __name__), called)
        return globals()[name]
    raise AttributeError(_hints.missing("cutaway", name, _hints.TOP, __dir__()))


def __dir__() -> list[str]:
    return sorted({*__all__, *_NAMES})
