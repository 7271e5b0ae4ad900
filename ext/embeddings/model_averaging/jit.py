"""Putting copies of vectors together, compiled: does what ``reference.py`` does.

Most rows were not moved since the last time.  Of each row the first CACHE_LINE numbers, one line of the
cache, are compared: only if a copy differs there, the whole row is read and written.
"""

from __future__ import annotations

import math

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import COMPILE, linear_rate
from ..tables import CACHE_LINE
from .reference import LEAST_DRIFT


def make_train_and_average(train_slice):
    """The loop over a text, or over documents, with an average after each period."""

    @njit(**COMPILE)
    def train_and_average(
        state, tokens, start, stop, random, v, vp, tables, more, keep, done, thread, total, alpha, *rest
    ):
        """As in ``reference.py``, but for ``rest``, which is the loop's.

        In here, and not in Python: to go back to the interpreter every 2,048 tokens cost two threads a tenth
        of their time, and one thread nothing.
        """
        read, turns, period = state[6], state[9], state[10]
        progress = np.empty(1, np.int64)
        while start < stop:
            end = min(start + period, stop)
            progress[0] = done.sum()
            random = train_slice(
                tokens, start, end, random, v, vp, tables, more, keep, progress, 0, total, alpha, *rest
            )
            done[thread] += end - start
            read[thread] += end - start
            turns[thread] += 1
            tiers, turn = 1, turns[thread]
            while turn % 2 == 0:
                tiers, turn = tiers + 1, turn // 2
            average(state, thread, tiers, linear_rate(alpha, done.sum() / (total + 1)))
            start = end
        return random

    return train_and_average


@njit(nogil=True, boundscheck=False, cache=True)
def average(state, thread, tiers, rate):
    """Arguments as in ``reference.py``."""
    shared, own, before, rows, step_rate, edges, read, own_in, others_in, _, _, curvature = state
    if thread == 0:
        return
    drift = rate * curvature
    for tier in range(min(tiers, len(edges) - 1)):
        own_now = read[thread]
        others_now = read[0] - own_in[thread, tier]
        for each in range(len(read)):
            others_now += own_in[each, tier]
        others_drift = drift * (others_now - others_in[thread, tier])
        own_drift = drift * (own_now - own_in[thread, tier])
        first, last = edges[tier], edges[tier + 1]
        average_rows(shared, own, before, rows[first:last], step_rate[first:last], others_drift, own_drift)
        own_in[thread, tier], others_in[thread, tier] = own_now, others_now


@njit(nogil=True, cache=True)
def average_copies(old, copies, longer, first, last, count):
    """Arguments as in ``reference.py``."""
    for row in range(first, last):
        moved = False
        for w in range(count):
            for c in range(CACHE_LINE):
                moved |= copies[w, row, c] != old[row, c]
        if moved:
            for c in range(old.shape[1]):
                delta = np.float32(0)
                for w in range(count):
                    delta += copies[w, row, c] - old[row, c]
                new = old[row, c] + delta * longer[row]
                old[row, c] = new
                for w in range(copies.shape[0]):
                    copies[w, row, c] = new


@njit(nogil=True, boundscheck=False, error_model="numpy", cache=True)
def average_rows(shared, own, before, rows, step_rate, others_drift, own_drift):
    """Arguments as in ``reference.py``."""
    for i in range(len(rows)):
        row = rows[i]
        moved = False
        for c in range(CACHE_LINE):
            moved |= (own[row, c] != before[row, c]) | (shared[row, c] != before[row, c])
        if moved:
            a, b = max(step_rate[i] * others_drift, LEAST_DRIFT), max(step_rate[i] * own_drift, LEAST_DRIFT)
            left, own_left = math.exp(-a), math.exp(-b)
            both = (a + b) / (1 - left * own_left)
            share, own_share = np.float32(a / (1 - left) / both), np.float32(b / (1 - own_left) / both)
            for c in range(shared.shape[1]):
                old = before[row, c]
                new = old + share * (shared[row, c] - old) + own_share * (own[row, c] - old)
                shared[row, c] = new
                own[row, c] = new
                before[row, c] = new


@njit(nogil=True, boundscheck=False, cache=True)
def moved_rows(old, copy, rows):
    """Arguments as in ``reference.py``."""
    count = 0
    for row in range(len(old)):
        moved = False
        for c in range(CACHE_LINE):
            moved |= copy[row, c] != old[row, c]
        if moved:
            rows[count] = row
            count += 1
    return count


@njit(nogil=True, cache=True)
def meet_rows(own, before, rows, seen, moved, longer):
    """Arguments as in ``reference.py``; row by row: little of what threads add meanwhile is lost."""
    for i in range(len(rows)):
        row = rows[i]
        for c in range(own.shape[1]):
            new = before[row, c] + longer[i] * moved[i, c]
            own[row, c] += new - seen[i, c]
            before[row, c] = new
