"""Tensor methods under PyTorch's names, against values and gradients that PyTorch computed (record_methods.py)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from cutaway import tensor

_spec = importlib.util.spec_from_file_location(
    "record_methods", Path(__file__).with_name("record_methods.py")
)
record = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(record)
RECORDED = json.loads(record.FILE.read_text())


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", record.CALLS)
def test_methods_and_their_gradients(name):
    shape, method, arguments, options = record.CALLS[name]
    given = {key: tensor(value) for key, value in record.inputs(name, shape).items()}
    for key in "xy":
        given[key].requires_grad_()
    values = [given[each] if isinstance(each, str) else each for each in arguments]
    found = getattr(given["x"], method)(*values, **options)
    found = list(found) if isinstance(found, (tuple, list)) else [found]
    expected = RECORDED[name]
    assert len(found) == len(expected["y"])
    for y, value, dtype in zip(found, expected["y"], expected["types"], strict=True):
        close(y.data, value)
        assert y.shape == np.shape(value)
        assert y.dtype == dtype
    floating = [y for y in found if y.requires_grad]
    gs = record.cotangents(name, [y.shape for y in floating])
    for y, g in zip(floating, gs, strict=True):
        y.backward(g)
    for key, grad in zip("xy", expected["grads"], strict=True):
        if grad is None:
            assert given[key].grad is None or not np.any(given[key].grad.data)
        else:
            close(given[key].grad.data, grad)
