"""A plain pair: a function of arrays, and what pulls a cotangent back through it, written by hand."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DtypeError
from .differences import Arrays
from .subject import Subject
from .trees import aligned, flat_gradients, is_floating, leaves, parameter_names, rebuilt

COMPLEX_STEP = 1e-30  # no difference is taken, so nothing cancels; its square is far below any number's eps


@dataclass
class Pair:
    """What is checked, in one form, whatever it was written as.

    Attributes
    ----------
    forward : of the inputs, the result: a number, an array, or several in containers.
    pull : of a cotangent like the result, and the inputs, the gradients; see `trees.aligned`.
    inputs, names : arrays and whatever else ``forward`` takes, and what they are called.
    form : how it was recognised, for the report.
    takes_complex : whether complex arrays may be tried.
    partial : whether None in place of an array's gradient means that it is no variable; else it is zero.
    second : makes the pair (inputs, cotangent) -> gradients, where that can be differentiated again.
    """

    forward: Callable
    pull: Callable
    inputs: list[Any]
    names: list[str]
    form: str
    takes_complex: bool = True
    partial: bool = False
    second: Callable[[Pair, Any], Pair] | None = None


def quiet() -> np.errstate:
    """Return a context without warnings: a function is called hundreds of times, and beside its domain."""
    return np.errstate(all="ignore")


def plain(fn: Callable, vjp: Callable, inputs: Sequence[Any]) -> Pair:
    """Return the pair ``fn(*x)`` and ``vjp(cotangent, *x)``."""
    return Pair(fn, vjp, list(inputs), parameter_names(fn, len(inputs)), "a function and its vjp")


def cached(fn: Callable, vjp: Callable, inputs: Sequence[Any]) -> Pair:
    """Return the pair of ``(out, cache) = fn(*x)`` and ``vjp(dout, cache)``."""

    def pull(cotangent: Any, *arguments: Any) -> Any:
        _, cache = fn(*arguments)
        return vjp(cotangent, cache)

    names = parameter_names(fn, len(inputs))
    return Pair(lambda *x: fn(*x)[0], pull, list(inputs), names, "(out, cache) and backward(dout, cache)")


def with_value(fn: Callable, inputs: Sequence[Any]) -> Pair:
    """Return the pair of ``(value, gradient) = fn(*x)``, as SciPy's optimisers take with ``jac=True``."""

    def pull(cotangent: Any, *arguments: Any) -> Any:
        return _of_the_first(scaled(fn(*arguments)[1], cotangent), arguments)

    names = parameter_names(fn, len(inputs))
    return Pair(lambda *x: fn(*x)[0], pull, list(inputs), names, "(value, gradient)", partial=True)


def with_gradient(fn: Callable, gradient: Callable, inputs: Sequence[Any]) -> Pair:
    """Return the pair of a number ``fn(*x)`` and its gradient ``gradient(*x)``, without a cotangent."""

    def pull(cotangent: Any, *arguments: Any) -> Any:
        return _of_the_first(scaled(gradient(*arguments), cotangent), arguments)

    names = parameter_names(fn, len(inputs))
    return Pair(fn, pull, list(inputs), names, "a number and its gradient", partial=True)


def scaled(gradients: Any, cotangent: Any) -> Any:
    """Return gradients in containers times the cotangent of the one number that they belong to."""
    parts = (None if g is None else np.asarray(g) * cotangent for _, g in leaves(gradients))
    return rebuilt(gradients, parts)


def _of_the_first(gradients: Any, arguments: tuple) -> Any:
    """Return one gradient as that of the first argument: the data behind it are no variables."""
    single = not isinstance(gradients, (dict, list, tuple))
    return (gradients, *[None] * (len(arguments) - 1)) if single and len(arguments) > 1 else gradients


class PairSubject(Subject):
    """A `Pair`, as the checker sees it."""

    def __init__(self, pair: Pair):
        self.pair = pair
        self.every = [leaf for each in pair.inputs for _, leaf in leaves(each)]
        called = [
            name
            for i, (each, way) in enumerate(zip(pair.inputs, pair.names, strict=True))
            for name, _ in leaves(each, f"input {i}, {way}" if way else f"input {i}")
        ]
        top = [not isinstance(each, (dict, list, tuple)) for each in pair.inputs for _ in leaves(each)]
        self.places = [
            i
            for i, (leaf, outer) in enumerate(zip(self.every, top, strict=True))
            if is_floating(leaf) and (outer or isinstance(leaf, np.ndarray))
        ]
        self._drop_settings()
        if not self.places:
            raise DtypeError("gradcheck: none of the inputs is floating point: there is nothing to check")
        self.labels = [called[i] for i in self.places]
        super().__init__([np.array(self.every[i], dtype=np.float64) for i in self.places])

    def values(self, xs: Arrays) -> Arrays:
        """Return the floating outputs as arrays."""
        with quiet():
            return [np.asarray(y) for y in self._outputs(self.pair.forward(*self._arguments(xs)))]

    def gradients(self, xs: Arrays, cotangents: Arrays) -> Arrays:
        """Return what the backward function says; zeros where it returns None."""
        found = self._gradients(xs, cotangents)
        return [np.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]

    def complex_step(self, k: int, v: np.ndarray) -> Arrays | None:
        """Return Im f(x + i h v) / h; None if the function does not take complex numbers."""
        if not self.pair.takes_complex:
            return None
        xs: list[Any] = list(self.xs)
        h = COMPLEX_STEP * max(1.0, float(np.max(np.abs(xs[k]) * (v != 0), initial=0.0)))
        xs[k] = xs[k] + 1j * h * v
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                result = self.pair.forward(*self._arguments(xs))
                ys = [np.asarray(y) for _, y in leaves(result)]
        except Exception:  # whatever a function of somebody else's raises when it meets a complex number
            return None
        ys = [y for y in ys if y.dtype.kind in "fc"]
        plain = self.values(self.xs)
        if len(ys) != len(plain) or not any(y.dtype.kind == "c" for y in ys):
            return None
        return [np.imag(y) / h for y in ys]

    def derivative(self, c: Arrays) -> Subject:
        """Return (inputs, cotangent) -> gradients as a subject of its own."""
        if self.pair.second is None:
            hint = "write the gradient as a function with a vjp of its own, and check that"
            raise ValueError(f"gradcheck: order 2 expects a gradient that can be differentiated; {hint}")
        return PairSubject(self.pair.second(self.pair, self._cotangent(c)))

    def _arguments(self, xs: Sequence[Any]) -> tuple:
        every = list(self.every)
        for place, x in zip(self.places, xs, strict=True):
            every[place] = x if isinstance(self.every[place], np.ndarray) else np.asarray(x)[()]
        return rebuilt(tuple(self.pair.inputs), iter(every))

    def _outputs(self, result: Any) -> list[Any]:
        found = [y for _, y in leaves(result) if is_floating(y)]
        if not found:
            what = type(result).__name__
            raise TypeError(
                f"gradcheck: the function returns no floating number or array, but a {what}: there is "
                "nothing to check"
            )
        return found

    def _cotangent(self, cotangents: Arrays) -> Any:
        """Arrange cotangents as the result is arranged; what is no floating point number gets zeros."""
        parts = iter(cotangents)
        every = [
            (lambda c: c if c.ndim else c[()])(next(parts)) if is_floating(y) else None
            for _, y in leaves(self._result)
        ]
        return rebuilt(self._result, iter(every))

    def _gradients(self, xs: Arrays, cotangents: Arrays) -> list[Any]:
        with quiet():
            gradients = self.pair.pull(self._cotangent(cotangents), *self._arguments(xs))
        return [g for i, g in enumerate(self._every_gradient(gradients)) if i in self.places]

    def _every_gradient(self, gradients: Any) -> list[Any]:
        each = aligned(gradients, self.pair.inputs, self.pair.names)
        named = zip(each, self.pair.inputs, self.pair.names, strict=True)
        return [g for one, value, name in named for g in flat_gradients(one, value, name)]

    def _drop_settings(self) -> None:
        """Leave out what gets no gradient and is no variable: a rate, an epsilon, a loss's data."""

        def fresh() -> tuple:
            return self._arguments([np.array(self.every[i], np.float64) for i in self.places])

        with quiet():
            self._result = self.pair.forward(*fresh())
            ones = [np.ones_like(np.asarray(y, np.float64)) for y in self._outputs(self._result)]
            gradients = self.pair.pull(self._cotangent(ones), *fresh())
        found = self._every_gradient(gradients)
        kept = np.ndarray if not self.pair.partial else ()
        self.places = [i for i in self.places if found[i] is not None or isinstance(self.every[i], kept)]
