"""Paragraph vectors (Le and Mikolov 2014), the specification of ``jit.py``: a document has a vector, too.

    PV-DM          document and context words predict the centre      h = mean of their vectors
    PV-DM, concat  the same (the paper's own form)                    h = their vectors one after the other
    PV-DBOW        the document predicts each of its words            h = its vector

Concatenated, h is 2 window + 1 times as long, and so are the rows of v'; the window is not drawn, and where
it leaves the document stands the vector of ``</s>``.  As in ``word2vec/reference.py``, all of grad_h goes to
each vector of a mean; of a concatenation each vector takes its own piece, which is the gradient.

To infer the vector of a new document, all else is ``fixed``: only that vector moves.

    N documents, V words, S row length (no padding here), T tokens
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..tables import linear_rate
from ..word2vec.reference import draw_window, read_sentence, skipgram, word_row


def pv_dm(sentence, document, random, rate, window, v, vp, learn, tables, fixed):
    """The document and all context words together predict the centre."""
    for i, centre in enumerate(sentence):
        contexts, random = draw_window(i, sentence, window, random)
        h = (document + v[contexts].sum(0)) / np.asarray(len(contexts) + 1, v.dtype)
        grad_h, random = learn(h, centre, random, rate, vp, *tables)
        document += grad_h
        if not fixed:
            np.add.at(v, contexts, grad_h)
    return random


def pv_dm_concat(sentence, document, random, rate, window, v, vp, learn, tables, fixed):
    """The same, but every place of the window has its own piece of h."""
    for i, centre in enumerate(sentence):
        places = [*range(i - window, i), *range(i + 1, i + window + 1)]
        contexts = [sentence[at] if 0 <= at < len(sentence) else 0 for at in places]
        h = np.concatenate([document, *v[contexts]])
        grad_h, random = learn(h, centre, random, rate, vp, *tables)
        own, *others = grad_h.reshape(2 * window + 1, -1)
        document += own
        if not fixed:
            np.add.at(v, contexts, others)
    return random


def pv_dbow(sentence, document, random, rate, window, v, vp, learn, tables, fixed):
    """The document predicts each of its words."""
    for word in sentence:
        grad_h, random = learn(document, word, random, rate, vp, *tables)
        document += grad_h
    return random


def pv_dbow_words(sentence, document, random, rate, window, v, vp, learn, tables, fixed):
    """The same; then the words of the document learn by skip-gram, so that they have vectors, too.

    They would move even if ``fixed``: to infer, take `pv_dbow`.
    """
    random = pv_dbow(sentence, document, random, rate, window, v, vp, learn, tables, fixed)
    return skipgram(sentence, random, rate, window, v, vp, learn, tables, word_row)


def train_slice(
    tokens: np.ndarray,
    start: int,
    stop: int,
    random: int,
    v: np.ndarray,
    vp: np.ndarray,
    tables: tuple[Any, ...],
    documents: tuple[np.ndarray, np.ndarray, np.ndarray],
    keep: np.ndarray,
    done: np.ndarray,
    thread: int,
    total: int,
    alpha: float,
    *,
    window: int,
    train_sentence: Callable[..., int] = pv_dm,
    learn: Callable[..., Any],
    fixed: bool = False,
) -> int:
    """As ``train_slice`` of ``word2vec/reference.py``; a document is what stands between two ``</s>``.

    Parameters
    ----------
    documents : tuple
        ``starts``, int64 (N,): where each begins; ``rows``, int64 (N,): the row of ``d`` of each;
        ``d``, float32 (rows, S), INOUT: their vectors.
    fixed : bool
        Only ``d`` moves.
    """
    starts, rows, d = documents
    document = int(np.searchsorted(starts, start, side="right")) - 1
    if fixed:
        learn = _without_moving(learn)
    while start < stop:
        rate = v.dtype.type(linear_rate(alpha, done.sum() / (total + 1)))
        sentence, position, random = read_sentence(tokens, start, stop, keep, random)
        random = train_sentence(
            sentence, d[rows[document]], random, rate, window, v, vp, learn, tables, fixed
        )
        document += tokens[position - 1] == 0
        done[thread] += position - start
        start = position
    return random


def infer_documents(
    tokens: np.ndarray,
    first: int,
    last: int,
    random: int,
    v: np.ndarray,
    vp: np.ndarray,
    tables: tuple[Any, ...],
    documents: tuple[np.ndarray, np.ndarray, np.ndarray],
    keep: np.ndarray,
    epochs: int,
    alpha: float,
    *,
    train_slice: Callable[..., int],
) -> None:
    """Read the documents first .. last - 1, ``epochs`` times each, as if each were alone.

    Parameters
    ----------
    documents : tuple
        ``starts``, int64 (N + 1,): where each begins, and where the last ends; the others as before.
    train_slice : callable
        With ``fixed``.
    """
    starts, _, _ = documents
    for document in range(first, last):
        start, stop, state, done = starts[document], starts[document + 1], random, np.zeros(1, np.int64)
        for _ in range(epochs):
            place = done, 0, epochs * (stop - start), alpha
            state = train_slice(tokens, start, stop, state, v, vp, tables, documents, keep, *place)


def _without_moving(learn: Callable[..., Any]) -> Callable[..., Any]:
    return lambda h, word, random, rate, vp, *tables: learn(h, word, random, rate, vp.copy(), *tables)
