"""Negative sampling, compiled: does what ``reference.py`` does, row by row.

One example is ROWS = negative + 1 rows of v', whose numbers lie in ``target``, the word's first.  `step`
reads and moves them where they are: the ROWS dots sit in registers, each number of h is loaded once for all
of them, and all cache misses are under way together.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.prefetch import prefetch_row, prefetch_to_read
from ..codegen.settings import INCREMENT, INLINE, MULTIPLIER, ONE, ZERO, sigmoid
from ..codegen.simd import LANES, fma, load, opaque, store, total
from ..codegen.unroll import registers, unroll

U16 = np.uint64(16)
# a multiplication by what the table says: of a condition LLVM makes a branch, and then sums dot after dot
COUNTS = np.array([0, 1], np.float32)
FIXED = 0  # 1: v' does not move
BETWEEN = 1  # numbers that others draw between two examples
ROWS = STRIDE = H = ERROR = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INLINE, cache=CACHE)
def draw(random, tables, target, at):
    """Draw the noise words target[at + 1:] (ROWS - 1)."""
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)  # the table's size is a power of two, so % size is & mask
    for d in range(1, ROWS):
        random = random * MULTIPLIER + INCREMENT
        target[at + d] = np.uint64(noise[(random >> U16) & mask])
    return random


@njit(**INLINE, cache=CACHE)
def prefetch_draws(count, random, tables):
    """Ask for what the next ``count`` draws will look up: the table is larger than most caches."""
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)
    for _ in range(count):
        random = random * MULTIPLIER + INCREMENT
        prefetch_to_read(noise, np.int64((random >> U16) & mask))


@njit(**INLINE, cache=CACHE)
def prefetch_next(random, vp, tables):
    """Ask for the rows of the next example's noise, and for the places of the table that the one
    after looks up.

    Should more numbers be drawn in between than BETWEEN, other rows are asked for, in vain.
    """
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)
    for _ in range(BETWEEN):
        random = random * MULTIPLIER + INCREMENT
    for _ in range(1, ROWS):
        random = random * MULTIPLIER + INCREMENT
        prefetch_row(vp, np.int64(noise[(random >> U16) & mask]) * STRIDE, STRIDE)
    for _ in range(BETWEEN):
        random = random * MULTIPLIER + INCREMENT
    prefetch_draws(ROWS - 1, random, tables)


@njit(**INLINE, cache=CACHE)
def step(rate, target, at, place, rows, h, here, keep, out, there):
    """One step up J: moves the rows and writes ``keep`` * h + grad_h to out[there:] (STRIDE).

    Parameters
    ----------
    target : uint64, IN
        Words from ``at`` on (ROWS), and from ``place`` on the numbers of their rows.
    rows : float32, INOUT
        v', or copies of these rows of it.
    h : float32, IN
        The input is h[here:] (STRIDE); ``out`` may be the same.
    """
    dot = registers(ROWS)
    step_size = registers(ROWS)
    row = registers(ROWS)
    y = registers(ROWS)
    for d in unroll(ROWS):
        row[d] = np.int64(target[place + d]) * STRIDE
        dot[d] = fma(ZERO, ZERO, ZERO)
    for c in range(0, opaque(STRIDE), LANES):  # all dots side by side: see `lanes.opaque`
        x = load(h, here + c)
        for d in unroll(ROWS):
            dot[d] = fma(x, load(rows, row[d] + c), dot[d])

    step_size[0] = rate * (ONE - sigmoid(total(dot[0])))
    for d in unroll(1, ROWS):  # noise that hits the word is skipped
        step_size[d] = -rate * sigmoid(total(dot[d])) * COUNTS[np.int64(target[at + d] != target[at])]

    for c in range(0, STRIDE, LANES):
        x = load(h, here + c)
        grad_h = fma(keep, x, ZERO)
        for d in unroll(ROWS):
            y[d] = load(rows, row[d] + c)
            grad_h = fma(step_size[d], y[d], grad_h)
        if not FIXED:
            # the word's row last, noise from the last to the first: of a word drawn twice the first one's
            # step stays
            for d in unroll(ROWS - 1, -1, -1):
                store(rows, row[d] + c, fma(step_size[d], x, y[d]))
        store(out, there + c, grad_h)


@njit(**INLINE, cache=CACHE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns to tell ``word``'s v' from noise; writes grad_h there."""
    target[0] = word
    random = draw(random, tables, target, 0)
    prefetch_next(random, vp, tables)
    step(rate, target, 0, 0, vp, scratch, H, ZERO, scratch, ERROR)
    return random
