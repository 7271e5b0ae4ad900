"""Negative sampling with shared noise: the specification of ``jit.py``.

Drawing k noise words for every pair, fetching their rows from memory and putting them back is most of the
work of negative sampling.  Here several examples in a row are told from the same noise, whose rows stay at
hand (in the compiled form: in the first cache) and are moved by each example in turn:

    skip-gram            all context words of one centre; two of them at a time learn from the same values
    CBOW                 USES centres, so far from each other that their windows hardly overlap
    CBOW, subwords       GROUP centres in a row
    skip-gram, subwords  CENTRES centres in a row, each context word of a centre its own noise

Neighbours of CBOW have almost the same h: noise of two in a row cost a point of analogy accuracy.  Nor must
the one h of skip-gram with subwords be told from the same noise twice: it would learn from few noise words.

Each example's expected gradient is that of ``negative_sampling/reference.py``; its noise is only not
independent of its neighbour's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..negative_sampling.reference import draw, step, store
from ..word2vec.reference import draw_window

CENTRES = 4  # centres of skip-gram with subwords that share noise
USES = 4  # centres of CBOW that share noise
GROUP = 2  # centres of CBOW with subwords that do


def skipgram_shared(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """Skip-gram; the centre's row and the noise are fetched once for its whole window."""
    noise, negative = tables
    for i, centre in enumerate(sentence):
        contexts, random = draw_window(i, sentence, window, random)
        words, random = draw(random, noise, negative)
        target = [centre, *words]
        rows = vp[target]
        for some in couples(contexts):
            v[some] += step_together(v[some], rows, target, rate)
        store(vp, target, rows)
    return random


def couples(words: list[int]) -> Iterator[list[int]]:
    """Two different words at a time, a word that is left alone.

    >>> list(couples([4, 7, 7, 7, 5]))
    [[4, 7], [7], [7, 5]]
    """
    waiting: list[int] = []
    for word in words:
        if waiting == [word]:
            yield waiting
        elif waiting:
            yield [*waiting, word]
            waiting = []
        else:
            waiting = [word]
    if waiting:
        yield waiting


def step_together(h: np.ndarray, rows: np.ndarray, target: list[int], rate: float) -> np.ndarray:
    """`step` of each of h (N, S), all at old values; the steps of ``rows`` (K, S) are added."""
    old, sum_of_steps = rows.copy(), np.zeros_like(rows)
    grads_h = []
    for each in h:
        moved = old.copy()
        grads_h.append(step(each, moved, target, rate))
        sum_of_steps += moved - old
    rows += sum_of_steps
    return np.stack(grads_h)


def skipgram_subwords_shared(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """Skip-gram with subwords; the noise of a place in the window stays for CENTRES centres."""
    noise, negative = tables
    for i, centre in enumerate(sentence):
        if i % CENTRES == 0:
            kept = []  # noise words, for each place in the window
        contexts, random = draw_window(i, sentence, window, random)
        for place, context in enumerate(contexts):
            if place == len(kept):
                words, random = draw(random, noise, negative)
                kept.append(words)
            target = [context, *kept[place]]
            rows, inputs = vp[target], rows_of(centre)
            np.add.at(v, inputs, step(v[inputs].mean(0), rows, target, rate))
            store(vp, target, rows)
    return random


def cbow_shared(sentence, random, rate, window, v, vp, learn, tables, rows_of):
    """CBOW; noise serves USES centres, each 2 * window places behind the one before."""
    noise, negative = tables
    kept = [[] for _ in range(2 * window)]  # noise words, for each place of a stretch of text
    for i, centre in enumerate(sentence):
        place = i % len(kept)
        if i // len(kept) % USES == 0:
            kept[place], random = draw(random, noise, negative)
        contexts, random = draw_window(i, sentence, window, random)
        if contexts:
            inputs = [row for context in contexts for row in rows_of(context)]
            target = [centre, *kept[place]]
            rows = vp[target]
            np.add.at(v, inputs, step(v[inputs].mean(0), rows, target, rate))
            store(vp, target, rows)
    return random


def fetch(random: int, vp: np.ndarray, noise: np.ndarray, negative: int) -> tuple[list[int], np.ndarray, int]:
    """Noise words with copies of their rows; place 0 is left to the words that are to be predicted."""
    words, random = draw(random, noise, negative)
    target = [0, *words]
    return target, vp[target], random


def step_at(h, word, rate, vp, target, rows):
    """One step of ``word`` among the noise at hand; returns grad_h."""
    target[0] = word
    rows[0] = vp[word]
    same = [d for d in range(1, len(target)) if target[d] == word]
    if same:
        rows[0] = rows[same[0]]  # the word is among the noise: its copy there is newer
    grad_h = step(h, rows, target, rate)
    vp[word] = rows[0]
    rows[same] = rows[0]
    return grad_h
