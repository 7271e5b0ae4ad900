"""`FastTextClassifier` with scikit-learn's words: texts X and their classes y, for pipelines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..estimators.estimator import Estimator, texts_of
from .classifier import FastTextClassifier
from .options import FastTextClassifierOptions

PREFIX = "\ue000"  # before a label: a character for private use, which means nothing in a text
TO_BLANKS = str.maketrans({"\n": " ", "\r": " ", PREFIX: " "})  # a text is one line, without labels


class TextClassifier(Estimator):
    """Learn the classes of texts by FastText's classifier (Joulin et al. 2016).

    Parameters
    ----------
    dim, alpha, epochs, min_count, word_ngrams, min_n, max_n, buckets, loss, negative, seed, threads
        As for `FastTextClassifier`.
    deterministic : bool
        The same result with any number of threads.
    progress : bool
        A bar on stderr.

    Attributes
    ----------
    classes_ : (K,)
        The classes in ``y``, sorted.
    model_ : FastTextClassifier
        What was trained; its labels are the classes' numbers.
    prior_ : float64 (K,)
        How frequent each class was: the answer for a text without a known word.

    Examples
    --------
    >>> X, y = ["a cat purrs", "a saw cuts"] * 20, ["pet", "tool"] * 20
    >>> model = TextClassifier(dim=8, alpha=0.5, buckets=1000).fit(X, y)
    >>> model.predict(["the cat", "a saw"]).tolist(), model.score(X, y)
    (['pet', 'tool'], 1.0)
    """

    KIND = "classifier"
    _estimator_type = KIND  # scikit-learn before 1.6 looks here
    classes_: np.ndarray

    def __init__(
        self,
        dim: int = 100,
        alpha: float = 0.1,
        epochs: int = 5,
        min_count: int = 1,
        word_ngrams: int = 1,
        min_n: int = 0,
        max_n: int = 0,
        buckets: int = 2_000_000,
        loss: str = "softmax",
        negative: int = 5,
        seed: int = 1,
        threads: int = 1,
        deterministic: bool = False,
        progress: bool = False,
    ) -> None:
        self.dim, self.alpha, self.epochs, self.min_count = dim, alpha, epochs, min_count
        self.word_ngrams, self.min_n, self.max_n, self.buckets = word_ngrams, min_n, max_n, buckets
        self.loss, self.negative, self.seed, self.threads = loss, negative, seed, threads
        self.deterministic, self.progress = deterministic, progress
        FastTextClassifierOptions(**self._options())  # raises if a value cannot be

    def fit(self, X: Iterable[str], y: Any) -> TextClassifier:
        """Train on texts and their classes, in an order that the seed decides.

        FastText reads a file from its beginning to its end.  Of one that is sorted by class, as sets often
        are, it would remember the last class alone.

        Parameters
        ----------
        X : iterable of str, N texts
        y : (N,) of str or of numbers

        Raises
        ------
        ValueError : as many texts as classes are expected; or no word is seen ``min_count`` times.
        """
        lines, y = _lines(X), np.asarray(y)
        if y.shape != (len(lines),):
            raise ValueError(
                f"TextClassifier: expected one class for each of {len(lines)} texts, y has shape {y.shape}"
            )
        self.classes_, numbers = np.unique(y, return_inverse=True)
        self.prior_ = np.bincount(numbers, minlength=len(self.classes_)) / len(numbers)
        self.model_ = FastTextClassifier(**self._options(), prefix=PREFIX)
        mixed = np.random.default_rng(self.seed).permutation(len(lines)).tolist()
        self.model_.fit([f"{PREFIX}{numbers[i]} {lines[i]}" for i in mixed], progress=self.progress)
        return self

    def predict_proba(self, X: Iterable[str]) -> np.ndarray:
        """Return float64 (N, K): how probable each of ``classes_`` is; a row sums to 1."""
        lines = _lines(X)
        self._expect_model()
        rows = np.tile(self.prior_, (len(lines), 1))
        column = np.array([int(label.removeprefix(PREFIX)) for label in self.model_.labels])
        start = 0
        for found, _ in self.model_.predictions(lines, k=-1):
            known = np.flatnonzero(found.counts > 0)
            rows[(start + known)[:, None], column[found.labels[known]]] = found.probabilities[known]
            start += len(found.counts)
        return rows / rows.sum(axis=1, keepdims=True)

    def predict(self, X: Iterable[str]) -> np.ndarray:
        """Return the most probable class of each text, (N,)."""
        chances = self.predict_proba(X)
        return self.classes_[chances.argmax(axis=1)]

    def score(self, X: Iterable[str], y: Any, sample_weight: Any = None) -> float:
        """Return the fraction of texts whose class is found (accuracy), weighted if asked."""
        return float(np.average(self.predict(X) == np.asarray(y), weights=sample_weight))

    def _options(self) -> dict[str, Any]:
        return {name: value for name, value in self.get_params().items() if name != "progress"}

    def _expect_model(self) -> None:
        if not hasattr(self, "model_"):
            raise ValueError("TextClassifier: there is no model yet\n    hint: call fit(X, y) first")


def _lines(X: Iterable[str]) -> list[str]:
    lines = []
    for text in texts_of(X, "TextClassifier"):
        if not isinstance(text, str):
            raise TypeError(f"TextClassifier: expected texts, of type str; came {type(text).__name__}")
        lines.append(text.translate(TO_BLANKS))
    if not lines:
        raise ValueError("TextClassifier: expected texts, came none")
    return lines
