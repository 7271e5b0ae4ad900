"""The operators and methods of `Tensor`: each is one op, so `x.exp()`, `exp(x)` and `np.exp(x)` are the same.

They are written here as a class, and set on `Tensor` below it: the ops need `Tensor`, and these need the ops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import ops
from .backward import backward
from .create import unpacked
from .inplace import InPlace
from .tensor import Tensor
from .ufuncs import from_ufunc


class Operators(InPlace):
    """What `Tensor` has besides; for a type checker it is the base of `Tensor`."""

    __slots__ = ()
    __hash__ = object.__hash__

    if TYPE_CHECKING:
        data: Any
        node: Any

    # Gradients

    def backward(
        self, gradient: Any = None, *, retain_graph: bool = True, create_graph: bool = False
    ) -> None:
        """Accumulate the gradient of this tensor into ``.grad`` of every leaf; see `core.backward`."""
        backward(self, gradient, retain_graph=retain_graph, create_graph=create_graph)  # type: ignore

    # Meeting NumPy

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        return from_ufunc(ufunc, method, inputs, options)

    # Arithmetic

    def __add__(self, other: Any) -> Tensor:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Tensor:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Tensor:
        return ops.sub(self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return ops.sub(other, self)

    def __mul__(self, other: Any) -> Tensor:
        return ops.mul(self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return ops.mul(other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return ops.div(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return ops.div(other, self)

    def __pow__(self, other: Any) -> Tensor:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return ops.power(other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return ops.matmul(other, self)

    def __neg__(self) -> Tensor:
        return ops.neg(self)

    def __pos__(self) -> Tensor:
        return self  # type: ignore[return-value]

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    # Comparisons: carried without gradient

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        return ops.compare(self, other, np.equal)

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        return ops.compare(self, other, np.not_equal)

    def __lt__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.less)

    def __le__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.less_equal)

    def __gt__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.greater)

    def __ge__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.greater_equal)

    # Parts

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index=index)

    def __iter__(self):
        return (self[i] for i in range(len(self)))  # type: ignore[arg-type]

    # Shape

    @property
    def T(self) -> Tensor:
        """The transpose: all axes reversed."""
        return ops.transpose(self)

    def reshape(self, *shape: Any) -> Tensor:
        return ops.reshape(self, shape=unpacked(shape))

    view = reshape

    def transpose(self, *axes: Any) -> Tensor:
        return ops.transpose(self, axes=unpacked(axes) or None)

    permute = transpose

    def flatten(self, start: int = 0, end: int = -1) -> Tensor:
        return ops.flatten(self, start, end)

    def squeeze(self, axis: Any = None) -> Tensor:
        return ops.squeeze(self, axis)

    def unsqueeze(self, axis: int) -> Tensor:
        return ops.unsqueeze(self, axis)

    def expand(self, *shape: Any) -> Tensor:
        return ops.broadcast_to(self, shape=unpacked(shape))

    # Reductions

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.mean(self, axis=axis, keepdims=keepdims)

    def var(self, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        return ops.var(self, axis=axis, ddof=ddof, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.min(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: Any = None) -> Tensor:
        return ops.argmax(self, axis)

    def any(self) -> bool:
        return bool(np.any(self.data))

    def all(self) -> bool:
        return bool(np.all(self.data))

    # Elementwise

    def exp(self) -> Tensor:
        return ops.exp(self)

    def log(self) -> Tensor:
        return ops.log(self)

    def sqrt(self) -> Tensor:
        return ops.sqrt(self)

    def tanh(self) -> Tensor:
        return ops.tanh(self)

    def sigmoid(self) -> Tensor:
        return ops.sigmoid(self)

    def relu(self) -> Tensor:
        return ops.relu(self)

    def clip(self, low: Any = None, high: Any = None) -> Tensor:
        return ops.clip(self, low=low, high=high)

    def astype(self, dtype: Any) -> Tensor:
        return ops.astype(self, dtype=np.dtype(dtype))

    def float(self) -> Tensor:
        return self.astype(np.float32)

    def double(self) -> Tensor:
        return self.astype(np.float64)


for name, member in [*vars(InPlace).items(), *vars(Operators).items()]:
    if name not in ("__module__", "__doc__", "__slots__", "__annotations__"):
        setattr(Tensor, name, member)
