"""Systems of features and logistic regression, and FastText's classifier, for the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..classify.text_classifier import TextClassifier
from ..features.bag_of_words import BagOfWords
from ..features.mean_vectors import MeanVectors
from ..features.paragraph_vectors import ParagraphVectors
from ..features.sif import SIF
from ..vectors.word_vectors import WordVectors
from .linear.logistic import LogisticRegression

Words = Sequence[Sequence[str]]
COSTS = tuple({"C": C} for C in (1.0, 0.1, 10.0, 100.0))  # to choose from on dev


class Chosen:
    """A system whose settings are a grid: all of it where dev may choose, else the first."""

    grid: tuple[Mapping[str, Any], ...]
    tune: bool

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the settings that `protocol.judge` chooses from."""
        return self.grid if self.tune else self.grid[:1]


@dataclass(frozen=True)
class FeatureSystem(Chosen):
    """Logistic regression on features.

    Attributes
    ----------
    features : callable, vectors, seed -> estimator with ``fit_transform`` and ``transform``
    grid : settings of `LogisticRegression`, the first where none is chosen
    needs_vectors : bool
    """

    features: Callable[[Any, int], Any]
    grid: tuple[Mapping[str, Any], ...] = COSTS
    needs_vectors: bool = False
    vectors: WordVectors | str | None = None
    tune: bool = False
    seed: int = 0
    reads_words: bool = True

    def predict(self, setting: Mapping[str, Any], train: Words, y: np.ndarray, texts: Words) -> np.ndarray:
        """Learn features and classifier, and return the classes of texts."""
        features = self.features(self.vectors, self.seed)
        rows, more = features.fit_transform(train), features.transform(texts)
        if isinstance(rows, np.ndarray):  # vectors of any size, so that C means the same for all
            scale = np.sqrt(np.mean(rows**2)) or 1
            rows, more = rows / scale, more / scale
        return LogisticRegression(**setting).fit(rows, y).predict(more)


@dataclass(frozen=True)
class FastTextSystem(Chosen):
    """FastText's classifier on words and pairs of words (Joulin et al. 2016, section 3.1)."""

    grid: tuple[Mapping[str, Any], ...] = tuple(
        {"alpha": alpha, "epochs": epochs} for epochs in (20, 5) for alpha in (0.25, 0.1, 0.5)
    )
    tune: bool = False
    seed: int = 0
    reads_words: bool = True

    def predict(self, setting: Mapping[str, Any], train: Words, y: np.ndarray, texts: Words) -> np.ndarray:
        """Learn from sentences and return the classes of others."""
        model = TextClassifier(
            dim=10, word_ngrams=2, buckets=200_000, seed=self.seed, deterministic=True, **setting
        )
        return model.fit([" ".join(words) for words in train], y).predict(
            [" ".join(words) for words in texts]
        )


SYSTEMS: dict[str, Any] = {
    "paragraph-vec": FeatureSystem(lambda _, seed: ParagraphVectors(seed=seed)),
    "mean-vectors": FeatureSystem(lambda vectors, _: MeanVectors(vectors), needs_vectors=True),
    "sif": FeatureSystem(lambda vectors, _: SIF(vectors, components=0), needs_vectors=True),
    "tfidf-logistic": FeatureSystem(
        lambda *_: BagOfWords(ngram=2, tfidf=True), ({"C": 10.0}, {"C": 1.0}, {"C": 100.0})
    ),
    "fasttext": FastTextSystem(),
}
