"""A leaf is the same leaf for life: freezing, unfreezing and converting it loses neither gradient nor hook."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor


@pytest.fixture
def p(rng):
    return tensor(rng.normal(size=3), requires_grad=True)


def thaw(p):
    p.requires_grad_(False)
    p.requires_grad_(True)


def test_what_was_computed_before_a_leaf_was_frozen_finds_it_again(p):
    loss = (p * p).sum()
    thaw(p)
    loss.backward()
    np.testing.assert_array_equal(p.grad.data, 2 * p.data)
    (g,) = cutaway.grad(loss, [p])
    np.testing.assert_array_equal(g.data, 2 * p.data)


def test_gradient_and_hooks_outlast_a_freeze(p):
    seen = []
    p.register_hook(lambda g: seen.append(g.data.copy()))
    (p * p).sum().backward()
    p.requires_grad_(False)
    np.testing.assert_array_equal(p.grad.data, 2 * p.data)
    p.requires_grad_(True)
    (p * p).sum().backward()
    np.testing.assert_array_equal(p.grad.data, 4 * p.data)
    assert len(seen) == 2


def test_a_frozen_leaf_receives_nothing_and_is_not_trained(p):
    optimiser = nn.optim.SGD([p], lr=1.0)
    loss, before = (p * p).sum(), p.data.copy()
    loss.backward()
    p.requires_grad_(False)
    loss.backward()
    optimiser.step()
    np.testing.assert_array_equal(p.grad.data, 2 * p.data)  # of the first pass
    np.testing.assert_array_equal(p.data, before)
    optimiser.zero_grad()
    assert p.grad is None


def test_a_module_that_changes_its_type_keeps_leaves_gradients_and_hooks(rng):
    layer, seen = nn.Linear(3, 2, rng=0), []
    layer.weight.register_hook(lambda g: seen.append(g.dtype))
    x = rng.normal(size=(4, 3)).astype(np.float32)
    loss = layer(x).sum()
    loss.backward()
    layer.double()
    assert layer.weight.grad.dtype == np.float64
    loss.backward()  # of before
    np.testing.assert_allclose(layer.weight.grad.data, 2 * np.tile(x.sum(0), (2, 1)), rtol=1e-6)
    assert layer.weight.grad.dtype == np.float64
    assert len(seen) == 2


def test_a_gradient_has_the_type_of_its_tensor_also_when_other_values_were_assigned(p):
    (p * p).sum().backward()
    p.data = p.data.astype(np.float32)
    assert p.grad.dtype == np.float32
