"""Rows of v for the buckets that a text has, and for no others: of 2,000,000, most texts never meet most.

    bucket    0   1   2   3   4   5   6 ...              v    words | bucket 1 | bucket 4 | zeros
    met           x           x                 ->       place      2 0 2 2 1 2 2 ...  (+ the number of words)

What was never met shares one row of zeros.  (The originals keep a row for each, with its random first values,
which are noise; a file of theirs has all rows.)
"""

from __future__ import annotations

import numpy as np


def places(met: np.ndarray, words: int, buckets: int) -> np.ndarray:
    """Return the row of v of each bucket, int32 (buckets,), if only these different, sorted
    ones were ``met``.
    """
    place = np.full(buckets, words + len(met), np.int32)
    place[met] = words + np.arange(len(met))
    return place


def rows_of(buckets: np.ndarray, met: np.ndarray, words: int) -> np.ndarray:
    """Return the same for some buckets only, int64: looked up, where `places` would be long."""
    at = np.searchsorted(met, buckets)
    is_met = np.append(met, -1)[at] == buckets
    return words + np.where(is_met, at, len(met))


class Spread:
    """A v without the rows that were never met, as the whole one: a row for each word and each bucket."""

    def __init__(self, v: np.ndarray, words: int, place: np.ndarray) -> None:
        self.v, self.place = v, np.concatenate([np.arange(words, dtype=np.int32), place])
        self.shape = len(self.place), v.shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> np.ndarray:
        return self.v[self.place[rows]]
