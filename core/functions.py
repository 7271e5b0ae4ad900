"""The methods of `Tensor` as functions, under PyTorch's names, where there is no op of that name.

Of arrays they make tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from . import ops
from .create import as_tensor
from .methods.reduce import deviation, largest, smallest, variance
from .operators import Operators


def _function(name: str) -> Callable:
    """Return the method of that name as a function of the tensor, or array, and its arguments."""
    method = vars(_home(name))[name]

    @wraps(method)
    def call(x: Any, *arguments: Any, **options: Any) -> Any:
        return method(as_tensor(x), *arguments, **options)

    return call


def _home(name: str) -> type:
    return next(each for each in Operators.__mro__ if name in vars(each))


def gather(x: Any, *index_and_axis: Any, **options: Any) -> Any:
    """Return y_ijk = x[i, index_ijk, k], for ``gather(x, index, axis=1)`` or ``gather(x, 1, index)``."""
    if len(index_and_axis) == 2 and isinstance(index_and_axis[0], (int, np.integer)):
        index_and_axis = index_and_axis[::-1]
    if "dim" in options and "index" in options and not index_and_axis:
        index_and_axis = (options.pop("index"),)
    return ops.gather(x, *index_and_axis, **options)


max, min, std, var = largest, smallest, deviation, variance
all, any, count_nonzero, median = map(_function, ("all", "any", "count_nonzero", "median"))
clamp, lerp, log2, log10 = map(_function, ("clamp", "lerp", "log2", "log10"))
reciprocal, rsqrt, square, tan = map(_function, ("reciprocal", "rsqrt", "square", "tan"))
eq, ne, lt, le, gt, ge = map(_function, ("eq", "ne", "lt", "le", "gt", "ge"))
logical_and, logical_or = map(_function, ("logical_and", "logical_or"))
logical_not, logical_xor = map(_function, ("logical_not", "logical_xor"))
isclose, isfinite, isinf, isnan = map(_function, ("isclose", "isfinite", "isinf", "isnan"))
allclose, equal, numel = map(_function, ("allclose", "equal", "numel"))
bmm, dot, mm, mv, outer = map(_function, ("bmm", "dot", "mm", "mv", "outer"))
movedim, permute, swapaxes, t, transpose = map(
    _function, ("movedim", "permute", "swapaxes", "t", "transpose")
)
clone, unbind, unflatten = map(_function, ("clone", "unbind", "unflatten"))
diagonal, tril, triu, trunc = map(_function, ("diagonal", "tril", "triu", "trunc"))
index_select, narrow, scatter, select = map(_function, ("index_select", "narrow", "scatter", "select"))
masked_fill, masked_select, nonzero = map(_function, ("masked_fill", "masked_select", "nonzero"))
