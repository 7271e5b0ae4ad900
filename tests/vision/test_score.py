"""Measures of maps: cases counted by hand, and what must hold for any network."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision.interpret.gradients import gradient_x_input, integrated_gradients, saliency, strength
from cutaway.vision.interpret.methods import METHODS, attribution
from cutaway.vision.interpret.sanity import UNCHANGED, max_sensitivity, randomised, rank_correlation
from cutaway.vision.interpret.score import (
    blurred,
    completeness_gap,
    deletion,
    insertion,
    pointing,
    relevance_mass,
)
from nets_inside import learnt, plain, stripes

W = np.array([3.0, 1.0, 0.0, 2.0])


@pytest.fixture
def weighing():
    """x (1, 2, 2) -> scores <W, x> and 0."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False)).double()
    net.load_state_dict({"1.weight": np.stack([W, np.zeros(4)])})
    return net.eval()


def p(score):
    return 1 / (1 + np.exp(-score))


def test_deletion_and_insertion_by_hand(weighing):
    """All pixels 1; the map orders them 0, 3, 1, 2: the score falls 6, 3, 1, 0, 0, and rises the other way."""
    x, order = np.ones((1, 2, 2)), np.array([[9.0, 2.0], [1.0, 5.0]])
    gone = deletion(weighing, x, order, 0, steps=4)
    come = insertion(weighing, x, order, 0, steps=4)
    np.testing.assert_allclose(gone.shares, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(gone.chances, p(np.array([6, 3, 1, 0, 0])), rtol=1e-12)
    np.testing.assert_allclose(come.chances, p(np.array([0, 3, 5, 6, 6])), rtol=1e-12)
    by_hand = (p(6) / 2 + p(3) + p(1) + p(0) + p(0) / 2) / 4
    assert gone.area == pytest.approx(by_hand, rel=1e-12)
    assert deletion(weighing, x, -order, 0, steps=4).area > gone.area
    assert insertion(weighing, x, -order, 0, steps=4).area < come.area


def test_in_one_step_nothing_depends_on_the_map(weighing):
    x = np.ones((1, 2, 2))
    curve = deletion(weighing, x, np.zeros((2, 2)), 0, steps=1, baseline=2.0)
    np.testing.assert_allclose(curve.chances, p(np.array([6, 12])))


def test_blurring_keeps_the_mean_and_takes_detail():
    x = np.random.default_rng(0).normal(1, 1, (2, 40, 40))
    soft = blurred(x, 3.0)
    assert abs(soft.mean() - x.mean()) < 0.05
    assert soft.std() < 0.2 * x.std()
    np.testing.assert_allclose(blurred(np.ones((1, 9, 9))), 1)


def test_pointing_with_tolerance():
    values, mask = np.zeros((9, 9)), np.zeros((9, 9), bool)
    values[4, 6], mask[2, 4] = 1.0, True
    assert [pointing(values, mask, tolerance) for tolerance in (0, 1, 2)] == [0, 0, 1]
    assert pointing(np.zeros((9, 9)), mask, 20) == 0
    assert pointing(values, np.ones((9, 9), bool)) == 1


def test_relevance_mass_counts_what_speaks_for_the_class():
    mask = np.eye(2, dtype=bool)
    assert relevance_mass(np.array([[3.0, 1.0], [-9.0, 0.0]]), mask) == 0.75
    assert relevance_mass(-np.ones((2, 2)), mask) == 0


def test_the_gap_of_a_linear_network_is_none_and_of_a_bent_one_some(weighing):
    x = np.array([[[1.0, 2.0], [3.0, 4.0]]])
    assert completeness_gap(weighing, x, gradient_x_input(weighing, x, 0), 0) == pytest.approx(0, abs=1e-12)
    assert completeness_gap(weighing, x, np.zeros((1, 2, 2)), 0, np.ones((1, 2, 2))) == pytest.approx(-7)
    net = learnt(epochs=3)
    image = net.preprocess.normalised(stripes(np.random.default_rng(3), 2)[0][0])
    crude = completeness_gap(net, image, gradient_x_input(net, image, 0), 0)
    fine = completeness_gap(net, image, integrated_gradients(net, image, 0, steps=256), 0)
    assert abs(fine) < 0.01
    assert abs(crude) > 10 * abs(fine)


def test_sensitivity_of_known_maps():
    """Of a constant 0; of x itself at most the radius times sqrt(n) / |x|; of 2 x the same, as it is a share."""
    x = np.linspace(-1, 1, 16).reshape(1, 4, 4)
    assert max_sensitivity(lambda x: np.ones((4, 4)), x) == 0
    once = max_sensitivity(lambda x: x[0], x, radius=0.1, seed=3)
    assert 0 < once <= 0.2 * 4 / np.linalg.norm(x)
    assert max_sensitivity(lambda x: 2 * x[0], x, radius=0.1, seed=3) == pytest.approx(once)
    assert max_sensitivity(lambda x: x[0], x, radius=0.1, seed=4) != once
    assert max_sensitivity(lambda x: (x[0] != x[0, 0, 0]) * 1.0 - 1, np.zeros((1, 2, 2)), radius=0.1) == 0


def test_a_map_that_ignores_the_network_fails_the_randomisation(rng):
    net = plain(2)
    before = net.state_dict()
    before = {name: np.array(each) for name, each in before.items()}
    x = rng.normal(size=(3, 24, 24)).astype(np.float32)
    edges = list(randomised(net, lambda x: np.abs(np.diff(x[0], axis=0)), x))
    assert [each.layer for each in edges] == ["7", "3", "0"], "from the scores downwards"
    assert all(each.correlation == 1 for each in edges)
    gradient = list(randomised(net, lambda x: strength(saliency(net, x, 0)), x))
    assert gradient[-1].correlation < UNCHANGED
    (last,) = randomised(net, lambda x: strength(saliency(net, x, 0)), x, points=1)
    assert last == gradient[-1]
    for name, each in net.state_dict().items():
        np.testing.assert_array_equal(each, before[name])


def test_the_network_comes_back_when_one_stops_in_between(rng):
    net = plain(2)
    weight = net[7].weight.data.copy()
    steps = randomised(net, lambda x: x[0], rng.normal(size=(3, 24, 24)))
    next(steps)
    assert (net[7].weight.data != weight).any()
    steps.close()
    np.testing.assert_array_equal(net[7].weight.data, weight)


def test_rank_correlation_is_scipys(rng):
    from scipy.stats import spearmanr

    a, b = rng.integers(0, 9, 50), rng.integers(0, 9, 50)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert rank_correlation(a, -np.exp(a)) == pytest.approx(-1)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_map_of_the_image(method, rng):
    net = learnt(epochs=3)
    x = rng.normal(size=(3, 24, 24)).astype(np.float32)
    found = attribution(method, net, x, 1, "4", samples=4)
    assert found.shape == (24, 24)
    assert found.min() >= 0
    assert found.std() > 0


def test_mistakes_are_told(weighing, rng):
    x = np.ones((1, 2, 2))
    with pytest.raises(ValueError, match=r"expected a map of finite numbers, \(2, 2\) as the image"):
        deletion(weighing, x, np.ones((3, 2)), 0)
    with pytest.raises(ValueError, match="expected a map of finite numbers"):
        pointing(np.full((2, 2), np.nan), np.ones((2, 2), bool))
    with pytest.raises(ValueError, match="steps: expected 1 to 4, as many as pixels, got 5"):
        deletion(weighing, x, np.ones((2, 2)), 0, steps=5)
    with pytest.raises(ValueError, match="label: expected a class from 0 to 1, got 2"):
        insertion(weighing, x, np.ones((2, 2)), 2, steps=4)
    with pytest.raises(ValueError, match="expected radius above 0, samples from 1, got 0, 10"):
        max_sensitivity(lambda x: x[0], x, radius=0)
    with pytest.raises(ValueError, match=r"randomised: expected a network with nn\.Conv2d or nn\.Linear"):
        next(randomised(nn.ReLU(), lambda x: x[0], x))
    with pytest.raises(
        ValueError, match=r"method: no method 'grad cam', there are .*; did you mean 'grad-cam'"
    ):
        attribution("grad cam", plain(), rng.normal(size=(3, 24, 24)), 0, "4")
