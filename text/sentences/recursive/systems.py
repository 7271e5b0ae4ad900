"""The recursive systems of the table of sentence classification, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...corpus.parse_trees import ParseTree
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
    """

    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
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
        model = TreeClassifier(self.kind, seed=self.seed, progress=True, **{**self.settings, **setting})
        model.fit(train, dev[0] if dev else None)
        return model.predict(texts, polarity=len(np.unique(y)) == 2)


SYSTEMS: dict[str, Any] = {kind: TreeSystem(kind) for kind in ("mv-rnn", "rntn", "rnn")}
