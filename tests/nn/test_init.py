"""PyTorch's initialisers: the distributions that their documentation states."""

from __future__ import annotations

import math

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.nn import init

SHAPE = (64, 32, 3, 3)  # fan_in 288, fan_out 576


def filled(function, *arguments, shape=SHAPE, **options):
    w = cutaway.zeros(*shape)
    assert function(w, *arguments, **options) is w
    return w.numpy()


@pytest.mark.parametrize(
    ("function", "options", "variance"),
    [
        (init.xavier_uniform_, {"gain": 2.0}, 4 * 2 / (288 + 576)),
        (init.xavier_normal_, {"gain": 2.0}, 4 * 2 / (288 + 576)),
        (init.kaiming_uniform_, {"nonlinearity": "relu"}, 2 / 288),
        (init.kaiming_normal_, {"mode": "fan_out", "nonlinearity": "relu"}, 2 / 576),
        (init.kaiming_normal_, {"a": math.sqrt(5)}, 2 / 6 / 288),
        (init.normal_, {"mean": 3.0, "std": 0.5}, 0.25),
        (init.uniform_, {"a": -1.0, "b": 2.0}, 9 / 12),
        (init.trunc_normal_, {"std": 1.0, "a": -1.0, "b": 1.0}, 0.2911),
        (init.orthogonal_, {"gain": 3.0}, 9 / 288),
    ],
)
def test_variances(function, options, variance):
    values = filled(function, generator=1, **options)
    assert values.var() == pytest.approx(variance, rel=0.03)
    assert (values == filled(function, generator=1, **options)).all()
    mean = options.get("mean", (options.get("a", 0) + options.get("b", 0)) / 2 if "b" in options else 0)
    assert values.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / values.size))


@pytest.mark.parametrize("function", [init.xavier_uniform_, init.kaiming_uniform_, init.orthogonal_])
def test_the_common_seed_governs_them(function):
    cutaway.manual_seed(3)
    first = filled(function, shape=(3, 4))
    cutaway.manual_seed(3)
    assert (first == filled(function, shape=(3, 4))).all()


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (6, 2, 2, 2)])
def test_orthogonal(shape):
    w = filled(init.orthogonal_, shape=shape).reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, np.eye(min(w.shape)), atol=1e-6)


def test_truncated_values_stay_inside():
    assert np.abs(filled(init.trunc_normal_, std=3.0, a=-2.0, b=2.0)).max() <= 2


def test_constants_and_identities():
    assert filled(init.ones_).min() == 1
    assert filled(init.zeros_).max() == 0
    assert filled(init.constant_, 2.5).min() == 2.5
    assert (filled(init.eye_, shape=(2, 3)) == np.eye(2, 3)).all()
    conv = nn.Conv2d(3, 5, 3, padding=1, bias=False)
    init.dirac_(conv.weight)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    y = conv(cutaway.tensor(x)).numpy()
    np.testing.assert_allclose(y[:, :3], x, atol=1e-6)
    assert not y[:, 3:].any()


def test_gains():
    assert init.calculate_gain("relu") == init.calculate_gain("leaky_relu", 0) == math.sqrt(2)
    assert init.calculate_gain("leaky_relu") == math.sqrt(2 / (1 + 0.01**2))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: init.calculate_gain("swish"), "no gain is known for 'swish'"),
        (lambda: init.kaiming_normal_(cutaway.zeros(2, 2), mode="in"), "'fan_in' or 'fan_out', got 'in'"),
        (lambda: init.xavier_normal_(cutaway.zeros(3)), r"at least 2 axes, got shape \(3,\)"),
        (lambda: init.orthogonal_(cutaway.zeros(3)), "at least 2 axes"),
        (lambda: init.eye_(cutaway.zeros(3)), "a matrix"),
        (lambda: init.dirac_(cutaway.zeros(3, 3)), "expected a weight"),
    ],
)
def test_errors(call, says):
    with pytest.raises(ValueError, match=says):
        call()
