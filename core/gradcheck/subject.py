"""The function under test, as the gradient checker sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..backward import grad
from ..errors import DtypeError
from ..mode import enable_grad, no_grad
from ..tensor import Tensor
from .differences import DOUBLE, SINGLE, Arrays


class Subject:
    """The function from the float64 arrays of its differentiable inputs to its floating outputs.

    Inputs that are not floating point (indices, flags, None) are passed on as they are.
    """

    def __init__(self, fn: Callable, inputs: Sequence[Any]):
        self.fn = fn
        self.inputs = [each.data if isinstance(each, Tensor) else each for each in inputs]
        self.places = [i for i, each in enumerate(self.inputs) if _is_floating(each)]
        if not self.places:
            raise DtypeError("gradcheck: none of the inputs is floating point: there is nothing to check")
        self.xs: Arrays = [np.array(self.inputs[i], dtype=np.float64) for i in self.places]
        self.precision = SINGLE if self._is_single() else DOUBLE

    def call(self, xs: Sequence[Any]) -> list[Tensor]:
        """Return the floating outputs of the function, as tensors."""
        arguments = list(self.inputs)
        for place, x in zip(self.places, xs, strict=True):
            arguments[place] = x
        found = list(_tensors(self.fn(*arguments)))
        if not found:
            raise TypeError("gradcheck: the function returns no floating tensor: there is nothing to check")
        return found

    def values(self, xs: Arrays) -> Arrays:
        """Return the outputs as arrays, without recording."""
        with no_grad():
            return [np.asarray(y.data) for y in self.call([Tensor(x) for x in xs])]

    def gradients(self, xs: Arrays, cotangents: Arrays) -> Arrays:
        """Return the engine's gradients of sum of <c, y> in each input; zeros where there is none."""
        with enable_grad():
            tensors = [Tensor(x).requires_grad_() for x in xs]
            ys = self.call(tensors)
            live = [(y, c) for y, c in zip(ys, cotangents, strict=True) if y.node is not None]
            if not live:
                return [np.zeros_like(x) for x in xs]
            found = grad([y for y, _ in live], tensors, [c for _, c in live], allow_unused=True)
        return [np.zeros_like(x) if g is None else np.asarray(g.data) for g, x in zip(found, xs, strict=True)]

    @property
    def eps(self) -> float:
        """Distance from 1 to the next number that the function computes with."""
        return float(np.finfo(np.float32 if self.precision is SINGLE else np.float64).eps)

    def spoils_its_result(self) -> bool:
        """Return whether the backward pass changes the outputs that it belongs to."""
        with enable_grad():
            tensors = [Tensor(x).requires_grad_() for x in self.xs]
            live = [y for y in self.call(tensors) if y.node is not None]
            before = [y.data.copy() for y in live]
            if live:
                grad(live, tensors, [np.ones_like(y) for y in before], allow_unused=True)
        return any(not np.array_equal(y.data, b, equal_nan=True) for y, b in zip(live, before, strict=True))

    def draw(self, rng: np.random.Generator, count: int) -> list[Arrays]:
        """Draw cotangents: magnitudes in [0.5, 1.5], random signs, so that no error cancels by symmetry."""
        ys = self.values(self.xs)
        return [
            [rng.uniform(0.5, 1.5, size=y.shape) * rng.choice([-1.0, 1.0], size=y.shape) for y in ys]
            for _ in range(count)
        ]

    def _is_single(self) -> bool:
        """Return whether the function computes in float32, whatever it is given.

        Then each of its values, also at inputs without a pattern, is one that float32 can hold.
        """
        rng = np.random.default_rng(0)
        with np.errstate(all="ignore"):
            ys = self.values([x * (1 + 1e-3 * rng.random(x.shape)) for x in self.xs])
            finite = [y[np.isfinite(y)] for y in ys]
            return any(
                y.dtype == np.float32 or (y.size and (y != np.round(y)).any() and (y == np.float32(y)).all())
                for y in finite
            )


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
    elif _is_floating(result):
        hint = "compute it with operations of tensors, without .numpy(), .item() or float()"
        raise TypeError(f"gradcheck: the function returns a {type(result).__name__}, no tensor; {hint}")


def _is_floating(value: Any) -> bool:
    if isinstance(value, (bool, int, str)) or value is None:
        return False
    return isinstance(value, float) or (
        isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    )
