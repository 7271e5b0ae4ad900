"""Skip-gram with subwords, compiled: does what `skipgram_subwords` and its shared form do in the references.

The centre's word and n-grams, some 20 rows of v, make one h, which meets one context word after the other.
Each row would get grad_h of each; but the mean of rows that all move by e moves by e itself.  So h is
gathered once for a window, moves on its own, and what moved it is added to the rows at the end: the same
result (but for rounding, and for a row that a word holds twice) for a tenth of the memory traffic.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.prefetch import prefetch_row
from ..codegen.settings import INLINE, INNER, INT_0, ONE
from ..codegen.simd import LANES, fma, load, store
from ..codegen.sizes import sizes
from ..negative_sampling.jit import draw, step
from ..shared_noise.reference import CENTRES
from ..word2vec.jit import draw_window, gather, spread
from ..word2vec.lookahead_jit import make_draw_window_ahead


def make_skipgram_subwords(learn):
    """The centre, as the mean of its rows, predicts each context word by an output layer."""

    @njit(**INNER)
    def skipgram_subwords(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
        for i in range(length):
            first, last, random = draw_window(i, length, random)
            count = load_word(sentence[i], v, subwords, inputs, scratch)
            prefetch_word(i + 1, sentence, length, v, subwords)
            for j in range(first, last):
                if j != i:
                    random = learn(np.uint64(sentence[j]), random, rate, vp, tables, target, scratch)
                    move_h(scratch)
            store_word(inputs, count, v, scratch)
        return random

    return skipgram_subwords


@njit(**INNER)
def skipgram_subwords_ahead(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """The same with negative sampling, one window ahead as in ``word2vec/lookahead_jit.py``."""
    here, there = INT_0, INT_0 + 2 * sizes.window * sizes.rows
    first, last, random = draw_window_ahead(INT_0, sentence, length, random, v, vp, tables, target, here)
    for i in range(length):
        ahead = draw_window_ahead(i + 1, sentence, length, random, v, vp, tables, target, there)
        count = load_word(sentence[i], v, subwords, inputs, scratch)
        prefetch_word(i + 1, sentence, length, v, subwords)
        for at in range(here, here + (last - first - 1) * sizes.rows, sizes.rows):
            update(rate, vp, target, at, scratch)
        store_word(inputs, count, v, scratch)
        first, last, random = ahead
        here, there = there, here
    return random


@njit(**INNER)
def skipgram_subwords_shared(
    sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch
):
    """The same; the noise of a place in the window serves CENTRES centres, and its rows stay in a cache."""
    drawn = 0  # places in target that have noise
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        drawn, random = draw_places(i, last - first - 1, drawn, random, vp, tables, target)
        if last < length:
            prefetch_row(vp, np.int64(sentence[last]) * sizes.stride, sizes.stride)
        count = load_word(sentence[i], v, subwords, inputs, scratch)
        prefetch_word(i + 1, sentence, length, v, subwords)
        at = INT_0
        for j in range(first, last):
            if j != i:
                target[at] = np.uint64(sentence[j])
                update(rate, vp, target, at, scratch)
                at += sizes.rows
        store_word(inputs, count, v, scratch)
    return random


@njit(**INLINE)
def update(rate, vp, target, at, scratch):
    """One example: h learns to tell target[at] from the noise behind it, and moves."""
    step(rate, target, at, at, vp, scratch, sizes.h, ONE, scratch, sizes.h)


draw_window_ahead = make_draw_window_ahead(centre_predicts=True)


@njit(**INLINE)
def draw_places(i, places, drawn, random, vp, tables, target):
    """Draw the noise that so many places of a window lack; returns (how far target has noise, random)."""
    if i % CENTRES == 0:
        drawn = 0
    while drawn < places * sizes.rows:
        random = draw(random, tables, target, drawn)
        for d in range(1, sizes.rows):
            prefetch_row(vp, np.int64(target[drawn + d]) * sizes.stride, sizes.stride)
        drawn += sizes.rows
    return drawn, random


@njit(**INLINE)
def prefetch_word(place, sentence, length, v, subwords):
    """Prefetch the rows of this place of the sentence."""
    starts, rows = subwords
    if place < length:
        word = np.uint64(sentence[place])
        for k in range(starts[word], starts[word + np.uint64(1)]):
            prefetch_row(v, np.int64(rows[np.uint64(k)]) * sizes.stride, sizes.stride)


@njit(**INLINE)
def load_word(word, v, subwords, inputs, scratch):
    """h of a word; what it was stays from ``sizes.start`` on.  Returns how many rows it is made of."""
    starts, rows = subwords
    count = 0
    for at in range(starts[word], starts[word + 1]):
        inputs[count] = np.uint64(rows[at])
        count += 1
    gather(inputs, count, v, scratch)
    for c in range(0, sizes.stride, LANES):
        store(scratch, sizes.start + c, load(scratch, sizes.h + c))
    return count


@njit(**INLINE)
def move_h(scratch):
    """h moves by grad_h."""
    for c in range(0, sizes.stride, LANES):
        store(scratch, sizes.h + c, fma(ONE, load(scratch, sizes.h + c), load(scratch, sizes.grad_h + c)))


@njit(**INLINE)
def store_word(inputs, count, v, scratch):
    """Add to the rows of a word what h has moved by."""
    for c in range(0, sizes.stride, LANES):
        moved = fma(-ONE, load(scratch, sizes.start + c), load(scratch, sizes.h + c))
        store(scratch, sizes.grad_h + c, moved)
    spread(inputs, count, v, scratch)
