"""The maximum over time of a convolution over words, and the adjoint: the specification of ``jit.py``.

N sentences, T words each; U distinct words, h places of a window, F filters

A window is the h words from place t on.  What filter f answers to it is the sum of what its h places answer
to its h words, which `s` holds for every distinct word.
"""

from __future__ import annotations

import numpy as np


def max_over_time(s: np.ndarray, rows: np.ndarray, y: np.ndarray, at: np.ndarray) -> None:
    """y_nf = max_t sum_j s_{rows(n, t + j), j, f}, at_nf the first t that has it; a NaN wins.

    Parameters
    ----------
    s : floats (U, h, F)
    rows : int64 (N, T)
        Which of the U each word is.
    y : floats (N, F), OUT
    at : int64 (N, F), OUT
    """
    h, windows = s.shape[1], rows.shape[1] - s.shape[1] + 1
    for n, row in enumerate(rows):
        c = sum(s[row[j : j + windows], j] for j in range(h))  # (windows, F)
        at[n] = np.argmax(c, axis=0)
        y[n] = np.max(c, axis=0)


def window_scatter(g: np.ndarray, rows: np.ndarray, at: np.ndarray, s: np.ndarray) -> None:
    """s_{rows(n, at_nf + j), j, f} += g_nf for each place j: every answer's gradient goes to h numbers.

    Parameters
    ----------
    g : floats (N, F)
    rows, at : as of `max_over_time`
    s : floats (U, h, F), INOUT
    """
    filters = np.arange(g.shape[1])
    for n, row in enumerate(rows):
        for j in range(s.shape[1]):
            s[row[at[n] + j], j, filters] += g[n]  # a filter is named once
