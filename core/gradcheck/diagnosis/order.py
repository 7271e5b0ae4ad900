"""Right numbers in wrong places: transposed, reversed, shifted, in the gradient or in the cotangent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import numpy as np

from .evidence import Evidence


def rearranged(e: Evidence) -> Iterator[tuple[str, str, Any]]:
    """Yield B = J with its columns (the gradient) or its rows (the cotangent) in another order."""
    for kind, text, order in orders(e.x.shape):
        columns = order(np.arange(e.x.size).reshape(e.x.shape)).ravel()
        yield kind, f"the gradient is {text}", _taken(e.jacobian, columns, 1)
    text = "what each output sends back is reversed where it arrives: a kernel that is not flipped"
    yield "reversed", text, _windows_reversed(e.jacobian.reshape(-1, *e.x.shape)).reshape(e.jacobian.shape)
    if len(e.ys) != 1:
        return
    for kind, text, order in orders(e.ys[0].shape):
        rows = order(np.arange(e.size).reshape(e.ys[0].shape)).ravel()
        yield kind, f"the cotangent is {text}", _taken(e.jacobian, rows, 0)


def orders(shape: tuple[int, ...]) -> Iterator[tuple[str, str, Callable]]:
    """Yield the ways to put an array of this shape in another order; an index of -1 stands for a zero."""
    axes = range(len(shape))
    for a, b in combinations(axes, 2):
        if shape[a] == shape[b]:
            yield "transposed", f"transposed (axes {a} and {b})", lambda i, a=a, b=b: np.swapaxes(i, a, b)
    if len(shape) == 2 and shape[0] != shape[1]:
        yield (
            "transposed",
            "laid out as its transpose, and reshaped",
            lambda i: i.reshape(i.shape[::-1]).T.reshape(i.shape),
        )
        yield "transposed", "transposed, and reshaped back", lambda i: i.T.reshape(i.shape)
    for a in axes:
        if shape[a] > 1:
            yield "reversed", f"reversed along axis {a}", lambda i, a=a: np.flip(i, a)
    if len(shape) > 1:
        last = "both last axes: a kernel that is not flipped?"
        yield "reversed", f"reversed along {last}", lambda i: i[..., ::-1, ::-1]
        yield "reversed", "reversed as a whole", lambda i: i.ravel()[::-1].reshape(i.shape)
    for by in (1, -1):
        for a in axes:
            if shape[a] > 1:
                text = f"shifted by {by} along axis {a}"
                yield (
                    "shifted",
                    f"{text}, what falls off comes in again",
                    lambda i, a=a, by=by: np.roll(i, by, a),
                )
                yield "shifted", f"{text}: off by one", lambda i, a=a, by=by: _pushed(i, by, a)
        if len(shape) > 1:
            yield "shifted", f"shifted by {by} in memory: off by one", lambda i, by=by: np.roll(i, by)


def _windows_reversed(rows: np.ndarray) -> np.ndarray:
    """Return each row's smallest box that holds all that is not zero, reversed along every axis."""
    found = rows.copy()
    for i, row in enumerate(rows if rows.ndim > 1 else ()):
        places = np.nonzero(np.nan_to_num(row))
        if places[0].size:
            box = tuple(slice(each.min(), each.max() + 1) for each in places)
            found[i][box] = np.flip(row[box])
    return found


def _pushed(index: np.ndarray, by: int, axis: int) -> np.ndarray:
    moved = np.roll(index, by, axis)
    edge: list[Any] = [slice(None)] * index.ndim
    edge[axis] = slice(0, by) if by > 0 else slice(by, None)
    moved[tuple(edge)] = -1
    return moved


def _taken(matrix: np.ndarray, index: np.ndarray, axis: int) -> np.ndarray:
    found = np.take(matrix, np.maximum(index, 0), axis)
    zero = np.expand_dims(index < 0, 1 - axis)
    return np.where(zero, 0.0, found)
