"""The operators and methods of `Tensor`: each is one op, so `x.exp()`, `exp(x)` and `np.exp(x)` are the same
thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DtypeError, GradientError, message
from .mode import MODE
from .node import mark_changed

if TYPE_CHECKING:
    from . import ops
    from .tensor import Tensor


class Operators:
    """What `Tensor` inherits; at run time ``ops`` is set by ``tensor.py``, since the ops need `Tensor` first."""

    __slots__ = ()
    __hash__ = object.__hash__

    if TYPE_CHECKING:
        data: Any
        node: Any

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

    def __setitem__(self, index: Any, value: Any) -> None:
        values = self._writable("assignment x[...] = v")
        values[index] = _raw(value)

    def _writable(self, what: str) -> np.ndarray:
        """Return the array to write into, noting the change; a recorded gradient would not see it, so that is
        an error.
        """
        if self.node is not None and (MODE.get().grad or not self.node.is_leaf):
            raise GradientError(
                message(
                    what,
                    "an in-place change of a tensor that needs a gradient would not be seen by the backward "
                    "pass",
                    [("x", self)],
                    "build the changed tensor with where, stack or concat; to update a parameter, do it "
                    "under no_grad()",
                )
            )
        self.data = np.asarray(self.data)
        if not self.data.flags.writeable:
            self.data = self.data.copy()
        mark_changed(self.data)
        return self.data

    def copy_(self, other: Any) -> Tensor:
        """Overwrite the values in place (broadcasting ``other``); for parameters, under `no_grad`."""
        self._writable("copy_")[...] = _raw(other)
        return self  # type: ignore[return-value]

    def add_(self, other: Any, alpha: Any = 1.0) -> Tensor:
        """Add ``alpha * other`` in place; for parameters, under `no_grad`."""
        other = _raw(other)
        values = self._writable("add_")
        values += other if alpha == 1.0 else alpha * np.asarray(other)
        return self  # type: ignore[return-value]

    def mul_(self, other: Any) -> Tensor:
        """Multiply in place; for parameters, under `no_grad`."""
        values = self._writable("mul_")
        values *= _raw(other)
        return self  # type: ignore[return-value]

    # Shape

    @property
    def T(self) -> Tensor:
        """The transpose: all axes reversed."""
        return ops.transpose(self)

    def reshape(self, *shape: Any) -> Tensor:
        return ops.reshape(self, shape=_flat(shape))

    view = reshape

    def transpose(self, *axes: Any) -> Tensor:
        return ops.transpose(self, axes=_flat(axes) or None)

    permute = transpose

    def flatten(self, start: int = 0, end: int = -1) -> Tensor:
        return ops.flatten(self, start, end)

    def squeeze(self, axis: Any = None) -> Tensor:
        return ops.squeeze(self, axis)

    def unsqueeze(self, axis: int) -> Tensor:
        return ops.unsqueeze(self, axis)

    def expand(self, *shape: Any) -> Tensor:
        return ops.broadcast_to(self, shape=_flat(shape))

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


def _raw(x: Any) -> Any:
    return x.data if isinstance(x, Operators) else x


def _flat(values: tuple) -> tuple:
    """Return ``(2, 3)`` for both ``f(2, 3)`` and ``f((2, 3))``."""
    return tuple(values[0]) if len(values) == 1 and isinstance(values[0], (tuple, list)) else values


def from_ufunc(ufunc: np.ufunc, method: str, inputs: tuple, options: dict) -> Any:
    """Serve a NumPy function that met a Tensor with the op of the same meaning."""
    if "out" in options:
        hint = "write y = y + x instead of y += x; to collect tensors use cutaway.stack or cutaway.where"
        raise GradientError(
            message(
                f"numpy.{ufunc.__name__}",
                "a Tensor would be written into a plain array, and its gradient lost",
                [],
                hint,
            )
        )
    found = ops.UFUNCS.get(ufunc.__name__)
    if method != "__call__" or options or found is None:
        hint = f"the ops are in cutaway.core.ops; for the values: numpy.{ufunc.__name__}(x.detach().numpy())"
        raise DtypeError(message(f"numpy.{ufunc.__name__}", "there is no such op on Tensors", [], hint))
    return found(*inputs)
