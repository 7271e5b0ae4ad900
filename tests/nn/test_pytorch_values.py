"""Layers, losses and optimisers against values that PyTorch computed (see record_pytorch.py)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.nn import functional as F

_spec = importlib.util.spec_from_file_location(
    "record_pytorch", Path(__file__).with_name("record_pytorch.py")
)
record = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record)
RECORDED = json.loads(record.FILE.read_text())


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", record.CALLS)
def test_functions_and_their_gradients(name):
    function, shapes, options = record.CALLS[name]
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    xs = [tensor(x, requires_grad=True) for x in record.inputs(name, shapes)]
    y = getattr(F, function)(*xs, **options)
    close(y.data, RECORDED["calls"][name]["y"])
    (g,) = record.inputs(name + " cotangent", [y.shape])
    y.backward(g)
    for x, expected in zip(xs, RECORDED["calls"][name]["grads"], strict=True):
        close(x.grad.data, expected)


@pytest.mark.parametrize("name", record.TARGETS)
def test_cross_entropy(name):
    x = tensor(record.inputs(name, [(2, 3, 4)])[0], requires_grad=True)
    options = {k: np.array(v) if k == "weight" else v for k, v in record.TARGETS[name].items()}
    y = F.cross_entropy(x, np.arange(8).reshape(2, 4) % 3, **options)
    y.backward()
    close(y.item(), RECORDED["cross_entropy"][name]["y"])
    close(x.grad.data, RECORDED["cross_entropy"][name]["grads"][0])


@pytest.mark.parametrize("name", record.OPTIMISERS)
def test_optimisers_follow_the_same_path(name):
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in record.OPTIMISERS[name].items()}
    w = tensor(record.inputs(name, [(3,)])[0], requires_grad=True)
    optimiser = getattr(nn.optim, name.split()[0])([w], **options)
    for expected in RECORDED["optimisers"][name]:
        optimiser.zero_grad()
        ((w**4).sum() * 0.1 + cutaway.sin(w[0] * w[1])).backward()
        optimiser.step()
        close(w.data, expected)


def test_batch_norm_and_its_running_statistics():
    layer = nn.BatchNorm2d(3).double()
    for i in range(2):
        y = layer(tensor(record.inputs(f"batch {i}", [(4, 3, 2, 2)])[0]))
    expected = RECORDED["batch_norm"]
    close(y.data, expected["y"])
    close(layer.running_mean, expected["running_mean"])
    close(layer.running_var, expected["running_var"])
    assert int(layer.num_batches_tracked) == 2
    layer.eval()
    close(layer(tensor(record.inputs("batch 0", [(4, 3, 2, 2)])[0])).data, expected["evaluated"])
