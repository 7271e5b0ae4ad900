"""Skip-gram with subwords, compiled: does what `skipgram_subwords` and its shared form do in the reference.

The centre's word and n-grams, some 20 rows of v, make one h, which meets one context word after the other.
Each row would get the error of each; but the mean of rows that all move by e moves by e itself.  So h is
gathered once for a window, moves on its own, and its way is added to the rows at the end: the same result
(but for rounding, and for a row that a word holds twice) for a tenth of the memory traffic.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .compiled import COMPILE, ONE
from .jit import add_rows, draw_window, gather, spread
from .lanes import LANES, fma, load, store
from .negative import draw, learn
from .prefetch import ask
from .shared import fetch, put_back, step_at

STRIDE = ROWS = H = ERROR = START = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**COMPILE, cache=CACHE)
def expect(place, sentence, length, v, subwords):
    """Ask for the rows of this place."""
    starts, rows = subwords
    if place < length:
        word = np.uint64(sentence[place])
        for k in range(starts[word], starts[word + np.uint64(1)]):
            ask(v, np.int64(rows[np.uint64(k)]) * STRIDE, STRIDE)


@njit(**COMPILE, cache=CACHE)
def begin(word, v, subwords, inputs, scratch):
    """h of a word; from START on stays what it was.  Returns how many rows it is made of."""
    count = add_rows(word, inputs, 0, subwords)
    gather(inputs, count, v, scratch)
    for c in range(0, STRIDE, LANES):
        store(scratch, START + c, load(scratch, H + c))
    return count


@njit(**COMPILE, cache=CACHE)
def move(scratch):
    """h moves by the error."""
    for c in range(0, STRIDE, LANES):
        store(scratch, H + c, fma(ONE, load(scratch, H + c), load(scratch, ERROR + c)))


@njit(**COMPILE, cache=CACHE)
def leave(inputs, count, v, scratch):
    """Add the way that h has gone to its rows."""
    for c in range(0, STRIDE, LANES):
        store(scratch, ERROR + c, fma(-ONE, load(scratch, START + c), load(scratch, H + c)))
    spread(inputs, count, v, scratch)


@njit(**COMPILE, cache=CACHE)
def skipgram_subwords(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """The centre, as the mean of its rows, predicts each context word."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        count = begin(sentence[i], v, subwords, inputs, scratch)
        expect(i + 1, sentence, length, v, subwords)
        for j in range(first, last):
            if j != i:
                random = learn(np.uint64(sentence[j]), random, rate, vp, tables, target, scratch)
                move(scratch)
        leave(inputs, count, v, scratch)
    return random


@njit(**COMPILE, cache=CACHE)
def skipgram_subwords_shared(
    sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch
):
    """The same; the noise of a window stays at hand."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        random = draw(random, vp, tables, target, 0)
        fetch(1, target, vp, scratch)
        count = begin(sentence[i], v, subwords, inputs, scratch)
        expect(i + 1, sentence, length, v, subwords)
        for j in range(first, last):
            if j != i:
                step_at(np.uint64(sentence[j]), rate, vp, target, scratch)
                move(scratch)
        leave(inputs, count, v, scratch)
        put_back(1, target, vp, scratch)
    return random
