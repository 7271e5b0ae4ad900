"""Classifiers of one's own texts, by the name of a system; saved, and loaded without executing anything.

N texts, K labels, V features

A text has one of K labels, or any number of them; then each label has a decision of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...core.reading import bad_file
from ...nn import checkpoint as files
from ..features.bag_of_words import BagOfWords
from .convolutional.network_classifier import NetworkClassifier
from .convolutional.saved import from_arrays, to_arrays
from .convolutional.words import TOKENISERS, words_of
from .linear.dropout import DropoutLogistic
from .linear.linear_classifier import LinearClassifier
from .linear.logistic import LogisticRegression
from .linear.naive_bayes import NaiveBayes
from .linear.nbsvm import NBSVM
from .linear.svm import LinearSVM

BAGS: dict[str, tuple[type[LinearClassifier], dict[str, Any], dict[str, Any]]] = {
    "mnb": (NaiveBayes, {}, {"binary": True, "marks": True}),
    "svm": (LinearSVM, {}, {"binary": True, "marks": True}),
    "nbsvm": (NBSVM, {}, {"binary": True, "marks": True}),
    "f-dropout": (DropoutLogistic, {}, {"binary": True, "marks": True}),
    "g-dropout": (DropoutLogistic, {"form": "gaussian"}, {"binary": True, "marks": True}),
    "tfidf-logistic": (LogisticRegression, {"C": 10.0}, {"tfidf": True}),
}
CNNS = ("cnn-rand", "cnn-static", "cnn-non-static", "cnn-multichannel")
NETWORKS = (*CNNS, "dcnn")
TRAINABLE = (*NETWORKS, *BAGS)


class BagModel:
    """A linear classifier on n-grams: weights (K, V) and intercepts of labels, or of the second of two."""

    def __init__(self, system: str, words: str, ngram: int = 2) -> None:
        self.system, self.words = system, words
        self.bag = BagOfWords(ngram=ngram, **BAGS[system][2])

    def fit(self, texts: Sequence[str], y: np.ndarray) -> BagModel:
        """Learn from texts and their labels' numbers (N,), or zeros and ones (N, K)."""
        kind, options, _ = BAGS[self.system]
        rows = self.bag.fit_transform([words_of(text, self.words) for text in texts])
        columns = [y] if y.ndim == 1 else list(y.T)
        learnt = [kind(**options).fit(rows, column) for column in columns]
        self.coef = np.concatenate([each.coef_ for each in learnt])
        self.intercept = np.concatenate([each.intercept_ for each in learnt])
        return self

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Return (N, K) or, of the second of two labels, (N, 1); above 0 is yes."""
        return (
            self.bag.transform([words_of(text, self.words) for text in texts]) @ self.coef.T + self.intercept
        )

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return what a file has to hold."""
        arrays = {"coef": self.coef, "intercept": self.intercept, "idf": self.bag.idf}
        return arrays, {"words": self.words, "ngram": self.bag.ngram, "features": list(self.bag.features)}

    @classmethod
    def from_arrays(
        cls, system: str, arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]
    ) -> BagModel:
        """Return what `to_arrays` came from."""
        if header["words"] not in TOKENISERS:
            raise ValueError(f"expected words of {', '.join(TOKENISERS)}, came {header['words']!r}")
        model = cls(system, header["words"], header["ngram"])
        model.coef, model.intercept = arrays["coef"], arrays["intercept"]
        features = [str(feature) for feature in header["features"]]
        shapes = (len(model.intercept), len(features)), (len(features),)
        if (model.coef.shape, arrays["idf"].shape) != shapes:
            raise ValueError(f"expected weights {shapes[0]}, came {model.coef.shape}")
        model.bag.features, model.bag.idf = features, arrays["idf"]
        model.bag.index = {feature: column for column, feature in enumerate(features)}
        return model


class TextModel:
    """Labels of texts, by any of the systems that can be trained.

    Attributes
    ----------
    labels : tuple of str
    several : bool
        A text has any number of labels.
    """

    def __init__(self, system: str, labels: Sequence[str], several: bool, inner: Any) -> None:
        self.system, self.labels, self.several, self.inner = system, tuple(labels), several, inner

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """Return a number for each label, (N, K): a probability of networks, else how far from the border."""
        if isinstance(self.inner, NetworkClassifier):
            return self.inner.predict_proba(texts)
        scores = self.inner.scores(texts)
        two = scores.shape[1] == 1 and not self.several
        return np.concatenate([-scores, scores], axis=1) if two else scores

    def decide(self, scores: np.ndarray) -> list[list[str]]:
        """Return the labels of each row of scores."""
        if self.several:
            border = 0.5 if isinstance(self.inner, NetworkClassifier) else 0.0
            return [[self.labels[k] for k in np.flatnonzero(row > border)] for row in scores]
        return [[self.labels[k]] for k in scores.argmax(1)]

    def predict(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the labels of each text, a list of one unless there are several."""
        return self.decide(self.scores(texts)) if len(texts) else []

    def save(self, path: str | os.PathLike) -> None:
        """Write one safetensors file; a file of that name is replaced in one step."""
        inner = self.inner
        arrays, header = to_arrays(inner) if isinstance(inner, NetworkClassifier) else inner.to_arrays()
        mine = {"system": self.system, "labels": self.labels, "several": self.several}
        files.save(path, arrays, {**mine, "inner": header})

    @classmethod
    def load(cls, path: str | os.PathLike) -> TextModel:
        """Read what `save` wrote.

        Raises
        ------
        FileError : it is damaged, or holds something else.
        """
        arrays, header = files.load(path)
        with files.reading_checkpoint(path):
            try:
                system, labels = header["system"], header["labels"]
                if system not in TRAINABLE or not all(isinstance(label, str) for label in labels):
                    raise bad_file(path, "a classifier of texts", f"system {system!r:.40}")
                read = from_arrays if system in NETWORKS else None
                inner = read(arrays, header["inner"]) if read else None
                inner = inner or BagModel.from_arrays(system, arrays, header["inner"])
                return cls(system, labels, bool(header["several"]), inner)
            except (KeyError, TypeError, AttributeError) as error:
                raise bad_file(path, "a classifier of texts", f"another file ({error})") from error
