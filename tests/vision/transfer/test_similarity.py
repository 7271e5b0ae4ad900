"""CKA, matched filters and retrieval, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.vision.data.class_folders import find_classes
from cutaway.vision.networks.classification_net import classification_net
from cutaway.vision.networks.preprocess import Preprocess
from cutaway.vision.transfer.retrieval import (
    average_precision,
    expected_by_chance,
    mean_average_precision,
    ranked,
)
from cutaway.vision.transfer.similarity import cka, cka_by_layer, matched_filters


def hsic_cka(x, y):
    """By the definition: kernels, centring matrices, traces."""
    h = np.eye(len(x)) - 1 / len(x)
    k, m = x @ x.T, y @ y.T
    return np.trace(k @ h @ m @ h) / np.sqrt(np.trace(k @ h @ k @ h) * np.trace(m @ h @ m @ h))


@pytest.mark.parametrize("shape", [(30, 4, 7), (5, 9, 3)])
def test_cka_is_its_definition_and_blind_to_turns_and_scales(shape, rng):
    n, c, d = shape
    x, y = rng.normal(1, 1, (n, c)), rng.normal(-2, 1, (n, d))
    assert cka(x, y) == pytest.approx(hsic_cka(x, y), rel=1e-9)
    turn = np.linalg.qr(rng.normal(size=(c, c)))[0]
    assert cka(x, y) == pytest.approx(cka(-3 * x @ turn + 5, y), rel=1e-9)
    assert cka(x, x @ turn) == pytest.approx(1)
    assert cka(y, x) == pytest.approx(cka(x, y))


def test_cka_says_what_it_cannot_compare():
    with pytest.raises(ValueError, match=r"got \(3, 2\), \(4, 2\)"):
        cka(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="all rows of one are the same"):
        cka(np.ones((3, 2)), np.eye(3))


def test_a_network_is_like_itself_and_less_like_another(folder):
    nets = [classification_net("small", 2, rng=seed) for seed in (0, 1)]
    for net in nets:
        net.preprocess = Preprocess(size=32, resize=None)
    photos, paths = find_classes(folder).train, ["features.2", "features.16"]
    assert list(cka_by_layer(nets[0], nets[0], photos, paths).values()) == pytest.approx([1, 1])
    other = cka_by_layer(*nets, photos, paths)
    assert all(0 < value < 0.999 for value in other.values())


def test_filters_find_their_partners_whatever_their_order_and_sign(rng):
    one = rng.normal(size=(6, 3, 5, 5))
    order = rng.permutation(6)
    mean, partners = matched_filters(one, -2 * one[order])
    assert mean == pytest.approx(1)
    assert order[partners].tolist() == list(range(6))
    assert matched_filters(one, rng.normal(size=one.shape))[0] < 0.5


def test_average_precision_by_hand():
    assert average_precision(np.array([0, 1, 1, 0, 1], bool)) == pytest.approx((1 / 2 + 2 / 3 + 3 / 5) / 3)
    x, y = np.array([[1.0, 0], [0, 1], [2, 0.2], [0.1, 3]]), np.array([0, 1, 0, 1])
    assert ranked(x, x)[0].tolist() == [0, 2, 3, 1]
    assert mean_average_precision(x, y) == 1
    assert mean_average_precision(x, np.array([0, 0, 1, 1])) < 0.5
    with pytest.raises(ValueError, match="two photos of a class"):
        mean_average_precision(x, np.arange(4))


def test_chance_is_the_mean_over_random_orders(rng):
    y = np.array([0] * 4 + [1] * 7)
    drawn = [mean_average_precision(rng.normal(size=(11, 8)), y) for _ in range(400)]
    assert np.mean(drawn) == pytest.approx(expected_by_chance(y), abs=0.01)
