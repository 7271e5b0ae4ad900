"""Sums: over the batch or a broadcast axis missing, over the wrong axis; duplicates lost; the diagonal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import numpy as np

from .evidence import Evidence


def sums(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Yield B = what comes of J if terms of a sum are missing or others are summed."""
    every = getattr(e.subject, "every", getattr(e.subject, "inputs", []))
    indexed = any(getattr(each, "dtype", np.dtype(float)).kind in "iu" for each in every)
    yield from _diagonal(e)
    yield from _duplicates(e) if indexed else ()
    if len(e.ys) == 1:
        yield from _parts_of_the_result(e)
        yield from _wrong_axis(e)
    yield from () if indexed else _duplicates(e)
    yield from _parts_of_the_input(e)
    mean = np.broadcast_to(np.mean(e.jacobian, axis=0), e.jacobian.shape)
    yield "mean cotangent", "it uses the cotangent's mean, the same for every output", mean


def _diagonal(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Of a square Jacobian: each output's own entry, along all axes or the last ones."""
    for y in e.ys[:1]:
        if y.shape == e.x.shape and e.size == e.x.size > 1:
            text = "only the diagonal of the Jacobian: each entry's effect on the other outputs is missing"
            yield "diagonal", text, np.where(np.eye(e.size, dtype=bool), e.jacobian, 0.0)


def _duplicates(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Several outputs take the same entry (an index twice): only one of them counts."""
    used = np.nan_to_num(e.jacobian) != 0
    if not (used.sum(0) > 1).any():
        return
    if (used.sum(1) > 1).any():  # an index takes one entry for each output
        return
    for which, order in (("last", np.cumsum(used[::-1], 0)[::-1]), ("first", np.cumsum(used, 0))):
        text = f"of an index that occurs several times only the {which} counts: add, do not assign"
        yield "duplicates", text, np.where(order == 1, e.jacobian, np.where(used, 0.0, e.jacobian))


def _parts_of_the_result(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """The sum over an axis of the result: one term of it, or all but one."""
    shape = e.ys[0].shape
    whole = e.jacobian.reshape(*shape, e.x.size)
    for axis, count in enumerate(shape):
        if count < 2:
            continue
        for i, which in ((0, "first"), (-1, "last")):
            index = np.arange(count).reshape([-1 if a == axis else 1 for a in range(len(shape) + 1)])
            here = index == i % count
            text = f"the sum over axis {axis} of the result is missing: only the {which} one counts"
            yield "sum", text, np.where(here, whole, 0.0).reshape(e.jacobian.shape)
            if count > 2:
                text = f"the {which} one along axis {axis} of the result is left out of the sum"
                yield "sum", text, np.where(here, 0.0, whole).reshape(e.jacobian.shape)
        mean = np.broadcast_to(np.mean(whole, axis, keepdims=True), whole.shape)
        text = f"the cotangent's mean over axis {axis} is used"
        yield "mean cotangent", text, mean.reshape(e.jacobian.shape)


def _wrong_axis(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """A broadcast input: the local gradient is summed over axes that are not those it was broadcast along."""
    shape = e.ys[0].shape
    used = np.nan_to_num(e.jacobian) != 0
    if not shape or not (used.sum(1) <= 1).all() or e.size == e.x.size:
        return
    local = np.sum(e.jacobian, axis=1)
    place = np.indices(shape).reshape(len(shape), -1)
    kept_shape = tuple(n for n in e.x.shape if n > 1)
    for kept in permutations(range(len(shape)), len(kept_shape)):
        if tuple(shape[a] for a in kept) != kept_shape:
            continue
        column = np.ravel_multi_index([place[a] for a in kept], kept_shape) if kept else np.zeros(e.size, int)
        predicted = np.zeros(e.jacobian.shape)
        predicted[np.arange(e.size), column] = local
        over = [a for a in range(len(shape)) if a not in kept]
        yield "axis", f"the sum over the broadcast axes is over {over}, the wrong ones", predicted


def _parts_of_the_input(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """The gradient of one slice of the input stands in all of them, or their mean or sum does."""
    whole = e.jacobian.reshape(e.size, *e.x.shape)
    for axis, count in enumerate(e.x.shape):
        if count < 2:
            continue
        part = [slice(None)] * whole.ndim
        for i, which in ((0, "first"), (count - 1, "last")):
            part[axis + 1] = slice(i, i + 1)
            same = np.broadcast_to(whole[tuple(part)], whole.shape).reshape(e.jacobian.shape)
            yield "sum", f"along axis {axis} of the input every gradient is the {which} one's", same
        for text, made in (("summed", np.sum), ("averaged", np.mean)):
            same = np.broadcast_to(made(whole, axis + 1, keepdims=True), whole.shape).reshape(
                e.jacobian.shape
            )
            yield (
                "axis",
                f"the gradient is {text} over axis {axis} of the input, which was not broadcast",
                same,
            )
