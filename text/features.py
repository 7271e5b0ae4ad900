"""Lines of text to rows of v: words, their n-grams, and n-grams of words, all as fastText counts them.

"__label__pet the cat"  ->  labels ["__label__pet"], words ["the", "cat", "</s>"]  ->  rows [4, 9, 0, ...]
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .subwords import char_ngrams, fnv1a
from .vocabulary import SENTENCE_END, Vocabulary

LABEL = "__label__"
MULTIPLIER, MASK = 116049371, 2**64 - 1  # of the hash of n-grams of words


def split_labels(words: Iterable[str], prefix: str = LABEL) -> tuple[list[str], list[str]]:
    """(labels, words) of a line.

    >>> split_labels("__label__pet the cat".split())
    (['__label__pet'], ['the', 'cat'])
    """
    words = list(words)
    return [w for w in words if w.startswith(prefix)], [w for w in words if not w.startswith(prefix)]


class Features:
    """Rows of a line: each known word's own and its character n-grams', then those of the words' n-grams.

    Parameters
    ----------
    vocabulary : Vocabulary
        Row i belongs to word i; n-grams of both kinds share the ``buckets`` rows behind.
    word_ngrams : int
        Words in an n-gram of words, at most; 1 has none.
    min_n, max_n : int
        Characters in an n-gram of characters; ``max_n=0`` has none.
    """

    def __init__(
        self, vocabulary: Vocabulary, word_ngrams: int, min_n: int, max_n: int, buckets: int
    ) -> None:
        self.vocabulary, self.word_ngrams, self.buckets = vocabulary, word_ngrams, buckets
        self.min_n, self.max_n = min_n, max_n
        self.known: dict[str, tuple[list[int], int]] = {}  # word: its rows, its hash as a signed int32

    def rows(self, words: list[str]) -> list[int]:
        """Rows of v of one line; ``</s>`` ends it."""
        found: list[int] = []
        hashes = []
        for word in [*words, SENTENCE_END]:
            if word not in self.known:
                self.known[word] = self._word(word)
            rows, value = self.known[word]
            found += rows
            hashes.append(value)
        for i, value in enumerate(hashes):
            for other in hashes[i + 1 : i + self.word_ngrams]:
                value = (value * MULTIPLIER + other) & MASK
                found.append(len(self.vocabulary) + value % self.buckets)
        return found

    def table(self, lines: Iterable[list[str]]) -> tuple[np.ndarray, np.ndarray]:
        """``starts`` and ``rows`` of many lines."""
        rows = [self.rows(words) for words in lines]
        starts = np.cumsum([0, *map(len, rows)])
        return starts, np.fromiter((row for line in rows for row in line), np.int32, int(starts[-1]))

    def _word(self, word: str) -> tuple[list[int], int]:
        rows = [self.vocabulary.index[word]] if word in self.vocabulary else []
        if word != SENTENCE_END and self.max_n:
            ngrams = char_ngrams(word, self.min_n, self.max_n)[1:]
            rows += [len(self.vocabulary) + fnv1a(ngram) % self.buckets for ngram in ngrams]
        value = fnv1a(word)
        return rows, value - (value >> 31 << 32)
