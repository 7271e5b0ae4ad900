"""Negative sampling, compiled: does what ``reference.py`` does, row by row.

One example is negative + 1 rows of v', ``sizes.rows``, whose numbers lie in ``target``, the word's first.
`step` reads and moves them where they are: their dot products sit in registers, each number of h is loaded
once for all of them, and all cache misses are under way together.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.prefetch import prefetch_row, prefetch_to_read
from ..codegen.settings import INCREMENT, INLINE, MULTIPLIER, ONE, ZERO, sigmoid
from ..codegen.simd import LANES, fma, load, opaque, store, total
from ..codegen.sizes import sizes
from ..codegen.unroll import registers, unroll

U16 = np.uint64(16)
# a multiplication by what the table says: of a condition LLVM makes a branch, and then sums dot after dot
COUNTS = np.array([0, 1], np.float32)


@njit(**INLINE)
def step(rate, target, at, place, rows, h, here, keep, out, there):
    """One step up J: moves the rows and writes ``keep`` * h + grad_h to out[there:].

    Parameters
    ----------
    target : uint64, IN
        Words from ``at`` on, and from ``place`` on the numbers of their rows; ``sizes.rows`` of each.
    rows : float32, INOUT
        v', or copies of these rows of it.
    h : float32, IN
        The input is h[here:], ``sizes.stride`` numbers; ``out`` may be the same.
    """
    dot = registers(sizes.rows)
    step_size = registers(sizes.rows)
    row = registers(sizes.rows)
    y = registers(sizes.rows)
    for d in unroll(sizes.rows):
        row[d] = np.int64(target[place + d]) * sizes.stride
        dot[d] = fma(ZERO, ZERO, ZERO)
    for c in range(0, opaque(sizes.stride), LANES):  # all dots side by side: see `simd.opaque`
        x = load(h, here + c)
        for d in unroll(sizes.rows):
            dot[d] = fma(x, load(rows, row[d] + c), dot[d])

    step_size[0] = rate * (ONE - sigmoid(total(dot[0])))
    for d in unroll(1, sizes.rows):  # noise that hits the word is skipped
        step_size[d] = -rate * sigmoid(total(dot[d])) * COUNTS[np.int64(target[at + d] != target[at])]

    for c in range(0, sizes.stride, LANES):
        x = load(h, here + c)
        grad_h = fma(keep, x, ZERO)
        for d in unroll(sizes.rows):
            y[d] = load(rows, row[d] + c)
            grad_h = fma(step_size[d], y[d], grad_h)
        if not sizes.fixed:
            # the word's row last, noise from the last to the first: of a word drawn twice the first one's
            # step stays
            for d in unroll(sizes.rows - 1, -1, -1):
                store(rows, row[d] + c, fma(step_size[d], x, y[d]))
        store(out, there + c, grad_h)


@njit(**INLINE)
def draw(random, tables, target, at):
    """Draw the noise words target[at + 1:], ``sizes.rows`` - 1 of them; returns random."""
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)  # the table's size is a power of two, so % size is & mask
    for d in range(1, sizes.rows):
        random = random * MULTIPLIER + INCREMENT
        target[at + d] = np.uint64(noise[(random >> U16) & mask])
    return random


@njit(**INLINE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns to tell ``word``'s v' from noise; writes grad_h there."""
    target[0] = word
    random = draw(random, tables, target, 0)
    prefetch_next(random, vp, tables)
    step(rate, target, 0, 0, vp, scratch, sizes.h, ZERO, scratch, sizes.grad_h)
    return random


@njit(**INLINE)
def prefetch_next(random, vp, tables):
    """Prefetch the rows of the next example's noise, and the places of the table that the one after looks up.

    Should more numbers be drawn in between than ``sizes.between``, these are other rows, in vain.
    """
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)
    for _ in range(sizes.between):
        random = random * MULTIPLIER + INCREMENT
    for _ in range(1, sizes.rows):
        random = random * MULTIPLIER + INCREMENT
        prefetch_row(vp, np.int64(noise[(random >> U16) & mask]) * sizes.stride, sizes.stride)
    for _ in range(sizes.between):
        random = random * MULTIPLIER + INCREMENT
    prefetch_draws(sizes.rows - 1, random, tables)


@njit(**INLINE)
def prefetch_draws(count, random, tables):
    """Prefetch what the next ``count`` draws will look up: the table is larger than most caches."""
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)
    for _ in range(count):
        random = random * MULTIPLIER + INCREMENT
        prefetch_to_read(noise, np.int64((random >> U16) & mask))
