"""Layers and losses under PyTorch's names against what PyTorch computed (record_layers.py)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.nn import functional as F

_spec = importlib.util.spec_from_file_location("record_layers", Path(__file__).with_name("record_layers.py"))
record = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record)
RECORDED = json.loads(record.FILE.read_text())


def close(found, expected, rtol=1e-8):
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected, float), rtol=rtol, atol=1e-9)


def tensors(values):
    if isinstance(values, list):
        return tuple(tensors(each) for each in values)
    return tensor(values, requires_grad=np.asarray(values).dtype.kind == "f")


def tuples(options):
    return {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}


def check(name, ys, xs, expected):
    ys = list(record.flat(ys))
    assert [list(y.shape) for y in ys] == [list(np.shape(y)) for y in expected["ys"]]
    for y, value in zip(ys, expected["ys"], strict=True):
        close(y.data, value)
    total = sum((y * record.drawn(f"{name} back {i}", y.shape)).sum() for i, y in enumerate(ys))
    total.backward()
    for x, grad in zip(record.flat(xs), expected["grads"], strict=True):
        if (
            grad is not None and np.isfinite(grad).all()
        ):  # of a target at 0 or 1 PyTorch's is infinite, ours 100
            close(x.grad.data, grad, 1e-7 if name == "Hardsigmoid" else 1e-8)  # PyTorch's 1/6 is a float32


@pytest.mark.parametrize("name", record.LAYERS)
def test_layers_and_their_gradients(name):
    layer, arguments, options, specs = record.LAYERS[name]
    arguments = [tuple(each) if isinstance(each, list) else each for each in arguments]
    made = getattr(nn, layer)(*arguments, **tuples(options)).double()
    expected = RECORDED["layers"][name]
    parameters = dict(made.named_parameters())
    assert list(parameters) == list(expected["parameters"])
    with cutaway.no_grad():
        for path, p in parameters.items():
            p.copy_(record.drawn(f"{name} {path}", p.shape))
    xs = [tensors(record.drawn(f"{name} x{i}", spec)) for i, spec in enumerate(specs)]
    check(name, made(*xs), xs, expected)
    for path, p in parameters.items():
        close(p.grad.data, expected["parameters"][path])
    assert list(dict(made.named_buffers())) == list(expected["buffers"])
    for path, values in made.named_buffers():
        close(values, expected["buffers"][path])


@pytest.mark.parametrize("name", record.LOSSES)
def test_losses_and_their_gradients(name):
    function, specs, options = record.LOSSES[name]
    options = {k: np.array(v) if "weight" in k else v for k, v in tuples(options).items()}
    options = {("width" if k == "pad" else k): v for k, v in options.items()}
    xs = [tensors(record.drawn(f"{name} x{i}", spec)) for i, spec in enumerate(specs)]
    check(name, getattr(F, function)(*xs, **options), xs, RECORDED["losses"][name])


@pytest.mark.parametrize("name", record.LAYERS)
def test_arrays_give_arrays_of_their_type(name):
    layer, arguments, options, specs = record.LAYERS[name]
    arguments = [tuple(each) if isinstance(each, list) else each for each in arguments]
    made = getattr(nn, layer)(*arguments, **tuples(options))
    given = [record.drawn(f"{name} x{i}", spec) for i, spec in enumerate(specs)]

    def single(values):
        if isinstance(values, list):
            return tuple(single(each) for each in values)
        return values.astype(np.float32) if values.dtype.kind == "f" else values

    for y in record.flat(made(*single(given))):
        assert y.dtype == np.float32
        assert isinstance(y, cutaway.Tensor) == bool(list(made.parameters()))
