"""Kim's network as an estimator: texts and classes in, classes out.

N texts, K classes

Source: Kim (EMNLP 2014), section 3.1 for the settings, its authors' program for Adadelta's.  Unlike there the
sentences of dev are taken out before some of the others come twice, so that none is in both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from .... import nn
from ...vectors.word_vectors import WordVectors
from .batches import POOL
from .cnn import MAPS, MODES, WINDOWS, KimCNN
from .network_classifier import NetworkClassifier

RHO, EPS = 0.95, 1e-6  # Adadelta's, in Kim's program


class SentenceCNN(NetworkClassifier):
    """Classify texts by a convolution over their words.

    Parameters
    ----------
    mode : {"rand", "static", "non-static", "multichannel"}
    vectors : WordVectors or path, for all modes but "rand"
    dim : int
        Numbers of a word's vector, of "rand".
    windows, maps, dropout, share_filters : as of `KimCNN`
    max_norm : float
        No class's row of the last layer is longer; 0 for no bound.
    batch_size, epochs : int
    dev_share : float
        So much of the training texts, at random, says which epoch was the best, the last of equals.
    patience : int
        Epochs without a better one before training ends.
    pool : int
        As of `SentenceBatches`.
    words : {"kim", "letters", "blanks"}
        How a text that is no list of words is parted.
    seed : int
    progress : bool

    Attributes are those of `NetworkClassifier`.

    Examples
    --------
    >>> texts, y = ["a good film", "so dull a film"] * 20, ["+", "-"] * 20
    >>> model = SentenceCNN(dim=20, maps=10, batch_size=5, epochs=15).fit(texts, y)
    >>> model.predict(["good", "dull"]).tolist()
    ['+', '-']
    """

    def __init__(
        self,
        mode: str = "rand",
        vectors: WordVectors | str | os.PathLike | None = None,
        dim: int = 300,
        windows: Sequence[int] = WINDOWS,
        maps: int = MAPS,
        dropout: float = 0.5,
        share_filters: bool = True,
        max_norm: float = 3.0,
        batch_size: int = 50,
        epochs: int = 25,
        dev_share: float = 0.1,
        patience: int = 25,
        pool: int = POOL,
        words: str = "kim",
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        if mode not in MODES:
            raise ValueError(f"SentenceCNN: mode is one of {', '.join(MODES)}, got {mode!r}")
        if not len(windows) or min(windows) < 1 or maps < 1:
            raise ValueError(f"SentenceCNN: windows and maps are from 1 on, got {windows!r} and {maps!r}")
        if not 0 <= dropout < 1:
            raise ValueError(f"SentenceCNN: dropout is from 0 to below 1, got {dropout!r}")
        if not max_norm >= 0:
            raise ValueError(f"SentenceCNN: max_norm is from 0 on, got {max_norm!r}")
        if (vectors is None) != (mode == "rand"):
            needs = "has no vectors of its own" if mode == "rand" else "begins with vectors=, a file of them"
            raise ValueError(f"SentenceCNN: mode {mode!r} {needs}")
        self.mode, self.vectors, self.dim, self.windows, self.maps = mode, vectors, dim, windows, maps
        self.dropout, self.share_filters, self.max_norm = dropout, share_filters, max_norm
        self.batch_size, self.epochs, self.dev_share, self.patience = batch_size, epochs, dev_share, patience
        self.pool, self.words, self.seed, self.progress = pool, words, seed, progress
        self.expect_common()

    @property
    def border(self) -> int:
        """The neighbours of a word in the widest window."""
        return max(self.windows) - 1

    def new_net(self, vectors: np.ndarray, classes: int) -> KimCNN:
        """Return Kim's network before training."""
        how = (self.mode, self.windows, self.maps, self.dropout, self.share_filters, self.seed)
        return KimCNN(vectors, classes, *how)

    def new_optimiser(self, net: KimCNN) -> nn.optim.RowAdadelta:
        """Return Adadelta, which bounds the rows of the last layer."""
        last = net.fc.weight
        rest = [p for p in net.parameters() if p.requires_grad and p is not last]
        groups = [{"params": rest}, {"params": [last], "max_norm": self.max_norm}]
        return nn.optim.RowAdadelta(groups, rho=RHO, eps=EPS)
