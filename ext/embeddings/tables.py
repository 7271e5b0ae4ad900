"""What the skip-gram loop reads besides the text: noise words, keep probabilities, first values; and sigma.

V words (row 0 is </s>), D dimension, S row length
"""

from __future__ import annotations

import numpy as np

MIN_RATE = 1e-4  # of the first rate: it falls no lower
NOISE_SIZE = 2**20  # word2vec.c has 1e8 entries: they sample no better, and miss the cache at every draw
SIGMOID_RANGE = np.float32(8)  # at the table's ends sigma is within 3.4e-4 of 0 and 1
SIGMOID_BINS = 2048  # a power of two; 8 KB stay in the first cache, the error is at most 0.001
CACHE_LINE = 16  # float32 numbers in the widest vector register, and in a cache line


def stride(dim: int) -> int:
    """Row length: ``dim`` rounded up to whole vector registers."""
    return -(-dim // CACHE_LINE) * CACHE_LINE


def zeros(rows: int, length: int) -> np.ndarray:
    """Zeros, float32 (rows, length), that begin at a cache line: so a row of n * CACHE_LINE numbers is
    just n lines.

    NumPy's own begin a quarter of a line later, and then every other vector register is filled
    from two lines.
    """
    some = np.zeros(rows * length + CACHE_LINE, np.float32)
    first = -(some.ctypes.data // some.itemsize) % CACHE_LINE
    return some[first : first + rows * length].reshape(rows, length)


def linear_rate(alpha: float, share: float, least: float = MIN_RATE) -> float:
    """The learning rate after that share of the text: it falls linearly, to ``least`` times ``alpha``."""
    return alpha * max(least, 1 - share)


def noise_table(counts: np.ndarray, power: float = 0.75, size: int | None = None) -> np.ndarray:
    """Word ids, each in proportion to ``counts ** power``: drawing noise is one look-up.

    P(w) = U(w)^(3/4) / Z (Mikolov et al. 2013b, section 2.2); entry a belongs to the word whose cumulative
    share covers (a + 1/2) / size.

    Parameters
    ----------
    counts : int (V,)
        Row 0, ``</s>``, gets no entry.
    power : float
        3/4 in word2vec; 0 draws every word alike, 1 draws as in the text.
    size : int, optional
        Entries, a power of two; by default 2^20, or more for a vocabulary above 65,536 words: 16 a word.

    Returns
    -------
    int32 (size,)
    """
    size = size or max(NOISE_SIZE, 1 << (16 * len(counts) - 1).bit_length())
    weight = np.asarray(counts, np.float64) ** power
    weight[0] = 0
    share = np.cumsum(weight) / weight.sum()
    ends = np.ceil(share * size - 0.5).astype(np.int64)  # behind the last entry of each word
    ends[-1] = size
    return np.repeat(np.arange(len(counts), dtype=np.int32), np.diff(ends, prepend=0))


def keep_probability(counts: np.ndarray, sample: float = 1e-3) -> np.ndarray:
    """Probability of keeping each occurrence of a word, float32 (V,), values above 1 cut to 1.

    With f the word's share of the text and t = ``sample``: (sqrt(f / t) + 1) t / f, as word2vec.c computes
    it (the paper's eq. 5 reads sqrt(t / f), which is the larger part of it).  ``sample=0`` keeps all.
    """
    counts = np.maximum(np.asarray(counts, np.float64), 1)
    if sample == 0:
        return np.ones(len(counts), np.float32)
    ratio = counts / counts.sum() / sample  # f / t
    return np.minimum((np.sqrt(ratio) + 1) / ratio, 1).astype(np.float32)


def first_vectors(words: int, dim: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return v (V, S), uniform in +-1/(2 D) and padded with zeros, and v' (V, S), zeros: as word2vec.c."""
    v = zeros(words, stride(dim))
    some = np.random.default_rng(seed).random((words, dim), np.float32)
    some -= 0.5  # in place: of a large vocabulary each copy would count
    some /= dim
    v[:, :dim] = some
    return v, zeros(*v.shape)


def sigmoid_table() -> np.ndarray:
    """sigma at the middle of each of SIGMOID_BINS equal bins of +-SIGMOID_RANGE, float32."""
    middle = ((np.arange(SIGMOID_BINS) + 0.5) / SIGMOID_BINS * 2 - 1) * float(SIGMOID_RANGE)
    return (1 / (1 + np.exp(-middle))).astype(np.float32)
