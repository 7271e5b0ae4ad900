"""The words of a corpus, in word2vec's order: row 0 is ``</s>``, the rest from frequent to rare.

V words, T tokens
"""

from __future__ import annotations

import functools
import os
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from ...core.files import replacing
from ...core.reading import bad_file, expect_room, reading
from .stream import read_lines
from .token import SENTENCE_END, expect_word, expect_words
from .utf8 import KEEP_BYTES, to_bytes

WORD_COSTS, BLOCK = 110, 4096  # bytes of memory beside the str; lines between two looks at it
MOST_TOKENS = 10**15 - 1  # beyond it sums of counts, and trees of them, overflow


class Vocabulary:
    """Words and how often each was seen.

    Parameters
    ----------
    words : list of str
        ``words[0]`` is ``</s>``.
    counts : int64 (V,)
    """

    def __init__(self, words: Iterable[str], counts: npt.ArrayLike) -> None:
        self.words = list(words)
        self.counts = np.asarray(counts, np.int64)
        if len(self.words) != len(self.counts) or self.words[:1] != [SENTENCE_END]:
            raise ValueError(
                f"Vocabulary: expected {SENTENCE_END!r} first and one count per word\n"
                f"    came: {len(self.words)} words, {self.words[:3]} ..., and {len(self.counts)} counts\n"
                f"    hint: corpus.encode(lines) builds vocabulary and token ids together"
            )

    def checked(self) -> Vocabulary:
        """This vocabulary, if it can be one: ValueError for a word twice, or a count that no text has."""
        if len(self.index) != len(self.words):
            twice = next(word for row, word in enumerate(self.words) if self.index[word] != row)
            raise ValueError(f"Vocabulary: expected different words, came {twice!r:.60} twice")
        wrong = (self.counts < 1) | (self.counts > MOST_TOKENS)
        wrong[0] = not 0 <= self.counts[0] <= MOST_TOKENS  # of </s>, of which a text may have none
        if wrong.any() or self.counts.astype(float).sum() > MOST_TOKENS:
            row = int(np.argmax(wrong)) if wrong.any() else 0
            raise ValueError(
                f"Vocabulary: expected counts from 1 to {MOST_TOKENS:,}, also together, "
                f"came {self.counts[row]:,} of {self.words[row]!r:.60}"
            )
        return self

    @functools.cached_property
    def index(self) -> dict[str, int]:
        """dict: word to row."""
        return {word: row for row, word in enumerate(self.words)}

    @property
    def total(self) -> int:
        """Tokens counted, ``</s>`` included."""
        return int(self.counts.sum())

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words, {self.total:,} tokens)"

    def encode(self, sentences: Iterable[Iterable[str]]) -> np.ndarray:
        """Token ids, int32 (T,): the known words of each sentence, then 0; mapped from a file if
        there are many.

        Raises
        ------
        TypeError
            A word that is not a str.
        """
        from .token_ids import TokenIds

        ids = TokenIds()
        for piece in self.encode_in_pieces(sentences):
            ids.add(piece)
        return ids.array()

    def encode_in_pieces(
        self, sentences: Iterable[Iterable[str]], size: int = 1 << 20
    ) -> Iterator[np.ndarray]:
        """As `encode`, but some ``size`` token ids at a time, whole sentences."""
        row = self.index
        ids = array("i")
        for number, words in enumerate(sentences, 1):
            given = words if isinstance(words, list) else list(words)
            try:
                known = [row[word] for word in given if word in row]
            except TypeError:  # a word that cannot be looked up
                known = []
            if len(known) < len(given) and not all(isinstance(word, str) for word in given):
                for word in given:
                    expect_word(word, f"sentence {number:,}")
            ids.extend(known)
            ids.append(-1)
            if len(ids) >= size:
                yield _with_ends(ids)
                ids = array("i")
        if ids:
            yield _with_ends(ids)

    @classmethod
    def from_counts(
        cls, counts: Mapping[str, int], min_count: int = 1, most: int | None = None
    ) -> Vocabulary:
        """The words of ``counts`` seen ``min_count`` times, at most ``most``; equal counts in order
        of their bytes.

        Raises
        ------
        TypeError, ValueError
            A word that no file could hold (``token.py``).

        >>> Vocabulary.from_counts({"b": 1, "a": 1, "c": 5}).words
        ['</s>', 'c', 'a', 'b']
        """
        expect_words([*counts], "Vocabulary")
        ends = counts.get(SENTENCE_END, 0)
        rest = [(w, n) for w, n in counts.items() if n >= min_count and w != SENTENCE_END]
        rest.sort(key=lambda item: (-item[1], to_bytes(item[0])))
        rest = rest[:most]
        return cls([SENTENCE_END, *(word for word, _ in rest)], [ends, *(count for _, count in rest)])

    def save(self, path: str | os.PathLike) -> None:
        """Write ``word count`` lines, as ``word2vec -save-vocab``.

        Raises
        ------
        ValueError
            A word that is empty or has a line's end, which would not be read back.
        """
        expect_words(self.words, "Vocabulary.save", "\n")
        lines = [f"{word} {count}\n" for word, count in zip(self.words, self.counts, strict=True)]
        with replacing(path) as file:
            file.write(to_bytes("".join(lines)))

    @classmethod
    def load(
        cls, path: str | os.PathLike, min_count: int = 1, sort: bool = True, max_bytes: int | None = None
    ) -> Vocabulary:
        """Read what `save` wrote, without words rarer than ``min_count``, in order of their counts.

        With ``sort=False`` line n is row n, as in GloVe's files, which have no ``</s>``.  Reading takes at
        most ``max_bytes`` of memory, by default four times the file and 200 MB: enough for a million words.

        Raises
        ------
        FileError
            Names the line that is not a word and a count.
        """
        if not os.path.exists(path):
            raise FileNotFoundError(f"there is no vocabulary {path}\n    hint: `Vocabulary.save` writes one")
        counts, taken = {SENTENCE_END: 0}, 0
        with reading(path, "a vocabulary"):
            for number, line in enumerate(read_lines(path, KEEP_BYTES), 1):
                word, _, count = line.rpartition(" ")
                if line and not (word and count.isdecimal() and len(count) < 16):
                    raise bad_file(path, "'word count'", f"{line[:60]!r}", line=number)
                if line and int(count) < 1 and word != SENTENCE_END:
                    raise bad_file(path, f"a count of {word!r:.60} of at least 1", count, line=number)
                if line and (int(count) >= min_count or word == SENTENCE_END):
                    counts[word] = int(count)
                    taken += sys.getsizeof(word) + WORD_COSTS
                if number % BLOCK == 0:
                    expect_room(path, taken, f"{len(counts):,} words", max_bytes)
                if not sort and line and len(counts) != number + 1:
                    raise bad_file(path, "a new word", f"{word!r} again", line=number)
            expect_room(path, taken, f"{len(counts):,} words", max_bytes)
            words, seen = [*counts], np.fromiter(counts.values(), np.int64)
            del counts
            if sort:
                order = np.append(0, 1 + np.argsort(-seen[1:], kind="stable"))
                words, seen = [words[row] for row in order], seen[order]
            return cls(words, seen).checked()

    def extended(self, other: Vocabulary) -> Vocabulary:
        """These words in their rows, then the new ones of ``other``; counts are added.

        >>> old, new = Vocabulary(["</s>", "a"], [1, 2]), Vocabulary(["</s>", "b", "a"], [1, 3, 1])
        >>> both = old.extended(new)
        >>> both.words, both.counts.tolist()
        (['</s>', 'a', 'b'], [2, 3, 3])
        """
        words = self.words + [word for word in other.words if word not in self.index]
        counts = np.zeros(len(words), np.int64)
        counts[: len(self)] = self.counts
        both = Vocabulary(words, counts)
        np.add.at(both.counts, [both.index[word] for word in other.words], other.counts)
        return both


def _with_ends(ids: array) -> np.ndarray:
    """Token ids of which -1 ended a sentence: the word ``</s>``, row 0, was no end there, and is dropped."""
    tokens = np.frombuffer(ids, np.int32)
    tokens = tokens[tokens != 0]
    tokens[tokens < 0] = 0
    return tokens
