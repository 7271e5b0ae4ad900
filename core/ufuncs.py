"""NumPy's own functions on tensors: `numpy.exp(tensor)` is `exp(tensor)`."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import ops
from .errors import DtypeError, GradientError, message
from .tensor import Tensor, raw

# NumPy's name for each op that NumPy has as a function
UFUNCS = {
    "add": ops.add,
    "subtract": ops.sub,
    "multiply": ops.mul,
    "divide": ops.div,
    "true_divide": ops.div,
    "floor_divide": ops.floor_divide,
    "remainder": ops.remainder,
    "negative": ops.neg,
    "floor": ops.floor,
    "ceil": ops.ceil,
    "rint": ops.round,
    "square": lambda x: x * x,
    "power": ops.power,
    "float_power": ops.power,
    "matmul": ops.matmul,
    "exp": ops.exp,
    "log": ops.log,
    "log1p": ops.log1p,
    "sqrt": ops.sqrt,
    "sin": ops.sin,
    "cos": ops.cos,
    "tanh": ops.tanh,
    "absolute": ops.abs,
    "sign": ops.sign,
    "maximum": ops.maximum,
    "minimum": ops.minimum,
}
# Those that carry no gradient: the answer is a tensor of bools, or of bits
BARE = frozenset(
    [
        "equal",
        "not_equal",
        "less",
        "less_equal",
        "greater",
        "greater_equal",
        "logical_and",
        "logical_or",
        "logical_xor",
        "logical_not",
        "bitwise_and",
        "bitwise_or",
        "bitwise_xor",
        "invert",
        "isnan",
        "isinf",
        "isfinite",
    ]
)


def from_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, options: dict) -> Any:
    """Serve a NumPy function that met a Tensor with the op of the same meaning."""
    name = f"numpy.{ufunc.__name__}"
    if "out" in options:
        problem = "a Tensor would be written into a plain array, and its gradient lost"
        hint = "write y = y + x instead of y += x; to collect tensors use cutaway.stack or cutaway.where"
        raise GradientError(message(name, problem, [], hint))
    if ufunc.__name__ in BARE and method == "__call__" and not options:
        return Tensor(ufunc(*map(raw, inputs)))
    found = UFUNCS.get(ufunc.__name__)
    if method != "__call__" or options or found is None:
        hint = f"the ops are in cutaway.core.ops; for the values: {name}(x.detach().numpy())"
        raise DtypeError(message(name, "there is no such op on Tensors", [], hint))
    return found(*inputs)
