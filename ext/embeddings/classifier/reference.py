"""Lines with labels, as fastText classifies text (Joulin et al. 2016): the specification of ``jit.py``.

The rows of a line, those of its words and n-grams, are averaged to h, and h predicts the line's label by one
of the output layers of ``losses_reference.py``.  Unlike in `update` of ``word2vec/reference.py`` grad_h is
divided by the number of rows, as the original does: it is the gradient, and a long line does not push harder
than a short one.

    T tokens, N lines, W words (of any kind: known, unknown, labels), R rows of v, L labels, B buckets,
    S row length
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..negative_sampling.reference import MASK
from ..tables import linear_rate

WORD = -1  # in place of the number of a label
NGRAM_FACTOR = 116049371  # of a word n-gram's hash


class Kinds(NamedTuple):
    """What each of W words stands for.

    A word has the rows ``rows[starts[w]:starts[w + 1]]`` of v: its own and its character n-grams'; none if it
    is a label.
    """

    label: np.ndarray  # int32 (W,): the number of a label; -1 for a word, -2 for a label that is not known
    hashes: np.ndarray  # int32 (W,): see `fnv1a` of ``word_table/reference.py``
    starts: np.ndarray  # int64 (W + 1,)
    rows: np.ndarray  # int32
    ngram: int  # words in a word n-gram, at most
    buckets: np.ndarray  # int32 (B,): rows of the word n-grams' buckets, -1 for none


def read_line(words: np.ndarray, kinds: Kinds) -> tuple[list[int], list[int]]:
    """The rows of a line and its labels; words of a line are followed by their n-grams."""
    label, hashes, starts, rows, ngram, buckets = kinds
    inputs = [int(row) for w in words for row in rows[starts[w] : starts[w + 1]]]
    labels = [int(label[w]) for w in words if label[w] >= 0]
    hashed = [int(hashes[w]) for w in words if label[w] == WORD]
    for i, value in enumerate(hashed):
        for other in hashed[i + 1 : i + ngram]:
            value = (value * NGRAM_FACTOR + other) & MASK
            row = int(buckets[value % len(buckets)]) if len(buckets) else -1
            inputs += [row] if row >= 0 else []
    return inputs, labels


def update(inputs, labels, random, rate, v, vp, learn, tables) -> tuple[int, float]:
    """One example: these rows of v, together, learn to predict a line's labels; returns (random, loss)."""
    grad_h, random, loss = learn(v[inputs].mean(0), labels, random, rate, vp, *tables)
    np.add.at(v, inputs, grad_h / v.dtype.type(len(inputs)))
    return random, loss


def train_lines(
    tokens: np.ndarray,
    lines: np.ndarray,
    first: int,
    last: int,
    random: int,
    v: np.ndarray,
    vp: np.ndarray,
    kinds: Kinds,
    tables: tuple[Any, ...],
    done: np.ndarray,
    losses: np.ndarray,
    thread: int,
    total: int,
    alpha: float,
    refresh: int,
    *,
    learn: Callable[..., Any],
) -> int:
    """Train on the lines ``first`` to ``last``.

    Parameters
    ----------
    tokens, lines : int32 (T,), int64 (N + 1,), IN
        Line n has the words ``tokens[lines[n]:lines[n + 1]]``.
    random : int
        State of the generator, 64 bits.
    v, vp : float32 (R, S) and (L, S), INOUT
    kinds : Kinds, IN
    tables : tuple, IN
        What the output layer looks up.
    done : int64 (threads,), INOUT
        Tokens read by each thread, in all epochs.
    losses : float64 (threads, 2), INOUT
        Sum of the losses of each thread's examples, and their number.
    total, alpha : int, float
        The rate is ``alpha * (1 - done.sum() / total)``.
    refresh : int
        Tokens between two looks at the rate, at least.

    Returns
    -------
    int
        The generator's state.
    """
    waiting = 0
    rate = v.dtype.type(linear_rate(alpha, done.sum() / total, least=0.0))
    for n in range(first, last):
        words = tokens[lines[n] : lines[n + 1]]
        waiting += len(words)
        inputs, labels = read_line(words, kinds)
        if inputs and labels:
            random, loss = update(inputs, labels, random, rate, v, vp, learn, tables)
            losses[thread] += loss, 1
        if waiting > refresh or n == last - 1:
            done[thread] += waiting
            waiting = 0
            rate = v.dtype.type(linear_rate(alpha, done.sum() / total, least=0.0))
    return random


def average_lines(
    tokens: np.ndarray,
    lines: np.ndarray,
    v: np.ndarray,
    kinds: Kinds,
    h: np.ndarray,
    counts: np.ndarray,
    found: np.ndarray,
) -> int:
    """h of every line, float32 (N, D), and how many rows each was made of, int64 (N,); 0 rows give h = 0.

    The labels of all lines are appended to ``found``, int32 (T, 2), as (line, label); returns how many.
    """
    written = 0
    for n in range(len(lines) - 1):
        inputs, labels = read_line(tokens[lines[n] : lines[n + 1]], kinds)
        h[n] = v[inputs].mean(0) if inputs else 0
        counts[n] = len(inputs)
        for label in labels:
            found[written] = n, label
            written += 1
    return written


def count_rows(tokens: np.ndarray, lines: np.ndarray, kinds: Kinds, met: np.ndarray) -> None:
    """Add to ``met``, int64 (R,), how often the lines have each row."""
    for n in range(len(lines) - 1):
        np.add.at(met, np.array(read_line(tokens[lines[n] : lines[n + 1]], kinds)[0], np.int64), 1)
