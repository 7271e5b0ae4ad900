"""Skip-gram with negative sampling, compiled: does what ``reference.py`` does, and looks one window ahead.

Most of its time would go into waiting for the rows of noise words, which lie anywhere in v'.  So the noise of the
next window is drawn, and its rows asked for, before the present one learns.  The words drawn are the same: between
two windows nothing else draws.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .compiled import COMPILE, INCREMENT, MULTIPLIER, ONE
from .jit import draw_window
from .negative import U16, draw, step
from .prefetch import ask, prefetch
from .subwords import begin, expect, leave

STRIDE = ROWS = WINDOW = SUBWORDS = H = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**COMPILE, cache=CACHE)
def look(i, sentence, length, random, v, vp, tables, target, at):
    """The window of place ``i``, its words and their noise to target[at:]; returns (first, last, random)."""
    first, last, random = draw_window(i, length, random)
    centre = np.uint64(sentence[i])  # what is predicted; with subwords it predicts
    ask(vp, np.int64(centre) * STRIDE, STRIDE)
    for j in range(first, last):
        if j != i:
            target[at] = np.uint64(sentence[j]) if SUBWORDS else centre
            random = draw(random, vp, tables, target, at)
            for d in range(1, ROWS):
                ask(vp, np.int64(target[at + d]) * STRIDE, STRIDE)
            at += ROWS
    if last < length:
        ask(vp if SUBWORDS else v, np.int64(sentence[last]) * STRIDE, STRIDE)
    # the table is larger than most caches: ask for what the window after that will look up
    if i + 1 < length:
        noise = tables[0]
        start, stop, later = draw_window(i + 1, length, random)
        for _ in range((stop - start - 1) * (ROWS - 1)):
            later = later * MULTIPLIER + INCREMENT
            prefetch(noise, np.int64((later >> U16) & np.uint64(noise.shape[0] - 1)))
    return first, last, random


@njit(**COMPILE, cache=CACHE)
def skipgram(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre; with subwords the centre predicts each (``subwords.py``)."""
    here, there = 0, 2 * WINDOW * ROWS  # in target: of the present window, of the next
    first = last = 0
    if length > 0:
        first, last, random = look(0, sentence, length, random, v, vp, tables, target, here)
    for i in range(length):
        next_first = next_last = 0
        if i + 1 < length:
            next_first, next_last, random = look(
                i + 1, sentence, length, random, v, vp, tables, target, there
            )
        if SUBWORDS:
            count = begin(sentence[i], v, subwords, inputs, scratch)
            expect(i + 1, sentence, length, v, subwords)
        at = here
        for j in range(first, last):
            if j != i:
                if SUBWORDS:
                    step(rate, target, at, at, vp, scratch, H, ONE, scratch, H)
                else:
                    row = np.int64(sentence[j]) * STRIDE
                    step(rate, target, at, at, vp, v, row, ONE, v, row)
                at += ROWS
        if SUBWORDS:
            leave(inputs, count, v, scratch)
        first, last = next_first, next_last
        here, there = there, here
    return random
