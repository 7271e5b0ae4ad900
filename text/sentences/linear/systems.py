"""The linear systems of the table of sentence classification, by name, with the settings of their papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...features.bag_of_words import BagOfWords
from .dropout import DropoutLogistic
from .linear_classifier import LinearClassifier
from .naive_bayes import NaiveBayes
from .nbsvm import NBSVM
from .svm import LinearSVM
from .svm_s import QuestionSystem


@dataclass(frozen=True)
class BagSystem:
    """A linear classifier on words and pairs of words that are there or not.

    Attributes
    ----------
    kind : subclass of LinearClassifier
    grid : settings to choose from on dev when asked to; the paper's own first
    ngram : int
    tune : bool
        Choose; otherwise the paper's setting is taken.
    """

    kind: type[LinearClassifier]
    grid: tuple[Mapping[str, Any], ...] = ({},)
    ngram: int = 2
    tune: bool = False

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the settings that `protocol.judge` chooses from."""
        return self.grid if self.tune else self.grid[:1]

    def predict(
        self, setting: Mapping[str, Any], train: Sequence[str], y: np.ndarray, texts: Sequence[str]
    ) -> np.ndarray:
        """Make the dictionary of the training texts, learn, and return the classes of texts."""
        bag = BagOfWords(ngram=self.ngram, binary=True, marks=True, tokenise=given_words)
        return self.kind(**setting).fit(bag.fit_transform(train), y).predict(bag.transform(texts))


def given_words(text: str) -> list[str]:
    """Return what blanks part, in lower case: Wang & Manning take sentences as they are tokenised."""
    return text.lower().split()


_COSTS = ({}, {"C": 0.01}, {"C": 0.03}, {"C": 0.3}, {"C": 1.0}, {"C": 3.0})
SYSTEMS: dict[str, Any] = {
    "mnb": BagSystem(NaiveBayes, ({}, {"alpha": 0.1}, {"alpha": 0.3}, {"alpha": 3.0})),
    "svm": BagSystem(LinearSVM, _COSTS),
    "f-dropout": BagSystem(DropoutLogistic, ({}, {"lam": 0.1}, {"keep": 0.7})),
    "g-dropout": BagSystem(DropoutLogistic, ({"form": "gaussian"}, {"form": "gaussian", "lam": 0.1})),
    "nbsvm": BagSystem(NBSVM, ({}, {"beta": 0.1}, {"beta": 0.5}, {"C": 0.1}, {"C": 0.1, "beta": 0.5})),
    "svm-s": QuestionSystem(),
}
