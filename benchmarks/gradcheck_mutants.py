"""Gradients that are wrong in a known way: every op of the library, every kind of mistake that it can have.

A case is an op on one of its samples, as a plain function of arrays with the engine's gradient as its backward
function; a mutant of it has one gradient changed.  Mistakes that change nothing noticeable are left out: the
mean of one row is its sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import cutaway
import numpy as np
from cutaway.core.op import REGISTRY

NOTICEABLE = 1e-4  # relative to the gradient's largest entry
SQUARE = 3  # of the broadcast samples, where a sum can be over the wrong axis
BROADCAST = ("add", "sub", "mul", "div", "maximum", "minimum", "power", "xlogy")


@dataclass
class Case:
    """A function with its right gradients.

    Attributes
    ----------
    op, name : which op; with the number of its sample.
    fn : of arrays, returns an array.
    inputs : of it; `places` are those that have a gradient.
    """

    op: str
    name: str
    fn: Callable
    inputs: list
    kinds: tuple[str, ...] | None = None  # if only some kinds are to be tried
    places: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = [i for i, x in enumerate(self.inputs) if floating(x)]
        self.inputs = [
            np.asarray(x, np.float64) if i in self.places else x for i, x in enumerate(self.inputs)
        ]
        self.y = np.asarray(self.fn(*self.inputs))

    def pull(self, g, *xs) -> list[np.ndarray]:
        """Return the right gradients, one for each place."""
        tensors = [
            cutaway.tensor(np.asarray(x), requires_grad=True) if i in self.places else x
            for i, x in enumerate(xs)
        ]
        wanted = [tensors[i] for i in self.places]
        y = self.fn(*tensors)
        if not y.requires_grad:
            return [np.zeros(x.shape) for x in wanted]
        found = cutaway.grad(y, wanted, np.asarray(g), allow_unused=True)
        return [
            np.zeros(x.shape) if f is None else np.array(f.data) for f, x in zip(found, wanted, strict=True)
        ]

    def jacobian(self, j: int) -> np.ndarray:
        """Return the right Jacobian in the j-th place, (outputs, entries)."""
        units = np.eye(self.y.size).reshape(-1, *self.y.shape)
        return np.array([self.pull(u, *self.inputs)[j].ravel() for u in units])


@dataclass
class Mutant:
    """One gradient of a case, changed.

    Attributes
    ----------
    kinds : what an explanation may call it, several if they give the same numbers here; none if it is no
        mistake with a name.
    label : what was done.
    change : of the cotangent and the right gradients, the wrong one.
    """

    case: Case
    j: int
    kinds: set[str]
    label: str
    change: Callable

    def vjp(self, g, *xs) -> tuple:
        """Return the gradients of all inputs, with the wrong one among them."""
        g = np.asarray(g)
        found = self.case.pull(g, *xs)
        found[self.j] = np.asarray(self.change(g, found[self.j], xs), np.float64)
        every: list = [None] * len(xs)
        for place, each in zip(self.case.places, found, strict=True):
            every[place] = each
        return tuple(every)

    def answers(self) -> np.ndarray:
        """Return the right and the wrong gradient for a few cotangents."""
        rng, case = np.random.default_rng(99), self.case
        found = []
        for _ in range(3):
            g = rng.uniform(0.5, 1.5, case.y.shape) * rng.choice([-1.0, 1.0], case.y.shape)
            right = case.pull(g, *case.inputs)[self.j]
            found.append((right, np.asarray(self.change(g, right, tuple(case.inputs)), np.float64)))
        return np.array(found)


def cases(scale: float = 1.0, seed: int = 1) -> Iterator[Case]:
    """Yield every op on every sample, times ``scale``, and its compositions; those that are finite."""
    rng = np.random.default_rng(seed)
    for name, op in REGISTRY.items():
        for number, (operands, options) in enumerate(op.samples(rng)):

            def fn(*xs, op=op, options=options):
                return op(*xs, **options)

            inputs = [x * scale if floating(x) else x for x in operands]
            indexed = any(getattr(x, "dtype", np.dtype(float)).kind in "iu" for x in operands) or any(
                isinstance(value, np.ndarray | list | tuple) for value in options.values()
            )
            made = [(f"{name} {number}", fn, inputs, None)]
            single = sum(map(floating, operands)) == len(operands) == 1
            if single and np.shape(fn(*inputs)) == np.shape(inputs[0]) and number == 0:
                made.append((f"x + {name}", lambda x, fn=fn: x + fn(x), inputs, ("residual",)))
                made.append((f"x * {name}", lambda x, fn=fn: x * fn(x), inputs, ("gate",)))
            if name in BROADCAST and number == 0:
                square = [rng.uniform(0.5, 2, (SQUARE, SQUARE)), rng.uniform(0.5, 2, SQUARE)]
                made.append((f"{name} on a square", fn, [x * scale for x in square], ("axis",)))
            for called, function, given, kinds in made:
                with np.errstate(all="ignore"):
                    case = Case(name, called, function, given, kinds)
                    right = [g for g in case.pull(np.ones(case.y.shape), *case.inputs)]
                if all(np.isfinite(each).all() for each in [case.y, *right]) and case.y.size and case.places:
                    case.indexed = indexed
                    yield case


def mutants(case: Case) -> Iterator[Mutant]:
    """Yield the mutants of a case that can be noticed."""
    for j, place in enumerate(case.places):
        x = case.inputs[place]
        if not x.size:
            continue
        made = (
            _composed(case, x)
            if case.kinds
            else (*_anywhere(case, j, x), *_of_the_cotangent(case, j), *_of_this(case, j))
        )
        kept: list[tuple[Mutant, np.ndarray]] = []
        for kind, label, change in made:
            kind = kind or "factor" * (x.size == 1)  # of one entry, any mistake is a factor
            mutant = Mutant(case, j, {kind} - {""}, label, change)
            with np.errstate(all="ignore"):
                answers = mutant.answers()
            right, wrong = answers[:, 0], answers[:, 1]
            size = np.abs(right).max(initial=0.0)
            if np.all(np.abs(wrong - right) <= NOTICEABLE * size):
                continue
            mutant.kinds |= _plainly(right, wrong) if not np.isnan(wrong).any() else set()
            limit = 1e-9 * max(size, np.abs(np.nan_to_num(wrong)).max())
            for other, theirs in kept:
                if np.allclose(wrong, theirs, rtol=1e-9, atol=limit, equal_nan=True):
                    other.kinds |= mutant.kinds
                    break
            else:
                kept.append((mutant, wrong))
        yield from (mutant for mutant, _ in kept)


def _anywhere(case: Case, j: int, x: np.ndarray) -> Iterator[tuple[str, str, Callable]]:
    """What can be done to any gradient G of the input x."""
    n = x.shape[0] if x.ndim else 1
    one = np.where(np.arange(x.size) == np.argmax(np.abs(case.jacobian(j)).sum(0)), 1.01, 1.0).reshape(
        x.shape
    )
    yield "sign", "negated", lambda g, G, xs: -G
    yield "factor", "times 2", lambda g, G, xs: 2 * G
    yield "factor", "times 0.8", lambda g, G, xs: 0.8 * G
    yield "factor", "divided by N", lambda g, G, xs: G / n
    yield "factor", "times N/(N - 1)", lambda g, G, xs: G * n / max(n - 1, 1)
    yield "zero", "zero", lambda g, G, xs: 0 * G
    yield "not finite", "NaN", lambda g, G, xs: G * np.nan
    yield "offset", "weight decay", lambda g, G, xs: G + 0.1 * x
    yield "operand", "times the input", lambda g, G, xs: G * x
    yield "not linear", "absolute value", lambda g, G, xs: np.abs(G)
    yield "", "one entry off", lambda g, G, xs: G * one
    yield "", "each entry times another number", lambda g, G, xs: G * _numbers(G.shape)
    yield "", "each entry moved elsewhere", lambda g, G, xs: G.ravel()[_permutation(G.size)].reshape(G.shape)
    if x.ndim:
        yield "sum", "the first row's, in all", lambda g, G, xs: np.broadcast_to(G[:1], G.shape)
        yield "shifted", "rolled by one", lambda g, G, xs: np.roll(G, 1, -1)
        yield "shifted", "off by one", lambda g, G, xs: np.concatenate([0 * G[..., :1], G[..., :-1]], -1)
        yield "reversed", "reversed", lambda g, G, xs: G[..., ::-1]
    if x.ndim > 1:
        yield "axis", "summed over the last axis", lambda g, G, xs: 0 * G + G.sum(-1, keepdims=True)
        yield "reversed", "kernel not flipped", lambda g, G, xs: G[..., ::-1, ::-1]
        if x.shape[-1] == x.shape[-2]:
            yield "transposed", "transposed", lambda g, G, xs: np.swapaxes(G, -1, -2)
    if x.ndim == 2:
        yield "transposed", "transposed, reshaped", lambda g, G, xs: G.T.reshape(G.shape)


def _of_the_cotangent(case: Case, j: int) -> Iterator[tuple[str, str, Callable]]:
    """What can be done to the cotangent before the right rule gets it."""

    def before(change: Callable) -> Callable:
        return lambda g, G, xs: case.pull(change(g), *xs)[j]

    yield "ignores", "ignores the cotangent", before(np.ones_like)
    yield "not linear", "its sign alone", before(np.sign)
    yield "not linear", "squares it", before(lambda g: g * np.abs(g))
    yield "mean cotangent", "its mean", before(lambda g: np.full_like(g, np.mean(g)))
    if case.y.ndim:
        first = np.arange(case.y.shape[0]).reshape(-1, *[1] * (case.y.ndim - 1)) == 0
        yield "sum", "the first row of the cotangent alone", before(lambda g: np.where(first, g, 0))


def _of_this(case: Case, j: int) -> Iterator[tuple[str, str, Callable]]:
    """What depends on the function: its mask, its diagonal, its indices, its operands."""
    x = case.inputs[case.places[j]]
    jacobian = case.jacobian(j)
    if x.shape == case.y.shape:
        off = jacobian - np.diag(np.diag(jacobian))
        if off.any():
            diagonal = np.diag(jacobian).reshape(x.shape)
            yield "diagonal", "diagonal alone", lambda g, G, xs: diagonal * g
        else:
            values = np.unique(np.round(np.diag(jacobian), 12))
            if len(values) == 2:
                low, high = values
                active = low if abs(low) > abs(high) else high
                slope = np.diag(jacobian).reshape(x.shape)
                yield "mask", "mask forgotten", lambda g, G, xs: active * g
                yield (
                    "mask",
                    "mask inverted",
                    lambda g, G, xs: np.where(np.isclose(slope, low), high, low) * g,
                )
        yield "operand", "times the result", lambda g, G, xs: G * case.y
        yield "saved", "at the result", lambda g, G, xs: case.pull(g, *_with(xs, case.places[j], case.y))[j]
    yield "saved", "at twice the input", lambda g, G, xs: case.pull(g, *_with(xs, case.places[j], 2 * x))[j]
    others = [case.inputs[i] for i in case.places if i != case.places[j]]
    for other in others:
        if np.all(x != 0) and x.size > 1 and _broadcasts(other, x.shape):
            yield "operand", "by the wrong operand", lambda g, G, xs, other=other: G * other / x
    used = jacobian != 0
    if case.indexed and (used.sum(1) <= 1).all() and (used.sum(0) > 1).any():
        last = np.where(np.cumsum(used[::-1], 0)[::-1] == 1, jacobian, 0)
        yield "duplicates", "assigned, not added", lambda g, G, xs: (g.ravel() @ last).reshape(x.shape)


def _composed(case: Case, x: np.ndarray) -> Iterator[tuple[str, str, Callable]]:
    """Compositions: a path missing or counted twice, a sum over the wrong axis."""
    (what,) = case.kinds or ("",)
    if what == "axis" and x.ndim == 1:
        full = Case(case.op, case.name, case.fn, [case.inputs[0], np.broadcast_to(x, case.y.shape).copy()])
        yield "axis", "summed over the wrong axis", lambda g, G, xs: full.pull(g, *full.inputs)[1].sum(1)
    if what in ("residual", "gate"):
        past = np.ones(x.shape) if what == "residual" else case.y / np.where(x == 0, 1, x)
        yield "path", "one path only", lambda g, G, xs: g * past
        yield "path", "the other path only", lambda g, G, xs: G - g * past
        yield "path", "one path twice", lambda g, G, xs: G + g * past


def floating(x) -> bool:
    """Return whether x is a floating number or array."""
    return isinstance(x, float | np.floating) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


def _plainly(right: np.ndarray, wrong: np.ndarray) -> set[str]:
    """Return what a mistake amounts to here, whatever was done: a constant factor, or no look at the cotangent."""
    factor = float((wrong * right).sum() / ((right * right).sum() or 1))
    if np.allclose(wrong, factor * right, rtol=1e-9, atol=1e-12 * np.abs(wrong).max(initial=0.0)):
        return {"zero" if factor == 0 else "sign" if np.isclose(factor, -1) else "factor"}
    return {"ignores"} if np.allclose(wrong, wrong[:1], rtol=1e-9) else set()


def _with(xs: tuple, place: int, value: np.ndarray) -> list:
    return [value if i == place else x for i, x in enumerate(xs)]


def _broadcasts(u: np.ndarray, shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(u.shape, shape) == shape
    except ValueError:
        return False


def _numbers(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(5).uniform(0.5, 2, shape)


def _permutation(n: int) -> np.ndarray:
    return np.random.default_rng(6).permutation(n)
