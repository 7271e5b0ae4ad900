"""The loop of word2vec over a text, to be read: sentences, windows, and what is done with each word.

For each word of the text, the centre, and the words around it:

    skip-gram            each context word predicts the centre       h = v of the context word
    CBOW                 all of them together predict the centre     h = mean of their v
    skip-gram, subwords  the centre predicts each context word       h = mean of the centre's rows of v
    CBOW, subwords       as CBOW                                     h = mean of all rows of all of them

The first two are word2vec.c's, the last two fastText's (Bojanowski et al. 2017); the last has a file of its
own, ``subwords/cbow_reference.py``.  How ``h`` predicts a word is the output layer's business: ``learn`` of
``negative_sampling/reference.py``, ``hierarchical_softmax/reference.py`` or ``full_softmax/reference.py``
returns grad_h, dJ/dh times the rate.  The whole of it is added to every row of v that ``h`` was made of, as
the C tools do; the gradient of a mean of n rows would be an n-th of it.

    V words, R rows of v (V; with subwords, V and the n-grams' rows), S row length, T tokens
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from ..negative_sampling.reference import next_random
from ..tables import linear_rate

Item = TypeVar("Item")  # a word, or what stands for it
MAX_SENTENCE = 1000  # kept words; longer sentences are cut, as in word2vec.c


def read_sentence(
    tokens: np.ndarray, position: int, stop: int, keep: np.ndarray, random: int
) -> tuple[list[int], int, int]:
    """The next sentence with frequent words thinned out; returns (words, position, random)."""
    sentence = []
    while position < stop and len(sentence) < MAX_SENTENCE:
        word = int(tokens[position])
        position += 1
        if word == 0:  # </s>
            break
        random = next_random(random)
        if (random & 0xFFFF) / 65536 <= keep[word]:
            sentence.append(word)
    return sentence, position, random


def draw_window(i: int, sentence: list[Item], window: int, random: int) -> tuple[list[Item], int]:
    """The context words of the word at place ``i``; returns (words, random)."""
    random = next_random(random)
    reach = window - random % window  # so it is 1 .. window words, equally often
    return sentence[max(0, i - reach) : i] + sentence[i + 1 : i + reach + 1], random


def update(rows: list[int], word: int, random: int, rate: float, v, vp, learn, tables) -> int:
    """One example: the rows of v, together, learn to predict ``word``."""
    grad_h, random = learn(v[rows].mean(0), word, random, rate, vp, *tables)
    np.add.at(v, rows, grad_h)  # a row that occurs twice is moved twice
    return random


def skipgram(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """Each context word alone predicts the centre."""
    for i, centre in enumerate(sentence):
        contexts, random = draw_window(i, sentence, window, random)
        for context in contexts:
            random = update(rows_of(context), centre, random, rate, v, vp, learn, tables)
    return random


def skipgram_subwords(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """The centre, as the mean of its rows, predicts each context word: fastText's direction."""
    for i, centre in enumerate(sentence):
        contexts, random = draw_window(i, sentence, window, random)
        for context in contexts:
            random = update(rows_of(centre), context, random, rate, v, vp, learn, tables)
    return random


def cbow(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """All context words together predict the centre."""
    for i, centre in enumerate(sentence):
        contexts, random = draw_window(i, sentence, window, random)
        if contexts:
            rows = [row for context in contexts for row in rows_of(context)]
            random = update(rows, centre, random, rate, v, vp, learn, tables)
    return random


def word_row(word: int) -> list[int]:
    """Without subwords, a word has one row of v."""
    return [word]


def subword_rows(starts: np.ndarray, rows: np.ndarray) -> Callable[[int], list[int]]:
    """With subwords, word w has ``rows[starts[w]:starts[w + 1]]``: its own and its n-grams'."""
    return lambda word: rows[starts[word] : starts[word + 1]].tolist()


def train_slice(
    tokens: np.ndarray,
    start: int,
    stop: int,
    random: int,
    v: np.ndarray,
    vp: np.ndarray,
    tables: tuple[Any, ...],
    subwords: tuple[Any, ...],
    keep: np.ndarray,
    done: np.ndarray,
    thread: int,
    total: int,
    alpha: float,
    *,
    window: int,
    train_sentence: Callable[..., int] = skipgram,
    learn: Callable[..., Any] | None = None,
) -> int:
    """One thread's share of one epoch, or a part of that.

    Parameters
    ----------
    tokens : int32 (T,), IN
        The corpus; 0 is ``</s>``.  This call reads ``tokens[start:stop]``.
    random : int
        State of the generator, 64 bits.
    v, vp : float32 (R, S) and (V, S), INOUT
        Vectors of the words as inputs (v), and of words, or of the tree's nodes, as outputs (v').
    tables : tuple, IN
        What the output layer looks up: ``(noise, negative)``, ``huffman.paths(counts)`` or ``()``.
    subwords : tuple, IN
        ``()``, or ``(starts, rows)``: see `subword_rows`.
    keep : float32 (V,), IN
        Probability of keeping each word (`tables.keep_probability`).
    done : int64 (threads,), INOUT
        Tokens read by each thread since training began; this call adds to ``done[thread]``
        after each sentence.
    total : int
        Tokens to be read in all epochs: the rate falls linearly with ``done.sum() / total``.
    alpha : float
        Rate at the beginning; at the end it is 1e-4 of that.
    window : int
        Words on each side, at most.
    train_sentence, learn : callable
        Architecture and output layer.

    Returns
    -------
    int
        The generator's state, for the next epoch.
    """
    rows_of = subword_rows(*subwords) if subwords else word_row
    while start < stop:
        rate = v.dtype.type(linear_rate(alpha, done.sum() / (total + 1)))
        sentence, position, random = read_sentence(tokens, start, stop, keep, random)
        random = train_sentence(sentence, random, rate, window, v, vp, learn, tables, rows_of)
        done[thread] += position - start
        start = position
    return random
