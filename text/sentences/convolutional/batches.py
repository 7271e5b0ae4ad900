"""Batches of sentences: numbers of words, padded; sentences of similar length together.

N sentences of a batch, T words and padding, L words of the longest sentence of all

A sentence is padded as in Kim's program: with as many empty words on both sides as the widest window has
neighbours, then filled to L.  What is filled need not be computed: a window of nothing but padding has the
value of the filter's bias, wherever it is, so for the maximum over time one such window is as good as many.

    T = min(longest of the batch + 1, L) + 2 border

Source: Kim (2014), section 2, and get_idx_from_sent of its program; the shorter T follows from its model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

PADDING = 0  # the number of the empty word
POOL = 20  # batches that are sorted by length together


def pad_sentences(sentences: Sequence[np.ndarray], border: int, longest: int) -> np.ndarray:
    """Return the rows of a batch, int (N, T), as narrow as gives the same maxima as L.

    Parameters
    ----------
    sentences : arrays of word numbers, from 1 on
    border : empty words on either side, the widest window - 1
    longest : L; a sentence may be longer

    Examples
    --------
    >>> pad_sentences([np.array([7, 8]), np.array([9])], border=1, longest=5).tolist()
    [[0, 7, 8, 0, 0], [0, 9, 0, 0, 0]]
    """
    most = max(map(len, sentences), default=0)
    rows = np.full((len(sentences), max(min(most + 1, longest), most) + 2 * border), PADDING)
    for row, sentence in zip(rows, sentences, strict=True):
        row[border : border + len(sentence)] = sentence
    return rows


class SentenceBatches:
    """Batches for `nn.fit`, in an order that is a function of (seed, epoch).

    Rows are mixed, pools of them sorted by length and cut, and the batches mixed.  So that all batches have
    one size, some sentences, drawn once, come twice in an epoch, as in Kim's program.

    Parameters
    ----------
    sentences : arrays of word numbers
    y : (N,) or (N, K)
    batch_size, border, longest : as of `pad_sentences`
    pool : int
        Batches in a pool; 1 for batches of any lengths.
    seed : int
    """

    def __init__(
        self,
        sentences: Sequence[np.ndarray],
        y: np.ndarray,
        batch_size: int,
        border: int,
        longest: int,
        pool: int = POOL,
        seed: int = 0,
    ) -> None:
        count, rng = len(sentences), np.random.default_rng([seed, 0])
        self.batch_size = min(batch_size, count)
        again = rng.choice(count, -count % self.batch_size, replace=False)
        self.rows = np.concatenate([np.arange(count), again])
        self.sentences, self.y, self.border, self.longest = sentences, y, border, longest
        self.pool, self.seed = pool, seed
        self.lengths = np.array([len(sentence) for sentence in sentences])

    def __len__(self) -> int:
        return len(self.rows) // self.batch_size

    def order(self, epoch: int) -> np.ndarray:
        """Return the sentences of each batch of an epoch, int (batches, N)."""
        rng = np.random.default_rng([self.seed, 1, epoch])
        mixed, size = rng.permutation(self.rows), self.pool * self.batch_size
        pools = [mixed[start : start + size] for start in range(0, len(mixed), size)]
        if self.pool > 1:
            pools = [pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools]
        batches = np.concatenate(pools).reshape(len(self), self.batch_size)
        return batches[rng.permutation(len(batches))]

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (rows (N, T), y) of an epoch, from batch ``start`` on."""
        for chosen in self.order(epoch)[start:]:
            rows = pad_sentences([self.sentences[i] for i in chosen], self.border, self.longest)
            yield rows, self.y[chosen]
