"""Texts whose words are mixed in blocks."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from cutaway.text.sentences.shuffled import shuffled
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 20), st.integers(1, 7), st.integers(0, 99))
def test_within_a_block_nothing_moves(count, block, seed):
    words = [str(n) for n in range(count)]
    mixed = shuffled(words, block, np.random.default_rng(seed))
    assert Counter(mixed) == Counter(words)
    blocks = [words[i : i + block] for i in range(0, count, block)]
    rest = list(mixed)
    while rest:
        size = next(len(each) for each in blocks if each == rest[: len(each)])
        rest = rest[size:]


def test_blocks_have_words():
    with pytest.raises(ValueError, match="block is from 1 on, got 0"):
        shuffled(["a"], 0, np.random.default_rng(0))
