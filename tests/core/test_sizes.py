"""What the forward pass accepts the backward pass does, too: sizes 0 and 1, and numbers without axes."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import tensor
from cutaway.core import ops
from cutaway.nn import functional as F

ALONE = {
    "sum": lambda x: x.sum(axis=0),
    "mean": lambda x: x.mean(axis=-1, keepdims=True),
    "prod": lambda x: x.prod(axis=0),
    "max": lambda x: x.max(axis=0),
    "amin": lambda x: x.amin(dim=-1),
    "logsumexp": lambda x: x.logsumexp(dim=0),
    "norm": lambda x: x.norm(dim=0),
    "softmax": lambda x: ops.softmax(x),
    "median": lambda x: x.median(0).values,
}


@pytest.mark.parametrize("name", ALONE)
def test_a_number_is_one_value_along_axis_0(name):
    x = tensor(2.0, requires_grad=True)
    y = ALONE[name](x)
    assert y.shape == ()
    (g,) = cutaway.grad(y, [x], create_graph=True)
    assert g.item() == (0 if name == "softmax" else 1)
    with pytest.raises(ValueError, match="axis"):
        tensor(2.0).mean(axis=1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ops.bmm(np.ones(3), np.ones((3, 4))),
        lambda: ops.linear(np.ones((2, 0, 3)), np.ones((1, 0))),
        lambda: ops.give(np.ones((0, 3)), np.zeros(0, int), axis=1, size=4),
        lambda: ops.take(np.ones((0, 0)), np.array([0]), axis=-1),
        lambda: ops.take(np.ones(()), np.array([0])),
        lambda: ops.batch_norm_train(np.ones((3, 2, 0)), np.ones(3), np.ones(2)),
        lambda: ops.cross_entropy_each(np.ones((0, 3)), np.array([1])),
    ],
    ids=range(7),
)
def test_what_has_no_gradient_is_refused_at_once(call):
    with pytest.raises((cutaway.ShapeError, ValueError)):
        call()


def test_parts_of_nothing():
    x = tensor(np.zeros((2, 0)), requires_grad=True)
    assert [part.shape for part in x.split(3, 1)] == [(2, 0)]
    ops.concat(x.split(3, 1), 1).sum().backward()
    assert x.grad.shape == (2, 0)


def test_a_window_may_overhang_where_sizes_are_rounded_up(rng):
    x = tensor(rng.normal(size=(1, 2, 2, 3)), requires_grad=True)
    for pool, expected in ((F.max_pool2d, x.data.max((2, 3))), (F.avg_pool2d, x.data.mean((2, 3)))):
        y = pool(x, 4, 3, ceil_mode=True)
        np.testing.assert_allclose(y.data[:, :, 0, 0], expected)
        cutaway.gradcheck(lambda x, pool=pool: pool(x, 4, 3, ceil_mode=True), x.data).raise_if_failed()
        with pytest.raises(ValueError, match="no output along H"):
            pool(x, 4, 3)
