"""Vectors of words and of lines: means of the rows of v that a dictionary names.

N lines, R rows of v, D dimension
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from ...ext.embeddings import average_lines, count_rows
from ..corpus.token import SENTENCE_END, line_bytes, split_bytes, without_ends
from ..corpus.utf8 import to_bytes, to_text
from ..embeddings.subwords import char_ngrams, fnv1a
from ..files.fasttext_bin import MODELS, Args
from ..files.product_quantiser import Quantised
from ..vectors.word_vectors import WordVectors
from .dictionary import Dictionary, Reader


class LineMeans(NamedTuple):
    """Some lines as a model sees them."""

    h: np.ndarray  # float32 (N, D): the mean of each line's rows
    counts: np.ndarray  # int64 (N,): how many rows that were
    gold: np.ndarray  # int32 (n, 2): each (line, label) that stands in the text


class LineVectors:
    """A dictionary, v and v', and the vectors that follow from them."""

    FOLLOWING: tuple[str, ...] = ("reader", "vectors")  # attributes that are made when they are asked for
    dim: int
    args: Args | None = None  # of the file that it was read from
    dictionary: Dictionary
    v: np.ndarray | Quantised
    vp: np.ndarray | Quantised

    def set_matrices(
        self, dictionary: Dictionary, v: np.ndarray | Quantised, vp: np.ndarray | Quantised
    ) -> None:
        """Take these in place of the present ones."""
        self.dictionary, self.v, self.vp = dictionary, v, vp
        for name in self.FOLLOWING:
            self.__dict__.pop(name, None)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy of the model gets, also one for another process."""
        return {name: value for name, value in self.__dict__.items() if name not in self.FOLLOWING}

    @property
    def words(self) -> list[str]:
        """The known words."""
        return [to_text(word) for word in self._expect_dictionary().words]

    @property
    def supervised(self) -> bool:
        """Can it predict labels, or has it only word vectors?"""
        return self.args is None or self.args.model == MODELS["supervised"]

    @property
    def quantised(self) -> bool:
        """Is v quantised?"""
        return isinstance(self.v, Quantised)

    @functools.cached_property
    def vectors(self) -> WordVectors:
        """A vector for each known word: the mean of its rows; kept until there are other matrices."""
        return WordVectors(
            self.words, np.stack([self.vector(word) for word in self._expect_dictionary().words])
        )

    def vector(self, word: str | bytes) -> np.ndarray:
        """The vector of any word, (D,): the mean of its row and its n-grams'; zeros if it has none.

        ValueError if it is not one word.
        """
        raw = line_bytes(word)
        if split_bytes(raw) != [raw]:
            hint = "sentence_vector takes several words"
            raise ValueError(f"vector: expected one word, came {word!r}\n    hint: {hint}")
        rows = self.reader.rows_of(raw)
        return self.v[rows].mean(0) if len(rows) else np.zeros(self.dim, np.float32)

    def sentence_vector(self, line: str | bytes) -> np.ndarray:
        """The vector of a line, (D,).

        Of a supervised model the mean of all its rows, ``</s>`` and word n-grams included; else the mean of
        its words' vectors, each divided by its length.  The word ``</s>`` within the line is none.
        """
        raw = without_ends(line_bytes(line).replace(b"\n", b" ") + b"\n")
        if self.supervised:
            return self.read(raw).h[0]
        words = split_bytes(raw)
        vectors = np.stack([self.vector(word) for word in words] or [np.zeros(self.dim, np.float32)])
        length = np.linalg.norm(vectors, axis=1)
        return (vectors[length > 0] / length[length > 0, None]).sum(0) / max((length > 0).sum(), 1)

    def ngrams(self, word: str) -> list[tuple[str, np.ndarray]]:
        """The word, if it is known, and its character n-grams, each with its row of v, (D,)."""
        book = self._expect_dictionary()
        grams = char_ngrams(word, book.grams.min_n, book.grams.max_n)[1:] if word != SENTENCE_END else []
        rows = self.reader.rows_of(to_bytes(word))
        known = [word] if to_bytes(word) in book.row else []
        buckets = [
            int(self.reader.buckets[fnv1a(gram) % book.grams.buckets]) for gram in grams if book.grams.buckets
        ]
        names = known + [gram for gram, row in zip(grams, buckets, strict=False) if row >= 0]
        return list(zip(names, self.v[rows], strict=True))

    def read(self, block: bytes) -> LineMeans:
        """The lines of a piece of text that ends with a line."""
        tokens, lines, kinds = self.reader.read(block)
        count, v = len(lines) - 1, self.v
        if isinstance(v, Quantised):  # only the rows that are needed
            met = np.zeros(len(v), np.int64)
            count_rows(tokens, lines, tuple(kinds), met)
            used = np.flatnonzero(met)
            place = np.full(len(met), -1, np.int32)
            place[used] = np.arange(len(used))
            buckets = np.where(kinds.buckets >= 0, place[kinds.buckets], -1).astype(np.int32)
            kinds, v = kinds._replace(rows=place[kinds.rows], buckets=buckets), v[used]
        h, counts = np.empty((count, self.dim), np.float32), np.zeros(count, np.int64)
        found = np.empty((len(tokens), 2), np.int32)
        written = average_lines(tokens, lines, v, tuple(kinds), h, counts, found)
        return LineMeans(h, counts, found[:written])

    def _expect_dictionary(self) -> Dictionary:
        if not hasattr(self, "dictionary"):
            raise AttributeError(f"{type(self).__name__}: not trained yet; call fit(lines) first")
        return self.dictionary

    @functools.cached_property
    def reader(self) -> Reader:
        """What reads text with the dictionary."""
        return Reader(self._expect_dictionary())
