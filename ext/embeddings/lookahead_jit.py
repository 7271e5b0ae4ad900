"""Negative sampling, compiled: does what ``word2vec/reference.py`` does, and looks one window ahead.

Most of its time would go into waiting for the rows of noise words, which lie anywhere in v'.  So the noise of
the next window is drawn, and its rows asked for, before the present one learns.  The words drawn are the
same: between two windows nothing else draws.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .codegen.prefetch import prefetch_row
from .codegen.settings import INNER, ONE, ZERO
from .negative_sampling.jit import draw, prefetch_draws, step
from .subwords.skipgram_jit import begin, leave, prefetch_word
from .word2vec.jit import add_window, draw_window, gather, spread

STRIDE = ROWS = WINDOW = SUBWORDS = H = ERROR = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INNER, cache=CACHE)
def draw_window_ahead(i, sentence, length, random, v, vp, tables, target, at):
    """The window of place ``i``, its words and their noise to target[at:]; returns (first, last, random)."""
    first, last, random = draw_window(i, length, random)
    centre = np.uint64(sentence[i])  # what is predicted; with subwords it predicts
    prefetch_row(vp, np.int64(centre) * STRIDE, STRIDE)
    for j in range(first, last):
        if j != i:
            target[at] = np.uint64(sentence[j]) if SUBWORDS else centre
            random = draw(random, tables, target, at)
            for d in range(1, ROWS):
                prefetch_row(vp, np.int64(target[at + d]) * STRIDE, STRIDE)
            at += ROWS
    if last < length:
        prefetch_row(vp if SUBWORDS else v, np.int64(sentence[last]) * STRIDE, STRIDE)
    if i + 1 < length:
        start, stop, later = draw_window(i + 1, length, random)
        prefetch_draws((stop - start - 1) * (ROWS - 1), later, tables)
    return first, last, random


@njit(**INNER, cache=CACHE)
def skipgram(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre; with subwords the centre predicts each
    (``subwords/skipgram_jit.py``).
    """
    here, there = 0, 2 * WINDOW * ROWS  # in target: of the present window, of the next
    first = last = 0
    if length > 0:
        first, last, random = draw_window_ahead(0, sentence, length, random, v, vp, tables, target, here)
    for i in range(length):
        next_first = next_last = 0
        if i + 1 < length:
            next_first, next_last, random = draw_window_ahead(
                i + 1, sentence, length, random, v, vp, tables, target, there
            )
        if SUBWORDS:
            count = begin(sentence[i], v, subwords, inputs, scratch)
            prefetch_word(i + 1, sentence, length, v, subwords)
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


@njit(**INNER, cache=CACHE)
def draw_window_ahead_cbow(i, sentence, length, random, v, vp, tables, target, at):
    """The window of place ``i``, its centre and noise to target[at:]; returns (first, last, random)."""
    first, last, random = draw_window(i, length, random)
    if last - first > 1:
        target[at] = np.uint64(sentence[i])
        random = draw(random, tables, target, at)
        for d in range(ROWS):
            prefetch_row(vp, np.int64(target[at + d]) * STRIDE, STRIDE)
    if i + WINDOW < length:
        prefetch_row(v, np.int64(sentence[i + WINDOW]) * STRIDE, STRIDE)
    _, _, later = draw_window(i, length, random)
    prefetch_draws(ROWS - 1, later, tables)
    return first, last, random


@njit(**INNER, cache=CACHE)
def cbow(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre."""
    here, there = 0, ROWS
    first = last = 0
    if length > 0:
        first, last, random = draw_window_ahead_cbow(0, sentence, length, random, v, vp, tables, target, here)
    for i in range(length):
        next_first = next_last = 0
        if i + 1 < length:
            next_first, next_last, random = draw_window_ahead_cbow(
                i + 1, sentence, length, random, v, vp, tables, target, there
            )
        if last - first > 1:
            count = add_window(i, first, last, sentence, inputs, subwords)
            gather(inputs, count, v, scratch)
            step(rate, target, here, here, vp, scratch, H, ZERO, scratch, ERROR)
            spread(inputs, count, v, scratch)
        first, last = next_first, next_last
        here, there = there, here
    return random
