"""Smooth inverse frequency: a mean in which frequent words count less, without what all texts share.

N texts, D numbers of a vector

    v(s) = 1/|s| sum_{w in s} a / (a + p(w)) v_w            (algorithm 1, line 2; |s| words with a vector)
    v(s) <- v(s) - u u' v(s)                                 u first right singular vector of all v(s), (N, D)

Source: Arora, Liang & Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings" (ICLR 2017),
algorithm 1, and its program for words without a count and for the division.  u is that of the training
texts; the program finds it anew in every set that it is given.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np

from ..corpus.tokenise import letters
from ..estimators.estimator import texts_of
from ..vectors.word_vectors import WordVectors
from .mean_vectors import MeanVectors, Text


class SIF(MeanVectors):
    """Weighed means without their first principal directions.

    Parameters
    ----------
    vectors, tokenise : as of `MeanVectors`
    a : float
        1e-3 in the paper, good from 3e-5 to 3e-3; infinity is the plain mean.
    components : int
        Directions that are taken out: 1; the program takes out none before a classifier.
    counts : {word: number}, optional
        Of a large corpus; without, words are counted in the training texts.  A word without a count has
        weight 1.

    Attributes
    ----------
    directions_ : float64 (components, D)
        u, orthonormal rows.

    Examples
    --------
    >>> vectors = WordVectors(["a", "cat"], [[1.0, 0.0], [0.0, 1.0]])
    >>> sif = SIF(vectors, a=0.5, components=0).fit(["a a a cat"])
    >>> sif.transform(["a cat"]).round(3).tolist()                # a/(a + 3/4) / 2 and a/(a + 1/4) / 2
    [[0.2, 0.333]]
    """

    def __init__(
        self,
        vectors: WordVectors | str | os.PathLike | None = None,
        tokenise: Callable[[str], list[str]] = letters,
        a: float = 1e-3,
        components: int = 1,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(vectors, tokenise)
        if not a > 0:
            raise ValueError(f"SIF: a is above 0, got {a!r}")
        if isinstance(components, bool) or not isinstance(components, int | np.integer) or components < 0:
            raise ValueError(f"SIF: components is a whole number from 0 on, got {components!r}")
        self.a, self.components, self.counts = a, components, counts

    def fit(self, texts: Iterable[Text], y: Any = None) -> Self:
        """Count words, unless counts are given, and find the directions of these texts."""
        texts = list(texts_of(texts, "SIF"))
        super().fit(texts, y)
        _, _, right = np.linalg.svd(super().transform(texts), full_matrices=False)
        self.directions_ = right[: self.components]
        return self

    def transform(self, texts: Iterable[Text]) -> np.ndarray:
        """Return a row for each text, float64 (N, D), with no share in the directions."""
        rows = super().transform(texts)
        if not hasattr(self, "directions_"):
            return rows
        return rows - rows @ self.directions_.T @ self.directions_  # (N,D)(D,c)(c,D) -> (N,D)

    def weight(self, word: str) -> float:
        count = self.counts_.get(word, 0)
        return 1.0 if not count or self.a == np.inf else self.a / (self.a + count / self.total_)

    def divisor(self, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return counts

    def _count(self, texts: list[list[str]]) -> None:
        vars(self).pop("directions_", None)
        self.counts_ = self.counts or Counter(word for words in texts for word in words)
        self.total_ = sum(self.counts_.values())
