"""Hierarchical softmax, compiled: does what ``reference.py`` does, two blocks of a way at a time.

A way is filled up to whole blocks of ROWS = `huffman.BLOCK` nodes with a free row, which is pushed by 0.  The
rows are read and moved where they are: all context words of a centre go the same way, which stays in the
first cache meanwhile.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.settings import INLINE, ONE, ZERO, sigmoid
from ..codegen.simd import LANES, fma, load, opaque, store, total
from ..codegen.unroll import registers, unroll

FIXED = 0  # 1: v' does not move
ROWS = STRIDE = H = ERROR = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INLINE, cache=CACHE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns the decisions on the way to ``word``; writes grad_h there."""
    row = registers(2 * ROWS)
    dot = registers(2 * ROWS)
    step_size = registers(2 * ROWS)
    starts, nodes, codes = tables
    for c in range(0, STRIDE, LANES):
        store(scratch, ERROR + c, fma(ZERO, ZERO, ZERO))
    at, last = starts[word], starts[word + np.uint64(1)]
    for some in unroll(2 * ROWS, 0, -ROWS):  # then the last one, if it is left
        while at + some <= last:
            for d in unroll(some):
                row[d] = np.int64(nodes[at + d]) * STRIDE
                dot[d] = fma(ZERO, ZERO, ZERO)
            for c in range(0, opaque(STRIDE), LANES):
                x = load(scratch, H + c)
                for d in unroll(some):
                    dot[d] = fma(x, load(vp, row[d] + c), dot[d])
            for d in unroll(some):
                # the last factor is 0 for FREE, else 1; asked as a question it would keep the dots from being
                # summed side by side
                step_size[d] = rate * (ONE - np.float32(codes[at + d]) - sigmoid(total(dot[d])))
                step_size[d] *= np.float32(1 - (codes[at + d] >> 1))
            for c in range(0, STRIDE, LANES):
                x = load(scratch, H + c)
                grad_h = load(scratch, ERROR + c)
                for d in unroll(some):
                    y = load(vp, row[d] + c)
                    grad_h = fma(step_size[d], y, grad_h)
                    if not FIXED:
                        store(vp, row[d] + c, fma(step_size[d], x, y))
                store(scratch, ERROR + c, grad_h)
            at += some
    return random
