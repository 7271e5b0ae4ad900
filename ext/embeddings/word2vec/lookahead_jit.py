"""Skip-gram and CBOW with negative sampling, compiled: as in ``reference.py``, but one window ahead.

Most of the time would go into waiting for the rows of noise words, which lie anywhere in v'.  So the noise
of the next window is drawn, and its rows are prefetched, before the present one learns.  The words drawn are
the same: between two windows nothing else draws.  Those of the present window lie in target[here:], of the
next in target[there:].
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.prefetch import prefetch_row
from ..codegen.settings import INLINE, INNER, INT_0, ONE, ZERO
from ..codegen.sizes import sizes
from ..negative_sampling.jit import draw, prefetch_draws, step
from .jit import add_window, draw_window, gather, spread


@njit(**INNER)
def skipgram(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre."""
    here, there = INT_0, INT_0 + 2 * sizes.window * sizes.rows
    first, last, random = draw_window_ahead(INT_0, sentence, length, random, v, vp, tables, target, here)
    for i in range(length):
        ahead = draw_window_ahead(i + 1, sentence, length, random, v, vp, tables, target, there)
        at = here
        for j in range(first, last):
            if j != i:
                update(sentence[j], rate, v, vp, target, at)
                at += sizes.rows
        first, last, random = ahead
        here, there = there, here
    return random


@njit(**INNER)
def cbow(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre."""
    here, there = INT_0, INT_0 + sizes.rows
    first, last, random = draw_words_ahead(INT_0, sentence, length, random, v, vp, tables, target, here)
    for i in range(length):
        ahead = draw_words_ahead(i + 1, sentence, length, random, v, vp, tables, target, there)
        if last - first > 1:
            count = add_window(i, first, last, sentence, inputs)
            update_mean(inputs, count, rate, v, vp, target, here, scratch)
        first, last, random = ahead
        here, there = there, here
    return random


@njit(**INLINE)
def update(word, rate, v, vp, target, at):
    """One example: the row of v of ``word`` learns to tell target[at] from the noise behind it."""
    row = np.int64(word) * sizes.stride
    step(rate, target, at, at, vp, v, row, ONE, v, row)


@njit(**INLINE)
def update_mean(inputs, count, rate, v, vp, target, at, scratch):
    """One example: these rows of v, together, learn to tell target[at] from the noise behind it."""
    gather(inputs, count, v, scratch)
    step(rate, target, at, at, vp, scratch, sizes.h, ZERO, scratch, sizes.grad_h)
    spread(inputs, count, v, scratch)


def make_draw_window_ahead(centre_predicts):
    """Skip-gram, a window ahead; ``centre_predicts`` its words (fastText), or they predict the centre."""

    @njit(**INNER)
    def draw_window_ahead(i, sentence, length, random, v, vp, tables, target, at):
        """The window of place ``i``; what is predicted there and its noise go to target[at:].

        Returns (first, last, random).  Behind the sentence there is none, and nothing is drawn.
        """
        if i >= length:
            return 0, 0, random
        first, last, random = draw_window(i, length, random)
        centre = np.uint64(sentence[i])
        prefetch_row(vp, np.int64(centre) * sizes.stride, sizes.stride)
        for j in range(first, last):
            if j != i:
                target[at] = np.uint64(sentence[j]) if centre_predicts else centre
                random = draw(random, tables, target, at)
                for d in range(1, sizes.rows):
                    prefetch_row(vp, np.int64(target[at + d]) * sizes.stride, sizes.stride)
                at += sizes.rows
        if last < length:  # the word that comes into reach
            prefetch_row(vp if centre_predicts else v, np.int64(sentence[last]) * sizes.stride, sizes.stride)
        if i + 1 < length:
            start, stop, later = draw_window(i + 1, length, random)
            prefetch_draws((stop - start - 1) * (sizes.rows - 1), later, tables)
        return first, last, random

    return draw_window_ahead


draw_window_ahead = make_draw_window_ahead(centre_predicts=False)


@njit(**INNER)
def draw_words_ahead(i, sentence, length, random, v, vp, tables, target, at):
    """The window of place ``i``; its centre and noise go to target[at:].  Returns (first, last, random)."""
    if i >= length:
        return 0, 0, random
    first, last, random = draw_window(i, length, random)
    if last - first > 1:
        target[at] = np.uint64(sentence[i])
        random = draw(random, tables, target, at)
        for d in range(sizes.rows):
            prefetch_row(vp, np.int64(target[at + d]) * sizes.stride, sizes.stride)
    if i + sizes.window < length:
        prefetch_row(v, np.int64(sentence[i + sizes.window]) * sizes.stride, sizes.stride)
    _, _, later = draw_window(i, length, random)
    prefetch_draws(sizes.rows - 1, later, tables)
    return first, last, random
