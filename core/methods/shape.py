"""Methods that move values, take parts of them, and multiply matrices."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from .. import ops
from ..create import unpacked
from ..errors import ShapeError, message
from ..ops.shape import normal_axis
from ..tensor import Tensor


class Shapes:
    """Other shapes of the same values, and matrix products."""

    __slots__ = ()

    if TYPE_CHECKING:
        shape: Any

    @property
    def T(self) -> Tensor:
        """The transpose: all axes reversed."""
        return ops.transpose(self)

    @property
    def mT(self) -> Tensor:
        """The transpose of each matrix: the last two axes exchanged."""
        return self.swapaxes(-1, -2)

    def t(self) -> Tensor:
        """Return the transpose of a matrix; a vector or a number as it is."""
        if len(self.shape) > 2:
            raise ShapeError(message("t", "expected at most two axes", [("x", self)], "x.mT, x.permute(...)"))
        return ops.transpose(self)

    def reshape(self, *shape: Any) -> Tensor:
        return ops.reshape(self, shape=unpacked(shape))

    view = reshape

    def view_as(self, other: Any) -> Tensor:
        return ops.reshape(self, shape=other.shape)

    reshape_as = view_as

    def transpose(self, *axes: Any) -> Tensor:
        """Return the axes in another order, as NumPy: ``transpose(2, 0, 1)``; without arguments reversed.

        Two numbers exchange two axes, as in PyTorch: ``transpose(1, 2)``.

        Raises
        ------
        ShapeError : for ``transpose(0, 1)`` of a matrix, which NumPy would leave and PyTorch turn.
        """
        if len(axes) != 2:
            return ops.transpose(self, axes=unpacked(axes) or None)
        rank = len(self.shape)
        if rank == 2 and tuple(axis % 2 for axis in axes) == (0, 1):
            problem = "of a matrix this means the matrix itself in NumPy, its transpose in PyTorch"
            raise ShapeError(message(f"transpose{axes}", problem, [("x", self)], "write x.T"))
        return self.swapaxes(*axes)

    def permute(self, *dims: Any) -> Tensor:
        """Return the axes in another order: ``permute(2, 0, 1)``."""
        return ops.transpose(self, axes=unpacked(dims))

    def swapaxes(self, axis0: int, axis1: int) -> Tensor:
        """Return the tensor with two axes exchanged."""
        order, rank = list(range(len(self.shape))), len(self.shape)
        a, b = normal_axis(axis0, rank), normal_axis(axis1, rank)
        order[a], order[b] = b, a
        return ops.transpose(self, axes=tuple(order))

    swapdims = swapaxes

    def movedim(self, source: int, destination: int) -> Tensor:
        """Return the tensor with one axis elsewhere, the others in their order."""
        order, rank = list(range(len(self.shape))), len(self.shape)
        order.insert(normal_axis(destination, rank), order.pop(normal_axis(source, rank)))
        return ops.transpose(self, axes=tuple(order))

    moveaxis = movedim

    def flatten(self, *axes: Any, **options: Any) -> Tensor:
        """Return the axes from the first to the last as one: ``flatten(start_dim=0, end_dim=-1)``."""
        return ops.flatten(self, *axes, **options)

    def ravel(self) -> Tensor:
        return ops.reshape(self, shape=(-1,))

    def unflatten(self, dim: int, sizes: Any) -> Tensor:
        """Return the tensor with one axis made several, of these sizes; one may be -1."""
        shape, axis = tuple(self.shape), normal_axis(dim, len(self.shape))
        known = prod(n for n in sizes if n != -1)
        split = tuple(shape[axis] // max(known, 1) if n == -1 else n for n in sizes)
        if prod(split) != shape[axis]:
            raise ShapeError(
                message("unflatten", f"axis {dim} does not split into {tuple(sizes)}", [("x", self)])
            )
        return ops.reshape(self, shape=(*shape[:axis], *split, *shape[axis + 1 :]))

    def squeeze(self, *axis: Any, **options: Any) -> Tensor:
        """Return the tensor without its axes of size 1, or without that one: ``squeeze(axis=None)``.

        A named axis of another size is an error; PyTorch keeps it without a word.
        """
        return ops.squeeze(self, *axis, **options)

    def unsqueeze(self, *axis: Any, **options: Any) -> Tensor:
        """Return the tensor with a new axis of size 1: ``unsqueeze(axis)``."""
        return ops.unsqueeze(self, *axis, **options)

    def expand(self, *sizes: Any) -> Tensor:
        """Return the tensor with axes of size 1 repeated, and new leading ones; -1 keeps a size."""
        shape, own = unpacked(sizes), tuple(self.shape)
        lead = len(shape) - len(own)
        kept = (own[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape))
        return ops.broadcast_to(self, shape=tuple(kept))

    def expand_as(self, other: Any) -> Tensor:
        return ops.broadcast_to(self, shape=other.shape)

    def repeat(self, *sizes: Any) -> Tensor:
        """Return the tensor as a tile, laid that often along each axis (NumPy's ``tile``)."""
        return ops.repeat(self, *unpacked(sizes))

    def repeat_interleave(self, repeats: int, *axis: Any, **options: Any) -> Tensor:
        """Return each value, or slice, that often in a row: ``repeat_interleave(repeats, axis=None)``."""
        return ops.repeat_interleave(self, repeats, *axis, **options)

    def flip(self, *dims: Any, **options: Any) -> Tensor:
        """Return the tensor in reverse order along axes: ``flip(0, 1)``; without arguments along all."""
        return ops.flip(self, **({"axis": unpacked(dims)} if dims else options))

    def roll(self, shifts: Any, *axis: Any, **options: Any) -> Tensor:
        """Return the tensor rotated along axes: ``roll(shifts, dims=None)``."""
        return ops.roll(
            self, *(tuple(each) if isinstance(each, list) else each for each in (shifts, *axis)), **options
        )

    # Parts

    def split(self, sizes: Any, *axis: Any, **options: Any) -> list[Tensor]:
        """Return parts of one size (the last may be smaller) or of these sizes: ``split(sizes, axis=0)``."""
        return ops.split(self, sizes, *axis, **options)

    def chunk(self, chunks: int, *axis: Any, **options: Any) -> list[Tensor]:
        """Return at most ``chunks`` parts of one size: ``chunk(chunks, axis=0)``."""
        return ops.chunk(self, chunks, *axis, **options)

    def unbind(self, *axis: Any, **options: Any) -> list[Tensor]:
        """Return the slices along an axis: ``unbind(axis=0)``."""
        return ops.unbind(self, *axis, **options)

    # Products

    def matmul(self, other: Any) -> Tensor:
        return ops.matmul(self, other)

    def mm(self, other: Any) -> Tensor:
        """Return the product of two matrices."""
        return ops.matmul(_ranked("mm", 2, self), _ranked("mm", 2, other))

    def bmm(self, other: Any) -> Tensor:
        """Return the products of two batches of matrices (N, I, K), (N, K, J) -> (N, I, J)."""
        return ops.matmul(_ranked("bmm", 3, self), _ranked("bmm", 3, other))

    def mv(self, other: Any) -> Tensor:
        """Return the product of a matrix and a vector."""
        return ops.matmul(_ranked("mv", 2, self), _ranked("mv", 1, other))

    def dot(self, other: Any) -> Tensor:
        """Return the inner product of two vectors."""
        return ops.matmul(_ranked("dot", 1, self), _ranked("dot", 1, other))

    def outer(self, other: Any) -> Tensor:
        """Return the products of all pairs of values of two vectors: (I,), (J,) -> (I, J)."""
        return ops.mul(ops.unsqueeze(_ranked("outer", 1, self), 1), _ranked("outer", 1, other))


def _ranked(name: str, rank: int, x: Any) -> Any:
    if len(x.shape) != rank:
        hint = "x @ y multiplies vectors, matrices and batches of them"
        raise ShapeError(message(name, f"expected {rank} axes", [("x", x)], hint))
    return x
