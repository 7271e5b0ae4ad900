"""Parts by path, hooks before the forward pass, and PyTorch's words for devices and types."""

from __future__ import annotations

import copy
import pickle

import cutaway
import numpy as np
import pytest
from cutaway import nn


def net():
    return nn.Sequential(
        {"features": nn.Sequential(nn.Linear(2, 3, rng=0), nn.ReLU()), "head": nn.Linear(3, 1, rng=0)}
    )


def test_parts_by_path():
    model = net()
    assert model.get_submodule("") is model
    assert model.get_submodule("features.0") is model.features[0]
    assert model.get_parameter("features.0.weight") is model.features[0].weight
    for path, says in (
        ("features.2", r"in features there is no '2', only 0, 1"),
        ("x", "in Sequential there"),
    ):
        with pytest.raises(AttributeError, match=says):
            model.get_submodule(path)
    with pytest.raises(AttributeError, match=r"no parameter 'head.scale': head has weight, bias"):
        model.get_parameter("head.scale")


def test_parts_by_computed_names():
    model = nn.Module()
    model.add_module("layer1", nn.Linear(1, 1))
    model.register_parameter("scale", nn.Parameter(np.ones(2, np.float32)))
    assert [name for name, _ in model.named_parameters()] == ["scale", "layer1.weight", "layer1.bias"]


def test_append_to_named_modules_takes_a_free_number():
    model = net()
    model.append(nn.Tanh())
    assert list(dict(model.named_children())) == ["features", "head", "2"]
    assert isinstance(model[2], nn.Tanh)


def test_hooks_before_the_forward_pass():
    layer, seen = nn.Linear(2, 1, rng=0), []
    watch = layer.register_forward_pre_hook(lambda module, inputs: seen.append((module, len(inputs))))
    double = layer.register_forward_pre_hook(lambda module, inputs: inputs[0] * 2)
    x = cutaway.tensor([[1.0, 2.0]])
    doubled = layer(x)
    watch.remove()
    double()
    assert seen == [(layer, 1)]
    np.testing.assert_allclose(doubled.numpy(), layer(x * 2).numpy())
    assert len(seen) == 1


def test_a_hook_before_an_activation_is_called_behind_fusion():
    model = nn.Sequential(nn.Conv2d(1, 2, 1, rng=0), nn.ReLU())
    x = cutaway.tensor(np.random.default_rng(0).normal(size=(1, 1, 3, 3)))
    expected, seen = model.float()(x.astype(np.float32)).numpy(), []
    model[1].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].numpy().min()))
    np.testing.assert_allclose(model(x.astype(np.float32)).numpy(), expected, atol=1e-6)
    assert seen[0] < 0  # what the convolution gives, before the rectifier


@pytest.mark.parametrize("again", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_of_a_model_and_its_optimiser_go_on_together(again):
    model = nn.Sequential(
        nn.Linear(2, 3, rng=0), nn.BatchNorm1d(3), nn.Dropout(0.5, rng=1), nn.Linear(3, 1, rng=0)
    )
    optimiser = nn.optim.Adam(model.parameters())
    x = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)

    def step(model, optimiser):
        optimiser.zero_grad()
        (model(x) ** 2).mean().backward()
        optimiser.step()

    step(model, optimiser)
    optimiser.zero_grad()
    model_2, optimiser_2 = again((model, optimiser))
    for _ in range(2):
        step(model, optimiser)
        step(model_2, optimiser_2)
    state, state_2 = model.state_dict(), model_2.state_dict()
    assert all((state[name] == state_2[name]).all() for name in state)
    assert not any(np.shares_memory(state[name], state_2[name]) for name in state)


def test_types_and_devices():
    model = net()
    assert model.to("cpu") is model.cpu() is model
    assert model.to(np.float64).head.weight.dtype == np.float64
    with pytest.raises(ValueError, match="expected a type or 'cpu', got 'cuda'"):
        model.to("cuda")
    with pytest.raises(AttributeError, match="no attribute 'cuda'; everything is computed on the processor"):
        model.cuda()
    with pytest.raises(AttributeError, match=r"no attribute 'wieght'$"):
        model.head.wieght  # noqa: B018


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: nn.ReLU(inplace=True), "ReLU: no option 'inplace'; leave it out"),
        (lambda: nn.Dropout(0.5, inplace=True), "Dropout: no option 'inplace'"),
        (lambda: nn.Linear(2, 3, device="cpu"), "Linear: no option 'device'; leave it out"),
        (lambda: nn.Conv2d(1, 2, 3, dtype=np.float64), "Conv2d: no option 'dtype'; convert the module"),
    ],
)
def test_options_that_are_left_out(make, says):
    with pytest.raises(TypeError, match=says):
        make()


def test_a_module_may_have_such_an_option_of_its_own():
    class Own(nn.Module):
        def __init__(self, device, **more):
            super().__init__()
            self.device, self.more = device, more

    assert Own(device="a", dtype="b").device == "a"
