"""Maps of what a score depends on: PyTorch's for the same weights, and the properties that define them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision import UNet
from cutaway.vision.interpret.cam import cam, guided_grad_cam, score_cam
from cutaway.vision.interpret.gradients import (
    completeness,
    expected_gradients,
    gradient_x_input,
    integrated_gradients,
    saliency,
    smooth_grad,
    strength,
)
from cutaway.vision.interpret.occlusion import occlusion
from cutaway.vision.interpret.relu_rules import relu_rule
from cutaway.vision.interpret.targets import class_pixels
from record_maps import FILE, STEPS, TARGET, given

RECORDED = json.loads(FILE.read_text())


@pytest.fixture(scope="module")
def net():
    made = nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(45, 3, bias=False),
    ).double()  # fmt: skip
    made.load_state_dict(given()[0])
    return made


@pytest.fixture(scope="module")
def image():
    return given()[1][0]


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("saliency", lambda net, x: saliency(net, x, TARGET)),
        ("guided", lambda net, x: saliency(net, x, TARGET, "guided")),
        ("deconvnet", lambda net, x: saliency(net, x, TARGET, "deconvnet")),
        ("integrated", lambda net, x: integrated_gradients(net, x, TARGET, steps=STEPS)),
        ("grad-cam", lambda net, x: cam(net, x, "4", TARGET)),
        ("hires-cam", lambda net, x: cam(net, x, "4", TARGET, "hires-cam")),
        ("layer-cam", lambda net, x: cam(net, x, "4", TARGET, "layer-cam")),
    ],
)
def test_maps_are_pytorchs(name, ask, net, image):
    np.testing.assert_allclose(ask(net, image), RECORDED[name], atol=1e-9)


def test_integrated_gradients_sum_to_the_difference_of_the_scores(net, image):
    for baseline in (0.0, np.full_like(image, 0.3)):
        found = integrated_gradients(net, image, TARGET, baseline=baseline, steps=400)
        assert completeness(net, image, found, TARGET, baseline) < 0.02
    assert completeness(net, image, gradient_x_input(net, image, TARGET), TARGET) > 0.02


def test_a_linear_network_is_explained_by_its_weights(image):
    """Then the gradient is w, gradient x input w x, and all path methods the same."""
    flat = nn.Sequential(nn.Flatten(), nn.Linear(72, 2, bias=False, rng=0)).double()
    w = flat[1].weight.data[1].reshape(2, 6, 6)
    np.testing.assert_allclose(saliency(flat, image, 1), w, atol=1e-12)
    for method in (gradient_x_input, integrated_gradients):
        np.testing.assert_allclose(method(flat, image, 1), w * image, atol=1e-12)
    np.testing.assert_allclose(smooth_grad(flat, image, 1, samples=20), w, atol=1e-12)
    baselines = np.zeros((3, 2, 6, 6))
    np.testing.assert_allclose(
        expected_gradients(flat, image, baselines, 1, samples=20), w * image, atol=1e-12
    )


def test_the_three_rules_on_one_rectifier():
    """y = relu(x) with g = -1, 2: plain passes g where x > 0, deconvnet where g > 0, guided where both are."""
    net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(4, 1, bias=False)).double()
    net.load_state_dict({"2.weight": np.array([[-1.0, 2.0, -1.0, 2.0]])})
    x = np.array([[[1.0, 1.0, -1.0, -1.0]]])
    expected = {"plain": [-1, 2, 0, 0], "deconvnet": [0, 2, 0, 2], "guided": [0, 2, 0, 0]}
    for rule, values in expected.items():
        assert saliency(net, x, 0, rule).ravel().tolist() == values
    assert saliency(net, x, 0).ravel().tolist() == expected["plain"], "the rule is gone again"


def test_a_rectifier_used_twice_follows_the_rule_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(-self.relu(x)).reshape(1, -1) + self.relu(x).reshape(1, -1)

    x = np.array([[[2.0, -3.0]]])
    assert saliency(Twice(), x, 0, "guided").shape == (1, 1, 2)
    with (
        pytest.raises(ValueError, match=r"the network has no nn\.ReLU"),
        relu_rule(nn.Linear(1, 1), "guided"),
    ):
        pass
    with pytest.raises(ValueError, match="rule: expected one of plain, deconvnet, guided, got 'lrp'"):
        saliency(Twice(), x, 0, "lrp")


def test_score_cam_prefers_the_channel_that_raises_the_score():
    """Two channels, left and right half; the score is the mean of the left half alone."""
    net = nn.Sequential(
        nn.Conv2d(1, 2, 1, bias=False), nn.Flatten(), nn.Linear(2 * 16, 1, bias=False)
    ).double()
    left = np.zeros((4, 4))
    left[:, :2] = 1
    net.load_state_dict(
        {"0.weight": np.array([1.0, -1.0]).reshape(2, 1, 1, 1),
         "2.weight": np.concatenate([left.ravel(), np.zeros(16)])[None]}
    )  # fmt: skip
    image = np.where(left, 2.0, -2.0)[None]
    found = score_cam(net, image, "0", 0)
    assert found[:, :2].min() > found[:, 2:].max()


def test_guided_grad_cam_is_their_product(net, image):
    found = guided_grad_cam(net, image, "4", TARGET)
    assert found.shape == image.shape
    guided = saliency(net, image, TARGET, "guided")
    assert not found[guided == 0].any()


def test_maps_of_a_segmentation_network():
    net = UNet(3, 4, base=2, depth=1, rng=0)
    image = np.random.default_rng(0).normal(size=(3, 12, 12)).astype(np.float32)
    pixel = strength(saliency(net, image, lambda y: y[:, 2, 5, 6].sum()))
    assert pixel[5, 6] > 0
    assert not pixel[0, 0]
    region = np.zeros((12, 12), bool)
    region[5, 6] = True
    same = strength(saliency(net, image, class_pixels(2, region)))
    np.testing.assert_allclose(same, pixel, rtol=1e-5)
    assert cam(net, image, "encoder.1", 2).shape == (6, 6)


def test_a_map_without_evidence_is_told(net, image):
    worst = int(np.argmin([cam(net, image, "4", k).sum() for k in range(3)]))
    gone = nn.Sequential(*net[:6], nn.Linear(45, 3, bias=False)).double()
    nn.init.constant(gone[6].weight, -1.0)
    with pytest.warns(UserWarning, match="negative everywhere: nothing in it speaks for the score"):
        assert not cam(gone, image, "4", worst).any()


def test_mistakes_are_told(net, image):
    with pytest.raises(KeyError, match="no layer '44'"):
        cam(net, image, "44")
    with pytest.raises(
        ValueError, match=r"layer '5': expected maps \(N, C, P, Q\), it is of shape \(1, 45\)"
    ):
        cam(net, image, "5")
    with pytest.raises(ValueError, match="target: expected a class from 0 to 2, got 3"):
        saliency(net, image, 3)
    with pytest.raises(ValueError, match=r"expected an image \(C, H, W\) or a batch"):
        saliency(net, image[0])
    with pytest.raises(ValueError, match="expected a function to one number"):
        saliency(net, image, lambda y: y)


def test_occlusion_finds_the_pixel_that_counts():
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2, bias=False)).double()
    w = np.zeros((2, 64))
    w[1, 3 * 8 + 5] = 2.0
    net.load_state_dict({"1.weight": w})
    found = occlusion(net, np.ones((1, 8, 8)), 1, patch=2, stride=1)
    assert np.unravel_index(found.argmax(), found.shape) == (3, 5)
    assert found[3, 5] == 2.0
    assert found[0, 0] == 0
    with pytest.raises(ValueError, match="expected 1 <= stride <= patch <= 8, got patch=3, stride=4"):
        occlusion(net, np.ones((1, 8, 8)), 1, patch=3, stride=4)
