"""The words of a corpus, in word2vec's order: row 0 is ``</s>``, the rest from frequent to rare.

V words, T tokens
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np

SENTENCE_END = "</s>"


class Vocabulary:
    """Words and how often each was seen.

    Parameters
    ----------
    words : list of str
        ``words[0]`` is ``</s>``.
    counts : int64 (V,)
    """

    def __init__(self, words: Iterable[str], counts: np.ndarray) -> None:
        self.words = list(words)
        self.counts = np.asarray(counts, np.int64)
        if len(self.words) != len(self.counts) or self.words[:1] != [SENTENCE_END]:
            raise ValueError(
                f"Vocabulary: expected {SENTENCE_END!r} first and one count per word\n"
                f"    came: {len(self.words)} words, {self.words[:3]} ..., and {len(self.counts)} counts\n"
                f"    hint: corpus.encode(lines) builds vocabulary and token ids together"
            )

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
        """Token ids, int32 (T,): the known words of each sentence, then 0."""
        ids = [i for words in sentences for i in (*(self.index[w] for w in words if w in self.index), 0)]
        return np.array(ids, np.int32)


def prune(
    words: list[str], counts: np.ndarray, tokens: np.ndarray, min_count: int
) -> tuple[Vocabulary, np.ndarray]:
    """Keep the words seen ``min_count`` times, sort them, renumber the tokens.

    Parameters
    ----------
    words : list of str
        In order of first occurrence, ``</s>`` first.
    counts : int (V,)
    tokens : int32 (T,)
        Rows of ``words``; those of dropped words disappear, as if they had not been in the text.
    min_count : int

    Returns
    -------
    Vocabulary
        From frequent to rare; equal counts stay in order of first occurrence, so a corpus has one vocabulary.
    tokens : int32 (fewer,)
    """
    by_count = np.argsort(-counts[1:], kind="stable") + 1
    kept = np.concatenate([[0], by_count[counts[by_count] >= min_count]])
    new_row = np.full(len(words), -1, np.int32)
    new_row[kept] = np.arange(len(kept))
    tokens = new_row[tokens]
    return Vocabulary([words[row] for row in kept], counts[kept]), tokens[tokens >= 0]
