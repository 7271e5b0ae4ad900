"""CBOW with subwords, to be read: the specification of ``cbow_jit.py``.

Each of the 2 * window words within reach has some 20 rows of v, its own and its n-grams'.  To fetch all of
them for every centre anew, as fastText and gensim do, is nearly all the work there is.  Here a word's rows
are loaded once, when it comes within reach, and stored once, when it falls behind:

    total   the sum of its rows, as they were when they were loaded; h is the mean of all rows of the window
    delta   what its rows are to be moved by: the sum of grad_h of the centres that it helped to predict

A row moved by e moves the sum of n rows by n e, so as long as no two words within reach share a row the
result is that of `cbow` in ``word2vec/reference.py``.  Where they do (a word twice within ten, two words with
one ending), the later one does not see what the earlier one has learnt until that is stored: no step is lost,
some come a few words late.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..negative_sampling.reference import store
from ..shared_noise.reference import GROUP, fetch, step_at
from ..word2vec.reference import draw_window


class Slot(NamedTuple):
    """A word within reach."""

    rows: list[int]
    total: np.ndarray  # (S,)
    delta: np.ndarray  # (S,)


def cbow_subwords(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """All context words together predict the centre."""
    window_slots: list[Slot] = []
    for i, centre in enumerate(sentence):
        window_slots += [load_word(word, v, rows_of) for word in sentence[len(window_slots) : i + window + 1]]
        context, random = draw_window(i, window_slots, window, random)
        if context:
            grad_h, random = learn(mean(context), centre, random, rate, vp, *tables)
            move(context, grad_h)
        if i >= window:
            store_word(window_slots[i - window], v)
    for word in window_slots[max(0, len(sentence) - window) :]:
        store_word(word, v)
    return random


def cbow_subwords_shared(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """The same, the noise of GROUP centres fetched once."""
    noise, negative = tables
    window_slots: list[Slot] = []
    for i, centre in enumerate(sentence):
        window_slots += [load_word(word, v, rows_of) for word in sentence[len(window_slots) : i + window + 1]]
        if i % GROUP == 0:
            target, rows, random = fetch(random, vp, noise, negative)
        context, random = draw_window(i, window_slots, window, random)
        if context:
            move(context, step_at(mean(context), centre, rate, vp, target, rows))
        if (i + 1) % GROUP == 0 or i + 1 == len(sentence):
            store(vp, target[1:], rows[1:])
        if i >= window:
            store_word(window_slots[i - window], v)
    for word in window_slots[max(0, len(sentence) - window) :]:
        store_word(word, v)
    return random


def load_word(word: int, v: np.ndarray, rows_of) -> Slot:
    """Read a word's rows."""
    rows = rows_of(word)
    return Slot(rows, v[rows].sum(0), np.zeros_like(v[0]))


def store_word(word: Slot, v: np.ndarray) -> None:
    """Write a word's rows; one that it has twice is moved twice."""
    np.add.at(v, word.rows, word.delta)


def mean(context: list[Slot]) -> np.ndarray:
    """h: the mean of all rows of all of these words."""
    rows = sum(len(word.rows) for word in context)
    return np.add.reduce([word.total for word in context]) / np.float32(rows)


def move(context: list[Slot], grad_h: np.ndarray) -> None:
    """Every row of these words moves by the whole grad_h."""
    for word in context:
        word.total[...] += len(word.rows) * grad_h
        word.delta[...] += grad_h
