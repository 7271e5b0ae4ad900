"""A convolution over words with its maximum over time, from what each distinct word answers at each place.

    y_nf = max_t sum_j s_{rows(n, t + j), j, f}        <g, window_gather(s)>  =  <window_scatter(g), s>

A batch of sentences repeats its words: their products with the filters, s, are computed once a word.  With
the winners fixed, y is linear in s, and its gradient touches h numbers for each y.  Start with reference.py.
The C rung of the ladder is Numba here: it is as fast.
"""

from __future__ import annotations

import numpy as np

from .. import geometry
from ..dispatch import Kernel
from ..memory import empty

__all__ = ["max_over_time", "window_gather", "window_scatter"]

_max_over_time = Kernel("max_over_time", __name__)
_window_scatter = Kernel("window_scatter", __name__)


def max_over_time(s: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (y, at), each (N, F): the largest answer of each filter, and the window that gave it.

    Parameters
    ----------
    s : floats (U, h, F)
        What filter f answers at its place j to word u.
    rows : whole numbers (N, T)
        Which of the U each word is.
    """
    (s,) = geometry.floats("max_over_time", s=s)
    U, h, F = geometry.axes("max_over_time", "s", s, "U,h,F")
    rows = _checked("max_over_time", rows, U, h)
    y, at = empty((len(rows), F), s.dtype), empty((len(rows), F), np.int64)
    if y.size:
        _max_over_time(s, rows, y, at)
    return y, at


def window_gather(s: np.ndarray, rows: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return y (N, F): what each filter answers to the window at ``at``.  Adjoint of `window_scatter`."""
    (s,) = geometry.floats("window_gather", s=s)
    U, h, F = geometry.axes("window_gather", "s", s, "U,h,F")
    rows = _checked("window_gather", rows, U, h)
    at = _checked_at("window_gather", at, (len(rows), F), rows.shape[1] - h + 1)
    n, f, j = np.arange(len(rows))[:, None, None], np.arange(F)[:, None], np.arange(h)
    return s[rows[n, at[..., None] + j], j, f].sum(axis=-1)


def window_scatter(g: np.ndarray, rows: np.ndarray, at: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return s (U, h, F), (U, h) = size: each g (N, F) added for the h words of its window."""
    (g,) = geometry.floats("window_scatter", g=g)
    N, F = geometry.axes("window_scatter", "g", g, "N,F")
    rows = _checked("window_scatter", rows, *size)
    if len(rows) != N:
        raise ValueError(f"window_scatter: g has {N} rows, rows has {len(rows)}")
    at = _checked_at("window_scatter", at, (N, F), rows.shape[1] - size[1] + 1)
    s = np.zeros((*size, F), g.dtype)
    if g.size:
        _window_scatter(g, rows, at, s)
    return s


def _checked(op: str, rows: np.ndarray, words: int, width: int) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.dtype.kind not in "iu":
        raise ValueError(f"{op}: rows must be whole numbers (N, T), got {rows.dtype} {rows.shape}")
    if width < 1 or rows.shape[1] < width:
        raise ValueError(f"{op}: a window of {width} words, in sentences of {rows.shape[1]} with padding")
    if rows.size and not (rows.min() >= 0 and rows.max() < words):
        raise IndexError(f"{op}: rows run from {rows.min()} to {rows.max()}, s has {words} words")
    return np.ascontiguousarray(rows, np.int64)


def _checked_at(op: str, at: np.ndarray, shape: tuple[int, int], windows: int) -> np.ndarray:
    at = np.asarray(at)
    if at.shape != shape or at.dtype.kind not in "iu":
        raise ValueError(f"{op}: at must be whole numbers {shape}, got {at.dtype} {at.shape}")
    if at.size and not (at.min() >= 0 and at.max() < windows):
        raise IndexError(f"{op}: at runs from {at.min()} to {at.max()}, there are {windows} windows")
    return np.ascontiguousarray(at, np.int64)
