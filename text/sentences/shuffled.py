"""Texts whose words are mixed in blocks: does a classifier read order, or only what stands together?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def shuffled(words: Sequence[str], block: int, rng: np.random.Generator) -> list[str]:
    """Return words with blocks of so many in a random order; within a block nothing moves.

    With blocks of 1 only the bag of words is left.  The last block may be shorter.

    >>> shuffled("the film is not good at all".split(), 3, np.random.default_rng(0))
    ['all', 'the', 'film', 'is', 'not', 'good', 'at']

    Raises
    ------
    ValueError : ``block`` is below 1.
    """
    if block < 1:
        raise ValueError(f"shuffled: block is from 1 on, got {block!r}")
    blocks = [list(words[start : start + block]) for start in range(0, len(words), block)]
    return [word for i in rng.permutation(len(blocks)) for word in blocks[i]]
