"""Methods that choose values: by position, by a mask, by size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import ops
from ..errors import DtypeError, ShapeError, message
from ..ops.shape import normal_axis
from ..spelling import bilingual
from ..tensor import Tensor, raw


class Selections:
    """Picking, masking, sorting."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any
        shape: Any

    # By position

    @bilingual
    def gather(self, axis: int, index: Any) -> Tensor:
        """Return y_ijk = x[i, index_ijk, k] (for axis 1): ``gather(dim, index)``."""
        return ops.gather(self, index, axis=axis)

    @bilingual
    def scatter_add(self, axis: int, index: Any, src: Any) -> Tensor:
        """Return the tensor with y[i, index_ijk, k] += src_ijk (for axis 1); repeated places add up."""
        return ops.scatter_add(self, index, src, axis)

    @bilingual
    def scatter(self, axis: int, index: Any, src: Any) -> Tensor:
        """Return the tensor with y[i, index_ijk, k] = src_ijk (for axis 1), or one value; the last stays."""
        return ops.scatter_over(self, index, src, axis)

    @bilingual
    def index_select(self, axis: int, index: Any) -> Tensor:
        """Return the slices of these numbers along an axis."""
        if np.ndim(raw(index)) > 1:
            raise ShapeError(message("index_select", "expected the numbers (n,)", [("index", index)]))
        return ops.take(self, np.atleast_1d(raw(index)), axis=axis)

    @bilingual
    def select(self, axis: int, index: int) -> Tensor:
        """Return one slice along an axis, without that axis."""
        return ops.getitem(self, index=(slice(None),) * normal_axis(axis, len(self.shape)) + (index,))

    @bilingual
    def narrow(self, axis: int, start: int, length: int) -> Tensor:
        """Return ``length`` slices along an axis, from ``start`` on."""
        axis = normal_axis(axis, len(self.shape))
        size = self.shape[axis]
        start = start + size if start < 0 else start
        if not 0 <= start <= start + length <= size:
            part = f"{length} slices from {start} on"
            raise ShapeError(message("narrow", f"axis {axis} has {size}, not {part}", [("x", self)]))
        return ops.getitem(self, index=(slice(None),) * axis + (slice(start, start + length),))

    def diagonal(self, offset: int = 0) -> Tensor:
        """Return the diagonal of a matrix: (I, J) -> (the shorter,); ``offset`` > 0 lies above it."""
        if len(self.shape) != 2:
            raise ShapeError(message("diagonal", "expected a matrix", [("x", self)], "einsum('nii->ni', x)"))
        rows, columns = self.shape
        count = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
        along = np.arange(count)
        return ops.getitem(self, index=(along - min(offset, 0), along + max(offset, 0)))

    def triu(self, diagonal: int = 0) -> Tensor:
        """Return the matrices with 0 below the diagonal (or another: ``diagonal`` > 0 lies above)."""
        return ops.where(np.triu(np.ones(self.shape[-2:], bool), diagonal), self, 0)

    def tril(self, diagonal: int = 0) -> Tensor:
        """Return the matrices with 0 above the diagonal (or another: ``diagonal`` > 0 lies above)."""
        return ops.where(np.tril(np.ones(self.shape[-2:], bool), diagonal), self, 0)

    # By a mask

    def where(self, condition: Any, other: Any) -> Tensor:
        """Return this value where the condition holds, else that of ``other``."""
        return ops.where(condition, self, other)

    def masked_fill(self, mask: Any, value: Any) -> Tensor:
        """Return ``value`` where the mask (of bools) is true, else the tensor's own."""
        return ops.where(_mask("masked_fill", mask), value, self)

    def masked_select(self, mask: Any) -> Tensor:
        """Return the values where the mask (of bools) is true, in a row."""
        mask = np.asarray(raw(_mask("masked_select", mask)))
        shape = np.broadcast_shapes(mask.shape, self.shape)
        return ops.getitem(ops.broadcast_to(self, shape=shape), index=np.broadcast_to(mask, shape))

    def nonzero(self) -> Tensor:
        """Return the indices of the values that are not 0: (how many, axes) whole numbers."""
        return Tensor(np.argwhere(self.data))

    # By size

    def sort(self, *axis: Any, **options: Any) -> ops.Found:
        """Return (values, indices), sorted: ``sort(axis=-1, descending=False)``."""
        return ops.sort(self, *axis, **options)

    def argsort(self, *axis: Any, **options: Any) -> Tensor:
        """Return the indices that sort: ``argsort(axis=-1, descending=False)``."""
        return ops.argsort(self, *axis, **options)

    def topk(self, k: int, *axis: Any, **options: Any) -> ops.Found:
        """Return (values, indices) of the k largest, or smallest: ``topk(k, axis=-1, largest=True)``."""
        return ops.topk(self, k, *axis, **options)


def _mask(name: str, mask: Any) -> Any:
    if np.asarray(raw(mask)).dtype != bool:
        hint = "compare: x == 0, or mask.bool()"
        raise DtypeError(message(name, "expected a mask of bools", [("mask", mask)], hint))
    return mask
