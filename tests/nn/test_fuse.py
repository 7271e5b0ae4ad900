"""A layer and the rectifier behind it run in one pass, and nobody can tell by the results or the graph."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.nn import functional as F

SHAPE = (2, 3, 40, 41)  # large enough for the fused batch norm


def layers() -> list[tuple[nn.Module, nn.Module]]:
    conv = nn.Conv2d(3, 5, 3, padding=1, rng=0)
    norm = nn.BatchNorm2d(3)
    norm.weight.data[...], norm.bias.data[...] = [1.0, -2.0, 0.5], [0.1, 0.0, -0.3]
    return [(conv, nn.Conv2d(3, 5, 3, padding=1, rng=0)), (norm, nn.BatchNorm2d(3))]


@pytest.mark.parametrize("kind", [0, 1])
def test_results_gradients_and_statistics_are_those_of_the_separate_layers(kind, rng):
    x = rng.normal(size=SHAPE).astype(np.float32)
    layer, twin = layers()[kind]
    twin.load_state_dict(layer.state_dict())
    found = []
    for call in (nn.Sequential(layer, nn.ReLU()), lambda x: F.relu(twin(x))):
        tensor = cutaway.tensor(x, requires_grad=True)
        y = call(tensor)
        slope = rng.permutation(np.linspace(-1, 1, y.size)).reshape(y.shape) if not found else found[0][-1]
        (dx,) = cutaway.grad((y * slope.astype(np.float32)).sum(), [tensor], create_graph=True)
        ((dx * dx).sum() + y.sum()).backward()
        used = layer if not found else twin
        gradients = [p.grad.data for p in used.parameters()]
        found.append([y.data, dx.data, tensor.grad.data, *gradients, *used.state_dict().values(), slope])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=1e-5)


def test_the_graph_has_both_and_each_belongs_to_its_module(rng):
    x = cutaway.tensor(rng.normal(size=SHAPE).astype(np.float32), requires_grad=True)
    y = nn.Sequential(layers()[0][0], nn.ReLU())(x)
    (inner,) = y.node.parents
    assert (y.node.label, inner.label) == ("relu", "conv2d")
    assert [name for name, _ in y.node.noted("modules")] == ["ReLU", "Sequential"]
    assert [name for name, _ in inner.noted("modules")] == ["Conv2d"]


def test_who_watches_sees_what_lies_between(rng):
    x = cutaway.tensor(rng.normal(size=SHAPE).astype(np.float32), requires_grad=True)
    for layer, _ in layers():
        model, seen = nn.Sequential(layer, nn.ReLU()), []
        with cutaway.keep_values():
            y = model(x)
        assert (y.node.parents[0].noted("value") < 0).any()
        layer.register_forward_hook(lambda module, inputs, output, seen=seen: seen.append(output))
        model(x)
        assert (seen[0].data < 0).any()


def test_errors_are_those_of_the_layer():
    with pytest.raises(ValueError, match=r"conv2d: .*channels"):
        nn.Sequential(nn.Conv2d(4, 5, 3, rng=0), nn.ReLU())(cutaway.tensor(np.zeros(SHAPE, np.float32)))
    with pytest.raises(ValueError, match="batch_norm: x has 3 channels, the layer was made for 4"):
        nn.Sequential(nn.BatchNorm2d(4), nn.ReLU())(cutaway.tensor(np.zeros(SHAPE, np.float32)))
