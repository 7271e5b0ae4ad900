"""Masks, paths and saved values: a way back is missing, open where it is shut, or counted twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .evidence import Evidence, jacobian
from .factors import operands


def masks(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Yield B for a function whose slope is either of two values: one of them everywhere, or the other one.

    relu: 0 and 1; dropout: 0 and 1/p; abs: 1 and -1; a leaky relu: 0.01 and 1.
    """
    assert e.pulled is not None
    right = e.jacobian
    same = len(e.ys) == 1 and e.ys[0].shape == e.x.shape
    where = np.eye(e.size, dtype=bool) if same else (np.nan_to_num(right) != 0) | (e.pulled != 0)
    values = np.unique(np.round(right[where & np.isfinite(right)], 9))
    if len(values) > 1 and values[0] != 0 and (np.diff(values) < 1e-6 * np.abs(values[1:])).all():
        return
    grouped = [v for i, v in enumerate(values) if i == 0 or v - values[i - 1] > 1e-6 * max(1, abs(v))]
    if len(grouped) == 2:
        low, high = grouped
        split = (low + high) / 2
        active = low if abs(low) > abs(high) else high
        forgotten = np.where(where, active, 0.0) + 0 * right
        inverted = np.where(where, np.where(right > split, low, high), 0.0) + 0 * right
        yield "mask", "the mask is forgotten: every entry has the gradient of an active one", forgotten
        if same or (where.sum(1) > 2).any():  # of two, the other one: that is an order, too
            yield "mask", "the mask is inverted: entries have each other's gradients", inverted
        one = np.where(where, 1.0, 0.0) + 0 * right
        yield "mask", "the mask is forgotten: the cotangent comes back as it is", one
    if same and (np.nan_to_num(right)[~where] == 0).all():
        d = np.where(where, right, 0.0).sum(1)
        shut = np.abs(d) <= 1e-9 * np.nanmax(np.abs(d))
        for name, u in operands(e):
            if shut.any() and not shut.all() and np.shape(u) in ((), e.x.shape):
                opened = np.diag(np.where(shut, np.broadcast_to(u, e.x.shape).ravel(), d))
                yield "mask", f"the mask is forgotten: where the slope is 0, {name} comes back", opened


def paths(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Yield B for a result that depends on the input in two ways: one is missing or counted twice."""
    assert e.pulled is not None
    first = 0
    for i, y in enumerate(e.ys if len(e.ys) > 1 else []):
        rows = (np.arange(e.size) >= first) & (np.arange(e.size) < first + y.size)
        first += y.size
        yield "path", f"result {i} is left out", np.where(rows[:, None], 0.0, e.jacobian)
        yield "path", f"result {i} is counted twice", np.where(rows[:, None], 2.0, 1.0) * e.jacobian
        yield "path", f"result {i} alone counts", np.where(rows[:, None], 1.0, 0.0) * e.jacobian
    if len(e.ys) == 1 and e.ys[0].shape == e.x.shape:
        yield from _two_ways(e)
    yield from _through_a_mean(e)


def _two_ways(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """y = x + h(x), y = x h(x), or a normalisation: a direct way, and one through everything."""
    x, y = e.x.ravel(), e.ys[0].ravel()
    ways: list[tuple[str, np.ndarray]] = [("x + h(x)", np.ones(e.size))]
    if x.all():
        ways.append(("x h(x)", y / x))
    for name, direct in ways:
        one = np.diag(direct)
        other = e.jacobian - one
        for text, predicted in (
            (f"one path only: of y = {name} the way through h is missing", one),
            (f"one path only: of y = {name} the way past h is missing", other),
            (f"one path is counted twice: of y = {name} the way past h", one + e.jacobian),
            (f"one path is counted twice: of y = {name} the way through h", other + e.jacobian),
        ):
            yield "path", text, predicted
    off = e.pulled is not None and not np.where(np.eye(e.size, dtype=bool), 0.0, e.pulled).any()
    if off and np.nan_to_num(np.where(np.eye(e.size, dtype=bool), 0.0, e.jacobian)).any():
        for name, u in operands(e):
            if np.shape(u) in ((), e.x.shape):
                way = np.diag(np.broadcast_to(u, e.x.shape).ravel())
                yield (
                    "path",
                    f"the direct path only, {name}: the way through what all entries share is missing",
                    way,
                )


def _through_a_mean(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """What is missing is the same for all entries along an axis, as a way through their mean is."""
    assert e.pulled is not None
    missing = (e.pulled - e.jacobian).reshape(e.size, *e.x.shape)
    for axis, count in enumerate(e.x.shape):
        if count > 2:
            same = np.broadcast_to(np.mean(missing, axis + 1, keepdims=True), missing.shape)
            text = f"a path through the mean or sum over axis {axis} of the input is missing or counted twice"
            yield "path", text, e.jacobian + same.reshape(e.jacobian.shape)


def saved_values(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Yield the Jacobian at other values: a saved input that was overwritten before the way back."""
    others = [("the result", y) for y in e.ys]
    others += [(label.split(", ")[-1], x) for label, x in zip(e.subject.labels, e.subject.xs, strict=True)]
    for which, x in enumerate(e.subject.xs):
        own = e.subject.labels[which].split(", ")[-1]
        made = [(name, value) for name, value in others if value is not x and value.shape == x.shape]
        for name, value in [*made, ("zero", np.zeros_like(x)), ("twice itself", 2 * x), ("minus itself", -x)]:
            at = list(e.subject.xs)
            at[which] = np.array(value, np.float64)
            try:
                found, error = jacobian(e.subject, e.k, at)
            except (ValueError, ArithmeticError, IndexError):
                continue
            if np.isfinite(found).any() and error <= 1e-4 * np.nanmax(np.abs(found)):
                text = f"the gradient belongs to {name} in place of {own}: a saved value was changed"
                yield "saved", text, found
