"""The convolutional systems of the table of sentence classification, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...vectors.word_vectors import WordVectors
from ..protocol import Found
from .dynamic_cnn import DynamicCNN, preset_for
from .sentence_cnn import SentenceCNN


@dataclass(frozen=True)
class NetworkSystem:
    """A network, with the settings of its paper.

    Attributes
    ----------
    mode : as of `SentenceCNN`
    vectors : WordVectors or path, None for "rand"
    settings : dict
        Others of `SentenceCNN`.
    seed : int
    progress : bool
        Show a bar.
    needs_vectors : bool
        It cannot be judged without.
    """

    mode: str
    vectors: WordVectors | str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    progress: bool = False
    reads_words: bool = True
    takes_dev: bool = True

    @property
    def needs_vectors(self) -> bool:
        return self.mode != "rand"

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the single setting, the paper's."""
        return ({},)

    def predict(
        self,
        setting: Mapping[str, Any],
        train: Sequence[Sequence[str]],
        y: np.ndarray,
        texts: Sequence[Sequence[str]],
        dev: tuple[Sequence[Sequence[str]], np.ndarray] | None = None,
    ) -> Found:
        """Learn from sentences and return the classes of others."""
        vectors = self.vectors if self.needs_vectors else None
        model = SentenceCNN(
            self.mode, vectors, seed=self.seed, progress=self.progress, **{**self.settings, **setting}
        ).fit(train, y, dev)
        return Found(model.predict(texts), model.predict_last(texts))


@dataclass(frozen=True)
class DynamicSystem:
    """A network of Kalchbrenner et al., with their settings for so many classes; vectors are random.

    Attributes
    ----------
    net : as of `DynamicCNN`
    settings : dict
        Others of `DynamicCNN`.
    seed : int
    progress : bool
    """

    net: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    progress: bool = False
    reads_words: bool = True
    takes_dev: bool = True

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the single setting, the paper's."""
        return ({},)

    def predict(
        self,
        setting: Mapping[str, Any],
        train: Sequence[Sequence[str]],
        y: np.ndarray,
        texts: Sequence[Sequence[str]],
        dev: tuple[Sequence[Sequence[str]], np.ndarray] | None = None,
    ) -> Found:
        """Learn from sentences and return the classes of others."""
        chosen = {**preset_for(len(np.unique(y))), **self.settings, **setting}
        model = DynamicCNN(self.net, seed=self.seed, progress=self.progress, **chosen).fit(train, y, dev)
        return Found(model.predict(texts), model.predict_last(texts))


SYSTEMS: dict[str, Any] = {
    f"cnn-{mode}": NetworkSystem(mode) for mode in ("rand", "static", "non-static", "multichannel")
}
SYSTEMS |= {net: DynamicSystem(net) for net in ("dcnn", "max-tdnn", "nbow")}
