"""Offsets of pairs: parallel by construction, and not."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import WordVectors
from cutaway.text.vectors.offsets import offset_agreement, offsets

PAIRS = [(f"country{i}", f"capital{i}") for i in range(11)]


def built(step: float) -> WordVectors:
    """Return unit vectors whose second words are moved along one direction, among 500 random ones."""
    rng = np.random.default_rng(0)
    first = rng.normal(size=(11, 50))
    second = first + step * np.eye(50)[0] + rng.normal(0, 0.1, (11, 50))
    words = [word for pair in zip(*PAIRS, strict=True) for word in pair]
    others = [f"word{i}" for i in range(500)]
    return WordVectors([*words, *others], np.vstack([first, second, rng.normal(size=(500, 50))]))


def test_a_common_direction_is_found():
    found = offset_agreement(built(4.0), PAIRS)
    assert found.pairs > 0.6
    assert abs(found.random) < 0.05


def test_pairs_without_one_are_as_random_ones():
    found = offset_agreement(built(0.0), PAIRS)
    assert abs(found.pairs - found.random) < 0.1


def test_the_mean_leaves_out_the_pairs_themselves():
    vectors = built(2.0)
    rows = offsets(vectors, PAIRS)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    products = [rows[i] @ rows[j] for i in range(11) for j in range(11) if i != j]
    assert offset_agreement(vectors, PAIRS).pairs == pytest.approx(np.mean(products), abs=1e-5)


def test_one_pair_has_nothing_to_agree_with():
    with pytest.raises(ValueError, match="at least 2 pairs"):
        offset_agreement(built(1.0), PAIRS[:1])
