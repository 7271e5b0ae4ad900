"""Comparing words that are given: how near two are, two lists are, which is the odd one out.

Q words, D dimension
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np


class Comparisons(ABC):
    """What `WordVectors` answers without a search: by the cosine, the dot product of unit vectors."""

    words: list[str]
    unit: np.ndarray

    @abstractmethod
    def row(self, word: str) -> int:
        """The row of a word."""

    @abstractmethod
    def vector(self, word: str) -> np.ndarray:
        """The vector of a word, (D,)."""

    @abstractmethod
    def unit_of(self, item: str | np.ndarray) -> np.ndarray:
        """The vector of a word, or the given one, made of length 1; (D,)."""

    def similarity(self, a: str, b: str) -> float:
        """Cosine of the angle between two words, -1 to 1."""
        return float(self.unit_of(a) @ self.unit_of(b))

    def distance(self, a: str, b: str) -> float:
        """1 - `similarity`: 0 for the same direction, 2 for the opposite one."""
        return 1 - self.similarity(a, b)

    def distances(self, word: str | np.ndarray, others: Iterable[str | np.ndarray] = ()) -> np.ndarray:
        """1 - cosine of a word or vector (D,) and each of ``others``, float32 (Q,); by default all words."""
        others = list(others)
        unit = np.stack([self.unit_of(other) for other in others]) if others else self.unit
        return 1 - unit @ self.unit_of(word)

    def n_similarity(self, some: Sequence[str], others: Sequence[str]) -> float:
        """Cosine of the mean directions of two lists of words.

        Raises
        ------
        ValueError
            One of the lists is empty.
        KeyError
            A word has no vector.
        """
        if isinstance(some, str) or isinstance(others, str) or not len(some) or not len(others):
            raise ValueError("n_similarity: expected two lists of words, each with at least one")
        means = (np.mean([self.unit_of(word) for word in words], axis=0) for words in (some, others))
        a, b = (mean / (np.linalg.norm(mean) or 1) for mean in means)
        return float(a @ b)

    def doesnt_match(self, words: Iterable[str]) -> str:
        """The word farthest from the mean direction of all."""
        words = list(words)
        if len(words) < 3:
            raise ValueError(f"doesnt_match: expected at least 3 words, got {len(words)}")
        rows = np.stack([self.unit_of(word) for word in words])  # (Q,D)
        return words[int(np.argmin(rows @ rows.mean(0)))]

    def rank(self, a: str, b: str) -> int:
        """Place of ``b`` among the neighbours of ``a``: 1 is the nearest."""
        return 1 + int(self._nearer(a, b).sum())

    def closer_than(self, a: str, b: str) -> list[str]:
        """The words nearer to ``a`` than ``b`` is, in the order of the rows."""
        return [self.words[row] for row in np.flatnonzero(self._nearer(a, b))]

    def _nearer(self, a: str, b: str) -> np.ndarray:
        """Which rows are nearer to ``a`` than ``b`` is, bool (V,)."""
        row_a, row_b = self.row(a), self.row(b)
        cosine: Any = self.unit @ self.unit[row_a]
        nearer = cosine > cosine[row_b]
        nearer[row_a] = False
        return nearer
