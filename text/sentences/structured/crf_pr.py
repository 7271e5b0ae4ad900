"""CRF-PR: a chain over the sentences of a document, and knowledge of polarity as constraints in the mean.

T sentences of a document, K labels from negative (0) to positive (K - 1)

    min_w  -ln p_w(labelled)  +  min_q [ KL(q || p_w) + beta |max(0, E_q[phi] - b)| ]

q is over the labels of unlabelled documents, phi are counts that should be small, at most
b, `ALLOWED` of the places where they may happen:
    0   sentences whose label is against the lexicon's words in them
    1   neighbours of unlike labels, though the second begins with "and", "also", ...
    2   neighbours of one label, though the second begins with "but", "however", ...
The inner minimum is q(y) ~ p_w(y) e^(-mu . phi(y)), mu >= 0 and |mu| <= beta, found by ascent of its dual;
phi is of nodes and steps, so that q is a chain again and all is exact.  Then w is learnt with q as labels.

Source: Yang & Cardie, "Context-aware learning for sentence-level sentiment analysis with posterior
regularization" (ACL 2014), section 3.  Reduced: theirs has constraints within a sentence, from coreference
and listings, too, a lexicon (MPQA's) and the connectives of the Penn Discourse Treebank; here the lexicon is
given or learnt, and the connectives are a short list of our own.  It needs documents: sentences without
their neighbours, as in the sets of the table, have no context.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ...features.bag_of_words import BagOfWords
from .crf import Chain, LinearChainCRF, forward_backward, given_labels, viterbi

SAME = frozenset(["and", "also", "moreover", "besides", "furthermore", "likewise"])
CHANGE = frozenset(["but", "however", "although", "though", "yet", "nevertheless", "unfortunately"])
ALLOWED = np.array([0.1, 0.1, 0.1])
RATE, STEPS = 2.0, 200  # of the ascent of the dual
Document = Sequence[Sequence[str]]


class CRFPR:
    """Labels of the sentences of documents.

    Parameters
    ----------
    lexicon : {word: number}, optional
        Below 0 for negative words, above for positive ones; by default learnt from labelled sentences.
    beta : float
        How much constraints weigh; 0 is a plain `LinearChainCRF` of the labelled documents.
    rounds : int
        Of projecting and learning.
    penalty : as of `LinearChainCRF`
    """

    def __init__(
        self,
        lexicon: Mapping[str, float] | None = None,
        beta: float = 5.0,
        rounds: int = 3,
        penalty: float = 1.0,
    ) -> None:
        if not beta >= 0 or rounds < 1:
            raise ValueError(f"CRFPR: beta is from 0 and rounds from 1 on, got {beta!r} and {rounds!r}")
        self.lexicon, self.beta, self.rounds, self.penalty = lexicon, beta, rounds, penalty

    def fit(self, documents: Sequence[Document], y: Sequence[np.ndarray | None]) -> CRFPR:
        """Learn from documents, lists of sentences of words, and their labels (T,); None for unlabelled.

        Raises
        ------
        ValueError : no labelled document, or one without a label for each of its sentences.
        """
        known = [
            (d, np.asarray(labels)) for d, labels in zip(documents, y, strict=True) if labels is not None
        ]
        if not known or any(len(d) != len(labels) or not len(d) for d, labels in known):
            raise ValueError("CRFPR: expected documents, with a label for each sentence of some of them")
        others = [d for d, labels in zip(documents, y, strict=True) if labels is None and len(d)]
        self.classes_ = 1 + max(int(labels.max()) for _, labels in known)
        self.lexicon_ = dict(self.lexicon or _learnt_lexicon(known, self.classes_))
        self.bag_ = BagOfWords(binary=True, tokenise=list).fit([s for d, _ in known for s in d])
        rows = [self.bag_.transform(d) for d, _ in known]
        aims = [given_labels(labels, self.classes_) for _, labels in known]
        more = [self.bag_.transform(d) for d in others]
        self.crf_ = LinearChainCRF(self.penalty).fit(rows, aims)
        for _ in range(self.rounds if others and self.beta else 0):
            self.crf_.fit([*rows, *more], [*aims, *self.project(others)])
        return self

    def project(self, documents: Sequence[Document]) -> list[Chain]:
        """Return q of documents: the chains nearest to the model's that fulfil the constraints."""
        return [forward_backward(e, s) for e, s in self._projected(documents)]

    def violations(self, documents: Sequence[Document], chains: Sequence[Chain]) -> np.ndarray:
        """Return E[phi] as shares of the places where each may happen, (3,)."""
        phi = [self._phi(document) for document in documents]
        return _expected(phi, chains) / _places(phi)

    def predict(self, documents: Sequence[Document]) -> list[np.ndarray]:
        """Return the labels of each document's sentences: the most probable ones under q.

        The constraints are of all these documents together.
        """
        return [viterbi(e, s) for e, s in self._projected(documents)]

    def _projected(self, documents: Sequence[Document]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Scores of q: the model's, less mu times what the constraints count."""
        if not all(map(len, documents)):
            raise ValueError("CRFPR: expected documents of at least one sentence, came an empty one")
        phi = [self._phi(document) for document in documents]
        scores = [self.crf_.scores(self.bag_.transform(document)) for document in documents]
        places, mu = _places(phi), np.zeros(3)

        def tilted(mu: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
            return [
                (e - mu[0] * each.nodes, self.crf_.steps_ - np.tensordot(mu[1:], each.steps, 1))
                for e, each in zip(scores, phi, strict=True)
            ]

        for _ in range(STEPS if self.beta else 0):
            found = _expected(phi, [forward_backward(e, s) for e, s in tilted(mu)]) / places
            moved = np.maximum(mu + RATE * (found - ALLOWED), 0)
            moved *= min(1.0, self.beta / max(float(np.linalg.norm(moved)), 1e-12))
            if np.abs(moved - mu).max() < 1e-4:
                break
            mu = moved
        return tilted(mu)

    def _phi(self, document: Document) -> Counts:
        """What each label, and each pair of neighbours' labels, adds to the counts."""
        sign = np.sign(2 * np.arange(self.classes_) - (self.classes_ - 1))  # of labels
        against = np.array([sign * said < 0 for said in (self._said(words) for words in document)], float)
        first = [words[0].lower() if words else "" for words in document[1:]]
        same, change = (np.array([word in words for word in first], bool) for words in (SAME, CHANGE))
        like = np.multiply.outer(sign, sign)
        steps = np.stack([same[:, None, None] * (like < 0), change[:, None, None] * (like > 0)]).astype(float)
        places = [int(against.any(1).sum()), int(same.sum()), int(change.sum())]
        return Counts(against, steps, np.array(places))

    def _said(self, words: Sequence[str]) -> float:
        """The polarity of a sentence by its words: below 0, 0 or above."""
        return sum(self.lexicon_.get(word, 0.0) for word in words)


class Counts(NamedTuple):
    """What the constraints count in a document: by label (T, K), by pair (2, T - 1, K, K); where, (3,)."""

    nodes: np.ndarray
    steps: np.ndarray
    places: np.ndarray


def _places(phi: Sequence[Counts]) -> np.ndarray:
    return np.maximum(sum((each.places for each in phi), np.zeros(3)), 1)


def _expected(phi: Sequence[Counts], chains: Sequence[Chain]) -> np.ndarray:
    total = np.zeros(3)
    for each, chain in zip(phi, chains, strict=True):
        total[0] += (each.nodes * chain.nodes).sum()
        total[1:] += (each.steps * chain.pairs).sum((1, 2, 3))
    return total


def _learnt_lexicon(known: Sequence[tuple[Document, np.ndarray]], classes: int) -> dict[str, float]:
    """Words that stand at least e times as often in sentences of one end of the labels as of the other."""
    counts = Counter(
        (word, int(label))
        for document, labels in known
        for words, label in zip(document, labels, strict=True)
        for word in set(words)
        if label in (0, classes - 1)
    )
    ratios = {word: np.log((counts[word, classes - 1] + 1) / (counts[word, 0] + 1)) for word, _ in counts}
    return {word: float(np.sign(ratio)) for word, ratio in ratios.items() if abs(ratio) > 1}
