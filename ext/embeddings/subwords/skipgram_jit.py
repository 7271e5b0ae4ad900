"""Skip-gram with subwords, compiled: does what `skipgram_subwords` and its shared form do in the reference.

The centre's word and n-grams, some 20 rows of v, make one h, which meets one context word after the other.
Each row would get grad_h of each; but the mean of rows that all move by e moves by e itself.  So h is
gathered once for a window, moves on its own, and its way is added to the rows at the end: the same result
(but for rounding, and for a row that a word holds twice) for a tenth of the memory traffic.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.prefetch import prefetch_row
from ..codegen.settings import INLINE, INNER, ONE
from ..codegen.simd import LANES, fma, load, store
from ..negative_sampling.jit import draw, learn, step
from ..shared_noise.reference import CENTRES
from ..word2vec.jit import add_rows, draw_window, gather, spread

STRIDE = ROWS = H = ERROR = START = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INLINE, cache=CACHE)
def prefetch_word(place, sentence, length, v, subwords):
    """Ask for the rows of this place."""
    starts, rows = subwords
    if place < length:
        word = np.uint64(sentence[place])
        for k in range(starts[word], starts[word + np.uint64(1)]):
            prefetch_row(v, np.int64(rows[np.uint64(k)]) * STRIDE, STRIDE)


@njit(**INLINE, cache=CACHE)
def begin(word, v, subwords, inputs, scratch):
    """h of a word; from START on stays what it was.  Returns how many rows it is made of."""
    count = add_rows(word, inputs, 0, subwords)
    gather(inputs, count, v, scratch)
    for c in range(0, STRIDE, LANES):
        store(scratch, START + c, load(scratch, H + c))
    return count


@njit(**INLINE, cache=CACHE)
def move(scratch):
    """h moves by grad_h."""
    for c in range(0, STRIDE, LANES):
        store(scratch, H + c, fma(ONE, load(scratch, H + c), load(scratch, ERROR + c)))


@njit(**INLINE, cache=CACHE)
def leave(inputs, count, v, scratch):
    """Add the way that h has gone to its rows."""
    for c in range(0, STRIDE, LANES):
        store(scratch, ERROR + c, fma(-ONE, load(scratch, START + c), load(scratch, H + c)))
    spread(inputs, count, v, scratch)


@njit(**INNER, cache=CACHE)
def skipgram_subwords(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """The centre, as the mean of its rows, predicts each context word."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        count = begin(sentence[i], v, subwords, inputs, scratch)
        prefetch_word(i + 1, sentence, length, v, subwords)
        for j in range(first, last):
            if j != i:
                random = learn(np.uint64(sentence[j]), random, rate, vp, tables, target, scratch)
                move(scratch)
        leave(inputs, count, v, scratch)
    return random


@njit(**INNER, cache=CACHE)
def skipgram_subwords_shared(
    sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch
):
    """The same; the noise of a place in the window serves CENTRES centres, and its rows stay in a cache."""
    drawn = 0  # places in target that have noise
    for i in range(length):
        if i % CENTRES == 0:
            drawn = 0
        first, last, random = draw_window(i, length, random)
        while drawn < (last - first - 1) * ROWS:
            random = draw(random, tables, target, drawn)
            for d in range(1, ROWS):
                prefetch_row(vp, np.int64(target[drawn + d]) * STRIDE, STRIDE)
            drawn += ROWS
        if last < length:
            prefetch_row(vp, np.int64(sentence[last]) * STRIDE, STRIDE)
        count = begin(sentence[i], v, subwords, inputs, scratch)
        prefetch_word(i + 1, sentence, length, v, subwords)
        at = 0
        for j in range(first, last):
            if j != i:
                target[at] = np.uint64(sentence[j])
                step(rate, target, at, at, vp, scratch, H, ONE, scratch, H)
                at += ROWS
        leave(inputs, count, v, scratch)
    return random
