"""Paragraph vectors, compiled: does what ``reference.py`` does."""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import COMPILE, INLINE, INNER, ONE, linear_rate
from ..codegen.sizes import sizes
from ..word2vec.jit import draw_window, read_sentence, spread
from ..word2vec.reference import MAX_SENTENCE


def make_pv_dm(learn):
    """The document and all context words together predict the centre."""

    @njit(**INNER)
    def pv_dm(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
        for i in range(length):
            first, last, random = draw_window(i, length, random)
            count = mean(i, first, last, sentence, row, v, d, inputs, scratch)
            random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
            move(d, row, scratch)
            if not sizes.fixed:
                spread(inputs, count, v, scratch)
        return random

    return pv_dm


def make_pv_dm_concat(learn):
    """The same, but every place of the window has its own piece of h."""

    @njit(**INNER)
    def pv_dm_concat(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
        for i in range(length):
            count = concatenate(i, length, sentence, row, v, d, inputs, scratch)
            random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
            for c in range(sizes.dim):
                d[row + np.uint64(c)] += scratch[sizes.grad_h + c]
            if not sizes.fixed:
                for k in range(count):
                    for c in range(sizes.dim):
                        v[inputs[k] + np.uint64(c)] += scratch[sizes.grad_h + (k + 1) * sizes.dim + c]
        return random

    return pv_dm_concat


def make_pv_dbow(learn):
    """The document predicts each of its words; its vector stays at hand."""

    @njit(**INNER)
    def pv_dbow(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
        for c in range(sizes.stride):
            scratch[sizes.h + c] = d[row + np.uint64(c)]
        for i in range(length):
            random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
            for c in range(sizes.stride):
                scratch[sizes.h + c] += scratch[sizes.grad_h + c]
        for c in range(sizes.stride):
            d[row + np.uint64(c)] = scratch[sizes.h + c]
        return random

    return pv_dbow


def make_pv_dbow_words(pv_dbow, skipgram):
    """The same; then the words of the document learn by skip-gram."""

    @njit(**INNER)
    def pv_dbow_words(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
        random = pv_dbow(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch)
        return skipgram(sentence, length, random, rate, v, vp, tables, (), inputs, target, scratch)

    return pv_dbow_words


def make_train_slice(train_document):
    """One thread's share of one epoch with one of these architectures."""

    @njit(**COMPILE)
    def train_slice(
        tokens, start, stop, random, v, vp, tables, documents, keep, done, thread, total, alpha, scratch
    ):
        """Arguments and result as in ``reference.py``; v, v' and d are flat."""
        target = np.zeros(sizes.rows, np.uint64)
        inputs = np.empty(2 * sizes.window, np.uint64)
        sentence = np.empty(MAX_SENTENCE, np.int32)
        starts, rows, d = documents
        document = np.searchsorted(starts, start, side="right") - 1
        while start < stop:
            rate = np.float32(linear_rate(alpha, done.sum() / (total + 1)))
            length, position, random = read_sentence(tokens, start, stop, keep, random, sentence)
            row = np.uint64(rows[document]) * np.uint64(sizes.piece)
            random = train_document(
                sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch
            )
            document += tokens[position - 1] == 0
            done[thread] += position - start
            start = position
        return random

    return train_slice


def make_infer_documents(train_slice):
    """The loop over documents of which each is read as if it were alone."""

    @njit(**COMPILE)
    def infer_documents(tokens, first, last, random, v, vp, tables, documents, keep, epochs, alpha, scratch):
        """Arguments as in ``reference.py``; v, v' and d are flat."""
        starts, _, _ = documents
        done = np.zeros(1, np.int64)
        for document in range(first, last):
            start, stop, state = starts[document], starts[document + 1], random
            total = epochs * (stop - start)
            done[0] = 0
            for _ in range(epochs):
                state = train_slice(
                    tokens, start, stop, state, v, vp, tables, documents, keep, done, 0, total, alpha, scratch
                )

    return infer_documents


@njit(**INLINE)
def mean(i, first, last, sentence, row, v, d, inputs, scratch):
    """h: the mean of the document and of the places [first, last) but ``i``; returns how many places."""
    for c in range(sizes.stride):
        scratch[sizes.h + c] = d[row + np.uint64(c)]
    count = 0
    for j in range(first, last):
        if j != i:
            inputs[count] = np.uint64(sentence[j])
            place = inputs[count] * np.uint64(sizes.stride)
            count += 1
            for c in range(sizes.stride):
                scratch[sizes.h + c] += v[place + np.uint64(c)]
    share = ONE / np.float32(count + 1)
    for c in range(sizes.stride):
        scratch[sizes.h + c] *= share
    return count


@njit(**INLINE)
def move(d, row, scratch):
    """The document moves by the whole grad_h."""
    for c in range(sizes.stride):
        d[row + np.uint64(c)] += scratch[sizes.grad_h + c]


@njit(**INLINE)
def concatenate(i, length, sentence, row, v, d, inputs, scratch):
    """h: the document, then each place of the window, ``</s>`` beyond the ends; returns how many places.

    Where their rows begin goes to ``inputs``.
    """
    count = 0
    for j in range(i - sizes.window, i + sizes.window + 1):
        if j != i:
            inside = j >= 0 and j < length
            inputs[count] = np.uint64(sentence[j]) * np.uint64(sizes.piece) if inside else np.uint64(0)
            count += 1
    for c in range(sizes.dim):
        scratch[sizes.h + c] = d[row + np.uint64(c)]
    for k in range(count):
        for c in range(sizes.dim):
            scratch[sizes.h + (k + 1) * sizes.dim + c] = v[inputs[k] + np.uint64(c)]
    return count
