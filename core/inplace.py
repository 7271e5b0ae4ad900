"""Writing into a `Tensor`: refused wherever a gradient would not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import GradientError, message
from .mode import MODE
from .node import mark_changed
from .ops.index import plain_index
from .tensor import Tensor, values_of


class InPlace:
    """The methods of `Tensor` that change its values.

    Two gradients could be lost: that of the tensor which is overwritten, and that of what is written into it.
    Both are errors while gradients are being recorded.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any
        node: Any

    def __setitem__(self, index: Any, value: Any) -> None:
        what = "assignment x[...] = v"
        value = values_of(value, what)
        self._writable(what)[plain_index(index)] = value

    def copy_(self, other: Any) -> Tensor:
        """Overwrite the values in place (broadcasting ``other``); for parameters, under `no_grad`."""
        other = values_of(other, "copy_")
        self._writable("copy_")[...] = other
        return self  # type: ignore[return-value]

    def add_(self, other: Any, alpha: Any = 1.0) -> Tensor:
        """Add ``alpha * other`` in place; for parameters, under `no_grad`."""
        other, alpha = values_of(other, "add_"), values_of(alpha, "add_")
        values = self._writable("add_")
        values += other if alpha == 1.0 else alpha * np.asarray(other)
        return self  # type: ignore[return-value]

    def mul_(self, other: Any) -> Tensor:
        """Multiply in place; for parameters, under `no_grad`."""
        other = values_of(other, "mul_")
        values = self._writable("mul_")
        values *= other
        return self  # type: ignore[return-value]

    def sub_(self, other: Any, alpha: Any = 1.0) -> Tensor:
        """Subtract ``alpha * other`` in place; for parameters, under `no_grad`."""
        return self.add_(other, -alpha)

    def div_(self, other: Any) -> Tensor:
        """Divide in place; for parameters, under `no_grad`."""
        other = values_of(other, "div_")
        values = self._writable("div_")
        values /= other
        return self  # type: ignore[return-value]

    def fill_(self, value: Any) -> Tensor:
        """Give every value this one."""
        return self.copy_(value)

    def zero_(self) -> Tensor:
        """Give every value 0."""
        return self.copy_(0)

    def clamp_(self, min: Any = None, max: Any = None) -> Tensor:
        """Limit the values to [min, max] in place."""
        return self.copy_(Tensor(self.data).clamp(min, max))

    def masked_fill_(self, mask: Any, value: Any) -> Tensor:
        """Give the values where the mask is true this one, in place."""
        return self.copy_(Tensor(self.data).masked_fill(mask, value))

    def scatter_(self, dim: int, index: Any, src: Any) -> Tensor:
        """Set x[i, index_ijk, k] to src_ijk (for dim 1), values or one: ``zeros(3, 5).scatter_(1, i, 1)``."""
        return self.copy_(Tensor(self.data).scatter(dim, index, src))

    def _writable(self, what: str) -> np.ndarray:
        """Return the array to write into, and note the change; an error where a gradient would not see it."""
        if self.node is not None and (MODE.get().grad or not self.node.is_leaf):
            problem = (
                "an in-place change of a tensor that needs a gradient would not be seen by the backward pass"
            )
            hint = "build the changed tensor with where, stack or concat; update parameters under no_grad()"
            raise GradientError(message(what, problem, [("x", self)], hint))
        self.data = np.asarray(self.data)
        if not self.data.flags.writeable:
            self.data = self.data.copy()
        mark_changed(self.data)
        return self.data
