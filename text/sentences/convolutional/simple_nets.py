"""The two plain networks that the dynamic one is compared with: NBoW and Max-TDNN.

N sentences, T words with padding, D numbers of a word, F filters, K classes

    NBoW       tanh(sum of the word vectors)                          no order of words
    Max-TDNN   tanh(max over time of a narrow convolution + b)        windows of 6 words

and a linear layer each.  Source: Kalchbrenner et al. (ACL 2014), section 2; Collobert & Weston
(2008) for the second.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .... import nn
from ....core import ops
from .batches import PADDING
from .cnn import word_table
from .dcnn import rows_of


class NBoW(nn.Module):
    """Scores from the sum of a sentence's vectors:  (N, T) -> (N, K); ``vectors`` as of `DCNN`."""

    def __init__(self, vectors: np.ndarray, classes: int, dropout: float = 0.0, rng: Any = 0) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        self.embeddings = nn.ModuleList([word_table(vectors)])
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc = nn.Linear(vectors.shape[1], classes, rng=rng)

    def forward(self, rows: Any) -> Any:
        total = ops.sum(self.embeddings[0](rows_of(rows)), axis=1)  # (N,T,D) -> (N,D); padding is 0
        return self.fc(self.dropout(ops.tanh(total)))


class MaxTDNN(nn.Module):
    """Scores from the maxima of windows of ``width`` words:  (N, T) -> (N, K); ``vectors`` as of `DCNN`.

    Of a sentence that is shorter than a window, the one window that is filled with padding counts.
    """

    def __init__(
        self,
        vectors: np.ndarray,
        classes: int,
        width: int = 6,
        maps: int = 48,
        dropout: float = 0.0,
        rng: Any = 0,
    ) -> None:
        super().__init__()
        rng = np.random.default_rng(rng)
        self.width = width
        self.embeddings = nn.ModuleList([word_table(vectors)])
        self.conv = nn.Conv1d(vectors.shape[1], maps, width, rng=rng)
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.fc = nn.Linear(maps, classes, rng=rng)

    def forward(self, rows: Any) -> Any:
        words = rows_of(rows)
        words = np.pad(words, ((0, 0), (0, max(self.width - words.shape[1], 0))), constant_values=PADDING)
        places = np.maximum((words != PADDING).sum(1) - self.width + 1, 1)
        y = self.conv(ops.transpose(self.embeddings[0](words), axes=(0, 2, 1)))  # (N, F, T - 5)
        best = ops.k_max(y, k=1, length=places[:, None])[:, :, 0]  # not of windows behind the end
        return self.fc(self.dropout(ops.tanh(best)))
