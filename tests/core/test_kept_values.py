"""What a gradient rule reads is what the forward pass saw, whatever the caller writes in between."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import GradientError, nn, tensor
from cutaway.core import ops
from cutaway.nn import functional as F

N = 4096 + 4  # large enough for the fast forms

# the calls get x (6, N), a kept array and a float one; each array is overwritten before the backward pass
INDEXED = {
    "getitem": lambda x, i, c: x[i],
    "getitem in a tuple": lambda x, i, c: x[i, 1:],
    "getitem by a list of arrays": lambda x, i, c: x[[*i]],
    "take": lambda x, i, c: ops.take(x, i, axis=0),
    "embedding": lambda x, i, c: F.embedding(i, x),
    "gather": lambda x, i, c: ops.gather(x, i[:, None], axis=0),
    "scatter": lambda x, i, c: ops.scatter_add(x, i[:, None], x[:3, :1], 0),
    "cross entropy": lambda x, i, c: F.cross_entropy(x[:3], i, reduction="sum"),
    "class weights": lambda x, i, c: F.cross_entropy(x[:3, :6], i, weight=c[0, :6]),
}
CONSTANT = {
    "product": lambda x, i, c: x * c,
    "quotient": lambda x, i, c: x / c,
    "power": lambda x, i, c: abs(x) ** c,
    "maximum": lambda x, i, c: cutaway.maximum(x, c),
    "where": lambda x, i, c: cutaway.where(c > 1, x, 0.0) * c,
    "clip": lambda x, i, c: x.clip(low=c),
    "matrix product": lambda x, i, c: x @ c.T,
    "linear": lambda x, i, c: F.linear(x, c),
    "einsum": lambda x, i, c: cutaway.einsum("ij,kj->ik", x, c),
    "convolution": lambda x, i, c: F.conv2d(x.reshape(1, 1, 6, N), c[:3, :3].reshape(1, 1, 3, 3)),
    "list": lambda x, i, c: x * c,
}


def overwrite(values):
    if isinstance(values, list):
        for k in range(len(values)):
            values[k] = 0.0
    else:
        values[...] = 0


@pytest.mark.parametrize("name", [*INDEXED, *CONSTANT])
def test_an_array_may_be_written_to_after_the_forward_pass(name, rng):
    call = {**INDEXED, **CONSTANT}[name]
    x = tensor(rng.normal(size=(6, N)), requires_grad=True)
    i, c = np.array([2, 0, 2]), rng.uniform(0.5, 2, size=(6, N))
    c = list(c[0]) if name == "list" else c
    for create_graph in (False, True):
        y = call(x, i, c)
        g = rng.normal(size=y.shape)
        (expected,) = cutaway.grad(y, [x], g)
        y = call(x, i, c)
        kept = i.copy(), c.copy()
        overwrite(i)
        overwrite(c)
        (found,) = cutaway.grad(y, [x], g, create_graph=create_graph)
        i, c = kept
        np.testing.assert_allclose(found.data, expected.data, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("index", [[0, 2], np.array([True, False, True]), ([0, 2], slice(None))], ids=str)
def test_an_index_of_any_kind_may_be_written_to(index, rng):
    x = tensor(rng.normal(size=(3, 2)), requires_grad=True)
    y = x[index].sum()
    inner = index[0] if isinstance(index, tuple) else index
    inner[0] = 1
    np.testing.assert_array_equal(cutaway.grad(y, x).data, [[1, 1], [0, 0], [1, 1]])


def test_a_tensor_among_the_options_and_operands_may_be_written_to_or_is_detected(rng):
    x = tensor(rng.normal(size=(4, 3)), requires_grad=True)
    i = tensor([1, 3])
    y = x[i].sum()
    i[0] = 2
    (g,) = cutaway.grad(y, [x])
    np.testing.assert_array_equal(g.data, [[0] * 3, [1] * 3, [0] * 3, [1] * 3])
    y = ops.take(x, i, axis=0).sum()
    i[0] = 0
    with pytest.raises(GradientError, match="take: its gradient needs index, which was changed in place"):
        y.backward()


def test_a_cotangent_may_be_written_to_after_a_recorded_backward_pass(rng):
    """d/dx <s, x^2> = 2 s x with s as it was; its derivative in x is 2 s."""
    x, s = tensor(rng.normal(size=3), requires_grad=True), rng.normal(size=3)
    before = s.copy()
    slope = cutaway.grad(x * x, x, s, create_graph=True)
    s[...] = 0
    np.testing.assert_array_equal(cutaway.grad(slope.sum(), x).data, 2 * before)


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("kind", [np.array, tensor])
def test_gradients_are_arrays_of_their_own(create_graph, kind, rng):
    a, b = (tensor(rng.normal(size=3), requires_grad=True) for _ in range(2))
    s = kind(rng.normal(size=3))
    found = cutaway.grad(a + b, [a, b], s, create_graph=create_graph)
    (a + b).backward(s, create_graph=create_graph)
    arrays = [each.data for each in (*found, a.grad, b.grad)]
    arrays.append(s.data if isinstance(s, cutaway.Tensor) else s)
    for i, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[:i])


def test_batch_norm_gives_the_gradient_of_the_cotangent_that_it_is_given(rng):
    """Also when the array is the same and only its values are new."""
    layer = nn.BatchNorm2d(2).double()
    x = tensor(rng.normal(size=(3, 2, 40, 40)), requires_grad=True)
    y, s = layer(x), rng.normal(size=(3, 2, 40, 40))
    cutaway.grad(y, [x], s)
    s[...] = rng.normal(size=s.shape)
    (dw,) = cutaway.grad(y, [layer.weight], s)
    u = (x.data - x.data.mean((0, 2, 3), keepdims=True)) / np.sqrt(
        x.data.var((0, 2, 3), keepdims=True) + layer.eps
    )
    np.testing.assert_allclose(dw.data, (s * u).sum((0, 2, 3)), rtol=1e-10)
