"""The top of the package under PyTorch's names: functions do what the methods do."""

from __future__ import annotations

import importlib
import subprocess
import sys

import cutaway
import numpy as np
import pytest
from cutaway import tensor
from cutaway.core import ops
from cutaway.core.names import NAMES


def test_every_name_is_there():
    for name, (home, called) in NAMES.items():
        assert getattr(cutaway, name) is getattr(importlib.import_module(f"cutaway.core.{home}"), called)
    assert {*NAMES, *cutaway.__all__} == set(dir(cutaway))
    assert not [name for name in dir(cutaway) if name.startswith("_") and name != "__version__"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: cutaway.cat([x, x], dim=1), lambda x: np.concatenate([x, x], 1)),
        (lambda x: cutaway.stack([x, x], dim=1), lambda x: np.stack([x, x], 1)),
        (lambda x: cutaway.max(x, dim=1).values, lambda x: x.max(1)),
        (lambda x: cutaway.max(x, axis=1), lambda x: x.max(1)),
        (lambda x: cutaway.min(x, x.T.flip(0).T), lambda x: np.minimum(x, x[:, ::-1])),
        (lambda x: cutaway.var(x, dim=0), lambda x: x.var(0, ddof=1)),
        (lambda x: cutaway.std(x), lambda x: x.std(ddof=1)),
        (lambda x: cutaway.flip(x, [0, 1]), lambda x: x[::-1, ::-1]),
        (lambda x: cutaway.roll(x, 1, 0), lambda x: np.roll(x, 1, 0)),
        (lambda x: cutaway.gather(x, 1, tensor([[2], [0]])), lambda x: np.array([[x[0, 2]], [x[1, 0]]])),
        (
            lambda x: cutaway.gather(x, dim=0, index=tensor([[1, 0, 1]])),
            lambda x: x[[1, 0, 1], [0, 1, 2]][None],
        ),
        (lambda x: cutaway.pow(x, 2), lambda x: x**2),
        (lambda x: cutaway.clamp(x, max=0.5), lambda x: np.minimum(x, 0.5)),
        (lambda x: cutaway.reshape(x, (3, 2)), lambda x: x.reshape(3, 2)),
        (lambda x: cutaway.flatten(x, start_dim=0), lambda x: x.ravel()),
        (lambda x: cutaway.outer(x[0], x[1]), lambda x: np.outer(x[0], x[1])),
        (lambda x: cutaway.tril(x, -1), lambda x: np.tril(x, -1)),
        (lambda x: cutaway.any(x > 0, dim=0), lambda x: (x > 0).any(0)),
        (lambda x: cutaway.topk(x, 1).values, lambda x: x.max(1, keepdims=True)),
        (lambda x: cutaway.eye(2) @ x, lambda x: x),
        (lambda x: cutaway.from_numpy(np.asarray(x.data)), lambda x: x),
        (lambda x: cutaway.linspace(0, 1, 5), lambda x: np.linspace(0, 1, 5)),
    ],
    ids=range(22),
)
def test_functions(call, expected, rng):
    x = rng.normal(size=(2, 3)).astype(np.float32)
    np.testing.assert_allclose(call(tensor(x)).data, expected(x), rtol=1e-5, atol=1e-7)


def test_inference_mode_records_nothing():
    x = tensor([1.0], requires_grad=True)
    with cutaway.inference_mode():
        assert not (x * 2).requires_grad
    assert cutaway.inference_mode()(lambda: x * 2)().requires_grad is False


def test_types_are_numpys():
    assert tensor([1.0]).dtype == cutaway.float32 == np.float32
    assert tensor([1]).to(cutaway.float64).dtype is cutaway.double
    assert cutaway.zeros(2, dtype=cutaway.long).dtype == cutaway.int64


def test_what_is_missing_says_what_to_write():
    for name, hint in {
        "cuda": "leave it out",
        "optim": r"cutaway\.nn\.optim",
        "cumsumm": "mean cumsum",
    }.items():
        with pytest.raises(AttributeError, match=rf"cutaway has no attribute '{name}'.*{hint}"):
            getattr(cutaway, name)
    with pytest.raises(cutaway.DtypeError, match="from_numpy: expected a NumPy array, got list"):
        cutaway.from_numpy([1.0])


def test_names_load_nothing_heavy():
    program = "import sys, cutaway; print('numpy.random' in sys.modules, 'difflib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_large_parts_are_joined_as_small_ones(rng, axis):
    shapes = [[2, 3, 120, 150] for _ in range(3)]
    for i, shape in enumerate(shapes):
        shape[axis] += i
    parts = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    parts[1] = np.asfortranarray(parts[1])
    np.testing.assert_array_equal(ops.concat(parts, axis=axis), np.concatenate(parts, axis))
    with pytest.raises(ValueError, match="join"):
        ops.concat([parts[0], parts[1][:, :, :-1, :-1]], axis=axis)
