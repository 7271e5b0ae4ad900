"""Objectives add and scale; ascent on them does what the papers say of it."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import gradcheck, nn
from cutaway.core import Tensor
from cutaway.vision import classification_net
from cutaway.vision.interpret.maximise import maximise, regularised
from cutaway.vision.interpret.objectives import (
    channel,
    class_probability,
    class_score,
    direction,
    guide,
    l2,
    layer,
    neuron,
    tv,
)
from cutaway.vision.interpret.settings import PRESETS, Settings
from cutaway.vision.interpret.watch import seen_by
from nets_inside import SHOWN, learnt, plain
from scipy.ndimage import gaussian_filter

SLOW = Settings(40, rate=1000.0)


@pytest.fixture(scope="module")
def net():
    return learnt()


@pytest.fixture
def z(rng):
    return rng.normal(0, 30, (2, 3, 24, 24)).astype(np.float32)


def of(net, objective, z):
    return objective(seen_by(net, Tensor(z), objective.layers)).data


def test_each_objective_is_its_formula(net, z, rng):
    """Against the layers run one by one."""
    a = np.asarray(net[4](net[3](net[2](net[1](net[0](Tensor(z * SHOWN.grey_level)))))).data)
    scores = net[7](Tensor(a.mean((2, 3)))).data
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    v, b = rng.normal(size=5), rng.normal(size=(5, 2, 3))
    alike = np.einsum("ncpq,crs->npqrs", a, b).reshape(len(z), -1, 6)
    for objective, expected in (
        (class_score(1), scores[:, 1]),
        (class_probability(1), chances[:, 1]),
        (channel("4", 2), a[:, 2].mean((1, 2))),
        (neuron("4", 2), a[:, 2, 4, 4]),
        (neuron("4", 2, 0, 8), a[:, 2, 0, 8]),
        (neuron("7", 1), scores[:, 1]),
        (layer("4"), (a**2).sum((1, 2, 3)) / 2),
        (direction("4", v), np.einsum("ncpq,c->n", a, v) / 81),
        (guide("4", b), alike.max(2).sum(1)),
        (l2(), (z**2).sum((1, 2, 3))),
        (tv(), np.abs(np.diff(z, axis=2)).mean((1, 2, 3)) + np.abs(np.diff(z, axis=3)).mean((1, 2, 3))),
    ):
        np.testing.assert_allclose(of(net, objective, z), expected, rtol=2e-4, err_msg=repr(objective))


def test_objectives_add_and_scale(net, z):
    whole = 2 * class_score(1) - 1e-4 * l2() + channel("4", 3) * 0.5 - tv()
    assert repr(whole) == "2 * class_score(1) - 0.0001 * l2() + 0.5 * channel('4', 3) - tv()"
    parts = [of(net, each, z) for each in (class_score(1), l2(), channel("4", 3), tv())]
    expected = 2 * parts[0] - 1e-4 * parts[1] + 0.5 * parts[2] - parts[3]
    np.testing.assert_allclose(of(net, whole, z), expected, rtol=1e-4)
    assert repr(-class_score(0)) == "-class_score(0)"
    assert whole.layers == ["4"]


@pytest.mark.parametrize(
    "objective", [tv(), layer("1"), direction("1", [1, -2, 0.5, 3]), class_probability(1)]
)
def test_gradients_of_objectives(objective, rng):
    net = nn.Sequential(nn.Conv2d(1, 4, 3, rng=0), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten()).double()
    report = gradcheck(lambda z: objective(seen_by(net, z, objective.layers)), rng.normal(0, 1, (2, 1, 5, 4)))
    assert report.verdict == "pass", report


@pytest.mark.parametrize(
    ("objective", "kind", "said"),
    [
        (class_score(2), ValueError, "expected a class from 0 to 1, got 2"),
        (class_probability(-1), ValueError, "expected a class from 0 to 1, got -1"),
        (channel("4", 5), ValueError, "expected a channel of '4' from 0 to 4, got 5"),
        (neuron("4", 0, 9, 0), ValueError, "neuron: expected a row of '4' from 0 to 8, got 9"),
        (layer("44"), KeyError, "no layer '44'; there are 4"),
        (direction("4", [1, 2]), ValueError, r"expected a vector \(5,\) for '4', got \(2,\)"),
        (guide("4", np.ones((3, 1, 1))), ValueError, "expected answers of 5 channels for '4', got 3"),
    ],
)
def test_what_a_network_has_not_is_told(net, objective, kind, said):
    with pytest.raises(kind, match=said):
        maximise(net, objective, SLOW)
    assert not any(module._hooks for module in net.modules())


def test_the_score_rises_at_every_small_step(net):
    found = maximise(net, class_score(0) - 1e-6 * l2(), SLOW, frames=5)
    assert np.all(np.diff(found.scores) > 0)
    assert len(found.scores) == len(found.norms) == 41
    assert len(found.frames) == 6
    assert not found.frames[0].any(), "Simonyan's first image is 0"
    np.testing.assert_array_equal(found.frames[-1], found.z)
    np.testing.assert_allclose(found.image, found.z * SHOWN.grey_level)
    chances = of(net, class_probability(0), found.z[None])
    assert chances[0] > 0.95
    assert found.norms[-1] == pytest.approx(np.linalg.norm(found.z))


def test_a_larger_lambda_has_a_smaller_norm(net):
    norms = [maximise(net, class_score(0) - lam * l2(), SLOW).norms[-1] for lam in (0, 1e-6, 1e-5, 1e-4)]
    assert np.all(np.diff(norms) < 0), norms


def test_more_total_variation_in_the_price_is_a_smoother_image(net):
    rough = [
        float(of(net, tv(), maximise(net, class_score(0) - lam * tv(), SLOW).z[None])[0]) for lam in (0, 0.1)
    ]
    assert rough[1] < 0.8 * rough[0], rough


def test_seeds_decide(net):
    noisy = Settings(5, rate=20.0, noise=10.0, jitter=3)
    one, same, other = (maximise(net, class_score(0), noisy, seed=seed).z for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 1


def test_pixels_are_counted_in_grey_levels_whatever_the_network_was_shown():
    """The same network for pixels 0 .. 255 and for -1 .. 1 gets the same image from the same rate."""
    images = []
    for scale, std in ((255.0, 1.0), (1.0, 0.5)):
        net = plain()
        object.__setattr__(net, "preprocess", type(SHOWN)(24, None, "RGB", scale, (0, 0, 0), (std,) * 3))
        net[0].weight.data[...] *= std / scale
        images.append(maximise(net, class_score(1), Settings(5, rate=50.0, noise=5)).z)
    np.testing.assert_allclose(images[0], images[1], rtol=1e-3, atol=1e-3)


def test_yosinskis_regularisers_are_his(rng):
    z, g = rng.normal(0, 9, (2, 1, 3, 8, 9)).astype(np.float32)
    np.testing.assert_allclose(regularised(z, g, Settings(decay=0.3), 0), 0.7 * z, rtol=1e-6)
    blurred = np.stack([gaussian_filter(each, 1.5) for each in z[0]])[None]
    every = Settings(blur=1.5, blur_every=4)
    np.testing.assert_allclose(regularised(z, g, every, 8), blurred, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(regularised(z, g, every, 9), z)
    for settings, strength in (
        (Settings(small_norm=50), np.linalg.norm(z[0], axis=0)),
        (Settings(small_contribution=75), np.abs((z * g)[0].sum(0))),
    ):
        kept = regularised(z, g, settings, 0)[0]
        gone = strength < np.sort(strength.ravel())[int(strength.size * (settings.small_norm or 75) / 100)]
        assert not kept[:, gone].any()
        np.testing.assert_array_equal(kept[:, ~gone], z[0][:, ~gone])


def test_the_published_numbers():
    numbers = [
        (p.decay, p.blur, p.blur_every, p.small_norm, p.small_contribution, p.steps)
        for p in (PRESETS[f"yosinski-{i}"] for i in (1, 2, 3, 4))
    ]
    assert numbers == [
        (0, 0.5, 4, 50, 0, 500), (0.3, 0, 0, 20, 0, 750), (1e-4, 1.0, 4, 0, 0, 1000), (0, 0.5, 4, 0, 90, 1000),
    ]  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_raises_the_score(net, preset):
    import dataclasses

    settings = dataclasses.replace(PRESETS[preset], steps=12)
    found = maximise(net, class_score(1), settings)
    assert found.scores[-1] > found.scores[0]
    assert found.z.shape == (3, 24, 24)
    if settings.clip:
        pixels = SHOWN.pixels(found.image)
        assert -1e-5 < pixels.min() < pixels.max() < 1 + 1e-5


def test_jitter_is_undone(net):
    """A linear objective has the same gradient everywhere, so jitter must not change the image."""
    flat = nn.Sequential(nn.Conv2d(3, 1, 1, rng=0))
    fixed, moved = (maximise(flat, class_score(0), Settings(3, 1.0, jitter=j), size=9).z for j in (0, 4))
    np.testing.assert_allclose(fixed, moved, rtol=1e-5)
    spot = np.zeros((3, 9, 9), np.float32)
    spot[:, 2, 3] = 5
    found = maximise(flat, class_score(0), Settings(1, 1e-6, jitter=4), start=spot, seed=3).z
    assert np.unravel_index(found[0].argmax(), (9, 9)) == (2, 3)


def test_mistakes_are_told(net):
    with pytest.raises(ValueError, match="decay: expected a share from 0 and below 1, got 1"):
        Settings(decay=1.0)
    with pytest.raises(ValueError, match="scales: expected sizes above 0"):
        Settings(scales=())
    with pytest.raises(ValueError, match="expected size="):
        maximise(nn.Sequential(nn.Conv2d(3, 1, 1)), class_score(0))
    off = nn.Sequential(nn.Conv2d(3, 2, 1, rng=0), nn.ReLU())
    off[0].bias.data[...] = -1
    with pytest.raises(ValueError, match="does not depend on the image it begins with"):
        maximise(off, class_score(0), size=8)
    with pytest.raises(ValueError, match="not finite at step"):
        maximise(net, layer("4"), Settings(60, rate=1e12))
    with pytest.raises(TypeError, match="expected a finite number to scale it by"):
        class_score(0) * class_score(1)


def test_a_published_architecture_is_maximised_too():
    small = classification_net("small", 4, rng=0)
    found = maximise(
        small, class_score(2), Settings(3, rate=3, normalised=True, noise=9, scales=(0.5, 1.0)), size=64
    )
    assert found.z.shape == (3, 64, 64)
    assert found.scores[-1] > found.scores[0]
