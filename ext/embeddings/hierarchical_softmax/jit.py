"""Hierarchical softmax, compiled: does what ``reference.py`` does, two blocks of a path at a time.

A path is filled up to whole blocks of `huffman.BLOCK` nodes, ``sizes.rows``, with a free row, whose step is
0.  The rows are read and moved where they are: all context words of a centre take the same path, which stays
in the first cache meanwhile.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import INLINE, ONE, ZERO, sigmoid
from ..codegen.simd import LANES, fma, load, opaque, store, total
from ..codegen.sizes import sizes
from ..codegen.unroll import registers, unroll


@njit(**INLINE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns the decisions on the path to ``word``; writes grad_h there."""
    row = registers(2 * sizes.rows)
    dot = registers(2 * sizes.rows)
    step_size = registers(2 * sizes.rows)
    starts, nodes, codes = tables
    for c in range(0, sizes.stride, LANES):
        store(scratch, sizes.grad_h + c, fma(ZERO, ZERO, ZERO))
    at, last = starts[word], starts[word + np.uint64(1)]
    for some in unroll(2 * sizes.rows, 0, -sizes.rows):  # then the last one, if it is left
        while at + some <= last:
            for d in unroll(some):
                row[d] = np.int64(nodes[at + d]) * sizes.stride
                dot[d] = fma(ZERO, ZERO, ZERO)
            for c in range(0, opaque(sizes.stride), LANES):
                x = load(scratch, sizes.h + c)
                for d in unroll(some):
                    dot[d] = fma(x, load(vp, row[d] + c), dot[d])
            for d in unroll(some):
                # the last factor is 0 for FREE, else 1; asked as a question it would keep the dots from being
                # summed side by side
                step_size[d] = rate * (ONE - np.float32(codes[at + d]) - sigmoid(total(dot[d])))
                step_size[d] *= np.float32(1 - (codes[at + d] >> 1))
            for c in range(0, sizes.stride, LANES):
                x = load(scratch, sizes.h + c)
                grad_h = load(scratch, sizes.grad_h + c)
                for d in unroll(some):
                    y = load(vp, row[d] + c)
                    grad_h = fma(step_size[d], y, grad_h)
                    if not sizes.fixed:
                        store(vp, row[d] + c, fma(step_size[d], x, y))
                store(scratch, sizes.grad_h + c, grad_h)
            at += some
    return random
