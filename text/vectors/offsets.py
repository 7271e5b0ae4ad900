"""Do the differences of many pairs point one way?  Countries and capitals, words and their plurals.

P pairs, D dimension
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .word_vectors import WordVectors


class Agreement(NamedTuple):
    """Mean cosine between two different pairs' offsets, of the ``pairs`` and of as many ``random`` ones."""

    pairs: float
    random: float


def offsets(vectors: WordVectors, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
    """Unit vectors (P, D) along the way from each pair's first unit vector to its second."""
    first, second = (
        vectors.unit[[vectors.row(word) for word in words]] for words in zip(*pairs, strict=True)
    )
    step = second - first
    return step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)


def offset_agreement(
    vectors: WordVectors, pairs: Sequence[tuple[str, str]], common: int = 3000, seed: int = 0
) -> Agreement:
    """Compare the offsets of pairs with those of random pairs of the ``common`` most frequent words.

    1: all offsets are parallel; 0: they have nothing in common.  With parallel offsets the words of an
    analogy are the corners of a parallelogram, which is what 3CosAdd relies on.

    Raises
    ------
    ValueError : fewer than 2 pairs.
    KeyError : a word has no vector.
    """
    if len(pairs) < 2:
        raise ValueError(f"offset_agreement: expected at least 2 pairs, got {len(pairs)}")
    rng = np.random.default_rng(seed)
    drawn = rng.choice(vectors.words[:common], (max(len(pairs), 100), 2))
    other = [(str(a), str(b)) for a, b in drawn if a != b]
    return Agreement(*(_mean_cosine(offsets(vectors, some)) for some in (pairs, other)))


def _mean_cosine(rows: np.ndarray) -> float:
    """Mean over all i != j of row i . row j: |sum|^2 counts each such product, and the P squares."""
    count = len(rows)
    return float(((rows.sum(0) ** 2).sum() - (rows**2).sum()) / (count * (count - 1)))
