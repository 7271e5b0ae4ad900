"""No gradient is lost without a word: where a tensor goes whose gradient cannot follow, that is an error."""

from __future__ import annotations

import copy
import io
import pickle

import cutaway
import numpy as np
import pytest
from cutaway import GradientError, nn, tensor
from cutaway.core import ops
from cutaway.nn import functional as F


def leaf(*shape):
    return tensor(np.full(shape, 3.0), requires_grad=True)


def store(target, index, value):
    target[index] = value


WRITES = {
    "assignment": lambda x: store(cutaway.zeros(2), 0, x * x),
    "assignment of a leaf": lambda x: store(cutaway.zeros(2), 0, x),
    "copy_": lambda x: cutaway.zeros(2).copy_(x * x),
    "add_": lambda x: cutaway.zeros(2).add_(x * x),
    "add_ alpha": lambda x: cutaway.zeros(2).add_(1.0, alpha=x),
    "mul_": lambda x: cutaway.ones(2).mul_(x),
    "tensor": lambda x: tensor(x * x),
    "tensor of a list": lambda x: tensor([x * x, x]),
    "tensor as a new leaf": lambda x: tensor(x * x, requires_grad=True),
    "as_tensor of a list": lambda x: cutaway.as_tensor([x * x, x]),
    "numpy.asarray": lambda x: np.asarray(x * x),
    "numpy.array of a list": lambda x: np.array([x * x, x]),
    "numpy.copyto": lambda x: np.copyto(np.zeros(2), x * x),
    "Parameter": lambda x: nn.Parameter(x * x),
    "deepcopy": lambda x: copy.deepcopy(x * x),
    "pickle": lambda x: pickle.dump(x * x, io.BytesIO()),
    "load_state_dict": lambda x: nn.Linear(1, 1).load_state_dict(
        {"weight": (x * x).reshape(1, 1), "bias": np.zeros(1)}
    ),
    "option": lambda x: ops.leaky_relu(tensor([1.0, -1.0]), slope=x),
    "option by position": lambda x: ops.leaky_relu(tensor([1.0, -1.0]), x),
    "class weights": lambda x: F.cross_entropy(leaf(1, 2), np.array([0]), weight=cutaway.stack([x, x])),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_that_loses_a_gradient_is_an_error(write):
    with pytest.raises(GradientError, match=r"(?s)stack.*where"):
        write(leaf())
    with cutaway.no_grad():
        write(leaf())
    write(leaf().detach())


def test_a_number_stored_in_an_array_is_told_from_one_that_is_read():
    x, array = leaf(), np.zeros(2)
    assert float(x) == 3.0
    assert int(x * x) == 9
    assert bool(x)
    with pytest.raises(ValueError, match="array element") as caught:
        array[0] = x * x
    assert isinstance(caught.value.__cause__, GradientError)
    assert "stack" in str(caught.value.__cause__)
    with cutaway.no_grad():
        array[0] = x * x
    assert array[0] == 9


def test_conversions_and_copies_that_keep_the_gradient():
    x = leaf(2)
    y = x * x
    for again in (copy.copy(y), cutaway.as_tensor(y), cutaway.as_tensor(y, np.float32)):
        (g,) = cutaway.grad(again.sum(), [x])
        np.testing.assert_array_equal(g.data, [6, 6])
    for other in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x)), nn.Parameter(x)):
        (g,) = cutaway.grad((other * other).sum(), [other])  # a leaf of its own
        np.testing.assert_array_equal(g.data, [6, 6])
        assert x.grad is None


def test_a_recorded_gradient_stays_recorded_when_another_is_added():
    """f = x^3 with graph, then g = x^2 without: d(f' + g')/dx of what was recorded is f'' = 6 x."""
    x = leaf()
    (x**3).backward(create_graph=True)
    (x**2).backward()
    assert x.grad.item() == 33.0
    assert cutaway.grad(x.grad, x).item() == 18.0


def test_writing_at_an_index_that_is_a_tensor():
    x = cutaway.zeros(4)
    x[tensor([1, 3])] = tensor([5.0, 6.0])
    np.testing.assert_array_equal(x.data, [0, 5, 0, 6])
