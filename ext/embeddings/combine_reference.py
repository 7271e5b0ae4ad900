"""Putting copies of vectors together: the specification of ``combine.py``.  ``text/rounds.py`` says what for.

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
