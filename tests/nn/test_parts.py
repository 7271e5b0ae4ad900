"""What is assigned to a module is what it uses, under whatever name it had; children keep their own ways."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor


def test_a_bias_given_later_is_used():
    layer = nn.Linear(2, 3, bias=False, rng=0)
    assert layer.bias is None
    layer.bias = nn.Parameter(np.full(3, 7.0, np.float32))
    y = layer(np.zeros((1, 2), np.float32))
    np.testing.assert_array_equal(y.data, [[7, 7, 7]])
    y.sum().backward()
    np.testing.assert_array_equal(layer.bias.grad.data, [1, 1, 1])
    layer.bias = None
    assert list(layer.state_dict()) == ["weight"]
    np.testing.assert_array_equal(layer(np.zeros((1, 2), np.float32)).data, [[0, 0, 0]])


def test_names_that_the_class_has_are_refused():
    class Scaled(nn.Module):
        scale = None

    with pytest.raises(TypeError, match="scale is an attribute of the class, which would hide the Parameter"):
        Scaled().scale = nn.Parameter(1.0)
    with pytest.raises(TypeError, match="would hide the Module"):
        nn.Module().train = nn.ReLU()


def test_what_replaces_a_part_takes_its_place():
    net = nn.Sequential(nn.Linear(2, 3, rng=0), nn.ReLU(), nn.Linear(3, 1, rng=1))
    setattr(net, "0", nn.Linear(2, 3, rng=2))
    assert [type(each).__name__ for each in net] == ["Linear", "ReLU", "Linear"]
    assert next(iter(net.state_dict())) == "0.weight"


def test_children_have_their_own_train_and_astype():
    class Frozen(nn.BatchNorm2d):
        def train(self, mode=True):
            return super().train(False)

        def astype(self, dtype):
            return self

        def requires_grad_(self, wanted=True):
            return super().requires_grad_(False)

    net = nn.Sequential(nn.Conv2d(1, 2, 1, rng=0), nn.Sequential(Frozen(2), nn.Dropout()))
    net.train().double().requires_grad_()
    conv, (norm, dropout) = net
    assert (conv.training, norm.training, dropout.training) == (True, False, True)
    assert (conv.weight.dtype, norm.weight.dtype) == (np.float64, np.float32)
    assert (conv.weight.requires_grad, norm.weight.requires_grad) == (True, False)


def test_a_shared_module_stands_in_the_state_under_each_path():
    """PyTorch's files have both; one of them is enough, and strict loading takes either."""

    def tied():
        layer = nn.Linear(2, 2, rng=0)
        return nn.Sequential(layer, nn.ReLU(), layer)

    net = tied()
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert len(list(net.parameters())) == 2
    for keys in (["0.weight", "0.bias", "2.weight", "2.bias"], ["2.weight", "2.bias"]):
        other = tied()
        other.load_state_dict({key: np.full_like(net.state_dict()[key], 5) for key in keys})
        np.testing.assert_array_equal(other[0].weight.data, 5)
    with pytest.raises(cutaway.ShapeError, match=r"0\.bias \(2,\): missing"):
        tied().load_state_dict({"0.weight": np.ones((2, 2))})


@pytest.mark.parametrize("which", [0, 1])
def test_a_wrapped_forward_is_called(which, rng):
    net = nn.Sequential(nn.Conv2d(1, 2, 3, rng=0), nn.ReLU())
    plain, calls = net[which].forward, []
    net[which].forward = lambda x: calls.append(x.shape) or plain(x) * 2
    x = rng.normal(size=(1, 1, 5, 5)).astype(np.float32)
    expected = np.maximum(net[0](x).data, 0) * (2 if which else 1)
    calls.clear()
    np.testing.assert_allclose(net(x).data, expected, rtol=1e-6)
    assert len(calls) == 1


def test_a_part_of_a_sequential_keeps_the_names_and_appending_overwrites_nothing():
    net = nn.Sequential(nn.Linear(2, 3, rng=0), nn.ReLU(), nn.Linear(3, 1, rng=1))
    part = net[1:]
    assert list(part.state_dict()) == ["2.weight", "2.bias"]
    part.load_state_dict({k: v for k, v in net.state_dict().items() if k.startswith("2")})
    part.append(nn.Tanh())
    assert [name for name, _ in part.named_children()] == ["1", "2", "3"]

    class Block(nn.Sequential):
        def __init__(self, size):
            super().__init__(nn.Linear(size, size, rng=0), nn.ReLU())

    assert len(Block(2)[:1]) == 1
    assert len(nn.ModuleList(nn.ReLU(), nn.Tanh())[1:]) == 1


def test_statistics_given_as_tensors_are_updated(rng):
    x = rng.normal(size=(8, 2)).astype(np.float32)
    for relu in (False, True):
        net = nn.BatchNorm1d(2)
        net.running_mean, net.running_var = cutaway.zeros(2), cutaway.ones(2)
        (nn.Sequential(net, nn.ReLU()) if relu else net)(tensor(x))
        np.testing.assert_allclose(net.running_mean.data, 0.1 * x.mean(0), rtol=1e-5)
        np.testing.assert_allclose(net.running_var.data, 0.9 + 0.1 * x.var(0, ddof=1), rtol=1e-5)


@pytest.mark.parametrize("padding", [1, -2])
def test_a_padding_row_is_shown_as_it_is_and_not_trained(padding):
    layer = nn.Embedding(3, 2, padding_idx=padding, rng=0)
    np.testing.assert_array_equal(layer(np.array([1])).data, [[0, 0]])
    layer.weight.data[1] = 5
    y = layer(np.array([1, 2, 1]))
    np.testing.assert_array_equal(y.data[0], [5, 5])
    y.backward(np.full((3, 2), np.inf, np.float32))
    np.testing.assert_array_equal(layer.weight.grad.data, [[0, 0], [0, 0], [np.inf, np.inf]])
    with pytest.raises(ValueError, match="padding_idx 3 is outside the 3 rows"):
        nn.Embedding(3, 2, padding_idx=3)


def test_parameters_of_lists_and_of_read_only_arrays():
    assert nn.Parameter([0.5, 1.0]).dtype == np.float32
    p = nn.Parameter(np.broadcast_to(np.float32(1), 3))
    (p * 2).sum().backward()
    nn.optim.SGD([p], lr=0.5).step()
    np.testing.assert_array_equal(p.data, [0, 0, 0])
    fixed = np.ones(2)
    fixed.flags.writeable = False
    q = cutaway.as_tensor(fixed, requires_grad=True)
    q.sum().backward()
    nn.optim.Adam([q], lr=0.5).step()
    np.testing.assert_allclose(q.data, 0.5)
    np.testing.assert_array_equal(fixed, 1)


def test_optimisers_refuse_what_they_cannot_train():
    p = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"got one tensor; pass a list, \[p\]"):
        nn.optim.SGD(p)
    with pytest.raises(ValueError, match="was made by op mul"):
        nn.optim.SGD([p * 2])


def test_centred_rmsprop_of_a_constant_gradient():
    p = tensor(np.full(50, 1.0, np.float32), requires_grad=True)
    optimiser = nn.optim.RMSprop([p], lr=1e-6, alpha=0.5, centered=True)
    for _ in range(200):
        p.grad = tensor(np.linspace(0.1, 3, 50).astype(np.float32))
        optimiser.step()
    assert np.isfinite(p.data).all()
