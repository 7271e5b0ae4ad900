"""The dynamic convolutional network, and its two baselines, as an estimator: texts and classes in and out.

N texts, K classes

Source: Kalchbrenner et al. (ACL 2014), section 5, for the settings; TREC's vectors there (Turian et al. 2010)
are random here unless some are given, and its k_top, which is not said, is that of SST-2.  The paper has
no penalties: these are of its authors' program.  Batches are larger than there, the rate is smaller.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from .... import nn
from ...vectors.word_vectors import WordVectors
from .batches import POOL
from .dcnn import DCNN
from .network_classifier import NetworkClassifier
from .simple_nets import MaxTDNN, NBoW

NETS = ("dcnn", "max-tdnn", "nbow")
PRESETS: dict[str, dict[str, Any]] = {
    "sst2": {"dim": 48, "windows": (7, 5), "maps": (6, 14), "top": 4},
    "sst1": {"dim": 48, "windows": (10, 7), "maps": (6, 12), "top": 5},
    "trec": {"dim": 32, "windows": (8,), "maps": (5,), "top": 4},
}
PENALTY = {"embeddings": 5e-5, "layers": 1.5e-5, "fc": 5e-5}  # of the authors' program, by part


def preset_for(classes: int) -> dict[str, Any]:
    """Return the published settings that fit a number of classes: of two, of five (a scale), of any other.

    >>> preset_for(6)["windows"]
    (8,)
    """
    return PRESETS[{2: "sst2", 5: "sst1"}.get(classes, "trec")]


class DynamicCNN(NetworkClassifier):
    """Classify texts by rows that are convolved, folded and pooled to their length.

    Parameters
    ----------
    net : {"dcnn", "max-tdnn", "nbow"}
        The last two are the paper's baselines.
    vectors : WordVectors or path, optional
        To begin with; random ones otherwise.  Their numbers must fold in two in every layer.
    dim : int
        Numbers of a word, D, of random vectors.
    windows, maps, top : as of `DCNN`; Max-TDNN has windows of six words and D maps
    dropout : float
    lr : float
        Adagrad's rate.
    decay : float
        Factor of the penalties of the authors' program; 0 for none.
    batch_size, epochs, dev_share, patience, pool, words, seed, progress : as of `SentenceCNN`

    Attributes are those of `NetworkClassifier`.

    Examples
    --------
    >>> texts, y = ["a good film", "so dull a film"] * 20, ["+", "-"] * 20
    >>> model = DynamicCNN(dim=8, windows=(2,), maps=(3,), top=2, batch_size=5, epochs=15).fit(texts, y)
    >>> model.predict(["a good film", "dull"]).tolist()
    ['+', '-']
    """

    def __init__(
        self,
        net: str = "dcnn",
        vectors: WordVectors | str | os.PathLike | None = None,
        dim: int = 48,
        windows: Sequence[int] = (7, 5),
        maps: Sequence[int] = (6, 14),
        top: int = 4,
        dropout: float = 0.5,
        lr: float = 0.05,
        decay: float = 1.0,
        batch_size: int = 50,
        epochs: int = 25,
        dev_share: float = 0.1,
        patience: int = 25,
        pool: int = POOL,
        words: str = "kim",
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        if net not in NETS:
            raise ValueError(f"DynamicCNN: net is one of {', '.join(NETS)}, got {net!r}")
        if len(windows) != len(maps) or min((*windows, *maps, top), default=0) < 1:
            raise ValueError(
                "DynamicCNN: windows and maps are as many, and they and top from 1 on, got "
                f"{windows!r}, {maps!r} and {top!r}"
            )
        if not 0 <= dropout < 1:
            raise ValueError(f"DynamicCNN: dropout is from 0 to below 1, got {dropout!r}")
        if not lr > 0 or not decay >= 0:
            raise ValueError(f"DynamicCNN: lr is above 0 and decay from 0 on, got {lr!r} and {decay!r}")
        self.net, self.vectors, self.dim, self.windows, self.maps = net, vectors, dim, windows, maps
        self.top, self.dropout, self.lr, self.decay = top, dropout, lr, decay
        self.batch_size, self.epochs, self.dev_share, self.patience = batch_size, epochs, dev_share, patience
        self.pool, self.words, self.seed, self.progress = pool, words, seed, progress
        self.expect_common()

    @property
    def border(self) -> int:
        """None: a wide convolution adds its own."""
        return 0

    def new_net(self, vectors: np.ndarray, classes: int) -> DCNN | MaxTDNN | NBoW:
        """Return the network before training."""
        if self.net == "nbow":
            return NBoW(vectors, classes, self.dropout, self.seed)
        if self.net == "max-tdnn":
            return MaxTDNN(vectors, classes, maps=vectors.shape[1], dropout=self.dropout, rng=self.seed)
        return DCNN(vectors, classes, self.windows, self.maps, self.top, self.dropout, self.seed)

    def new_optimiser(self, net: Any) -> nn.optim.Adagrad:
        """Return Adagrad, with a penalty for each part."""
        parts: dict[str, list[Any]] = {}
        for name, p in net.named_parameters():
            parts.setdefault(name.split(".")[0], []).append(p)
        return nn.optim.Adagrad(
            [
                {"params": members, "weight_decay": self.decay * PENALTY.get(part, PENALTY["layers"])}
                for part, members in parts.items()
            ],
            lr=self.lr,
        )
