"""A function of this library's tensors, as the gradient checker sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..backward import grad
from ..errors import DtypeError
from ..mode import enable_grad, no_grad
from ..tensor import Tensor
from .differences import Arrays
from .subject import Subject
from .trees import is_floating


class TensorSubject(Subject):
    """A function of tensors; inputs that are not floating point are passed on as they are.

    (Indices, flags, None.)
    """

    def __init__(self, fn: Callable, inputs: Sequence[Any]):
        self.fn = fn
        self.inputs = [each.data if isinstance(each, Tensor) else each for each in inputs]
        self.places = [i for i, each in enumerate(self.inputs) if is_floating(each)]
        if not self.places:
            raise DtypeError("gradcheck: none of the inputs is floating point: there is nothing to check")
        self.labels = [f"input {i}" for i in self.places]
        super().__init__([np.array(self.inputs[i], dtype=np.float64) for i in self.places])

    def call(self, xs: Sequence[Any]) -> list[Tensor]:
        """Return the floating outputs of the function, as tensors."""
        found = list(_tensors(self.result(xs)))
        if not found:
            raise TypeError("gradcheck: the function returns no floating tensor: there is nothing to check")
        return found

    def result(self, xs: Sequence[Any]) -> Any:
        """Return what the function returns."""
        arguments = list(self.inputs)
        for place, x in zip(self.places, xs, strict=True):
            arguments[place] = x
        return self.fn(*arguments)

    def values(self, xs: Arrays) -> Arrays:
        """Return the outputs as arrays, without recording."""
        with no_grad():
            return [np.asarray(y.data) for y in self.call([Tensor(x) for x in xs])]

    def gradients(self, xs: Arrays, cotangents: Arrays) -> Arrays:
        """Return the engine's gradients."""
        with enable_grad():
            tensors = [Tensor(x).requires_grad_() for x in xs]
            ys = self.call(tensors)
            live = [(y, c) for y, c in zip(ys, cotangents, strict=True) if y.node is not None]
            if not live:
                return [np.zeros_like(x) for x in xs]
            found = grad([y for y, _ in live], tensors, [c for _, c in live], allow_unused=True)
        return [np.zeros_like(x) if g is None else np.asarray(g.data) for g, x in zip(found, xs, strict=True)]

    def spoils_its_result(self) -> bool:
        """Return whether the backward pass changes the outputs that it belongs to."""
        with enable_grad():
            tensors = [Tensor(x).requires_grad_() for x in self.xs]
            live = [y for y in self.call(tensors) if y.node is not None]
            before = [y.data.copy() for y in live]
            if live:
                grad(live, tensors, [np.ones_like(y) for y in before], allow_unused=True)
        return any(not np.array_equal(y.data, b, equal_nan=True) for y, b in zip(live, before, strict=True))

    def derivative(self, c: Arrays) -> Subject:
        """Return (inputs, cotangents) -> gradients, whose own gradient is the second derivative."""
        count = len(self.xs)

        def first_gradient(*arguments: Tensor):
            xs, cs = arguments[:count], list(arguments[count:])
            with enable_grad():
                tied = [x if x.requires_grad else Tensor(x.data).requires_grad_() for x in xs]
                ys = self.call(tied)
                live = [(y, each) for y, each in zip(ys, cs, strict=True) if y.node is not None]
                if not live:
                    return [x * 0 for x in tied]
                seeds = [each for _, each in live]
                found = grad([y for y, _ in live], tied, seeds, create_graph=True, allow_unused=True)
            return [x * 0 if g is None else g for g, x in zip(found, tied, strict=True)]

        return TensorSubject(first_gradient, [*self.xs, *c])


def _tensors(result: Any) -> Iterator[Tensor]:
    """Yield the floating tensors of a result, also those in lists, tuples and dictionaries.

    TypeError for floating numbers that are no tensors: they would not be checked.
    """
    if isinstance(result, Tensor):
        if result.dtype.kind == "f":
            yield result
    elif isinstance(result, (tuple, list)):
        for each in result:
            yield from _tensors(each)
    elif isinstance(result, dict):
        yield from _tensors(list(result.values()))
    elif is_floating(result):
        hint = "compute it with operations of tensors, without .numpy(), .item() or float()"
        also = "; a function of arrays is checked with the backward function beside it, vjp="
        raise TypeError(f"gradcheck: the function returns a {type(result).__name__}, no tensor; {hint}{also}")
