"""The dynamic convolutional network: rows of a sentence, convolved, folded, pooled to their length.

N sentences, T words, D rows (numbers of a word), M maps of a layer, m width, K numbers kept

    c = w * s            wide: every row of every map has its own filter, n + m - 1 places     (section 3.1)
    rows 2i, 2i + 1      are added: folding                                                  (section 3.6)
    k_l = max(k_top, ceil((L - l) / L n))      largest numbers of each row, in their order   (section 3.3)
    a = tanh(k-max + b)  a bias for each row of each map                                     (section 3.4)

of layers l = 1 .. L.  Sentences of any lengths share a batch: what is behind a sentence's end is 0 in every
layer, and k is each sentence's own, so that the scores are those of the sentence alone.

Source: Kalchbrenner, Grefenstette & Blunsom, "A Convolutional Neural Network for Modelling Sentences" (ACL
2014).  Where a sentence has fewer than k_top places the missing ones are 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .... import nn
from ....core import ops
from ....core.tensor import raw
from .batches import PADDING
from .cnn import word_table


def pool_size(layer: int, layers: int, top: int, lengths: np.ndarray) -> np.ndarray:
    """Return k of a layer, from 1 on, for sentences of n words: (N,).

    >>> [int(pool_size(layer, 3, 3, np.array(18))) for layer in (1, 2, 3)]
    [12, 6, 3]
    """
    return np.maximum(top, -(-(layers - layer) * np.asarray(lengths) // layers))


class RowLayer(nn.Module):
    """Wide convolution of each row, folding, k-max, bias, tanh: (N, D, M_in, T) -> (N, D / 2, M, K).

    Parameters
    ----------
    rows : D, even
    maps_in, maps : M_in and M
    width : m
    rng : generator
    """

    def __init__(self, rows: int, maps_in: int, maps: int, width: int, rng: Any) -> None:
        super().__init__()
        self.rows, self.maps, self.width = rows, maps, width
        self.conv = nn.Conv1d(
            rows * maps_in, rows * maps, width, padding=width - 1, groups=rows, bias=False, rng=rng
        )
        self.bias = nn.Parameter(np.zeros((rows // 2, maps, 1), np.float32))

    def forward(self, x: Any, lengths: np.ndarray, k: np.ndarray) -> tuple[Any, np.ndarray]:
        """Return what is kept, and how much of it each sentence has: min(k, n + m - 1)."""
        count, width = x.shape[0], x.shape[-1]
        y = self.conv(ops.reshape(x, shape=(count, -1, width)))  # (N, D M, T + m - 1)
        pairs = ops.reshape(y, shape=(count, self.rows // 2, 2, self.maps, -1))
        ends = lengths + self.width - 1
        kept = ops.k_max(ops.sum(pairs, axis=2), k=k[:, None, None], length=ends[:, None, None])
        there = np.minimum(k, ends)
        mask = np.arange(kept.shape[-1]) < there[:, None, None, None]
        return ops.tanh(kept + self.bias) * mask.astype(np.float32), there


class DCNN(nn.Module):
    """Scores of classes from numbers of words:  (N, T) -> (N, K classes).

    Parameters
    ----------
    vectors : float32 (V, D)
        Word vectors to begin with; row 0 is the padding's and is made 0.  D is a multiple of 2 ^ layers.
    classes : int
    windows, maps : widths m and maps M, one of each for a layer
    top : k_top
    dropout : share of the last layer that training drops
    rng : seed or generator

    Raises
    ------
    ValueError : rows that cannot be folded so often, or layers without a width or maps.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        classes: int,
        windows: Sequence[int] = (7, 5),
        maps: Sequence[int] = (6, 14),
        top: int = 4,
        dropout: float = 0.5,
        rng: Any = 0,
    ) -> None:
        super().__init__()
        rng, rows = np.random.default_rng(rng), vectors.shape[1]
        if not len(windows) == len(maps) >= 1 or rows % 2 ** len(windows):
            layers = f"{len(windows)} widths and {len(maps)} numbers of maps"
            raise ValueError(f"DCNN: expected rows that fold in two in each layer, came {rows}, {layers}")
        self.top = top
        self.embeddings = nn.ModuleList([word_table(vectors)])
        ends = zip((1, *maps), maps, windows, strict=False)
        self.layers = nn.ModuleList(RowLayer(rows // 2**layer, *each, rng) for layer, each in enumerate(ends))
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc = nn.Linear(rows // 2 ** len(maps) * maps[-1] * top, classes, rng=rng)

    def forward(self, rows: Any) -> Any:
        return self.fc(self.dropout(self.features(rows)))

    def features(self, rows: np.ndarray) -> Any:
        """Return what is left of each sentence on top: (N, D / 2^L M_L k_top)."""
        words = rows_of(rows)
        lengths = there = (words != PADDING).sum(1)
        x = ops.transpose(self.embeddings[0](words), axes=(0, 2, 1))[:, :, None]  # (N, D, 1, T)
        for number, layer in enumerate(self.layers, 1):
            x, there = layer(x, there, pool_size(number, len(self.layers), self.top, lengths))
        return ops.reshape(x, shape=(len(words), -1))


def rows_of(rows: Any) -> np.ndarray:
    """Return numbers of words as a plain array (N, T), of at least one column."""
    words = np.asarray(raw(rows), np.int64)
    return words if words.shape[1] else np.full((len(words), 1), PADDING)
