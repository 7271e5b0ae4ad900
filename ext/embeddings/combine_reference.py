"""Putting copies of vectors together: the specification of ``combine.py``.  ``text/rounds.py`` and
``text/own_copies.py`` say what for.

W copies, R rows, S row length
"""

from __future__ import annotations

import numpy as np


def combine(
    old: np.ndarray, copies: np.ndarray, longer: np.ndarray, first: int, last: int, ways: int
) -> None:
    """Move the rows ``first`` to ``last`` by the sum of the ways of the first copies, times ``longer``.

    Parameters
    ----------
    old : float32 (R, S), INOUT
        Where the copies began; afterwards, where they begin next.
    copies : float32 (W, R, S), INOUT
        Afterwards equal to ``old``.
    longer : float32 (R,), IN
    ways : int
        Copies that were moved: the first so many.
    """
    rows = slice(first, last)
    way = (copies[:ways, rows] - old[rows]).sum(0)  # (W,R,S) -> (R,S)
    old[rows] += way * longer[rows, None]
    copies[:, rows] = old[rows]


def meet(
    shared: np.ndarray, own: np.ndarray, before: np.ndarray, rows: np.ndarray, share: np.ndarray
) -> None:
    """Two copies of some rows become one: what both were, and a share of the sum of both ways.

    Parameters
    ----------
    shared, own, before : float32 (R, S), INOUT
        The copies, and what both were when they met last; these rows are equal afterwards.
    rows : int64 (n,), IN
        No row twice.
    share : float32 (n,), IN
    """
    old = before[rows]
    way = (shared[rows] - old) + (own[rows] - old)  # (n,S)
    shared[rows] = own[rows] = before[rows] = old + share[:, None] * way
