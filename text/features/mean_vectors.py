"""A text as the mean of its words' vectors: few numbers, and texts without a common word can be alike.

N texts, V words of the vectors, D numbers of a vector

    v(s) = sum_i a_i v_i / sum_i a_i        over the words of s that have a vector; 0 if none has
    a_i  = 1, or idf(i) = ln((1 + N) / (1 + df_i)) + 1, df_i texts of training that have word i

Sources: Conneau & Kiela, "SentEval" (2018), its bag-of-words baseline, for the mean; scikit-learn's
``TfidfTransformer`` for idf.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np

from ..corpus.tokenise import letters
from ..estimators.estimator import Estimator, texts_of
from ..vectors.find_words import FindWords, read_vectors
from ..vectors.word_vectors import WordVectors

Text = str | Sequence[str]


class MeanVectors(Estimator):
    """The mean of word vectors; a word that comes twice counts twice.

    Parameters
    ----------
    vectors : WordVectors, or path of a file of any known format
        Its words may have tags (``text/vectors/find_words.py``).
    tokenise : callable, str -> list of str
        For texts that are not lists of words yet.

    Examples
    --------
    >>> vectors = WordVectors(["cat", "dog"], [[1.0, 0.0], [0.0, 1.0]])
    >>> MeanVectors(vectors).fit_transform(["a cat", "cat dog", "nothing"]).tolist()
    [[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]]
    """

    _find: FindWords

    def __init__(
        self,
        vectors: WordVectors | str | os.PathLike | None = None,
        tokenise: Callable[[str], list[str]] = letters,
    ) -> None:
        self.vectors, self.tokenise = vectors, tokenise

    def fit(self, texts: Iterable[Text], y: Any = None) -> Self:
        """Read the vectors; weights that depend on texts are counted in these.

        Raises
        ------
        ValueError : there are no vectors.
        """
        del y
        if self.vectors is None:
            name = type(self).__name__
            raise ValueError(f"{name}: expected vectors, came None\n    hint: {name}('vectors.txt')")
        self._find = FindWords(read_vectors(self.vectors))
        self.n_features_out_ = self._find.vectors.matrix.shape[1]
        self._count([self.split(text) for text in texts_of(texts, type(self).__name__)])
        return self

    def transform(self, texts: Iterable[Text]) -> np.ndarray:
        """Return a row for each text, float64 (N, D).

        Raises
        ------
        ValueError : if there was no `fit`.
        """
        from scipy.sparse import csr_array

        if not hasattr(self, "_find"):
            raise ValueError(f"{type(self).__name__}: call fit(texts) first, on training texts")
        rows, weights, ends = [], [], [0]
        for text in texts_of(texts, type(self).__name__):
            words = [(self._find.row(word), word) for word in self.split(text)]
            found = [(row, self.weight(word)) for row, word in words if row >= 0]
            rows += [row for row, _ in found]
            weights += [weight for _, weight in found]
            ends.append(len(rows))
        own, place = np.unique(np.array(rows, np.int64), return_inverse=True)
        shape = (len(ends) - 1, len(own))
        table = csr_array((np.array(weights, np.float64), place, np.array(ends)), shape)
        sums = table @ self._find.vectors.matrix[own].astype(np.float64)  # (N,V)(V,D) -> (N,D)
        share = self.divisor(np.asarray(table.sum(1)).ravel(), np.diff(ends))
        return sums / np.where(share > 0, share, 1)[:, None]

    def fit_transform(self, texts: Iterable[Text], y: Any = None) -> np.ndarray:
        """Return the rows of the texts that weights are counted in."""
        texts = list(texts_of(texts, type(self).__name__))
        return self.fit(texts, y).transform(texts)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names as scikit-learn asks for them: object (D,)."""
        del input_features
        name = type(self).__name__.lower()
        return np.array([f"{name}{number}" for number in range(self.n_features_out_)], object)

    def split(self, text: Text) -> list[str]:
        """Return the words of a text; of a list they are there."""
        return self.tokenise(text) if isinstance(text, str) else list(text)

    def weight(self, word: str) -> float:
        """Return a_i."""
        del word
        return 1.0

    def divisor(self, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Return what the sums of a text are divided by, (N,), from sums of weights and counts of words."""
        del counts
        return sums

    def _count(self, texts: list[list[str]]) -> None:
        """Count in training texts what weights need."""


class TfidfMean(MeanVectors):
    """The mean weighed by idf: words that most texts have count less.

    >>> vectors = WordVectors(["a", "cat"], [[1.0, 0.0], [0.0, 1.0]])
    >>> TfidfMean(vectors).fit(["a", "a", "a cat"]).transform(["a cat"]).round(2).tolist()
    [[0.37, 0.63]]
    """

    def _count(self, texts: list[list[str]]) -> None:
        self.df_ = Counter(word for words in texts for word in set(words))
        self.texts_ = len(texts)

    def weight(self, word: str) -> float:
        return float(np.log((1 + self.texts_) / (1 + self.df_[word])) + 1)
