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
from .neighbours import nearest

Query = str | np.ndarray | Sequence[str | np.ndarray]
Neighbours = list[tuple[str, float]]  # word, cosine


class WordVectors:
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
        return self.vector(word) if isinstance(word, str) else np.stack([self.vector(each) for each in word])

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

    def similarity(self, a: str, b: str) -> float:
        """Cosine of the angle between two words, -1 to 1."""
        return float(self._unit_of(a) @ self._unit_of(b))

    def most_similar(
        self, positive: Query = (), negative: Query = (), topn: int = 10, restrict_vocab: int | None = None
    ) -> Neighbours:
        """Words nearest to a sum of unit vectors: ``positive`` added, ``negative`` subtracted.

        Parameters
        ----------
        positive, negative : word, (D,) array, or list of these
            Words given here are not in the answer.
        topn : int
        restrict_vocab : int, optional
            Answers come from the first so many rows only.

        Returns
        -------
        list of (word, cosine)
        """
        positive, negative = _as_list(positive), _as_list(negative)
        if not positive and not negative:
            raise ValueError("most_similar: give at least one word, e.g. most_similar('matrix')")
        query = sum(map(self._unit_of, positive)) - sum(map(self._unit_of, negative))
        given = [self.index[word] for word in positive + negative if isinstance(word, str) and word in self]
        return self._nearest(query, given, topn, restrict_vocab)

    def most_similar_cosmul(
        self, positive: Query = (), negative: Query = (), topn: int = 10, restrict_vocab: int | None = None
    ) -> Neighbours:
        """As `most_similar`, but cosines are multiplied, not added (3CosMul, Levy and Goldberg 2014, eq. 4).

        No single large term can outweigh the others: prod (1 + cos_i) / 2 over the positive words, divided by
        that of the negative ones plus 0.001.
        """
        positive, negative = _as_list(positive), _as_list(negative)
        if not positive:
            raise ValueError("most_similar_cosmul: give at least one positive word")
        unit = self.unit[:restrict_vocab]
        score = np.ones(len(unit))
        for item in positive:
            score *= (1 + unit @ self._unit_of(item)) / 2
        below = np.ones(len(unit))
        for item in negative:
            below *= (1 + unit @ self._unit_of(item)) / 2
        given = [self.index[word] for word in positive + negative if isinstance(word, str) and word in self]
        return self._best(score / (below + 1e-3), given, topn)

    def analogy(self, a: str, b: str, c: str, topn: int = 1, restrict_vocab: int | None = None) -> Neighbours:
        """a is to b as c is to what?  Words nearest to b - a + c (Mikolov et al. 2013a, section 4)."""
        return self.most_similar([b, c], [a], topn, restrict_vocab)

    def nearest_to_sum(self, *words: str, topn: int = 4, restrict_vocab: int | None = None) -> Neighbours:
        """Words nearest to the sum of the vectors as they are, any length (Mikolov et al. 2013b, table 5)."""
        return self._nearest(
            self[words].sum(0), [self.index[word] for word in words if word in self], topn, restrict_vocab
        )

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
        own = None
        if isinstance(queries, np.ndarray):
            length = np.linalg.norm(queries, axis=1, keepdims=True)
            queries = queries / np.where(length > 0, length, 1)
        else:
            own = np.array([self.row(word) for word in queries], np.int64)
            queries = self.unit[own]
        unit = self.unit[:restrict_vocab]
        if own is not None:
            own = np.where(own < len(unit), own, -1)
        return nearest(unit, queries, topn, own)

    def doesnt_match(self, words: Iterable[str]) -> str:
        """The word farthest from the mean direction of all."""
        words = list(words)
        if len(words) < 3:
            raise ValueError(f"doesnt_match: expected at least 3 words, got {len(words)}")
        rows = np.stack([self._unit_of(word) for word in words])  # (Q,D)
        return words[int(np.argmin(rows @ rows.mean(0)))]

    def rank(self, a: str, b: str) -> int:
        """Place of ``b`` among the neighbours of ``a``: 1 is the nearest."""
        row_a, row_b = self.row(a), self.row(b)
        cosine = self.unit @ self.unit[row_a]
        nearer = cosine > cosine[row_b]
        nearer[row_a] = False
        return 1 + int(nearer.sum())

    def _unit_of(self, item: str | np.ndarray) -> np.ndarray:
        if isinstance(item, str) and item in self:
            return self.unit[self.index[item]]
        item = np.asarray(self.vector(item) if isinstance(item, str) else item, np.float32)
        if item.shape != self.matrix.shape[1:]:
            raise ValueError(
                f"expected a word or a vector {self.matrix.shape[1:]} = (D,), got an array {item.shape}"
            )
        return item / (np.linalg.norm(item) or 1)

    def _nearest(self, query: Any, left_out: list[int], topn: int, restrict_vocab: int | None) -> Neighbours:
        cosine = self.unit[:restrict_vocab] @ (query / (np.linalg.norm(query) or 1))  # (V,D)(D) -> (V)
        return self._best(cosine, left_out, topn)

    def _best(self, score: np.ndarray, left_out: list[int], topn: int) -> Neighbours:
        """The ``topn`` words of highest score, without the rows ``left_out``."""
        left_out = [row for row in set(left_out) if row < len(score)]
        score[left_out] = -np.inf
        topn = min(topn, len(score) - len(left_out))
        best = np.argpartition(-score, max(topn - 1, 0))[: max(topn, 0)]
        best = best[np.argsort(-score[best], kind="stable")]
        return [(self.words[row], float(score[row])) for row in best]

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


def _as_list(items: Query) -> list:
    """One word or one vector, or several, as a list."""
    if isinstance(items, str) or (isinstance(items, np.ndarray) and items.ndim == 1):
        return [items]
    return list(items)
