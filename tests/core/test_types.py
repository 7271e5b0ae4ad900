"""The type of results and gradients: one rule of promotion, stated in `core.op`."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import tensor
from cutaway.core import ops
from cutaway.nn import functional as F

F32, F64 = np.float32, np.float64

RESULTS = [
    (lambda x, n: x * 0.5, F32),
    (lambda x, n: 0.5 / x, F32),
    (lambda x, n: x + [0.5, 1.0], F32),
    (lambda x, n: x * n, F32),
    (lambda x, n: n * 0.5, F32),
    (lambda x, n: n / 2, F32),
    (lambda x, n: n / n, F32),
    (lambda x, n: n**-1.0, F32),
    (lambda x, n: cutaway.maximum(n, 0.5), F32),
    (lambda x, n: cutaway.where(n > 1, 1.0, 0.0), F32),
    (lambda x, n: cutaway.where(n > 1, x, 0.0), F32),
    (lambda x, n: cutaway.where(n > 1, n, 0.5), F32),
    (lambda x, n: cutaway.exp(n), F32),
    (lambda x, n: n.mean(), F32),
    (lambda x, n: n.var(), F32),
    (lambda x, n: n.clip(0.5, 1.5), F32),
    (lambda x, n: x.clip(low=np.float64(0.1)), F32),
    (lambda x, n: F.normalize(n, dim=0), F32),
    (lambda x, n: n * 2, np.int64),
    (lambda x, n: x * np.float64(0.5), F64),
    (lambda x, n: x * np.ones(2), F64),
    (lambda x, n: x.double() * 0.5, F64),
    (lambda x, n: x.astype(F64), F64),
    (lambda x, n: n.astype(F64), F64),
    (lambda x, n: x.astype(np.float16) * n, np.float16),
    (lambda x, n: x.double() * n, F64),
]


@pytest.mark.parametrize(("call", "dtype"), RESULTS, ids=range(len(RESULTS)))
def test_a_result_is_float64_only_if_an_operand_is(call, dtype):
    x, n = tensor([0.5, 2.0], requires_grad=True), tensor([1, 2])
    y = call(x, n)
    assert y.dtype == dtype
    assert np.allclose(y.data, call(x.detach().double(), n).data, atol=1e-3)


def test_numbers_from_comparisons_reach_a_convolution(rng):
    """A mask of Python floats times images of whole numbers is float32, as the weights are."""
    images = tensor(rng.integers(0, 255, size=(1, 1, 5, 5)))
    w = tensor(rng.normal(size=(1, 1, 3, 3)).astype(F32))
    assert F.conv2d(images / 255 * cutaway.where(images > 9, 1.0, 0.0), w).dtype == F32


def test_what_is_no_float_has_no_gradient():
    x = tensor([3.0], requires_grad=True)
    (x + x.astype(np.int64)).backward()
    np.testing.assert_array_equal(x.grad.data, [1])
    for y in (x.astype(np.int64), x.astype(bool), ops.astype(x, dtype=np.int8), x > 0, x.argmax()):
        assert not y.requires_grad


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, tensor, list])
def test_a_cotangent_takes_the_type_of_its_result(kind, create_graph, rng):
    x = tensor([1.0, 2.0], requires_grad=True)
    g = rng.normal(size=2)
    (x * x).backward(kind(g), create_graph=create_graph)
    assert x.grad.dtype == F32
    np.testing.assert_allclose(x.grad.data, 2 * x.data * g, rtol=1e-6)
    y = x * 2
    seed = tensor(np.ones(2), requires_grad=True)
    assert cutaway.grad(y, x, seed, create_graph=True).dtype == F32


def test_hooks_and_assigned_gradients_take_the_type_of_the_tensor():
    x = tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: g.double() * np.ones(2))
    y = (x * 3).retain_grad()
    y.register_hook(lambda g: g.data.astype(np.float64))
    y.sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == (F32, F32)
    for value in (tensor(np.ones(2)), np.ones(2)):
        x.grad = value
        assert isinstance(x.grad, cutaway.Tensor)
        assert x.grad.dtype == F32
