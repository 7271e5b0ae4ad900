"""Methods that convert: to other types, to Python's numbers and lists; and what a tensor says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import hints, ops
from ..errors import DtypeError, ShapeError, message
from ..tensor import Tensor, raw, values_of

DEVICES = ("cuda", "mps", "xpu", "hip", "meta", "xla")


class Size(int):
    """The number of values, as NumPy's ``size``; called, as in PyTorch, the shape or one size of it."""

    shape: tuple

    def __call__(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]


class Conversions:
    """Types, copies, and the tensor as others see it."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any
        node: Any
        is_leaf: Any
        requires_grad: Any
        dtype: Any
        shape: Any
        ndim: Any

    def astype(self, dtype: Any) -> Tensor:
        return ops.astype(self, dtype=np.dtype(dtype))

    def type(self, dtype: Any) -> Tensor:
        return self.astype(dtype)

    def type_as(self, other: Any) -> Tensor:
        return self.astype(other.dtype)

    def to(self, *wanted: Any, dtype: Any = None, device: Any = None) -> Any:
        """Return the tensor as another type: ``to(cutaway.float64)``, ``to(other)``; itself if it has it.

        Raises
        ------
        DtypeError : for a device other than the processor: there is none.
        """
        for each in wanted:
            if isinstance(each, str) and each.split(":")[0] in ("cpu", *DEVICES):
                device = each
            else:
                dtype = each.dtype if isinstance(each, Tensor) else each
        if device is not None and str(device).split(":")[0] != "cpu":
            raise DtypeError(
                f"to: cutaway computes on the processor alone, there is no {device}; leave it out"
            )
        return self if dtype is None or np.dtype(dtype) == self.dtype else self.astype(dtype)

    def float(self) -> Tensor:
        return self.astype(np.float32)

    def double(self) -> Tensor:
        return self.astype(np.float64)

    def half(self) -> Tensor:
        return self.astype(np.float16)

    def int(self) -> Tensor:
        return self.astype(np.int32)

    def long(self) -> Tensor:
        return self.astype(np.int64)

    def bool(self) -> Tensor:
        return self.astype(np.bool_)

    def clone(self) -> Tensor:
        """Return a copy with its own memory; gradients flow through it (`detach` stops them)."""
        return ops.astype(self, dtype=self.dtype)

    def contiguous(self) -> Any:
        """Return the tensor itself: every op takes any order in memory."""
        return self

    def cpu(self) -> Any:
        """Return the tensor itself: there is no other place."""
        return self

    @property
    def device(self) -> str:
        """Where the values are: "cpu"."""
        return "cpu"

    def tolist(self) -> Any:
        """Return nested lists of Python numbers; of a tensor without axes the number."""
        return self.data.tolist()

    # Sizes

    @property
    def size(self) -> Size:
        """The number of values; ``size()`` is the shape, ``size(0)`` one size."""
        size = Size(self.data.size)
        size.shape = self.shape
        return size

    def numel(self) -> Any:
        """Return the number of values."""
        return self.data.size

    nelement = numel

    def dim(self) -> Any:
        """Return the number of axes."""
        return self.data.ndim

    def is_floating_point(self) -> Any:
        """Return whether the type has gradients."""
        return self.dtype.kind == "f"

    # New ones of this type

    def new_zeros(self, *size: Any) -> Tensor:
        return Tensor(np.zeros(_sizes(size), self.dtype))

    def new_ones(self, *size: Any) -> Tensor:
        return Tensor(np.ones(_sizes(size), self.dtype))

    def new_full(self, size: Any, value: Any) -> Tensor:
        return Tensor(np.full(_sizes((size,)), value, self.dtype))

    def new_tensor(self, data: Any) -> Tensor:
        return Tensor(np.array(data, self.dtype))

    # Comparing all of it

    def equal(self, other: Any) -> Any:
        """Return whether the other has the same shape and values."""
        return np.array_equal(raw(self), raw(other))

    def allclose(self, other: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Any:
        """Return whether |x - other| <= atol + rtol |other| everywhere."""
        return np.allclose(raw(self), raw(other), rtol, atol, equal_nan)

    # Copies

    def __copy__(self) -> Tensor:
        copy: Any = self.__class__.__new__(self.__class__)
        if self.is_leaf:
            copy.__setstate__(self.__getstate__())
        else:  # another name for the same result
            copy.data, copy.node = self.data, self.node
        return copy

    def __getstate__(self):
        if not self.is_leaf:
            values_of(self, "copy or pickle of a result")
        return {"data": np.asarray(self.data), "requires_grad": self.is_leaf and self.requires_grad}

    def __setstate__(self, state):
        self.data, self.node = state["data"], None
        self.requires_grad = state["requires_grad"]

    # As others see it

    def __format__(self, spec: str) -> str:
        """Format the only value of a tensor without axes: ``f"{loss:.3f}"``."""
        if not self.ndim:
            return format(self.data.item(), spec)
        if spec:
            hint = "reduce it first: .sum(), .mean(); or .item() for the only value"
            raise ShapeError(
                message(f"format {spec!r}", "expected one value without axes", [("x", self)], hint)
            )
        return str(self)

    def __dir__(self) -> list[str]:
        names = (name for name in object.__dir__(self) if not name.startswith("_") or name.endswith("__"))
        return [name for name in names if not isinstance(vars(Tensor).get(name), hints.Missing)]


def _sizes(size: tuple) -> tuple:
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
