"""Kim's convolutional network over the words of a sentence, in its four modes.

N sentences, T words with padding, D numbers of a word vector, F filters of each width, K classes

    c_i = relu(w . x_[i : i+h-1] + b)     for each place i of a window of h words          (eq. 2)
    z   = [max_i c_i of each filter]      max over time, h = 3, 4, 5: 3 F numbers          (eq. 4)
    y   = W (z o r) + b                   r of zeros and ones, half of each, in training   (eq. 5)

rand           word vectors are random and learnt
static         pretrained, and stay as they are
non-static     pretrained, and learn on
multichannel   both at once: a filter sees each channel, the two responses are added

Source: Kim, "Convolutional Neural Networks for Sentence Classification" (EMNLP 2014), sections 2 and 3.3, and
its authors' program for what the text leaves open (beginning, padding).  The program has no multichannel
mode; adding the two responses before the maximum is section 2.1's sentence.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .... import nn
from ....core import ops
from ....core.tensor import raw
from .batches import PADDING

MODES = ("rand", "static", "non-static", "multichannel")
WINDOWS, MAPS = (3, 4, 5), 100
FILTERS_BEGIN = 0.01  # filters are drawn from U(-0.01, 0.01), in the program


class KimCNN(nn.Module):
    """Scores of classes from numbers of words:  (N, T) -> (N, K).

    Parameters
    ----------
    vectors : float32 (V, D)
        Word vectors to begin with; row 0 is the padding's and is made 0.
    classes : int
        K
    mode : {"rand", "static", "non-static", "multichannel"}
    windows : widths h
    maps : F
    dropout : share of the maxima that training drops
    share_filters : bool
        Multichannel: one filter for both channels; otherwise each channel has its own.
    rng : seed or generator
    """

    def __init__(
        self,
        vectors: np.ndarray,
        classes: int,
        mode: str = "rand",
        windows: Sequence[int] = WINDOWS,
        maps: int = MAPS,
        dropout: float = 0.5,
        share_filters: bool = True,
        rng: Any = 0,
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        self.mode, self.keep, self.share_filters = mode, 1 - dropout, share_filters
        dim = vectors.shape[1]
        self.embeddings = nn.ModuleList(word_table(vectors) for _ in range(1 + (mode == "multichannel")))
        if mode in ("static", "multichannel"):
            self.embeddings[0].requires_grad_(False)
        channels = 1 if share_filters else len(self.embeddings)
        self.convs = nn.ModuleList(nn.Conv1d(channels * dim, maps, h, rng=rng) for h in windows)
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc = nn.Linear(maps * len(windows), classes, rng=rng)
        for conv in self.convs:
            nn.init.uniform(conv.weight, -FILTERS_BEGIN, FILTERS_BEGIN, rng)
        for p in (*(conv.bias for conv in self.convs), *self.fc.parameters()):
            nn.init.constant(p, 0.0)

    def forward(self, rows: Any) -> Any:
        z = self.maxima(rows)
        # subtle: nn.Dropout divides by 1 - p what it keeps; Kim's does not, and multiplies by it at test
        return self.fc(self.dropout(z) * self.keep)

    def maxima(self, rows: Any) -> Any:
        """Return z, the maximum of each filter: (N, 3 F)."""
        # the maps need not be made: a batch names a word many times, and only maxima are asked for
        rows = raw(rows)
        words, places = np.unique(rows, return_inverse=True)
        x = self._channels(words)  # (U, D), each distinct word once
        maxima = [ops.max_over_time(_answers(conv, x), places.reshape(rows.shape)) for conv in self.convs]
        # relu and the bias keep the order of numbers, so that they can wait for the maximum
        biases = ops.concat([conv.bias for conv in self.convs], axis=0)
        return ops.relu(ops.concat(maxima, axis=1) + biases)

    def feature_maps(self, rows: Any) -> list[Any]:
        """Return c, what each filter answers to each window: of each width (N, F, T - h + 1)."""
        x = ops.transpose(self._channels(rows), axes=(0, 2, 1))  # (N,T,D) -> (N,D,T)
        return [ops.relu(nn.functional.conv1d(x, conv.weight, conv.bias)) for conv in self.convs]

    def _channels(self, rows: Any) -> Any:
        """Return the words' vectors (..., D): a shared filter answers to channels as it does to their sum."""
        channels = [table(rows) for table in self.embeddings]
        return functools.reduce(ops.add, channels) if self.share_filters else ops.concat(channels, axis=-1)


def _answers(conv: Any, x: Any) -> Any:
    """Return what each place of the filters (F, D, h) answers to words (U, D): (U, h, F)."""
    F, D, h = conv.weight.shape
    w = ops.reshape(ops.transpose(conv.weight, axes=(1, 2, 0)), shape=(D, h * F))
    return ops.reshape(x @ w, shape=(len(x), h, F))


def word_table(vectors: np.ndarray) -> nn.Embedding:
    """Return word vectors as a layer; the padding's are 0 and stay so."""
    table = nn.Embedding(*vectors.shape, padding_idx=PADDING, rng=0)
    table.weight.data[...] = vectors
    table.weight.data[PADDING] = 0
    return table
