"""The words and labels of labelled text, and the rows of v that a line is made of: fastText's dictionary.

"__label__pets a bat"  ->  label 0, rows of "a", "bat", "</s>", and of the buckets of their n-grams
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from ...ext.embeddings import count_rows
from ...ext.embeddings.classifier.reference import WORD, Kinds
from ..corpus.token import SENTENCE_END
from ..embeddings.buckets import places
from ..embeddings.subwords import ngram_hashes
from .word_table import Words

UNKNOWN_LABEL = -2
BLOCK = 20_000  # words whose n-grams are hashed at a time
MOST_UNKNOWN = 1 << 20  # words kept besides the dictionary's


class Grams(NamedTuple):
    """How words are cut up; `buckets` rows of v are shared by all n-grams."""

    word_ngrams: int = 1
    min_n: int = 0
    max_n: int = 0
    buckets: int = 0


class Dictionary:
    """Words and labels, each from frequent to rare.

    Parameters
    ----------
    words, labels : list of bytes
    counts, label_counts : int64
    tokens : int
        Tokens of the text, those of dropped words included.
    grams : Grams
    prefix : bytes
        What a label begins with.
    pruned : int (P, 2), optional
        Only these (bucket, row) are left of the buckets, as rows behind those of the words.
    """

    def __init__(
        self,
        words: Sequence[bytes],
        counts: np.ndarray,
        labels: Sequence[bytes],
        label_counts: np.ndarray,
        tokens: int,
        grams: Grams,
        prefix: bytes = b"__label__",
        pruned: np.ndarray | None = None,
    ) -> None:
        self.words, self.counts = list(words), np.asarray(counts, np.int64)
        self.labels, self.label_counts = list(labels), np.asarray(label_counts, np.int64)
        self.tokens, self.grams, self.prefix, self.pruned = tokens, grams, prefix, pruned
        self.place: np.ndarray | None = None  # see `compact`
        self.compact_rows = 0
        self.row = {word: row for row, word in enumerate(self.words)}
        self.label = {label: number for number, label in enumerate(self.labels)}

    @classmethod
    def of(
        cls, seen: Words, tokens: np.ndarray, least: tuple[int, int], grams: Grams, prefix: bytes
    ) -> Dictionary:
        """The words and labels of a text seen at least so many times, (words, labels).

        Equal counts stay in order of first occurrence.
        """
        counts = np.bincount(tokens, minlength=len(seen))
        order = np.argsort(-counts, kind="stable").tolist()
        spelt = [seen[number] for number in range(len(seen))]
        kept: tuple[list[int], list[int]] = ([], [])
        for number in order:
            kind = spelt[number].startswith(prefix) and number > 0
            if counts[number] >= max(least[kind], 1):
                kept[kind].append(number)
        words, labels = ([spelt[number] for number in each] for each in kept)
        return cls(words, counts[kept[0]], labels, counts[kept[1]], len(tokens), grams, prefix)

    def with_words(self, words: Sequence[bytes]) -> Dictionary:
        """This dictionary and, behind its words, those of ``words`` that are new, as if seen once."""
        new = [word for word in dict.fromkeys(words) if word not in self.row]
        counts = np.concatenate([self.counts, np.ones(len(new), np.int64)])
        shared = (self.labels, self.label_counts, self.tokens, self.grams, self.prefix, self.pruned)
        return Dictionary([*self.words, *new], counts, *shared)

    @property
    def rows(self) -> int:
        """Rows of v."""
        if self.place is not None:
            return self.compact_rows
        return len(self.words) + (self.grams.buckets if self.pruned is None else len(self.pruned))

    def compact(self, met: np.ndarray) -> None:
        """From now on v has only the rows of words and of ``met`` buckets: ``text/embeddings/buckets.py``."""
        used, words = np.flatnonzero(met[len(self.words) :]), len(self.words)
        self.compact_rows = words + len(used) + 1
        self.place = places(used, words, self.grams.buckets)

    def bucket_rows(self) -> np.ndarray:
        """The row of v of each bucket, int32 (buckets,); -1 for one that was pruned."""
        if self.place is not None:
            return self.place
        if self.pruned is None:
            return np.arange(len(self.words), self.rows, dtype=np.int32)
        rows = np.full(self.grams.buckets, -1, np.int32)
        rows[self.pruned[:, 0]] = len(self.words) + self.pruned[:, 1]
        return rows

    def only(self, rows: np.ndarray) -> tuple[Dictionary, np.ndarray]:
        """The dictionary that is left if only these rows of v are; returns it, and the rows in its order."""
        bucket = np.full(self.rows, -1, np.int64)
        where = self.bucket_rows()
        bucket[where[where >= 0]] = np.flatnonzero(where >= 0)
        if self.place is not None:
            bucket[-1] = -1  # the row of zeros is no bucket's own
        kept, ngrams = np.sort(rows[rows < len(self.words)]), rows[rows >= len(self.words)]
        ngrams = ngrams[bucket[ngrams] >= 0]
        pruned = np.stack([bucket[ngrams], np.arange(len(ngrams))], 1)
        words = [self.words[row] for row in kept]
        shared = (self.labels, self.label_counts, self.tokens, self.grams, self.prefix)
        return Dictionary(words, self.counts[kept], *shared, pruned), np.concatenate([kept, ngrams])


class Reader:
    """Reads text with a dictionary: bytes to tokens, and what each token stands for.

    Several threads may read with it: words that are new are learnt by one after the other.

    Parameters
    ----------
    seen : Words, optional
        The words that were met before, if their numbers are to stay.
    """

    def __init__(self, dictionary: Dictionary, seen: Words | None = None) -> None:
        self.dictionary, self.buckets = dictionary, dictionary.bucket_rows()
        self.reading = Lock()
        self._begin(seen or Words())

    def _begin(self, seen: Words) -> None:
        self.seen = seen
        self.known = 0
        self.label, self.starts = np.empty(0, np.int32), np.zeros(1, np.int64)
        self.rows = np.empty(0, np.int32)
        self._learn()

    def read(self, text: bytes) -> tuple[np.ndarray, np.ndarray, Kinds]:
        """(tokens, lines, kinds) as `train_lines` takes them."""
        with self.reading:
            if len(self.seen) > len(self.dictionary.words) + MOST_UNKNOWN:
                self._begin(Words())  # forget unknown words, so that memory is bounded
            tokens = self.seen.read(text)
            self._learn()
            return tokens, line_starts(tokens), self.kinds

    @property
    def kinds(self) -> Kinds:
        hashes = self.seen.hashes[: self.known]
        return Kinds(
            self.label, hashes, self.starts, self.rows, self.dictionary.grams.word_ngrams, self.buckets
        )

    def compact(self, tokens: np.ndarray, lines: np.ndarray) -> None:
        """Compact the dictionary to what these lines have."""
        book = self.dictionary
        met = np.zeros(book.rows, np.int64)
        count_rows(tokens, lines, tuple(self.kinds), met)
        book.compact(met)
        self.buckets = book.bucket_rows()
        row = np.concatenate([np.arange(len(book.words), dtype=np.int32), self.buckets])
        self.rows = row[self.rows]

    def rows_of(self, word: bytes) -> np.ndarray:
        """The rows of v of one word, known or not: its own first."""
        if not word:
            return self.rows[:0]
        with self.reading:
            number = int(self.seen.read(word)[0])
            self._learn()
            return self.rows[self.starts[number] : self.starts[number + 1]]

    def _learn(self) -> None:
        """What the words that came since the last time stand for."""
        first, last = self.known, len(self.seen)
        for begin in range(first, last, BLOCK):
            self._learn_block([self.seen[n] for n in range(begin, min(begin + BLOCK, last))])
        self.known = last

    def _learn_block(self, words: list[bytes]) -> None:
        book = self.dictionary
        own = np.array([book.row.get(word, -1) for word in words], np.int64)
        label = np.array([self._label(word) for word in words], np.int32)
        is_word = label == WORD
        if self.known == 0 and len(self.label) == 0:
            is_word[0] = False  # </s> has no n-grams
        cut = np.flatnonzero(is_word) if book.grams.max_n and book.grams.buckets else np.zeros(0, np.int64)
        which, hashes = ngram_hashes([words[n] for n in cut], book.grams.min_n, book.grams.max_n)
        ngram_rows = self.buckets[hashes % max(book.grams.buckets, 1)] if len(cut) else hashes
        which, ngram_rows = cut[which[ngram_rows >= 0]], ngram_rows[ngram_rows >= 0]
        owners = np.flatnonzero(own >= 0)
        all_words = np.concatenate([owners, which])
        order = np.argsort(all_words, kind="stable")
        rows = np.concatenate([own[owners], ngram_rows]).astype(np.int32)[order]
        ends = self.starts[-1] + np.cumsum(np.bincount(all_words, minlength=len(words)))
        self.label = np.concatenate([self.label, label])
        self.rows, self.starts = np.concatenate([self.rows, rows]), np.concatenate([self.starts, ends])

    def _label(self, word: bytes) -> int:
        book = self.dictionary
        if word in book.row or word == SENTENCE_END.encode():
            return WORD
        return book.label.get(word, UNKNOWN_LABEL if word.startswith(book.prefix) else WORD)


def line_starts(tokens: np.ndarray) -> np.ndarray:
    """Where each line begins and the last one ends, int64 (N + 1,); a 0 ends a line.

    >>> line_starts(np.array([4, 0, 0, 5])).tolist()
    [0, 2, 3, 4]
    """
    ends = np.flatnonzero(tokens == 0) + 1
    rest = len(tokens) > (ends[-1] if len(ends) else 0)
    return np.concatenate([[0], ends, [len(tokens)] if rest else []]).astype(np.int64)
