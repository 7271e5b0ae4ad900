"""Counting which words stand near which, the specification of ``jit.py``.

    X_ij = sum over all places where j follows i in a sentence, d words later, d <= window, of 1 / d

Symmetric: the same again for j before i.  The distance weighs, since near words say more (Pennington et al.
2014, section 4.2).
"""

from __future__ import annotations

import numpy as np


def cooccurrences(
    tokens: np.ndarray, window: int, symmetric: bool = True, weighted: bool = True
) -> dict[tuple[int, int], float]:
    """{(i, j): X_ij} of all pairs that occur.

    Parameters
    ----------
    tokens : int32 (T,)
        A 0 ends a sentence.

    >>> cooccurrences(np.array([1, 2, 3, 0, 1]), window=2, symmetric=False)
    {(1, 2): 1.0, (2, 3): 1.0, (1, 3): 0.5}
    """
    x: dict[tuple[int, int], float] = {}
    sentence: list[int] = []
    for word in tokens.tolist():
        if word == 0:
            sentence = []
            continue
        for distance, left in enumerate(sentence[: -window - 1 : -1], 1):
            for pair in [(left, word), (word, left)][: 1 + symmetric]:
                x[pair] = x.get(pair, 0.0) + (1 / distance if weighted else 1.0)
        sentence.append(word)
    return x
