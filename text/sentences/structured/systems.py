"""The structured systems of the table of sentence classification, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...corpus.parse_trees import ParseTree
from .sent_parser import SentParser
from .tree_crf import TreeCRF
from .trees import words_first


@dataclass(frozen=True)
class TreeCRFSystem:
    """`TreeCRF` for the table: two polarities, sets with trees."""

    reads_trees: bool = True

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the single setting."""
        return ({},)

    def predict(
        self,
        setting: Mapping[str, Any],
        train: Sequence[ParseTree],
        y: np.ndarray,
        texts: Sequence[ParseTree],
    ) -> np.ndarray:
        """Learn from trees and return the polarities of others."""
        model = TreeCRF(**setting).fit([words_first(tree) for tree in train], y)
        return model.predict([words_first(tree) for tree in texts])


@dataclass(frozen=True)
class SentParserSystem:
    """`SentParser` for the table: two polarities, phrases with labels; of test sentences the words alone.

    Attributes
    ----------
    seed : int
    """

    seed: int = 0
    reads_trees: bool = True

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the single setting."""
        return ({},)

    def predict(
        self,
        setting: Mapping[str, Any],
        train: Sequence[ParseTree],
        y: np.ndarray,
        texts: Sequence[ParseTree],
    ) -> np.ndarray:
        """Learn from trees and return the polarities of other sentences."""
        model = SentParser(**{"seed": self.seed, **setting}).fit([words_first(tree) for tree in train], y)
        return model.predict([words_first(tree).words for tree in texts])


SYSTEMS: dict[str, Any] = {"sent-parser": SentParserSystem(), "tree-crf": TreeCRFSystem()}
