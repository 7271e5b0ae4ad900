"""The function under test, as the gradient checker sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backward import grad
from ..errors import DtypeError
from ..mode import enable_grad, no_grad
from ..tensor import Tensor
from .differences import Arrays


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

    def call(self, xs: Sequence[Any]) -> list[Tensor]:
        """Return the floating outputs of the function, as tensors."""
        arguments = list(self.inputs)
        for place, x in zip(self.places, xs, strict=True):
            arguments[place] = x
        result = self.fn(*arguments)
        several = result if isinstance(result, (tuple, list)) else [result]
        return [each for each in several if isinstance(each, Tensor) and each.dtype.kind == "f"]

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

    def draw(self, rng: np.random.Generator, count: int) -> list[Arrays]:
        """Draw cotangents: magnitudes in [0.5, 1.5], random signs, so that no error cancels by symmetry."""
        ys = self.values(self.xs)
        return [
            [rng.uniform(0.5, 1.5, size=y.shape) * rng.choice([-1.0, 1.0], size=y.shape) for y in ys]
            for _ in range(count)
        ]


def _is_floating(value: Any) -> bool:
    if isinstance(value, (bool, int, str)) or value is None:
        return False
    return isinstance(value, float) or (
        isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    )
