"""A small step against the gradient, its cost, and whether it carries over."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision.interpret.attack import chances_of, fgsm, sweep
from cutaway.vision.networks.preprocess import Preprocess
from nets_inside import learnt, stripes


@pytest.fixture(scope="module")
def net():
    return learnt()


@pytest.fixture(scope="module")
def photos():
    return stripes(np.random.default_rng(8), 24)


def test_each_number_moves_by_epsilon_and_stays_a_pixel(net, photos):
    pixels, labels = photos
    pixels = np.rint(255 * pixels) / np.float32(255)
    changed = fgsm(net, pixels, labels, 3)
    moved = 255 * (changed - pixels)
    kept = (pixels > 3.5 / 255) & (pixels < 251.5 / 255)
    assert set(np.unique(np.rint(moved[kept]))) <= {-3, 0, 3}
    np.testing.assert_allclose(moved[kept], np.rint(moved[kept]), atol=1e-3)
    assert changed.min() >= 0
    assert changed.max() <= 1
    np.testing.assert_array_equal(fgsm(net, pixels, labels, 0), pixels)


@pytest.mark.parametrize("order", ["RGB", "BGR"])
def test_a_linear_score_falls_by_epsilon_times_the_sum_of_its_weights(order):
    """Goodfellow et al., section 3: w (x + epsilon sign w) = w x + epsilon |w|_1."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16, 2, rng=0))
    object.__setattr__(net, "preprocess", Preprocess(4, None, order, 1.0, (0.1, 0.2, 0.3), (0.5, 0.25, 1.0)))
    pixels = np.full((1, 3, 4, 4), 0.5, np.float32)
    odds = [
        np.log(c[0, 1] / c[0, 0]) for c in (chances_of(net, pixels), chances_of(net, fgsm(net, pixels, 1, 5)))
    ]
    w = (net[1].weight.data[1] - net[1].weight.data[0]).reshape(3, 16)
    expected = 5 / 255 * (np.abs(w) / np.array([[0.5], [0.25], [1.0]])).sum()
    assert odds[0] - odds[1] == pytest.approx(expected, rel=1e-3)
    there = fgsm(net, pixels, 1, 5, towards=True)
    assert np.log(chances_of(net, there)[0, 1] / chances_of(net, there)[0, 0]) > odds[0]


def test_larger_epsilons_fool_more_and_may_carry_over(net, photos):
    pixels, labels = photos
    found = sweep(net, pixels, labels, [0, 10, 25, 50, 90], other=learnt(seed=2))
    assert [each.epsilon for each in found] == [0, 10, 25, 50, 90]
    assert found[0].right == found[0].carried == 1
    assert np.all(np.diff([each.chance for each in found]) <= 1e-6)
    assert found[-1].right <= 0.5
    random = np.clip(pixels + 90 / 255 * np.sign(np.random.default_rng(0).normal(size=pixels.shape)), 0, 1)
    noise = (chances_of(net, random.astype(np.float32)).argmax(1) == labels).mean()
    assert found[-1].right < noise - 0.2, "the direction, not the size, fools"
    assert sweep(net, pixels, labels, [1])[0].carried is None


def test_mistakes_are_told(net, photos):
    pixels, _ = photos
    with pytest.raises(ValueError, match="target: expected a class from 0 to 1, got 2"):
        fgsm(net, pixels, 2, 1)
    with pytest.raises(ValueError, match="expected epsilon in grey levels, from 0, got -1"):
        fgsm(net, pixels, 1, -1)
    with pytest.raises(ValueError, match=r"expected pixels \(N, 3, H, W\) of 0 .. 1"):
        fgsm(net, 255 * pixels, 1, 1)
