"""CBOW with subwords, compiled: does what ``cbow_reference.py`` does.

The 2 window + 1 words within reach lie in ``scratch`` from ``sizes.slots`` on, the one at place i in slot
i % (2 window + 1): its total and then its delta.  The rows of the next one are prefetched one centre before
it is loaded.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import INLINE, INNER, ONE, ZERO
from ..codegen.simd import LANES, fma, load, store
from ..codegen.sizes import sizes
from ..codegen.unroll import registers, unroll
from ..negative_sampling.jit import draw
from ..shared_noise.jit import fetch, put_back, step_at
from ..shared_noise.reference import GROUP
from ..tables import CACHE_LINE
from ..word2vec.jit import draw_window
from .skipgram_jit import prefetch_word

PARTS = CACHE_LINE // LANES  # registers for the numbers of a cache line


def make_cbow_subwords(learn):
    """All context words together predict the centre by an output layer."""

    @njit(**INNER)
    def cbow_subwords(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
        load_first(sentence, length, v, subwords, scratch)
        for i in range(length):
            load_word(i + sizes.window, sentence, length, v, subwords, scratch)
            prefetch_word(i + sizes.window + 1, sentence, length, v, subwords)
            first, last, random = draw_window(i, length, random)
            if last - first > 1:
                mean(first, last, i, sentence, subwords, scratch)
                random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
                move(first, last, i, sentence, subwords, scratch)
            store_word(i - sizes.window, sentence, v, subwords, scratch)
        store_last(sentence, length, v, subwords, scratch)
        return random

    return cbow_subwords


@njit(**INNER)
def cbow_subwords_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """The same, the noise of GROUP centres fetched once."""
    load_first(sentence, length, v, subwords, scratch)
    for i in range(length):
        load_word(i + sizes.window, sentence, length, v, subwords, scratch)
        prefetch_word(i + sizes.window + 1, sentence, length, v, subwords)
        if i % GROUP == 0:
            random = draw(random, tables, target, 0)
            fetch(1, target, vp, scratch)
        first, last, random = draw_window(i, length, random)
        if last - first > 1:
            mean(first, last, i, sentence, subwords, scratch)
            step_at(np.uint64(sentence[i]), rate, vp, target, scratch)
            move(first, last, i, sentence, subwords, scratch)
        if (i + 1) % GROUP == 0 or i + 1 == length:
            put_back(1, target, vp, scratch)
        store_word(i - sizes.window, sentence, v, subwords, scratch)
    store_last(sentence, length, v, subwords, scratch)
    return random


@njit(**INLINE)
def slot(place):
    """Where in scratch this place of the sentence is."""
    return sizes.slots + place % (2 * sizes.window + 1) * 2 * sizes.stride


@njit(**INLINE)
def load_word(place, sentence, length, v, subwords, scratch):
    """Read the rows of this place."""
    total = registers(PARTS)
    starts, rows = subwords
    if place < length:
        word, at = np.uint64(sentence[place]), slot(place)
        for c in range(0, sizes.stride, CACHE_LINE):
            for part in unroll(PARTS):
                total[part] = fma(ZERO, ZERO, ZERO)
            for k in range(starts[word], starts[word + np.uint64(1)]):
                row = np.int64(rows[np.uint64(k)]) * sizes.stride + c
                for part in unroll(PARTS):
                    total[part] = fma(ONE, load(v, row + part * LANES), total[part])
            for part in unroll(PARTS):
                store(scratch, at + c + part * LANES, total[part])
                store(scratch, at + c + part * LANES + sizes.stride, fma(ZERO, ZERO, ZERO))


@njit(**INLINE)
def store_word(place, sentence, v, subwords, scratch):
    """Write the rows of this place."""
    starts, rows = subwords
    if place >= 0:
        word, at = np.uint64(sentence[place]), slot(place) + sizes.stride
        for k in range(starts[word], starts[word + np.uint64(1)]):
            row = np.int64(rows[np.uint64(k)]) * sizes.stride
            for c in range(0, sizes.stride, LANES):
                store(v, row + c, fma(ONE, load(v, row + c), load(scratch, at + c)))


@njit(**INLINE)
def mean(first, last, i, sentence, subwords, scratch):
    """h: the mean of all rows of the places first to last without i."""
    starts, count = subwords[0], 0
    for j in range(first, last):
        if j != i:
            word = np.uint64(sentence[j])
            count += starts[word + np.uint64(1)] - starts[word]
    share = ONE / np.float32(count)
    for c in range(0, sizes.stride, LANES):
        h = fma(ZERO, ZERO, ZERO)
        for j in range(first, last):
            if j != i:
                h = fma(ONE, load(scratch, slot(j) + c), h)
        store(scratch, sizes.h + c, fma(share, h, ZERO))


@njit(**INLINE)
def move(first, last, i, sentence, subwords, scratch):
    """Every row of these places moves by the whole grad_h."""
    starts = subwords[0]
    for j in range(first, last):
        if j != i:
            word, at = np.uint64(sentence[j]), slot(j)
            count = np.float32(starts[word + np.uint64(1)] - starts[word])
            for c in range(0, sizes.stride, LANES):
                grad_h = load(scratch, sizes.grad_h + c)
                store(scratch, at + c, fma(count, grad_h, load(scratch, at + c)))
                store(scratch, at + sizes.stride + c, fma(ONE, grad_h, load(scratch, at + sizes.stride + c)))


@njit(**INNER)
def load_first(sentence, length, v, subwords, scratch):
    """Read the rows of the places that are within reach of place 0 but for the last of them."""
    for j in range(sizes.window):
        load_word(j, sentence, length, v, subwords, scratch)


@njit(**INNER)
def store_last(sentence, length, v, subwords, scratch):
    """Write the rows of the places that are within reach of the last one."""
    for j in range(length - sizes.window, length):
        store_word(j, sentence, v, subwords, scratch)
