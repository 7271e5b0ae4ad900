"""Methods that work on each value by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import ops
from ..tensor import Tensor


class Elementwise:
    """The functions of one value, or of two that meet."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any
        dtype: Any

    def exp(self) -> Tensor:
        return ops.exp(self)

    def log(self) -> Tensor:
        return ops.log(self)

    def log1p(self) -> Tensor:
        return ops.log1p(self)

    def log2(self) -> Tensor:
        return ops.log(self) * (1 / np.log(2).item())

    def log10(self) -> Tensor:
        return ops.log(self) * (1 / np.log(10).item())

    def sqrt(self) -> Tensor:
        return ops.sqrt(self)

    def rsqrt(self) -> Tensor:
        return 1 / ops.sqrt(self)

    def reciprocal(self) -> Tensor:
        return ops.div(1, self)

    def square(self) -> Tensor:
        return ops.mul(self, self)

    def sin(self) -> Tensor:
        return ops.sin(self)

    def cos(self) -> Tensor:
        return ops.cos(self)

    def tan(self) -> Tensor:
        return ops.sin(self) / ops.cos(self)

    def erf(self) -> Tensor:
        return ops.erf(self)

    def tanh(self) -> Tensor:
        return ops.tanh(self)

    def sigmoid(self) -> Tensor:
        return ops.sigmoid(self)

    def relu(self) -> Tensor:
        return ops.relu(self)

    def abs(self) -> Tensor:
        return ops.abs(self)

    absolute = abs

    def sign(self) -> Tensor:
        return ops.sign(self)

    def neg(self) -> Tensor:
        return ops.neg(self)

    negative = neg

    def floor(self) -> Tensor:
        return ops.floor(self)

    def ceil(self) -> Tensor:
        return ops.ceil(self)

    def round(self) -> Tensor:
        return ops.round(self)

    def trunc(self) -> Tensor:
        return ops.sign(self) * ops.floor(ops.abs(self))

    # With another value

    def add(self, other: Any, *, alpha: Any = 1) -> Tensor:
        return ops.add(self, other if alpha == 1 else ops.mul(other, alpha))

    def sub(self, other: Any, *, alpha: Any = 1) -> Tensor:
        return ops.sub(self, other if alpha == 1 else ops.mul(other, alpha))

    def mul(self, other: Any) -> Tensor:
        return ops.mul(self, other)

    multiply = mul

    subtract = sub

    def div(self, other: Any) -> Tensor:
        return ops.div(self, other)

    divide = true_divide = div

    def pow(self, exponent: Any) -> Tensor:
        return ops.power(self, exponent)

    def remainder(self, other: Any) -> Tensor:
        return ops.remainder(self, other)

    def floor_divide(self, other: Any) -> Tensor:
        return ops.floor_divide(self, other)

    def maximum(self, other: Any) -> Tensor:
        return ops.maximum(self, other)

    def minimum(self, other: Any) -> Tensor:
        return ops.minimum(self, other)

    def lerp(self, end: Any, weight: Any) -> Tensor:
        """Return the value ``weight`` of the way from this one to ``end``."""
        return self + weight * (end - self)  # type: ignore[operator]

    def clip(self, low: Any = None, high: Any = None, **spelled: Any) -> Tensor:
        """Return the values limited to [low, high]; two numbers, or arrays.  For tensors take `clamp`."""
        return ops.clip(self, low=low, high=high, **spelled)

    def clamp(self, min: Any = None, max: Any = None) -> Tensor:
        """Return the values limited to [min, max]; of bounds that are tensors, with their gradients."""
        if min is None and max is None:
            raise TypeError("clamp: expected min, max, or both")
        if not isinstance(min, Tensor) and not isinstance(max, Tensor):
            return ops.clip(self, low=min, high=max)
        y: Any = self
        if min is not None:
            y = ops.where(y < min, min, y)
        return y if max is None else ops.where(y > max, max, y)

    # Comparisons and logic: they have no gradient

    def eq(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.equal)

    def ne(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.not_equal)

    def lt(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.less)

    def le(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.less_equal)

    def gt(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.greater)

    def ge(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.greater_equal)

    def logical_and(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.logical_and)

    def logical_or(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.logical_or)

    def logical_xor(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.logical_xor)

    def logical_not(self) -> Tensor:
        return Tensor(np.logical_not(self.data))

    def isnan(self) -> Tensor:
        return Tensor(np.isnan(self.data))

    def isinf(self) -> Tensor:
        return Tensor(np.isinf(self.data))

    def isfinite(self) -> Tensor:
        return Tensor(np.isfinite(self.data))

    def isclose(self, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
        close = lambda a, b: np.isclose(a, b, rtol, atol, equal_nan)  # noqa: E731
        return ops.compare(self, other, close)
