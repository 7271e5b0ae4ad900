"""Numbers and vectors of words for a network: those of a file, random ones for the others.

V words, D numbers of a vector
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ...corpus.clean_sentence import clean_sentence
from ...corpus.tokenise import letters, whitespace
from ...vectors.find_words import FindWords
from .batches import PADDING

UNKNOWN = 0.25  # a word without a vector is drawn from U(-0.25, 0.25): Kim (2014), section 3.2
TOKENISERS: dict[str, Callable[[str], list[str]]] = {
    "kim": clean_sentence,  # English: ASCII's letters alone
    "letters": letters,  # any script
    "blanks": whitespace,  # tokenised already
}
Text = str | Sequence[str]


def words_of(text: Text, tokenise: str) -> list[str]:
    """Return the words of a text; of a list they are there."""
    return TOKENISERS[tokenise](text) if isinstance(text, str) else list(text)


def vector_of(word: str, dim: int, seed: int) -> np.ndarray:
    """Return the random vector of a word, float32 (D,): a function of word and seed alone.

    So a word that comes up after training has the vector that it would have had, and all modes and folds
    have the same ones, as in Kim's comparison.
    """
    rng = np.random.default_rng([seed, zlib.crc32(word.encode("utf-8", "surrogateescape"))])
    return rng.uniform(-UNKNOWN, UNKNOWN, dim).astype(np.float32)


class WordTable:
    """Words, their numbers from 1 on, and the vectors to begin with.

    Attributes
    ----------
    index : dict
        {word: number}; 0 is the padding.
    vectors : float32 (V + 1, D)
    """

    def __init__(self, find: FindWords | None, dim: int, seed: int) -> None:
        self.find, self.dim, self.seed = find, dim, seed
        self.index: dict[str, int] = {}
        self.vectors = np.zeros((1, dim), np.float32)

    def add(self, words: Iterable[str]) -> np.ndarray:
        """Give numbers to words that have none; return their vectors, (new, D)."""
        new = [word for word in dict.fromkeys(words) if word not in self.index]
        added = np.zeros((len(new), self.dim), np.float32)
        for row, word in enumerate(new):
            known = self.find.vector(word) if self.find else None
            added[row] = vector_of(word, self.dim, self.seed) if known is None else known
            self.index[word] = len(self.index) + 1
        self.vectors = np.concatenate([self.vectors, added])
        return added

    def numbers(self, words: Iterable[str]) -> np.ndarray:
        """Return the numbers of words, int (T,); the padding's for one that is not there."""
        return np.array([self.index.get(word, PADDING) for word in words], np.int64)
