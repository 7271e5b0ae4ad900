"""Negative sampling with shared noise, compiled: does what ``reference.py`` does.

The rows of the noise stay in ``scratch`` from one example to the next: no drawing, no cache misses.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.prefetch import prefetch_row
from ..codegen.settings import INLINE, INNER, INT_0, ONE, ZERO, sigmoid
from ..codegen.simd import LANES, fma, load, opaque, store, total
from ..codegen.sizes import sizes
from ..codegen.unroll import registers, unroll
from ..negative_sampling.jit import COUNTS, draw, prefetch_draws, step
from ..word2vec.jit import add_window, draw_window
from ..word2vec.lookahead_jit import update_mean
from .reference import USES

NONE = np.int64(-1)


@njit(**INNER)
def skipgram_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre; the centre's row and the noise stay at hand.

    As in ``word2vec/lookahead_jit.py``, the next window is drawn and its rows are prefetched before the
    present one learns; what it is to predict waits in target[there:].
    """
    there = 2 * sizes.rows
    first, last, random = draw_window_ahead(INT_0, sentence, length, random, v, vp, tables, target, there)
    for i in range(length):
        for d in range(sizes.rows):
            target[d] = target[there + d]
        ahead = draw_window_ahead(i + 1, sentence, length, random, v, vp, tables, target, there)
        fetch(0, target, vp, scratch)
        update_couples(i, first, last, sentence, rate, v, target, scratch)
        put_back(0, target, vp, scratch)
        first, last, random = ahead
    return random


@njit(**INLINE)
def update_couples(i, first, last, sentence, rate, v, target, scratch):
    """The context words of a window learn, two different ones at a time: `couples` of the reference."""
    waiting = NONE
    for j in range(first, last):
        if j != i:
            row = np.int64(sentence[j]) * sizes.stride
            if waiting == NONE:
                waiting = row
            elif waiting == row:  # twice the same word: one after the other
                step(rate, target, 0, sizes.rows, scratch, v, row, ONE, v, row)
            else:
                step_together(rate, target, scratch, v, waiting, row)
                waiting = NONE
    if waiting != NONE:
        step(rate, target, 0, sizes.rows, scratch, v, waiting, ONE, v, waiting)


@njit(**INLINE)
def step_together(rate, target, rows, v, one, two):
    """`step_together` of the reference, of the rows v[one:] and v[two:]; moves them, too.

    Each number of v' is loaded and stored once for both.
    """
    dot = registers(sizes.rows)
    step_size = registers(sizes.rows)
    other_dot = registers(sizes.rows)
    other_step_size = registers(sizes.rows)
    y = registers(sizes.rows)
    for d in unroll(sizes.rows):
        dot[d] = fma(ZERO, ZERO, ZERO)
        other_dot[d] = fma(ZERO, ZERO, ZERO)
    for c in range(0, opaque(sizes.stride), LANES):
        x = load(v, one + c)
        z = load(v, two + c)
        for d in unroll(sizes.rows):
            y[d] = load(rows, d * sizes.stride + c)
            dot[d] = fma(x, y[d], dot[d])
            other_dot[d] = fma(z, y[d], other_dot[d])

    step_size[0] = rate * (ONE - sigmoid(total(dot[0])))
    other_step_size[0] = rate * (ONE - sigmoid(total(other_dot[0])))
    for d in unroll(1, sizes.rows):
        counts = -rate * COUNTS[np.int64(target[d] != target[0])]
        step_size[d] = counts * sigmoid(total(dot[d]))
        other_step_size[d] = counts * sigmoid(total(other_dot[d]))

    for c in range(0, sizes.stride, LANES):
        x = load(v, one + c)
        z = load(v, two + c)
        moved = x
        other_moved = z
        for d in unroll(sizes.rows):
            y[d] = load(rows, d * sizes.stride + c)
            moved = fma(step_size[d], y[d], moved)
            other_moved = fma(other_step_size[d], y[d], other_moved)
        for d in unroll(sizes.rows):
            store(rows, d * sizes.stride + c, fma(other_step_size[d], z, fma(step_size[d], x, y[d])))
        store(v, one + c, moved)
        store(v, two + c, other_moved)


@njit(**INNER)
def cbow_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre; noise serves USES centres, 2 window places apart."""
    for i in range(length):
        at = i % (2 * sizes.window) * sizes.rows
        if i // (2 * sizes.window) % USES == 0:
            random = draw(random, tables, target, at)
        first, last, random = draw_window(i, length, random)
        if last - first > 1:
            count = add_window(i, first, last, sentence, inputs)
            target[at] = np.uint64(sentence[i])
            update_mean(inputs, count, rate, v, vp, target, at, scratch)
    return random


@njit(**INLINE)
def fetch(first, target, vp, scratch):
    """Copy the rows of target[first:] to the first of scratch; write behind them which these are."""
    for d in range(first, sizes.rows):
        target[sizes.rows + d] = np.uint64(d)
        row = np.int64(target[d]) * sizes.stride
        for c in range(0, sizes.stride, LANES):
            store(scratch, d * sizes.stride + c, load(vp, row + c))


@njit(**INLINE)
def put_back(first, target, vp, scratch):
    """Write the rows target[first:] back, the word's last: noise that hit it is an unmoved copy."""
    for d in range(sizes.rows - 1, first - 1, -1):
        row = np.int64(target[d]) * sizes.stride
        for c in range(0, sizes.stride, LANES):
            store(vp, row + c, load(scratch, d * sizes.stride + c))


@njit(**INLINE)
def step_at(word, rate, vp, target, scratch):
    """One step of ``word`` among the noise at hand."""
    target[0] = word
    target[sizes.rows] = np.uint64(0)
    row = np.int64(word) * sizes.stride
    for c in range(0, sizes.stride, LANES):
        store(scratch, c, load(vp, row + c))
    for d in range(sizes.rows - 1, 0, -1):
        if target[d] == word:  # the word is among the noise: its copy there is newer
            for c in range(0, sizes.stride, LANES):
                store(scratch, c, load(scratch, d * sizes.stride + c))
    step(rate, target, 0, sizes.rows, scratch, scratch, sizes.h, ZERO, scratch, sizes.grad_h)
    for c in range(0, sizes.stride, LANES):
        store(vp, row + c, load(scratch, c))
    for d in range(1, sizes.rows):
        if target[d] == word:
            for c in range(0, sizes.stride, LANES):
                store(scratch, d * sizes.stride + c, load(scratch, c))


@njit(**INLINE)
def draw_window_ahead(i, sentence, length, random, v, vp, tables, target, at):
    """The window of place ``i``; its centre and noise go to target[at:], and are prefetched."""
    if i >= length:
        return 0, 0, random
    first, last, random = draw_window(i, length, random)
    target[at] = np.uint64(sentence[i])
    random = draw(random, tables, target, at)
    for d in range(sizes.rows):
        prefetch_row(vp, np.int64(target[at + d]) * sizes.stride, sizes.stride)
    if last < length:
        prefetch_row(v, np.int64(sentence[last]) * sizes.stride, sizes.stride)
    _, _, later = draw_window(i, length, random)
    prefetch_draws(sizes.rows - 1, later, tables)
    return first, last, random
