"""Lines with labels, compiled: does what ``reference.py`` does."""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.prefetch import prefetch_to_write
from ..codegen.settings import COMPILE, INLINE, INT_0, ONE, linear_rate
from ..codegen.sizes import sizes
from ..tables import CACHE_LINE
from ..word2vec.jit import gather, spread
from .reference import NGRAM_FACTOR, WORD

FACTOR = np.uint64(NGRAM_FACTOR)


@njit(nogil=True, boundscheck=False, cache=True)
def read_line(tokens, first, last, kinds, inputs, labels):
    """The rows of a line to ``inputs``, its labels to ``labels``; returns how many of each."""
    label, hashes, starts, rows, ngram, buckets = kinds
    count = choices = 0
    for at in range(first, last):
        word = tokens[at]
        for k in range(starts[word], starts[word + 1]):
            inputs[count] = np.uint64(rows[k])
            count += 1
        if label[word] >= 0:
            labels[choices] = label[word]
            choices += 1
    if ngram > 1 and buckets.shape[0] > 0:
        size = np.uint64(buckets.shape[0])
        for at in range(first, last):
            if label[tokens[at]] == WORD:
                value = np.uint64(np.int64(hashes[tokens[at]]))
                taken, other = 1, at + 1
                while taken < ngram and other < last:
                    if label[tokens[other]] == WORD:
                        value = value * FACTOR + np.uint64(np.int64(hashes[tokens[other]]))
                        row = buckets[value % size]
                        if row >= 0:
                            inputs[count] = np.uint64(row)
                            count += 1
                        taken += 1
                    other += 1
    return count, choices


def make_update(learn):
    """One example: these rows of v, together, learn to predict a line's labels; returns (random, loss)."""

    @njit(**INLINE)
    def update(inputs, count, labels, choices, random, rate, v, vp, tables, scratch):
        gather(inputs, count, v, scratch)
        random, loss = learn(labels, choices, random, rate, vp, tables, scratch)
        share = ONE / np.float32(count)
        for c in range(sizes.stride):
            scratch[sizes.grad_h + c] *= share
        spread(inputs, count, v, scratch)
        return random, loss

    return update


def make_train_lines(update):
    """Lines learn their labels by an output layer."""

    @njit(**COMPILE)
    def train_lines(
        tokens, lines, first, last, random, v, vp, kinds, tables, done, losses, thread, total, alpha, refresh
    ):
        """Arguments and result as in ``reference.py``; v and v' are flat."""
        scratch = np.zeros(sizes.rest + vp.shape[0] // sizes.stride, np.float32)
        most_rows, most_labels = room(tokens, lines, first, last, kinds)
        inputs, labels = np.empty(most_rows, np.uint64), np.empty(most_labels, np.int32)
        next_inputs, next_labels = np.empty(most_rows, np.uint64), np.empty(most_labels, np.int32)
        waiting = examples = 0
        next_count = next_choices = INT_0
        summed = 0.0  # the losses; threads share a line of the cache with theirs, so it is written seldom
        rate = np.float32(linear_rate(alpha, done.sum() / total, 0.0))
        for n in range(first - 1, last):
            inputs, labels, next_inputs, next_labels = next_inputs, next_labels, inputs, labels
            count, choices = next_count, next_choices
            if n + 1 < last:  # the rows of the next line come while this one learns
                next_count, next_choices = read_line(
                    tokens, lines[n + 1], lines[n + 2], kinds, next_inputs, next_labels
                )
                prefetch_rows(next_inputs, next_count, v, sizes.stride)
            if n < first:
                continue
            waiting += lines[n + 1] - lines[n]
            if count > 0 and choices > 0:
                random, loss = update(inputs, count, labels, choices, random, rate, v, vp, tables, scratch)
                summed += loss
                examples += 1
            if waiting > refresh or n == last - 1:
                losses[thread, 0] += summed
                losses[thread, 1] += examples
                done[thread] += waiting
                waiting = examples = 0
                summed = 0.0
                rate = np.float32(linear_rate(alpha, done.sum() / total, 0.0))
        return random

    return train_lines


@njit(nogil=True, fastmath=True, cache=True)
def average_lines(tokens, lines, v, kinds, h, counts, found):
    """Arguments and result as in ``reference.py``."""
    most_rows, most_labels = room(tokens, lines, 0, lines.shape[0] - 1, kinds)
    inputs, labels = np.empty(most_rows, np.uint64), np.empty(most_labels, np.int32)
    next_inputs, next_labels = np.empty(most_rows, np.uint64), np.empty(most_labels, np.int32)
    written = next_count = next_choices = 0
    size, last = v.shape[1], lines.shape[0] - 1
    flat = v.reshape(-1)
    for n in range(-1, last):
        inputs, labels, next_inputs, next_labels = next_inputs, next_labels, inputs, labels
        count, choices = next_count, next_choices
        if n + 1 < last:  # the rows of the next line come while this one is averaged
            next_count, next_choices = read_line(
                tokens, lines[n + 1], lines[n + 2], kinds, next_inputs, next_labels
            )
            prefetch_rows(next_inputs, next_count, flat, size)
        if n < 0:
            continue
        mean = h[n]
        mean[:] = 0
        for k in range(count):
            row = flat[inputs[k] * np.uint64(size) : (inputs[k] + np.uint64(1)) * np.uint64(size)]
            for c in range(size):
                mean[c] += row[c]
        for c in range(size):
            mean[c] /= np.float32(max(count, 1))
        counts[n] = count
        for k in range(choices):
            found[written, 0], found[written, 1] = n, labels[k]
            written += 1
    return written


@njit(nogil=True, cache=True)
def count_rows(tokens, lines, kinds, met):
    """Arguments as in ``reference.py``."""
    most_rows, most_labels = room(tokens, lines, 0, lines.shape[0] - 1, kinds)
    inputs, labels = np.empty(most_rows, np.uint64), np.empty(most_labels, np.int32)
    for n in range(lines.shape[0] - 1):
        count, _ = read_line(tokens, lines[n], lines[n + 1], kinds, inputs, labels)
        for k in range(count):
            met[inputs[k]] += 1


@njit(nogil=True, boundscheck=False, cache=True)
def prefetch_rows(inputs, count, flat, length):
    """Prefetch the rows of a line: see ``codegen/prefetch.py``."""
    for k in range(count):
        for c in range(0, length, CACHE_LINE):
            prefetch_to_write(flat, inputs[k] * np.uint64(length) + np.uint64(c))


@njit(nogil=True, boundscheck=False, cache=True)
def room(tokens, lines, first, last, kinds):
    """Space for the rows of any of these lines, and for its labels: bounds that are seldom reached."""
    starts, ngram = kinds[2], kinds[4]
    longest = most = 0
    for n in range(first, last):
        words = lines[n + 1] - lines[n]
        rows = words * ngram
        for at in range(lines[n], lines[n + 1]):
            rows += starts[tokens[at] + 1] - starts[tokens[at]]
        longest, most = max(longest, words), max(most, rows)
    return most, longest
