"""The rows of a file of vectors that words of a text have: as spelt, in small letters, or without a tag.

Some files name a part of speech behind each word, as those of RusVectores do: ``кошка_NOUN``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import numpy as np

from .word_vectors import WordVectors

TAGGED = re.compile(r"(.+)_[A-Z]+")
SAMPLE, MOST = 200, 0.9  # a file is tagged if so many of its first words are


class FindWords:
    """Finds rows of vectors.

    Parameters
    ----------
    vectors : WordVectors
        If its words are tagged, a word has the row of its first tag, the most frequent one as a rule.

    Examples
    --------
    >>> vectors = WordVectors(["cat_NOUN", "cat_VERB", "The_DET"], [[1.0], [2.0], [3.0]])
    >>> FindWords(vectors).rows(["Cat", "the", "cat_VERB", "dog"]).tolist()
    [0, 2, 1, -1]
    """

    def __init__(self, vectors: WordVectors) -> None:
        self.vectors = vectors
        first = vectors.words[:SAMPLE]
        tagged = sum(TAGGED.fullmatch(word) is not None for word in first) > MOST * len(first)
        self.untagged: dict[str, int] = {}
        for row, word in enumerate(vectors.words if tagged else ()):
            if match := TAGGED.fullmatch(word):
                self.untagged.setdefault(match[1].lower(), row)

    def row(self, word: str) -> int:
        """Return the row of a word, -1 if it has none."""
        small = word.lower()
        return self.vectors.index.get(word, self.vectors.index.get(small, self.untagged.get(small, -1)))

    def vector(self, word: str) -> np.ndarray | None:
        """Return the vector of a word, float32 (D,), None if it has none."""
        row = self.row(word)
        return None if row < 0 else self.vectors.matrix[row]

    def rows(self, words: Iterable[str]) -> np.ndarray:
        """Return the row of each word, int (N,), -1 where it has none."""
        return np.array([self.row(word) for word in words], np.int64)


def read_vectors(given: WordVectors | str | os.PathLike) -> WordVectors:
    """Return vectors that are given as such, or as a path."""
    return given if isinstance(given, WordVectors) else WordVectors.load(given)
