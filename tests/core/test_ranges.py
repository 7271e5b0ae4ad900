"""Axes and indices are looked at, and what the forward pass accepts the backward pass can do."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import ShapeError, nn, tensor
from cutaway.core import ops
from cutaway.nn import functional as F

x = tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)

OUTSIDE = {
    "flatten start": lambda: x.flatten(9),
    "flatten end": lambda: x.flatten(0, 2),
    "flatten below": lambda: x.flatten(-3),
    "flatten order": lambda: x.flatten(1, 0),
    "Flatten": lambda: nn.Flatten()(x[0]),
    "split": lambda: ops.split(x, 1, axis=2),
    "squeeze": lambda: x.squeeze(2),
    "unsqueeze": lambda: x.unsqueeze(3),
    "sum": lambda: x.sum(axis=2),
    "mean": lambda: x.mean(axis=2),
    "mean of a number": lambda: x.sum().mean(axis=1),
    "var": lambda: x.var(axis=-3),
    "max": lambda: x.max(axis=2),
    "norm": lambda: ops.norm(x, axis=2),
    "logsumexp": lambda: ops.logsumexp(x, axis=2),
    "softmax": lambda: F.softmax(x, 2),
    "gather": lambda: ops.gather(x, np.zeros((2, 1), int), axis=2),
    "scatter": lambda: ops.scatter(x, np.zeros((2, 3), int), axis=2, shape=(2, 3)),
    "take": lambda: ops.take(x, np.array([0]), axis=2),
    "take an index": lambda: ops.take(x, np.array([2]), axis=0),
    "give": lambda: ops.give(x, np.array([0, 4]), axis=0, size=4),
    "give axis": lambda: ops.give(x, np.array([0, 1]), axis=2, size=4),
    "concat": lambda: cutaway.concat([x, x], axis=2),
    "stack": lambda: cutaway.stack([x, x], axis=3),
    "one_hot": lambda: F.one_hot([3], 3),
    "one_hot below": lambda: F.one_hot([-1], 3),
    "one_hot of floats": lambda: F.one_hot([0.5], 3),
    "bias": lambda: ops.linear(x, tensor(np.ones((2, 3))), np.ones((2, 2))),
}


@pytest.mark.parametrize("call", OUTSIDE.values(), ids=OUTSIDE)
def test_what_lies_outside_is_refused(call):
    with pytest.raises((ValueError, IndexError)):
        call()


ACCEPTED = {
    "i,i->": [(2,), (1,)],
    "i,i->i": [(1,), (3,)],
    "ij,jk->ik": [(2, 1), (3, 4)],
    "ij,jk,ik->": [(2, 3), (1, 4), (1, 4)],
    "...i,...i->...": [(2, 3), (2, 1)],
}


@pytest.mark.parametrize("subscripts", ACCEPTED)
def test_einsum_of_sizes_that_broadcast(subscripts, rng):
    operands = [rng.normal(size=shape) for shape in ACCEPTED[subscripts]]
    np.testing.assert_allclose(cutaway.einsum(subscripts, *operands), np.einsum(subscripts, *operands))
    cutaway.gradcheck(lambda *xs: cutaway.einsum(subscripts, *xs), *operands, order=2).raise_if_failed()


def test_sizes_that_do_not_broadcast_are_still_refused():
    with pytest.raises(ShapeError, match="contract"):
        cutaway.einsum("i,i->", np.ones(2) * x[0, 0], np.ones(3))
    with pytest.raises(ShapeError, match="letter 'i' stands for sizes 2 and 1"):
        cutaway.einsum("ii->", np.ones((2, 1)))


def test_a_layer_without_inputs_gives_its_bias():
    layer = nn.Linear(0, 2, rng=0)
    y = layer(np.ones((3, 0), np.float32))
    np.testing.assert_array_equal(y.data, np.tile(layer.bias.data, (3, 1)))
    y.sum().backward()
    assert layer.weight.grad.shape == (2, 0)
    np.testing.assert_array_equal(layer.bias.grad.data, [3, 3])


@pytest.mark.parametrize("at", [1e-6, 1e-7, 1e-9])
@pytest.mark.parametrize("function", [cutaway.log, cutaway.sqrt], ids=["log", "sqrt"])
def test_the_gradient_checker_near_the_edge_of_a_domain(function, at):
    """A right gradient never fails; a wrong one never passes."""
    point = np.array([at, 2.0])
    assert cutaway.gradcheck(function, point).verdict != "fail"
    assert at < 1e-6 or cutaway.gradcheck(function, point)
    for factor in (0.0, 0.99, -1.0):
        off = cutaway.gradcheck(lambda x, f=factor: f * function(x) + (1 - f) * function(x.detach()), point)
        assert off.verdict != "pass"


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_a_transposed_convolution_may_be_padded_up_to_its_dilation(padding, rng):
    """stride 1, dilation 3, output_padding 2: stamped by hand on a large sheet, then cut out."""
    x, w = rng.normal(size=(1, 1, 4, 3)), rng.normal(size=(1, 1, 2, 2))
    sheet = np.zeros((20, 20))
    for h, v, r, s in np.ndindex(4, 3, 2, 2):
        sheet[h + 3 * r, v + 3 * s] += x[0, 0, h, v] * w[0, 0, r, s]
    options = {"stride": 1, "dilation": 3, "padding": padding, "output_padding": 2}
    y = F.conv_transpose2d(x, w, **options)
    P, Q = 3 - 2 * padding + 4 + 2, 2 - 2 * padding + 4 + 2
    assert y.shape == (1, 1, P, Q)
    np.testing.assert_allclose(y[0, 0], sheet[padding : padding + P, padding : padding + Q], atol=1e-12)
    cutaway.gradcheck(lambda x, w: F.conv_transpose2d(x, w, **options), x, w, order=2).raise_if_failed()
