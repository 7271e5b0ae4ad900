"""Putting copies of vectors together, compiled: does what ``combine_reference.py`` does.

Most rows were not moved since the last time.  Of each row the first LINE numbers, one line of the cache, are
compared: only if a copy differs there, the whole row is read and written.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .combine_reference import LEAST
from .tables import LINE


@njit(nogil=True, cache=True)
def combine(old, copies, longer, first, last, ways):
    """Arguments as in ``combine_reference.py``."""
    for row in range(first, last):
        moved = False
        for w in range(ways):
            for c in range(LINE):
                moved |= copies[w, row, c] != old[row, c]
        if moved:
            for c in range(old.shape[1]):
                way = np.float32(0)
                for w in range(ways):
                    way += copies[w, row, c] - old[row, c]
                new = old[row, c] + way * longer[row]
                old[row, c] = new
                for w in range(copies.shape[0]):
                    copies[w, row, c] = new


@njit(nogil=True, boundscheck=False, error_model="numpy", cache=True)
def meet(shared, own, before, rows, often, others_pull, own_pull):
    """Arguments as in ``combine_reference.py``."""
    for i in range(len(rows)):
        row = rows[i]
        moved = False
        for c in range(LINE):
            moved |= (own[row, c] != before[row, c]) | (shared[row, c] != before[row, c])
        if moved:
            a, b = max(often[i] * others_pull, LEAST), max(often[i] * own_pull, LEAST)
            left, own_left = math.exp(-a), math.exp(-b)
            both = (a + b) / (1 - left * own_left)
            share, own_share = np.float32(a / (1 - left) / both), np.float32(b / (1 - own_left) / both)
            for c in range(shared.shape[1]):
                old = before[row, c]
                new = old + share * (shared[row, c] - old) + own_share * (own[row, c] - old)
                shared[row, c] = new
                own[row, c] = new
                before[row, c] = new
