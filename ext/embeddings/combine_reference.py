"""Putting copies of vectors together: the specification of ``combine.py``.  ``text/rounds.py`` and
``text/own_copies.py`` say what for.

W copies, R rows, S row length
"""

from __future__ import annotations

import numpy as np

LEAST = 1e-9  # pull: of none, f would be 0 / 0


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
    shared: np.ndarray,
    own: np.ndarray,
    before: np.ndarray,
    rows: np.ndarray,
    often: np.ndarray,
    others_pull: float,
    own_pull: float,
) -> None:
    """Two copies of some rows become one: what both were, and a share of each one's way.

    A pull x leaves e^-x of the way to where a row is drawn.  What pulls a and b leave of it together is e^-(a + b),
    and of two copies that have both arrived each should count by its steps.  So the shares are

        f(a) / f(a + b) and f(b) / f(a + b),   f(x) = x / (1 - e^-x):   1 for a small x, x for a large one

    Parameters
    ----------
    shared, own, before : float32 (R, S), INOUT
        The copies, and what both were when they met last; the rows that meet are equal afterwards.
    rows : int64 (n,), IN
        No row twice.
    often : float64 (n,), IN
        How often a token of text moves each of them.
    others_pull, own_pull : float
        The pull, for a row that each token moves, of all that others have read since then, and of what was read with
        ``own``.
    """

    def f(pull: np.ndarray) -> np.ndarray:
        return pull / (1 - np.exp(-pull))

    a, b = (np.maximum(often * pull, LEAST)[:, None] for pull in (others_pull, own_pull))
    old = before[rows]  # (n,S)
    way = f(a) / f(a + b) * (shared[rows] - old) + f(b) / f(a + b) * (own[rows] - old)
    shared[rows] = own[rows] = before[rows] = old + way
