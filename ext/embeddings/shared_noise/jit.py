"""Negative sampling with shared noise, compiled: does what ``reference.py`` does.

The rows of the noise stay in ``scratch`` from one example to the next: no drawing, no cache misses.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.prefetch import prefetch_row
from ..codegen.settings import INLINE, INNER, ONE, ZERO, sigmoid
from ..codegen.simd import LANES, fma, load, opaque, store, total
from ..codegen.unroll import registers, unroll
from ..negative_sampling.jit import COUNTS, draw, prefetch_draws, step
from ..word2vec.jit import add_window, draw_window, gather, spread
from .reference import USES

NONE = np.int64(-1)
STRIDE = ROWS = H = ERROR = WINDOW = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INLINE, cache=CACHE)
def fetch(first, target, vp, scratch):
    """Copy the rows of target[first:] (ROWS - first) of v' to the first of scratch, and say so behind them."""
    for d in range(first, ROWS):
        target[ROWS + d] = np.uint64(d)
        row = np.int64(target[d]) * STRIDE
        for c in range(0, STRIDE, LANES):
            store(scratch, d * STRIDE + c, load(vp, row + c))


@njit(**INLINE, cache=CACHE)
def put_back(first, target, vp, scratch):
    """Write the rows target[first:] back, the word's last: noise that hit it is an unmoved copy."""
    for d in range(ROWS - 1, first - 1, -1):
        row = np.int64(target[d]) * STRIDE
        for c in range(0, STRIDE, LANES):
            store(vp, row + c, load(scratch, d * STRIDE + c))


@njit(**INLINE, cache=CACHE)
def step_two(rate, target, rows, v, one, two):
    """`shared_reference.step_together` of the rows v[one:] and v[two:] (STRIDE); moves them, too.

    Each number of v' is loaded and stored once for both.
    """
    dot = registers(ROWS)
    step_size = registers(ROWS)
    other_dot = registers(ROWS)
    other_step_size = registers(ROWS)
    y = registers(ROWS)
    for d in unroll(ROWS):
        dot[d] = fma(ZERO, ZERO, ZERO)
        other_dot[d] = fma(ZERO, ZERO, ZERO)
    for c in range(0, opaque(STRIDE), LANES):
        x = load(v, one + c)
        z = load(v, two + c)
        for d in unroll(ROWS):
            y[d] = load(rows, d * STRIDE + c)
            dot[d] = fma(x, y[d], dot[d])
            other_dot[d] = fma(z, y[d], other_dot[d])

    step_size[0] = rate * (ONE - sigmoid(total(dot[0])))
    other_step_size[0] = rate * (ONE - sigmoid(total(other_dot[0])))
    for d in unroll(1, ROWS):
        counts = -rate * COUNTS[np.int64(target[d] != target[0])]
        step_size[d] = counts * sigmoid(total(dot[d]))
        other_step_size[d] = counts * sigmoid(total(other_dot[d]))

    for c in range(0, STRIDE, LANES):
        x = load(v, one + c)
        z = load(v, two + c)
        moved = x
        other_moved = z
        for d in unroll(ROWS):
            y[d] = load(rows, d * STRIDE + c)
            moved = fma(step_size[d], y[d], moved)
            other_moved = fma(other_step_size[d], y[d], other_moved)
        for d in unroll(ROWS):
            store(rows, d * STRIDE + c, fma(other_step_size[d], z, fma(step_size[d], x, y[d])))
        store(v, one + c, moved)
        store(v, two + c, other_moved)


@njit(**INLINE, cache=CACHE)
def draw_window_ahead_shared(i, sentence, length, random, v, vp, tables, target):
    """Draw the window of place ``i``; its centre and noise go to target[2 * ROWS:], and are asked for."""
    first, last, random = draw_window(i, length, random)
    target[2 * ROWS] = np.uint64(sentence[i])
    random = draw(random, tables, target, 2 * ROWS)
    for d in range(ROWS):
        prefetch_row(vp, np.int64(target[2 * ROWS + d]) * STRIDE, STRIDE)
    if last < length:
        prefetch_row(v, np.int64(sentence[last]) * STRIDE, STRIDE)
    _, _, later = draw_window(i, length, random)
    prefetch_draws(ROWS - 1, later, tables)
    return first, last, random


@njit(**INNER, cache=CACHE)
def skipgram_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre; the centre's row and the noise stay at hand.

    As in ``lookahead_jit.py``, the next window is drawn and its rows are asked for before the
    present one learns.
    """
    next_first = next_last = 0
    if length > 0:
        next_first, next_last, random = draw_window_ahead_shared(
            0, sentence, length, random, v, vp, tables, target
        )
    for i in range(length):
        first, last = next_first, next_last
        for d in range(ROWS):
            target[d] = target[2 * ROWS + d]
        if i + 1 < length:
            next_first, next_last, random = draw_window_ahead_shared(
                i + 1, sentence, length, random, v, vp, tables, target
            )
        fetch(0, target, vp, scratch)
        waiting = NONE
        for j in range(first, last):
            if j != i:
                row = np.int64(sentence[j]) * STRIDE
                if waiting == NONE:
                    waiting = row
                elif waiting == row:  # twice the same word: one after the other
                    step(rate, target, 0, ROWS, scratch, v, row, ONE, v, row)
                else:
                    step_two(rate, target, scratch, v, waiting, row)
                    waiting = NONE
        if waiting != NONE:
            step(rate, target, 0, ROWS, scratch, v, waiting, ONE, v, waiting)
        put_back(0, target, vp, scratch)
    return random


@njit(**INLINE, cache=CACHE)
def step_at(word, rate, vp, target, scratch):
    """One step of ``word`` among the noise at hand."""
    target[0] = word
    target[ROWS] = np.uint64(0)
    row = np.int64(word) * STRIDE
    for c in range(0, STRIDE, LANES):
        store(scratch, c, load(vp, row + c))
    for d in range(ROWS - 1, 0, -1):
        if target[d] == word:  # the word is among the noise: its copy there is newer
            for c in range(0, STRIDE, LANES):
                store(scratch, c, load(scratch, d * STRIDE + c))
    step(rate, target, 0, ROWS, scratch, scratch, H, ZERO, scratch, ERROR)
    for c in range(0, STRIDE, LANES):
        store(vp, row + c, load(scratch, c))
    for d in range(1, ROWS):
        if target[d] == word:
            for c in range(0, STRIDE, LANES):
                store(scratch, d * STRIDE + c, load(scratch, c))


@njit(**INNER, cache=CACHE)
def cbow_shared(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre; noise serves USES centres, 2 * WINDOW places apart."""
    for i in range(length):
        at = i % (2 * WINDOW) * ROWS
        if i // (2 * WINDOW) % USES == 0:
            random = draw(random, tables, target, at)
        first, last, random = draw_window(i, length, random)
        if last - first > 1:
            count = add_window(i, first, last, sentence, inputs, subwords)
            gather(inputs, count, v, scratch)
            target[at] = np.uint64(sentence[i])
            step(rate, target, at, at, vp, scratch, H, ZERO, scratch, ERROR)
            spread(inputs, count, v, scratch)
    return random
