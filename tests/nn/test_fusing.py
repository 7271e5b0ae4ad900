"""Layers in one pass give what they give one by one; and only where nobody watches."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.nn.fold import folded_weights
from cutaway.nn.fusing import run


def layers(last, rng, bias=True, affine=True, groups=1):
    conv = nn.Conv2d(4, 6 if groups == 1 else 4, 3, padding=1, stride=2, groups=groups, bias=bias, rng=3)
    norm = nn.BatchNorm2d(conv.out_channels, affine=affine)
    norm.running_mean[...] = rng.normal(size=norm.num_features)
    norm.running_var[...] = rng.uniform(0.3, 4, norm.num_features)
    if affine:
        norm.weight.data[...] = rng.normal(size=norm.num_features)
        norm.bias.data[...] = 3 * rng.normal(size=norm.num_features)
    return nn.Sequential(conv, norm, *([] if last is None else [last])).double().eval()


@pytest.mark.parametrize("last", [None, nn.ReLU(), nn.ReLU6(), nn.Tanh()])
@pytest.mark.parametrize("how", [{}, {"bias": False}, {"affine": False}, {"groups": 4}])
def test_in_evaluation_a_batch_norm_is_part_of_the_convolution(last, how, rng):
    net, x = layers(last, rng, **how), cutaway.tensor(3 * rng.normal(size=(2, 4, 9, 7)))
    one_by_one = x
    for layer in net:
        one_by_one = layer(one_by_one)
    with cutaway.no_grad():
        np.testing.assert_allclose(net(x).data, one_by_one.data, atol=1e-12)
    recorded = net(x)
    np.testing.assert_array_equal(recorded.data, one_by_one.data)
    assert recorded.node is not None


def test_a_batch_norm_with_a_forward_of_its_own_runs_by_itself(rng, monkeypatch):
    net, x, calls = layers(nn.ReLU(), rng), cutaway.tensor(rng.normal(size=(1, 4, 8, 8))), []
    monkeypatch.setattr(nn.BatchNorm2d, "forward", lambda *_, **__: calls.append("norm") or x)
    with cutaway.no_grad():
        net(x)
    assert calls == ["norm"]


@pytest.mark.parametrize("watch", ["hook", "training", "grad", "anomaly"])
def test_what_is_watched_or_learns_is_not_folded(watch, rng):
    net, x, seen = layers(nn.ReLU(), rng), cutaway.tensor(rng.normal(size=(2, 4, 8, 8))), []
    expected = net[1](net[0](x)).data
    if watch == "hook":
        net[1].register_forward_hook(lambda module, inputs, output: seen.append(output.data))
        with cutaway.no_grad():
            net(x)
        np.testing.assert_array_equal(seen[0], expected)
    elif watch == "training":
        before = net[1].running_mean.copy()
        with cutaway.no_grad():
            net.train()(x)
        assert not np.array_equal(before, net[1].running_mean)
    elif watch == "grad":
        net(x).sum().backward()
        assert net[1].weight.grad is not None
    else:
        w, _ = folded_weights(net[0], net[1])
        net[0].weight.data[...] = np.nan
        with pytest.raises(ArithmeticError, match="conv2d"), cutaway.no_grad(), cutaway.detect_anomaly():
            net(x)
        assert np.isfinite(w).all()


def test_any_list_of_modules_runs_in_turn(rng):
    x = cutaway.tensor(rng.normal(size=(2, 4)))
    first, second = nn.Linear(4, 3, rng=0).double(), nn.Linear(3, 2, rng=1).double()
    np.testing.assert_array_equal(run([first, nn.ReLU(), second], x).data, second(nn.ReLU()(first(x))).data)
    assert run([], x) is x
