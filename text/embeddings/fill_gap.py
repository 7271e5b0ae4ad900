"""Fill the gap: which word was removed, judged by its neighbours?  What word2vec is trained to answer.

N gaps, C context words at most, V words, D dimension
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...ext.embeddings.tables import keep_probability
from .word2vec import Word2Vec

GAP = "___"


def fill_gap(model: Word2Vec, words: Sequence[str], topn: int = 5) -> list[tuple[str, float]]:
    """The likeliest words for the gap ``___`` in a sentence, with their probabilities.

    Parameters
    ----------
    model : Word2Vec
        Trained with negative sampling or the full softmax.
    words : sequence of str
        One of them ``___``.  Neighbours without a vector are left out.

    Raises
    ------
    ValueError : no gap or several, no known neighbour, or a model with a tree.
    """
    if list(words).count(GAP) != 1:
        raise ValueError(f"fill_gap: expected one {GAP!r}, came {' '.join(words)!r}")
    place = list(words).index(GAP)
    near = [*words[max(0, place - model.window) : place], *words[place + 1 : place + 1 + model.window]]
    rows = [model.vocabulary.index[word] for word in near if word in model.vocabulary]
    if not rows:
        raise ValueError(f"fill_gap: none of {near} is a word of the model")
    (chances,) = np.exp(log_probabilities(model, [rows]))
    best = np.argsort(-chances, kind="stable")[:topn]
    return [(model.vocabulary.words[row], float(chances[row])) for row in best]


def log_probabilities(model: Word2Vec, contexts: Sequence[Sequence[int]]) -> np.ndarray:
    """log p(word | context), (N, V), of every word in the gap; row 0, ``</s>``, has none.

    h is the mean of the neighbours' v, each as often as training keeps it, and the score of a word v' . h.
    The softmax is trained so that exp(score) is in proportion to p.  Negative sampling is not: its scores
    are best at

        log p(word | context) - log(K U(word)^power)      (Levy and Goldberg 2014, section 3.1)

    so the noise is put back.  The text is the one that the model has seen, with frequent words thinned out.
    """
    if model.output == "tree":
        raise ValueError("the tree of hs=True gives no scores of words: train with hs=False")
    counts = model.vocabulary.counts.astype(np.float64)
    keep = keep_probability(model.vocabulary.counts, model.sample).astype(np.float64)
    h = np.stack([np.average(model.v[rows], 0, keep[rows]) for rows in map(list, contexts)])
    scores = (h @ model.vp.T).astype(np.float64)  # (N,D)(D,V) -> (N,V)
    if model.output == "negative":
        scores += model.power * np.log(np.maximum(counts, 1))
    scores[:, 0] = -np.inf
    top = scores.max(1, keepdims=True)
    return scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))


def draw_gaps(
    model: Word2Vec, tokens: np.ndarray, count: int, rng: np.random.Generator
) -> list[tuple[int, list[int]]]:
    """Draw places of a text: [(word removed, its neighbours in the sentence), ...], at most ``count``.

    A frequent word is drawn as often as training keeps it.
    """
    keep = keep_probability(model.vocabulary.counts, model.sample)
    found = []
    for place in rng.permutation(np.flatnonzero(tokens)).tolist():
        reach = model.window
        left, right = tokens[max(0, place - reach) : place], tokens[place + 1 : place + 1 + reach]
        near = [*left[np.cumsum(left[::-1] == 0)[::-1] == 0], *right[np.cumsum(right == 0) == 0]]
        if near and rng.random() < keep[tokens[place]]:
            found.append((int(tokens[place]), [int(word) for word in near]))
        if len(found) == count:
            break
    return found


def gap_hits(model: Word2Vec, asked: Sequence[tuple[int, list[int]]], topn: int = 10) -> tuple[float, float]:
    """Share of gaps whose word is among the ``topn`` likeliest, and among the ``topn`` most frequent."""
    words = np.array([word for word, _ in asked])
    guess = log_probabilities(model, [context for _, context in asked])
    better = (guess > guess[np.arange(len(words)), words][:, None]).sum(1)
    counts = model.vocabulary.counts
    seen = counts * keep_probability(counts, model.sample)
    seen[0] = 0
    return float((better < topn).mean()), float(
        np.isin(words, np.argsort(-seen, kind="stable")[:topn]).mean()
    )
