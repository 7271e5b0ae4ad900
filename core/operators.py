"""The operators of `Tensor`: each is one op, so `x + y`, `add(x, y)` and `np.add(x, y)` are the same.

They are written here as a class, as the methods are in `core.methods`, and all are set on `Tensor` below:
the ops need `Tensor`, and these need the ops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import hints, ops
from .backward import backward
from .inplace import InPlace
from .methods.convert import Conversions
from .methods.elementwise import Elementwise
from .methods.reduce import Reductions
from .methods.select import Selections
from .methods.shape import Shapes
from .tensor import Tensor
from .ufuncs import from_ufunc


class Operators(Elementwise, Reductions, Shapes, Selections, Conversions, InPlace):
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

    def __floordiv__(self, other: Any) -> Tensor:
        return ops.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return ops.floor_divide(other, self)

    def __mod__(self, other: Any) -> Tensor:
        return ops.remainder(self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return ops.remainder(other, self)

    # Logic of bools, and of the bits of whole numbers: without gradient

    def __and__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.bitwise_and)

    def __rand__(self, other: Any) -> Tensor:
        return ops.compare(other, self, np.bitwise_and)

    def __or__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.bitwise_or)

    def __ror__(self, other: Any) -> Tensor:
        return ops.compare(other, self, np.bitwise_or)

    def __xor__(self, other: Any) -> Tensor:
        return ops.compare(self, other, np.bitwise_xor)

    def __rxor__(self, other: Any) -> Tensor:
        return ops.compare(other, self, np.bitwise_xor)

    def __invert__(self) -> Tensor:
        return (
            ops.compare(self, True, np.bitwise_xor)
            if self.dtype == bool
            else ops.compare(-1, self, np.bitwise_xor)
        )

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


for each in Operators.__mro__[:-1]:
    for name, member in vars(each).items():
        if name not in ("__module__", "__doc__", "__slots__", "__annotations__"):
            setattr(Tensor, name, member)

absent = {f"{name}_": hints.CHANGE.format(name) for name in vars(Elementwise) if not name.startswith("_")}
for name, hint in {**absent, **hints.TENSOR}.items():
    if not hasattr(Tensor, name):
        setattr(Tensor, name, hints.Missing(name, hint))
