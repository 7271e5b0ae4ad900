"""Losses that assume nothing about their input, and keep their digits far from 0."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import tensor
from cutaway.nn import functional as F


def test_the_likelihood_of_scores_that_are_no_log_probabilities():
    x = tensor([[1.0, 2.0, -1.0]], requires_grad=True)
    y = F.nll_loss(x, np.array([0]))
    y.backward()
    assert y.item() == -1.0
    np.testing.assert_array_equal(x.grad.data, [[-1, 0, 0]])


@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 3.0])])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_nll_loss_picks_and_weighs(weight, reduction, rng):
    x, target = rng.normal(size=(4, 3, 2)), rng.integers(0, 3, size=(4, 2))
    target[1, 0] = 7
    options = {"weight": weight, "ignore_index": 7, "reduction": reduction}
    w = np.ones(3) if weight is None else weight
    expected = np.zeros((4, 2))
    for n, l in np.ndindex(4, 2):
        if target[n, l] != 7:
            expected[n, l] = -w[target[n, l]] * x[n, target[n, l], l]
    if reduction != "none":
        total = w[target[target != 7]].sum()
        expected = expected.sum() / (total if reduction == "mean" else 1)
    np.testing.assert_allclose(F.nll_loss(x, target, **options), expected, rtol=1e-12)
    cutaway.gradcheck(lambda x: F.nll_loss(x, target, **options), x, order=2).raise_if_failed()
    normal = F.nll_loss(F.log_softmax(x, 1), target, **options)
    np.testing.assert_allclose(normal, F.cross_entropy(x, target, **options), rtol=1e-12)


def test_an_ignored_log_probability_may_be_infinite():
    x = tensor([[-np.inf, 0.0], [-1.0, -2.0]], requires_grad=True)
    with np.errstate(invalid="ignore"):
        y = F.nll_loss(x, np.array([-100, 1]))
    y.backward()
    assert y.item() == 2.0
    np.testing.assert_array_equal(x.grad.data, [[0, 0], [0, -1]])


FAR = [-100.0, -50.0, -15.0, -1.0, 0.0, 1.0, 15.0, 50.0, 100.0]
LOSSES = {
    "positive": lambda x: F.binary_cross_entropy_with_logits(x, x * 0 + 1, "none"),
    "negative": lambda x: F.binary_cross_entropy_with_logits(x, x * 0, "none"),
    "nearly positive": lambda x: F.binary_cross_entropy_with_logits(x, x * 0 + (1 - 2.0**-20), "none"),
    "logsigmoid": F.logsigmoid,
    "softplus": F.softplus,
}


@pytest.mark.parametrize("name", LOSSES)
def test_float32_agrees_with_float64_far_from_0(name, rng):
    """1 - s(15) is 3.06e-7 with three digits, not the 2.98e-7 (or the 0) that is left after 1 - 0.9999997."""
    g, found = rng.normal(size=len(FAR)), {}
    for dtype in (np.float32, np.float64):
        x = tensor(np.array(FAR, dtype), requires_grad=True)
        y = LOSSES[name](x)
        y.backward(g)
        found[dtype] = y.data, x.grad.data
    for single, double in zip(found[np.float32], found[np.float64], strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=2e-6, atol=1e-42)


def test_binary_cross_entropy_at_15():
    assert F.binary_cross_entropy_with_logits(tensor([15.0]), tensor([1.0])).item() == pytest.approx(
        3.059022e-7, rel=1e-6
    )
