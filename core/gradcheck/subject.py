"""The function under test, as the gradient checker sees it: arrays in, arrays out, cotangents back."""

from __future__ import annotations

import numpy as np

from .differences import DOUBLE, SINGLE, Arrays


class Subject:
    """The function from the float64 arrays of its differentiable inputs to its floating outputs.

    Attributes
    ----------
    xs : where it is checked.
    labels : what the inputs are called in the report.
    precision : how finely it can be looked at.
    """

    labels: list[str]

    def __init__(self, xs: Arrays):
        self.xs = xs
        self.precision = SINGLE if self._is_single() else DOUBLE

    def values(self, xs: Arrays) -> Arrays:
        """Return the outputs."""
        raise NotImplementedError

    def gradients(self, xs: Arrays, cotangents: Arrays) -> Arrays:
        """Return the gradients under test, of sum of <c, y> in each input; zeros where there is none."""
        raise NotImplementedError

    def derivative(self, c: Arrays) -> Subject:
        """Return the map (inputs, cotangents) -> gradients as a subject of its own."""
        raise NotImplementedError

    def complex_step(self, k: int, v: np.ndarray) -> Arrays | None:
        """Return the outputs' derivative along ``v`` by a complex step, where the function takes one."""
        return None

    def spoils_its_result(self) -> bool:
        """Return whether the backward pass changes the outputs that it belongs to."""
        return False

    @property
    def eps(self) -> float:
        """Distance from 1 to the next number that the function computes with."""
        return float(np.finfo(np.float32 if self.precision is SINGLE else np.float64).eps)

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
