"""The loop of word2vec over a text, compiled: does what ``reference.py`` does, in the same order.

    sizes.stride  D rounded up to 16 floats: row r of v begins at v[r * sizes.stride]

`sizes` is filled in when a loop is put together (``codegen/link.py``).  Where a function calls one that is
chosen, a factory takes that: ``make_train_slice(make_skipgram(make_update(learn)))``.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import COMPILE, INCREMENT, INLINE, INNER, MULTIPLIER, ONE, ZERO, linear_rate
from ..codegen.simd import LANES, fma, load, store
from ..codegen.sizes import sizes
from .reference import MAX_SENTENCE

LOW_BITS, LOW_RANGE = np.uint64(0xFFFF), np.float32(65536)


@njit(**INNER)
def read_sentence(tokens, position, stop, keep, random, sentence):
    """Fill ``sentence`` with the next one, frequent words thinned out; return (length, position, random)."""
    length = 0
    while position < stop and length < MAX_SENTENCE:
        word = tokens[position]
        position += 1
        if word == 0:  # </s>
            break
        random = random * MULTIPLIER + INCREMENT
        if np.float32(random & LOW_BITS) / LOW_RANGE <= keep[word]:
            sentence[length] = word
            length += 1
    return length, position, random


@njit(**INLINE)
def draw_window(i, length, random):
    """The places [first, last) of the window round place ``i``; returns (first, last, random)."""
    random = random * MULTIPLIER + INCREMENT
    reach = sizes.window - np.int64(random % np.uint64(sizes.window))  # 1 .. window words, equally often
    return max(0, i - reach), min(length, i + reach + 1), random


def make_update(learn):
    """One example: the rows of v, together, learn to predict ``word`` by an output layer."""

    @njit(**INLINE)
    def update(inputs, count, word, random, rate, v, vp, tables, target, scratch):
        gather(inputs, count, v, scratch)
        random = learn(word, random, rate, vp, tables, target, scratch)
        spread(inputs, count, v, scratch)
        return random

    return update


def make_skipgram(update):
    """Each context word alone predicts the centre."""

    @njit(**INNER)
    def skipgram(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
        for i in range(length):
            centre = np.uint64(sentence[i])
            first, last, random = draw_window(i, length, random)
            for j in range(first, last):
                if j != i:
                    inputs[0] = np.uint64(sentence[j])
                    random = update(inputs, 1, centre, random, rate, v, vp, tables, target, scratch)
        return random

    return skipgram


def make_cbow(update):
    """All context words together predict the centre."""

    @njit(**INNER)
    def cbow(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
        for i in range(length):
            centre = np.uint64(sentence[i])
            first, last, random = draw_window(i, length, random)
            if last - first > 1:
                count = add_window(i, first, last, sentence, inputs)
                random = update(inputs, count, centre, random, rate, v, vp, tables, target, scratch)
        return random

    return cbow


def make_train_slice(train_sentence):
    """One thread's share of one epoch with an architecture: `make_skipgram`'s or another."""

    @njit(**COMPILE)
    def train_slice(
        tokens,
        start,
        stop,
        random,
        v,
        vp,
        tables,
        subwords,
        keep,
        done,
        thread,
        total,
        alpha,
        longest,
        scratch,
    ):
        """Arguments and result as in ``reference.py``; v and v' are flat.

        ``longest`` is the most rows of v that a word has; ``scratch`` is laid out by `sizes.layout`.
        """
        target = np.zeros(4 * sizes.window * sizes.rows, np.uint64)  # two windows: see ``lookahead_jit.py``
        inputs = np.empty(2 * sizes.window * longest, np.uint64)
        sentence = np.empty(MAX_SENTENCE, np.int32)
        while start < stop:
            rate = np.float32(linear_rate(alpha, done.sum() / (total + 1)))
            length, position, random = read_sentence(tokens, start, stop, keep, random, sentence)
            random = train_sentence(
                sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch
            )
            done[thread] += position - start
            start = position
        return random

    return train_slice


@njit(**INLINE)
def add_window(i, first, last, sentence, inputs):
    """The words of the places [first, last) but ``i``, to ``inputs``; returns how many."""
    count = 0
    for j in range(first, last):
        if j != i:
            inputs[count] = np.uint64(sentence[j])
            count += 1
    return count


@njit(**INLINE)
def gather(inputs, count, v, scratch):
    """h = mean of ``count`` rows of v, to scratch."""
    share = ONE / np.float32(count)
    first = np.int64(inputs[0]) * sizes.stride
    for c in range(0, sizes.stride, LANES):
        h = load(v, first + c)
        for k in range(1, count):
            h = fma(ONE, load(v, np.int64(inputs[k]) * sizes.stride + c), h)
        store(scratch, sizes.h + c, fma(share, h, ZERO))


@njit(**INLINE)
def spread(inputs, count, v, scratch):
    """Add the whole grad_h to each of these rows of v."""
    for k in range(count):
        row = np.int64(inputs[k]) * sizes.stride
        for c in range(0, sizes.stride, LANES):
            store(v, row + c, fma(ONE, load(v, row + c), load(scratch, sizes.grad_h + c)))
