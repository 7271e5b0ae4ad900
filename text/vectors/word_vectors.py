"""Word vectors and what one asks of them: neighbours, analogies, sums, the odd one out.

V words, D dimension, Q queries
"""

from __future__ import annotations

import difflib
import functools
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...core.reading import reading
from ..files import by_suffix
from .search import Search


class WordVectors(Search):
    """A row of numbers for each word.

    Parameters
    ----------
    words : sequence of str
        No word twice; from frequent to rare, if ``restrict_vocab`` is to mean "the most frequent".
    matrix : float32 (V, D)

    Examples
    --------
    >>> pets = WordVectors(["cat", "dog", "car"], [[1, 0.2], [1, 0.3], [0, 1]])
    >>> pets.most_similar("cat", topn=1)
    [('dog', 0.995...)]
    """

    know_all_words = False  # has a vector for unknown words, too

    def __init__(self, words: Iterable[str], matrix: Any) -> None:
        self.words = list(words)
        self.matrix = np.asarray(matrix, np.float32)
        if self.matrix.ndim != 2 or len(self.words) != len(self.matrix):
            raise ValueError(
                f"WordVectors: expected one row per word\n"
                f"    words  {len(self.words)} = V\n    matrix {self.matrix.shape} = (V, D)"
            )
        self.index = {word: row for row, word in enumerate(self.words)}
        if len(self.index) != len(self.words):
            twice = next(word for row, word in enumerate(self.words) if self.index[word] != row)
            raise ValueError(f"WordVectors: {twice!r} occurs twice among the words")

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __getitem__(self, word: str | Iterable[str]) -> np.ndarray:
        """The vector of a word, (D,), or of a list of words, (Q, D); KeyError as in `row`."""
        if isinstance(word, str):
            return self.vector(word)
        rows = [self.vector(each) for each in word]
        return np.stack(rows) if rows else self.matrix[:0]

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words, {self.matrix.shape[1]} dimensions)"

    def row(self, word: str) -> int:
        """The row of a word; KeyError with words of similar spelling if it has none."""
        if word not in self.index:
            near = difflib.get_close_matches(str(word), self.words[:30_000], n=5, cutoff=0.7)
            hint = (
                f"similar: {', '.join(near)}"
                if near
                else "only words of the training text (min_count times) have one"
            )
            raise KeyError(f"no vector for {word!r}; {hint}")
        return self.index[word]

    def vector(self, word: str) -> np.ndarray:
        """The vector of a word, (D,)."""
        return self.matrix[self.row(word)]

    @functools.cached_property
    def unit(self) -> np.ndarray:
        """Rows of length 1, float32 (V, D); a row of zeros stays zero."""
        length = np.linalg.norm(self.matrix, axis=1, keepdims=True)
        return self.matrix / np.where(length > 0, length, 1)

    def add_vectors(self, words: str | Sequence[str], vectors: Any, replace: bool = False) -> WordVectors:
        """Add words with their vectors, (Q, D), or one word with one, (D,), at the end; returns self.

        Words that are there keep their vectors, unless ``replace``.

        Raises
        ------
        ValueError
            There is not one vector of D numbers for each word.
        """
        words = [words] if isinstance(words, str) else list(words)
        added = np.atleast_2d(np.asarray(vectors, np.float32))
        if added.shape != (len(words), self.matrix.shape[1]):
            raise ValueError(
                f"add_vectors: expected vectors {(len(words), self.matrix.shape[1])} = (words, D), "
                f"came {added.shape}"
            )
        all_words, given = list(dict.fromkeys([*self.words, *words])), dict(zip(words, added, strict=True))
        matrix = np.concatenate(
            [self.matrix, np.zeros((len(all_words) - len(self), added.shape[1]), np.float32)]
        )
        for row, word in enumerate(all_words):
            if word in given and (replace or row >= len(self)):
                matrix[row] = given[word]
        self.words, self.matrix = all_words, matrix
        self.index = {word: row for row, word in enumerate(all_words)}
        vars(self).pop("unit", None)  # made anew at the next question
        return self

    def unit_of(self, item: str | np.ndarray) -> np.ndarray:
        if isinstance(item, str) and item in self:
            return self.unit[self.index[item]]
        item = np.asarray(self.vector(item) if isinstance(item, str) else item, np.float32)
        if item.shape != self.matrix.shape[1:]:
            raise ValueError(
                f"expected a word or a vector {self.matrix.shape[1:]} = (D,), got an array {item.shape}"
            )
        return item / (np.linalg.norm(item) or 1)

    def save(self, path: str | os.PathLike, binary: bool = True, header: bool = True) -> None:
        """Write word2vec's format, or with ``binary=False, header=False`` GloVe's; see
        `word2vec_format.write`.

        A name in ``.npz`` gets NumPy's format (``text/files/npz.py``), one in ``vectors.tsv`` that of
        TensorBoard's projector (``text/files/tensorboard.py``).
        """
        by_suffix.save(path, self.words, self.matrix, binary, header)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike,
        binary: bool | None = None,
        limit: int | None = None,
        errors: str = "strict",
        mmap: bool = False,
        max_bytes: int | None = None,
    ) -> WordVectors:
        """Read word2vec's format, text or binary, or GloVe's (`word2vec_format.read`), or what
        else `save` writes.

        With ``mmap`` the numbers of a ``.npz`` stay on disk until they are looked at.
        Reading takes at most ``max_bytes`` of memory, by default four times the file and 200 MB.
        """
        words, matrix = by_suffix.load(path, binary, limit, errors, mmap, max_bytes)
        with reading(path, "a file of word vectors"):
            return cls(words, matrix)
