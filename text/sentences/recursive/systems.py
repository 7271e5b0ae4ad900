"""The recursive systems of the table of sentence classification, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...corpus.parse_trees import ParseTree
from ...vectors.word_vectors import WordVectors
from .rae import RAE
from .tree_classifier import TreeClassifier

Trees = Sequence[ParseTree]


@dataclass(frozen=True)
class TreeSystem:
    """A recursive network that learns the labels of all nodes; of two classes it weighs four of its five.

    Attributes
    ----------
    kind : as of `TreeClassifier`
    settings : dict
        Others of it.
    seed : int
    progress : bool
        Show a bar.
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    progress: bool = False
    reads_trees: bool = True
    takes_dev: bool = True

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the single setting, CoreNLP's."""
        return ({},)

    def predict(
        self,
        setting: Mapping[str, Any],
        train: Trees,
        y: np.ndarray,
        texts: Trees,
        dev: tuple[Trees, np.ndarray] | None = None,
    ) -> np.ndarray:
        """Learn from labelled trees and return the classes of the roots of others."""
        options = {"progress": self.progress, **self.settings, **setting}
        model = TreeClassifier(self.kind, seed=self.seed, **options)
        model.fit(train, dev[0] if dev else None)
        return model.predict(texts, polarity=len(np.unique(y)) == 2)


@dataclass(frozen=True)
class AutoencoderSystem:
    """A recursive autoencoder on words, with greedy trees of its own, or on trees that are given.

    Attributes
    ----------
    reads_words, reads_trees : bool
        Which of them; one is true.
    vectors : WordVectors or path, optional
        What words begin with.
    settings : dict
        Others of `RAE`; of a table's ``epochs`` it has no use.
    seed : int
    progress : bool
        Show a bar.
    """

    reads_words: bool = False
    reads_trees: bool = False
    vectors: WordVectors | str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    progress: bool = False

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the single setting, jrae's."""
        return ({},)

    def predict(
        self, setting: Mapping[str, Any], train: Sequence[Any], y: np.ndarray, texts: Sequence[Any]
    ) -> np.ndarray:
        """Learn from sentences and their classes alone, and return the classes of others."""
        options = {"progress": self.progress, **self.settings, **setting}
        options.pop("epochs", None)
        model = RAE(vectors=self.vectors, seed=self.seed, **options)
        return model.fit(train, y).predict(texts)


SYSTEMS: dict[str, Any] = {
    "rae": AutoencoderSystem(reads_words=True),
    "mv-rnn": TreeSystem("mv-rnn"),
    "rntn": TreeSystem("rntn"),
    "ccae": AutoencoderSystem(reads_trees=True),
    "rnn": TreeSystem("rnn"),
}
