"""Paragraph vectors as rows for a classifier.

N texts, D numbers of each of the two vectors

Source: Le & Mikolov, "Distributed Representations of Sentences and Documents" (ICML 2014), section 3: a text
has the vectors of both models, PV-DM and PV-DBOW, one behind the other; those of new texts are inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np

from ..corpus.tokenise import letters
from ..embeddings.doc2vec import Doc2Vec
from ..estimators.estimator import Estimator, texts_of

MODELS = ("dbow", "dm")
Text = str | Sequence[str]


class ParagraphVectors(Estimator):
    """Vectors of texts, trained on those of `fit`, inferred for all that are transformed.

    Parameters
    ----------
    models : names of {"dbow", "dm"}
    dim, window, epochs, min_count, seed, alpha, sample : as of `Doc2Vec`
    tokenise : callable, str -> list of str

    Attributes
    ----------
    models_ : list of Doc2Vec
    """

    def __init__(
        self,
        models: Sequence[str] = MODELS,
        dim: int = 100,
        window: int = 8,
        epochs: int = 20,
        min_count: int = 2,
        seed: int = 1,
        tokenise: Callable[[str], list[str]] = letters,
        alpha: float = 0.05,
        sample: float = 1e-3,
    ) -> None:
        if not models or not set(models) <= set(MODELS):
            raise ValueError(f"ParagraphVectors: models are of {', '.join(MODELS)}, got {models!r}")
        self.models, self.dim, self.window, self.epochs = models, dim, window, epochs
        self.min_count, self.seed, self.tokenise = min_count, seed, tokenise
        self.alpha, self.sample = alpha, sample
        self._new("dbow")  # says whether the values can be

    def fit(self, texts: Iterable[Text], y: Any = None) -> Self:
        """Train the models on texts."""
        del y
        split = self._split(texts)
        self.models_ = [self._new(name).fit(split, progress=False) for name in self.models]
        self.n_features_out_ = self.dim * len(self.models)
        return self

    def transform(self, texts: Iterable[Text]) -> np.ndarray:
        """Return a row for each text, float64 (N, models D); inferred, also for texts of training.

        So a classifier learns from vectors that are made as those that it will see.
        """
        if not hasattr(self, "models_"):
            raise ValueError("ParagraphVectors: call fit(texts) first, on training texts")
        split = self._split(texts)
        return np.concatenate([model.infer(split) for model in self.models_], axis=1).astype(np.float64)

    def fit_transform(self, texts: Iterable[Text], y: Any = None) -> np.ndarray:
        """Return the rows of the texts that the models are trained on."""
        texts = list(texts_of(texts, "ParagraphVectors"))
        return self.fit(texts, y).transform(texts)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names as scikit-learn asks for them: object (models D,)."""
        del input_features
        return np.array([f"{name}{n}" for name in self.models for n in range(self.dim)], object)

    def _new(self, name: str) -> Doc2Vec:
        return Doc2Vec(
            dim=self.dim, window=self.window, epochs=self.epochs, min_count=self.min_count,
            seed=self.seed, alpha=self.alpha, sample=self.sample, dm=name == "dm", deterministic=True,
        )  # fmt: skip

    def _split(self, texts: Iterable[Text]) -> list[list[str]]:
        given = texts_of(texts, "ParagraphVectors")
        return [self.tokenise(text) if isinstance(text, str) else list(text) for text in given]
