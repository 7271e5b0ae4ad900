"""Do cosines agree with people?  Pairs of words that people have scored, as in WordSim-353 or RG-65.

N pairs
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...core.reading import reading
from ..corpus.stream import read_lines
from ..corpus.token import BLANKS, split
from .word_vectors import WordVectors

Pairs = list[tuple[str, str, float]]


class Similarity(NamedTuple):
    """``spearman`` and ``pearson`` of the ``seen`` pairs; ``asked`` counts those with unknown words too."""

    spearman: float
    pearson: float
    seen: int
    asked: int

    @property
    def coverage(self) -> float:
        """Share of the pairs whose words are both known."""
        return self.seen / self.asked if self.asked else float("nan")

    def __str__(self) -> str:
        seen = f"{self.seen} of {self.asked} pairs seen"
        return f"Spearman {self.spearman:.3f}, Pearson {self.pearson:.3f}, {seen}"


def parse_pairs(lines: Iterable[str]) -> Pairs:
    """[(word, word, score), ...]; fields are separated by tabs, commas or blanks, and # begins a comment.

    A first line that does not end in a number is a heading.

    >>> parse_pairs(["word1,word2,sim", "tiger,cat,7.35"])
    [('tiger', 'cat', 7.35)]
    """
    pairs: Pairs = []
    for number, line in enumerate(lines, 1):
        if not line.strip(BLANKS) or line.startswith("#"):
            continue
        separator = "\t" if "\t" in line else "," if "," in line else None
        fields = [field.strip(BLANKS) for field in line.split(separator)] if separator else split(line)
        try:
            score = float(fields[2])
            if not math.isfinite(score):
                raise ValueError(f"{score} is no score")
            pairs.append((fields[0], fields[1], score))
        except (ValueError, IndexError):
            if number > 1:
                raise ValueError(
                    f"pairs, line {number}: expected 2 words and a score, came {line[:60]!r}"
                ) from None
    return pairs


def read_pairs(path: str | os.PathLike) -> Pairs:
    """`parse_pairs` of a file, ``.gz``, ``.bz2`` and ``.xz`` included."""
    with reading(path, "pairs"):
        return parse_pairs(read_lines(path))


def evaluate_similarity(
    vectors: WordVectors, pairs: Pairs, restrict_vocab: int | None = None, subwords: bool = False
) -> Similarity:
    """Correlation of the words' cosines with people's scores.

    Words are looked up as they are written, then in lower case; pairs with an unknown word are left out, and
    counted in ``coverage``.  Fewer than 2 pairs have no correlation: nan.

    Parameters
    ----------
    pairs : list of (word, word, score)
    restrict_vocab : int, optional
        Only the first so many rows exist.
    subwords : bool
        An unknown word has the vector of its n-grams (FastText's vectors alone): every pair counts.

    Raises
    ------
    ValueError
        There is no pair, or a score is not finite; or ``subwords`` of vectors that have none.
    """
    if not pairs:
        raise ValueError("evaluate_similarity: expected pairs of words with a score, came none")
    if subwords and not vectors.know_all_words:
        raise ValueError("evaluate_similarity: subwords=True needs FastText's vectors, model.vectors")
    from scipy.stats import rankdata

    limit = len(vectors) if restrict_vocab is None else restrict_vocab

    def unit_of(word: str) -> np.ndarray | None:
        row = vectors.index.get(word, vectors.index.get(word.lower(), limit))
        return vectors.unit[row] if row < limit else vectors.unit_of(word) if subwords else None

    cosines, scores = [], []
    for one, other, score in pairs:
        if not math.isfinite(score):
            raise ValueError(f"evaluate_similarity: expected a score of {one!r} and {other!r}, came {score}")
        a, b = unit_of(one), unit_of(other)
        if a is not None and b is not None:
            cosines.append(float(a @ b))
            scores.append(score)
    x, y = np.array(cosines), np.array(scores)
    return Similarity(correlation(rankdata(x), rankdata(y)), correlation(x, y), len(scores), len(pairs))


def correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Pearson's; nan where one of them does not vary."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
