"""Right but for a factor: a sign, a constant that has a name, or an operand that does not belong there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .evidence import NOTHING, Evidence

NEAR = 1e-5


def constant(e: Evidence) -> Iterator[tuple[str, str]]:
    """Yield "zero", "sign" or "factor" if B = k J for one number k."""
    assert e.pulled is not None
    known = np.isfinite(e.jacobian)
    right, found = np.where(known, e.jacobian, 0), np.where(known, e.pulled, 0)
    if right.any() and np.abs(found).max() <= NOTHING * np.abs(right).sum():
        yield "zero", "the gradient is zero: nothing is passed back"
        return
    square = float(np.sum(right * right))
    factor = float(np.sum(found * right)) / square if square else 0.0
    if abs(factor - 1) > NEAR and factor and e.fits(factor * e.jacobian, e.pulled):
        kind = "sign" if abs(factor + 1) <= NEAR else "factor"
        yield kind, name_of(factor, e.x.shape, tuple(y.shape for y in e.ys), settings(e))


def name_of(k: float, x: Sequence[int], ys: Sequence[Sequence[int]], numbers: Sequence[float]) -> str:
    """Say what the constant k is, in terms of the sizes of input and outputs and of the function's numbers.

    >>> name_of(0.25, (4, 3), [(4,)], [])
    'the constant factor 0.25 = 1/N, N = 4 (axis 0 of the input): a mean where the sum belongs'
    """
    if abs(k + 1) <= NEAR:
        return "the sign is wrong"
    sign = "the sign is wrong, and " if k < 0 else ""
    size = abs(k)

    def near(value: float) -> bool:
        return abs(size - value) <= NEAR * abs(value)

    for p in numbers:
        for value, text in (
            (p, "{}"),
            (1 / p if p else 0, "1/{}"),
            (1 - p, "1 - {}"),
            (1 / (1 - p) if p != 1 else 0, "1/(1 - {})"),
        ):
            if value > 0 and p not in (0, 1, 2) and near(value):
                known = f"{text.format(f'{p:g}')}, a number of the function (a keep probability?)"
                return f"{sign}the constant factor {size:.6g} = {known}"
    if near(2):
        return f"{sign}the constant factor 2: counted twice, or a square's derivative where its half belongs"
    for n, where in _sizes(x, ys):
        for value, text in (
            (1 / n, "1/N, {}: a mean where the sum belongs"),
            (n, "N, {}: a sum where the mean belongs"),
            (1 / (n - 1) if n > 1 else 0, "1/(N - 1), {}"),
            (n - 1, "N - 1, {}"),
            (n / (n - 1) if n > 1 else 0, "N/(N - 1), {}: divided by N - 1 where N belongs"),
            ((n - 1) / n, "(N - 1)/N, {}: divided by N where N - 1 belongs"),
        ):
            if n > 2 and value and near(value) and not near(1):
                return f"{sign}the constant factor {size:.6g} = {text.format(f'N = {n} ({where})')}"
    if near(0.5):
        return (
            f"{sign}the constant factor 1/2: one of two equal parts, or a mean of two where the sum belongs"
        )
    return f"{sign}the constant factor {size:.6g}"


def _sizes(x: Sequence[int], ys: Sequence[Sequence[int]]) -> Iterator[tuple[int, str]]:
    for whose, shape in (("the input", x), *(("the result", y) for y in ys)):
        yield from ((n, f"axis {a} of {whose}") for a, n in enumerate(shape))
    for whose, shape in (("the input", x), *(("the result", y) for y in ys)):
        yield int(np.prod(shape)), f"the size of {whose}"


def settings(e: Evidence) -> list[float]:
    """Return Python's floating numbers among the inputs: rates and probabilities."""
    every = getattr(e.subject, "every", getattr(e.subject, "inputs", []))
    return [float(each) for each in every if isinstance(each, float) and np.isfinite(each)]


def operands(e: Evidence) -> list[tuple[str, Any]]:
    """Return what a hand would have multiplied with: inputs and results, and what is often made of them."""
    named: list[tuple[str, Any]] = [("1", np.ones(()))]
    for label, x in zip(e.subject.labels, e.subject.xs, strict=True):
        named.append((label.split(", ")[-1], x))
    named += [("the result" if len(e.ys) == 1 else f"result {i}", y) for i, y in enumerate(e.ys)]
    plain = list(named[1:])
    named += [(f"{name}^2", u * u) for name, u in plain]
    named += [(f"(1 - {name})", 1 - u) for name, u in plain]
    return named


def scaled_by_operands(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Yield B = J u / v for two operands u and v, along the input's entries or the result's."""
    known = operands(e)
    for shape, spread in (
        (e.x.shape, lambda u: u.reshape(1, -1)),
        (e.ys[0].shape, lambda u: u.reshape(-1, 1)),
    ):
        if len(e.ys) > 1 and shape == e.ys[0].shape:
            continue
        spreadable = [(name, _spread(u, shape)) for name, u in known]
        usable = [(name, spread(u)) for name, u in spreadable if u is not None]
        for name, u in usable:
            for other, v in usable:
                if name != other and np.all(v != 0) and np.ptp(u / v) > NEAR * np.max(np.abs(u / v)):
                    yield "operand", _told(name, other), e.jacobian * (u / v)


def _told(u: str, v: str) -> str:
    if u == "1":
        return f"right but for a factor {v} that is missing"
    return (
        f"right but for a factor {u} too much" if v == "1" else f"right but scaled by {u} where {v} belongs"
    )


def _spread(u: Any, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        return np.broadcast_to(u, shape)
    except ValueError:
        return None
