"""CBOW with subwords, compiled: does what ``cbow_reference.py`` does.

The 2 * WINDOW + 1 places in reach lie in ``scratch`` from NEAR on, place i in slot i % (2 * WINDOW + 1): its
total and then its way.  The rows of the next place are asked for one centre before it comes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.settings import INLINE, INNER, ONE, ZERO
from ..codegen.simd import LANES, fma, load, store
from ..codegen.unroll import registers, unroll
from ..negative_sampling.jit import draw, learn
from ..shared_noise.jit import fetch, put_back, step_at
from ..shared_noise.reference import GROUP
from ..word2vec.jit import draw_window
from .skipgram_jit import prefetch_word

STRIDE = ROWS = WINDOW = SHARED = H = ERROR = NEAR = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE_LINE = PARTS = 0  # numbers in a cache line, registers for them: filled in too
CACHE = False


@njit(**INLINE, cache=CACHE)
def slot(place):
    """Where in scratch this place of the sentence is."""
    return NEAR + place % (2 * WINDOW + 1) * 2 * STRIDE


@njit(**INLINE, cache=CACHE)
def come(place, sentence, length, v, subwords, scratch):
    """Read the rows of this place."""
    total = registers(PARTS)
    starts, rows = subwords
    if place < length:
        word, at = np.uint64(sentence[place]), slot(place)
        for c in range(0, STRIDE, CACHE_LINE):
            for part in unroll(PARTS):
                total[part] = fma(ZERO, ZERO, ZERO)
            for k in range(starts[word], starts[word + np.uint64(1)]):
                row = np.int64(rows[np.uint64(k)]) * STRIDE + c
                for part in unroll(PARTS):
                    total[part] = fma(ONE, load(v, row + part * LANES), total[part])
            for part in unroll(PARTS):
                store(scratch, at + c + part * LANES, total[part])
                store(scratch, at + c + part * LANES + STRIDE, fma(ZERO, ZERO, ZERO))


@njit(**INLINE, cache=CACHE)
def leave(place, sentence, v, subwords, scratch):
    """Write the rows of this place."""
    starts, rows = subwords
    if place >= 0:
        word, at = np.uint64(sentence[place]), slot(place) + STRIDE
        for k in range(starts[word], starts[word + np.uint64(1)]):
            row = np.int64(rows[np.uint64(k)]) * STRIDE
            for c in range(0, STRIDE, LANES):
                store(v, row + c, fma(ONE, load(v, row + c), load(scratch, at + c)))


@njit(**INLINE, cache=CACHE)
def mean(first, last, i, sentence, subwords, scratch):
    """h, of the places first to last without i."""
    starts, count = subwords[0], 0
    for j in range(first, last):
        if j != i:
            word = np.uint64(sentence[j])
            count += starts[word + np.uint64(1)] - starts[word]
    share = ONE / np.float32(count)
    for c in range(0, STRIDE, LANES):
        h = fma(ZERO, ZERO, ZERO)
        for j in range(first, last):
            if j != i:
                h = fma(ONE, load(scratch, slot(j) + c), h)
        store(scratch, H + c, fma(share, h, ZERO))


@njit(**INLINE, cache=CACHE)
def move(first, last, i, sentence, subwords, scratch):
    """Totals and ways of these places move by grad_h."""
    starts = subwords[0]
    for j in range(first, last):
        if j != i:
            word, at = np.uint64(sentence[j]), slot(j)
            count = np.float32(starts[word + np.uint64(1)] - starts[word])
            for c in range(0, STRIDE, LANES):
                grad_h = load(scratch, ERROR + c)
                store(scratch, at + c, fma(count, grad_h, load(scratch, at + c)))
                store(scratch, at + STRIDE + c, fma(ONE, grad_h, load(scratch, at + STRIDE + c)))


@njit(**INNER, cache=CACHE)
def cbow_subwords(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre; if SHARED, the noise of GROUP centres stays at hand."""
    for j in range(WINDOW):
        come(j, sentence, length, v, subwords, scratch)
    for i in range(length):
        come(i + WINDOW, sentence, length, v, subwords, scratch)
        prefetch_word(i + WINDOW + 1, sentence, length, v, subwords)
        if SHARED and i % GROUP == 0:
            random = draw(random, tables, target, 0)
            fetch(1, target, vp, scratch)
        first, last, random = draw_window(i, length, random)
        if last - first > 1:
            mean(first, last, i, sentence, subwords, scratch)
            if SHARED:
                step_at(np.uint64(sentence[i]), rate, vp, target, scratch)
            else:
                random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
            move(first, last, i, sentence, subwords, scratch)
        if SHARED and ((i + 1) % GROUP == 0 or i + 1 == length):
            put_back(1, target, vp, scratch)
        leave(i - WINDOW, sentence, v, subwords, scratch)
    for j in range(length - WINDOW, length):
        leave(j, sentence, v, subwords, scratch)
    return random
