"""Negative sampling with shared noise, compiled: does what ``shared_reference.py`` does.

The rows of the noise stay in ``scratch`` from one example to the next: no drawing, no cache misses.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .compiled import COMPILE
from .jit import add_rows, draw_window, gather, spread
from .negative import draw, fetch, step, store
from .shared_reference import GROUP

STRIDE = ROWS = H = ERROR = WINDOW = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**COMPILE, cache=CACHE)
def skipgram_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre; the centre's row and the noise stay at hand."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        random = draw(random, vp, tables, target)
        target[0] = np.uint64(sentence[i])
        fetch(0, target, vp, scratch)
        for j in range(first, last):
            if j != i:
                count = add_rows(sentence[j], inputs, 0, subwords)
                gather(inputs, count, v, scratch)
                step(rate, target, scratch)
                spread(inputs, count, v, scratch)
        store(0, target, vp, scratch)
    return random


@njit(**COMPILE, cache=CACHE)
def step_at(word, rate, vp, target, scratch):
    """One step of ``word`` among the noise at hand."""
    target[0] = word
    row = word * np.uint64(STRIDE)
    for c in range(STRIDE):
        scratch[c] = vp[row + np.uint64(c)]
    for d in range(ROWS - 1, 0, -1):
        if target[d] == word:  # the word is among the noise: its copy there is newer
            for c in range(STRIDE):
                scratch[c] = scratch[d * STRIDE + c]
    step(rate, target, scratch)
    for c in range(STRIDE):
        vp[row + np.uint64(c)] = scratch[c]
    for d in range(1, ROWS):
        if target[d] == word:
            for c in range(STRIDE):
                scratch[d * STRIDE + c] = scratch[c]


@njit(**COMPILE, cache=CACHE)
def cbow_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre; GROUP centres are told from the same noise."""
    for i in range(length):
        if i % GROUP == 0:
            random = draw(random, vp, tables, target)
            fetch(1, target, vp, scratch)
        first, last, random = draw_window(i, length, random)
        if last - first > 1:
            count = 0
            for j in range(first, last):
                if j != i:
                    count = add_rows(sentence[j], inputs, count, subwords)
            gather(inputs, count, v, scratch)
            step_at(np.uint64(sentence[i]), rate, vp, target, scratch)
            spread(inputs, count, v, scratch)
        if (i + 1) % GROUP == 0 or i + 1 == length:
            store(1, target, vp, scratch)
    return random
