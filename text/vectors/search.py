"""Searching all words: the nearest to a word, to a sum, to a question "a is to b as c is to what".

V words, D dimension, Q queries
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .comparisons import Comparisons
from .neighbours import nearest

Item = str | np.ndarray | tuple[str | np.ndarray, float]  # a word, a vector, or one of them and its weight
Query = str | np.ndarray | Sequence[Item]
Neighbours = list[tuple[str, float]]  # word, cosine


class Search(Comparisons):
    """What `WordVectors` answers by looking at all rows."""

    index: dict[str, int]

    def most_similar(
        self,
        positive: Query = (),
        negative: Query = (),
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Any:
        """Words nearest to a sum of unit vectors: ``positive`` added, ``negative`` subtracted.

        Parameters
        ----------
        positive, negative : word, (D,) array, or list of these, or of pairs (word or array, weight)
            Words given here are not in the answer.
        topn : int, or None for the cosines of all words
        restrict_vocab : int, optional
            Answers come from the first so many rows only.

        Returns
        -------
        list of (word, cosine), or with ``topn=None`` float32 (V,): the cosine of each row, the given words'
            too
        """
        positive, negative = _weighted(positive), _weighted(negative)
        if not positive and not negative:
            raise ValueError("most_similar: give at least one word, e.g. most_similar('matrix')")
        query = sum(weight * self.unit_of(item) for item, weight in positive)
        query = query - sum(weight * self.unit_of(item) for item, weight in negative)
        return self._nearest(query, self._given(positive + negative), topn, restrict_vocab)

    def most_similar_cosmul(
        self,
        positive: Query = (),
        negative: Query = (),
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> Any:
        """As `most_similar`, but cosines are multiplied, not added (3CosMul, Levy and Goldberg 2014, eq. 4).

        No single large term can outweigh the others: prod (1 + cos_i) / 2 over the positive words, divided by
        that of the negative ones plus 0.001.  A weight is the exponent of its factor.
        """
        positive, negative = _weighted(positive), _weighted(negative)
        if not positive:
            raise ValueError("most_similar_cosmul: give at least one positive word")
        unit = self._first(restrict_vocab)
        above, below = np.ones(len(unit)), np.ones(len(unit))
        for product, items in ((above, positive), (below, negative)):
            for item, weight in items:
                product *= ((1 + unit @ self.unit_of(item)) / 2) ** weight
        return self._best(above / (below + 1e-3), self._given(positive + negative), topn)

    def analogy(self, a: str, b: str, c: str, topn: int = 1, restrict_vocab: int | None = None) -> Neighbours:
        """a is to b as c is to what?  Words nearest to b - a + c (Mikolov et al. 2013a, section 4)."""
        return self.most_similar([b, c], [a], topn, restrict_vocab)

    def nearest_to_sum(self, *words: str, topn: int = 4, restrict_vocab: int | None = None) -> Neighbours:
        """Words nearest to the sum of the vectors as they are, any length (Mikolov et al. 2013b, table 5)."""
        given = [self.index[word] for word in words if word in self.index]
        return self._nearest(sum(self.vector(word) for word in words), given, topn, restrict_vocab)

    def neighbours(
        self, queries: Sequence[str] | np.ndarray, topn: int = 10, restrict_vocab: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Nearest words of very many words or vectors, in blocks (``neighbours.py``).

        Parameters
        ----------
        queries : sequence of words, or (Q, D)
            A word is not in its own answer.

        Returns
        -------
        rows : int32 (Q, topn)
            The nearest is first; ``words[row]`` is the word.
        cosines : float32 (Q, topn)
        """
        unit, own = self._first(restrict_vocab), None
        if isinstance(queries, np.ndarray) and queries.dtype.kind == "f":
            length = np.linalg.norm(queries, axis=1, keepdims=True)
            queries = queries / np.where(length > 0, length, 1)
        else:
            own = np.array([self.index.get(word, -1) for word in queries], np.int64)
            own = np.where(own < len(unit), own, -1)
            queries = np.stack([self.unit_of(word) for word in queries]) if len(queries) else self.unit[:0]
        return nearest(unit, queries, topn, own)

    def _given(self, items: list[tuple[Any, float]]) -> list[int]:
        """The rows of the words among the items of a query, which are not in its answer."""
        return [self.index[item] for item, _ in items if isinstance(item, str) and item in self.index]

    def _first(self, restrict_vocab: int | None) -> np.ndarray:
        """The unit vectors that may be answers."""
        if restrict_vocab is not None and restrict_vocab < 1:
            raise ValueError(f"restrict_vocab: expected a number of words from 1 on, got {restrict_vocab}")
        return self.unit[:restrict_vocab]

    def _nearest(self, query: Any, left_out: list[int], topn: int | None, restrict_vocab: int | None) -> Any:
        unit = self._first(restrict_vocab)
        return self._best(unit @ (query / (np.linalg.norm(query) or 1)), left_out, topn)  # (V,D)(D) -> (V)

    def _best(self, score: np.ndarray, left_out: list[int], topn: int | None) -> Any:
        """The ``topn`` words of highest score, without the rows ``left_out``; or all scores."""
        if topn is None:
            return score
        left_out = [row for row in set(left_out) if row < len(score)]
        score[left_out] = -np.inf
        topn = min(topn, len(score) - len(left_out))
        best = np.argpartition(-score, max(topn - 1, 0))[: max(topn, 0)]
        best = best[np.argsort(-score[best], kind="stable")]
        return [(self.words[row], float(score[row])) for row in best]


def _weighted(items: Query) -> list[tuple[Any, float]]:
    """One word or one vector, or several, each with its weight."""
    if isinstance(items, str) or (isinstance(items, np.ndarray) and items.ndim == 1):
        return [(items, 1.0)]
    pairs = [item if isinstance(item, tuple) and len(item) == 2 else (item, 1.0) for item in items]
    for item, weight in pairs:
        if not isinstance(weight, int | float | np.number) or not np.isfinite(weight):
            raise ValueError(f"expected (word, weight) with a finite number, came ({item!r}, {weight!r})")
    return pairs
