"""The fused passes: all implementations agree with the reference, and the ops that use them stay differentiable."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.core import ops
from cutaway.ext import fused, kernels
from cutaway.nn import functional as F
from cutaway.nn.optim import SGD, Adam, AdamW
from hypothesis import given, settings
from hypothesis import strategies as st

TOLERANCE = {np.float32: 2e-5, np.float64: 1e-12}
TYPES = st.sampled_from([np.float32, np.float64])


@st.composite
def images(draw):
    N, C, L = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 9)),
        draw(st.sampled_from([1, 3, 16, 65, 4097, 9000])),
    )
    return draw(TYPES), (N, C, L), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


def assert_close(found, expected):
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=TOLERANCE[b.dtype.type] * (1 + np.abs(b).max()))


def everything(x, g, w, b, target, scale):
    y, mu, v = fused.batch_norm(x, w, b, 1e-5)
    p, m, u = g.copy(), x * 0.1, abs(x)
    fused.adam(g, p, m, u, rate=0.1, size=1.3, eps=1e-8, b1=0.9, b2=0.99, decay=0.01, shrink=0.9)
    q, velocity = g.copy(), x.copy()
    fused.sgd(g, q, velocity, rate=0.1, momentum=0.9, dampening=0.2, decay=0.01, nesterov=True)
    return [
        *(y, mu, v),
        fused.batch_norm(x, w, b, 1e-5, relu=True)[0],
        *fused.batch_norm_backward(g, x, w, mu, v, 1e-5),
        *(fused.relu(x), fused.relu_backward(g, x), fused.add_relu(g, x), fused.channel_sum(g)),
        fused.cross_entropy(x * 30, target, scale),
        fused.cross_entropy_backward(x * 30, target, scale),
        *(p, m, u, q, velocity),
    ]


def drawn(dtype, shape, rng):
    N, C, L = shape
    arrays = [rng.normal(size=size).astype(dtype) for size in (shape, shape, C, C)]
    return *arrays, rng.integers(0, C, (N, L)), rng.normal(size=(N, L)).astype(dtype)


@settings(max_examples=60)
@given(case=images())
def test_agrees_with_the_reference(rung, running, case):
    arguments = drawn(*case)
    with running("reference"):
        expected = everything(*arguments)
    with running(rung):
        assert_close(everything(*arguments), expected)


def test_results_are_the_same_bits_on_any_number_of_threads(rung, running, rng):
    arguments = drawn(np.float32, (3, 8, 9000), rng)
    before = kernels.get_num_threads()
    try:
        with running(rung):
            kernels.set_num_threads(1)
            expected = everything(*arguments)
            kernels.set_num_threads(3)
            for found, value in zip(everything(*arguments), expected, strict=True):
                np.testing.assert_array_equal(found, value)
    finally:
        kernels.set_num_threads(before)


def test_the_variance_survives_a_large_mean(rung, running, rng):
    """E[x^2] - E[x]^2 in float32 would leave nothing of a variance of 1 beside a mean of 10000."""
    x = (rng.normal(size=(2, 2, 20000)) + 1e4).astype(np.float32)
    w, b = np.ones(2, np.float32), np.zeros(2, np.float32)
    with running(rung):
        _, mu, v = fused.batch_norm(x, w, b, 0.0)
    np.testing.assert_allclose(v, x.astype(np.float64).var(axis=(0, 2)), rtol=2e-3)
    np.testing.assert_allclose(mu, x.astype(np.float64).mean(axis=(0, 2)), rtol=1e-7)


def test_special_values(rung, running):
    x = np.tile(np.array([np.nan, -1, 0, 2, np.inf, -np.inf], np.float32), 2000)
    with running(rung):
        y = fused.relu(x)
        dx = fused.relu_backward(np.ones_like(x), y)
    np.testing.assert_array_equal(y[:6], [np.nan, 0, 0, 2, np.inf, 0])
    np.testing.assert_array_equal(dx[:6], [0, 0, 0, 1, 1, 0])


def test_cross_entropy_of_far_scores_is_finite(rung, running):
    x = np.zeros((1, 3, 2000), np.float32)
    x[:, 0] = 1000
    with running(rung):
        loss = fused.cross_entropy(x, np.ones((1, 2000), np.int64), np.ones((1, 2000), np.float32))
    np.testing.assert_allclose(loss, 1000)


def test_targets_are_checked_before_they_address_memory():
    x, one = np.zeros((1, 3, 2000), np.float32), np.ones((1, 2000), np.float32)
    for bad in (-1, 3):
        with pytest.raises(IndexError, match="0 to 2"):
            fused.cross_entropy_backward(x, np.full((1, 2000), bad), one)


LARGE = (2, 3, 40, 40)


@pytest.mark.parametrize("name", ["relu", "add_relu", "batch_norm", "cross_entropy", "bias"])
def test_large_and_small_arrays_have_the_same_gradients(name, rng, monkeypatch):
    """The fused rules against the composed ones, first and second derivatives."""
    x0, w0, c = rng.normal(size=LARGE), rng.normal(size=3), rng.normal(size=LARGE)
    target = rng.integers(0, 3, (2, 40, 40))

    def derivatives():
        x, w = cutaway.tensor(x0, requires_grad=True), cutaway.tensor(w0, requires_grad=True)
        y = {
            "relu": lambda: F.relu(x) * c,
            "add_relu": lambda: ops.add_relu(x, x * x) * c,
            "batch_norm": lambda: F.batch_norm(x, None, None, w, w, True) * c,
            "cross_entropy": lambda: F.cross_entropy(x * w.reshape(1, 3, 1, 1), target, reduction="none"),
            "bias": lambda: F.conv2d(x, np.ones((3, 3, 1, 1)), w) * c,
        }[name]()
        (y * y).sum().backward()
        first = x.grad.data, None if w.grad is None else w.grad.data
        slope = cutaway.grad((y * y).sum(), x, create_graph=True)
        return *first, cutaway.grad((slope * slope).sum(), x).data

    large = derivatives()
    monkeypatch.setattr(fused, "LARGE", 10**9)
    for found, expected in zip(large, derivatives(), strict=True):
        if expected is not None:
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("shape", [LARGE, (2, 3, 4)])
def test_a_cotangent_that_is_written_anew_gives_the_gradients_of_its_new_values(shape, rng):
    x, w, b = (cutaway.tensor(rng.normal(size=size), requires_grad=True) for size in (shape, 3, 3))
    y = F.batch_norm(x, None, None, w, b, True)
    first, second = rng.normal(size=(2, *shape))
    slope = first.copy()
    cutaway.grad(y, x, slope)
    slope[...] = second
    found = cutaway.grad(y, [w, b], slope)
    for a, expected in zip(found, cutaway.grad(y, [w, b], second), strict=True):
        np.testing.assert_array_equal(a.data, expected.data)
    assert not np.allclose(found[0].data, cutaway.grad(y, w, first).data)


@pytest.mark.parametrize(
    ("optimiser", "settings"),
    [
        (Adam, {"lr": 0.1, "weight_decay": 0.1}),
        (AdamW, {"lr": 0.1, "weight_decay": 0.1}),
        (SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "dampening": 0.3}),
        (SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ],
)
def test_large_and_small_parameters_take_the_same_steps(optimiser, settings, rng, monkeypatch):
    start, slopes = rng.normal(size=(70, 70)), rng.normal(size=(3, 70, 70))

    def walk():
        p = cutaway.tensor(start.copy(), requires_grad=True)
        steps = optimiser([p], **settings)
        for g in slopes:
            p.grad = cutaway.tensor(g)
            steps.step()
        return p.data

    taken = []
    monkeypatch.setattr(optimiser, "fast_update", _counted(optimiser.fast_update, taken))
    large = walk()
    assert len(taken) == 2  # the first step begins the averages
    monkeypatch.setattr(fused, "LARGE", 10**9)
    np.testing.assert_allclose(large, walk(), rtol=1e-10, atol=1e-12)


def _counted(method, taken):
    return lambda *arguments: taken.append(1) or method(*arguments)
