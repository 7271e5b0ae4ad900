"""What measuring a loss needs of vectors: the specification of ``jit.py``.

N examples, M rows of all of them, S row length
"""

from __future__ import annotations

import numpy as np


def mean_rows(rows: np.ndarray, starts: np.ndarray, v: np.ndarray, h: np.ndarray) -> None:
    """The mean of each example's rows of v, ``rows[starts[n]:starts[n + 1]]``; of none, 0.

    Parameters
    ----------
    rows : integers (M,)
    starts : int64 (N + 1,)
        The first may be above 0: a part of a longer list.
    v : float32 or float64 (V, S)
    h : float64 (N, S), OUT
    """
    for n in range(len(h)):
        own = v[rows[starts[n] : starts[n + 1]]]
        h[n] = own.mean(0, dtype=np.float64) if len(own) else 0


def dot_rows(h: np.ndarray, rows: np.ndarray, starts: np.ndarray, vp: np.ndarray, dots: np.ndarray) -> None:
    """The product of each example's h with each of its rows of v', ``rows[starts[n]:starts[n + 1]]``.

    Parameters
    ----------
    h : float64 (N, S)
    rows, starts : as in `mean_rows`, but from 0
    vp : float32 or float64 (V, S)
    dots : float64 (M,), OUT
    """
    for n in range(len(h)):
        mine = slice(starts[n], starts[n + 1])
        dots[mine] = vp[rows[mine]] @ h[n]
