"""A folded network: the same outputs and gradients in the input, nothing out of date."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from cutaway import nn, no_grad, tensor
from cutaway.vision.networks.mobilenet import mobilenet_v1
from cutaway.vision.networks.resnet import resnet18


def small(*last: nn.Module) -> nn.Sequential:
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, rng=0), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False, rng=1), nn.BatchNorm2d(8, affine=False), nn.ReLU6(),
        nn.Conv2d(8, 6, 1, rng=2), nn.ReLU(), nn.Conv2d(6, 4, 5, stride=2, rng=3), *last,
    )  # fmt: skip
    return lived(net)


def lived(net):
    """Return a network whose batch norms have statistics and factors of their own, in evaluation."""
    rng = np.random.default_rng(0)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean[...] = rng.normal(size=module.num_features) / 4
            module.running_var[...] = rng.uniform(0.5, 2, module.num_features)
            for p in module.parameters():
                p.data[...] = rng.uniform(0.5, 1.5, p.shape)
    return net.eval()


def gradient(net, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    image = tensor(x.copy(), requires_grad=True)
    y = net(image)
    (y * np.cos(np.arange(y.size)).reshape(y.shape).astype(y.dtype)).sum().backward()
    return y.data, image.grad.data


@pytest.mark.parametrize("build", [small, lambda: lived(resnet18(rng=0)), lambda: lived(mobilenet_v1(rng=0))])
def test_outputs_and_gradients_in_the_image_are_the_networks(build, rng):
    net, x = build(), rng.normal(size=(2, 3, 40, 40)).astype(np.float32)
    folded = nn.fold(net)
    with no_grad():
        plain, first, again = net(x), folded(x), folded(x)
    scale = np.abs(plain).max()
    np.testing.assert_allclose(first, plain, rtol=1e-5, atol=1e-5 * scale)
    np.testing.assert_array_equal(first, again)
    for ours, expected in zip(gradient(folded, x), gradient(net, x), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=2e-4, atol=2e-5 * np.abs(expected).max())
    assert not any(p.requires_grad for p in folded.parameters())


def test_the_network_itself_stays_as_it_is(rng):
    net = small().train()
    before = {name: array.copy() for name, array in net.state_dict().items()}
    folded = nn.fold(net)
    assert net.training
    assert not folded.training
    assert all(p.requires_grad and p.data.flags.writeable for p in net.parameters())
    net[0].weight.data[...] += 1
    x = rng.normal(size=(1, 3, 12, 12)).astype(np.float32)
    with no_grad():
        np.testing.assert_allclose(folded(x), restored(before)(x), rtol=1e-4, atol=1e-5)


def restored(state):
    net = small()
    net.load_state_dict(state)
    return net.eval()


def test_nothing_is_out_of_date(rng):
    x = rng.normal(size=(1, 3, 12, 12)).astype(np.float32)
    folded = nn.fold(small())
    before = folded(x)
    with pytest.raises(ValueError, match="read-only"):
        folded[0].weight.data[...] = 0
    with pytest.raises(ValueError, match="hint: train the network, fold it again"):
        folded.train()(x)
    folded.eval()
    folded[0].weight = nn.Parameter(np.zeros_like(folded[0].weight.data))
    changed = folded(x)
    assert np.abs(changed - before).max() > 0.01, "a weight in the place of another"
    folded[0].weight.data[...] = 1  # it can be written, so nothing of it is kept
    assert np.abs(folded(x) - changed).max() > 0.01


@pytest.mark.parametrize("again", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_compute_the_same_and_may_be_changed(again, rng):
    x, folded = rng.normal(size=(1, 3, 12, 12)).astype(np.float32), nn.fold(small())
    expected = folded(x)
    other = again(folded)
    np.testing.assert_allclose(other(x), expected, rtol=1e-5, atol=1e-6)
    other[0].weight.data[...] = 0
    assert np.abs(other(x) - expected).max() > 0.01
    np.testing.assert_array_equal(folded(x), expected)


def test_one_who_watches_sees_what_lies_between(rng):
    x, net = rng.normal(size=(1, 3, 12, 12)).astype(np.float32), small()
    folded, seen = nn.fold(net), {}
    for name, one in (("net", net), ("folded", folded)):
        one[0].register_forward_hook(lambda module, inputs, y, name=name: seen.update({name: y.data}))
        one(x)
    np.testing.assert_allclose(seen["folded"], seen["net"], rtol=1e-5, atol=1e-6)


def test_other_types_are_an_error_that_says_so(rng):
    with pytest.raises(TypeError, match="one float type expected"):
        nn.fold(small())(tensor(rng.normal(size=(1, 3, 12, 12))))


def test_batch_norms_without_statistics_and_changed_ones(rng):
    x = rng.normal(size=(4, 3, 12, 12)).astype(np.float32)
    for norm in (nn.BatchNorm2d(8, track_running_stats=False), nn.BatchNorm2d(8)):
        net = nn.Sequential(nn.Conv2d(3, 8, 3, rng=0), norm, nn.ReLU()).eval()
        folded = nn.fold(net)
        np.testing.assert_allclose(folded(x), net(tensor(x)).data, rtol=1e-4, atol=1e-5)
        folded[1].eps = net[1].eps = 3.0
        np.testing.assert_allclose(folded(x), net(tensor(x)).data, rtol=1e-4, atol=1e-5)


def test_weights_of_a_wrong_image_are_explained():
    folded = nn.fold(small())
    with pytest.raises(ValueError, match="channels"):
        folded(np.zeros((1, 4, 12, 12), np.float32))
