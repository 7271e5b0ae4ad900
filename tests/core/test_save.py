"""Whatever is saved can be read again, and nothing in a file is executed."""

from __future__ import annotations

import pickle

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from safetensors.numpy import load_file, save_file


def test_what_was_saved_comes_back(tmp_path, rng):
    values = {
        "epoch": 3,
        "loss": [0.5, float("inf"), None, True, "text"],
        "w": tensor(rng.normal(size=(2, 3)).astype(np.float32), requires_grad=True),
        "state": {
            "a.b": rng.normal(size=4),
            "a": {"b": np.arange(6).reshape(2, 3)[:, ::-1]},
            0: np.float64(2.5),
        },
        "pair": (tensor(1.5), tensor([True, False])),
        "__metadata__": np.zeros((0, 3), np.int8),
        "": np.array(7),
        "big": np.arange(3, dtype=">f4"),
    }
    cutaway.save(values, tmp_path / "values.pt")
    found = cutaway.load(tmp_path / "values.pt")
    assert list(found) == list(values)
    assert (found["epoch"], found["loss"]) == (3, values["loss"])
    assert found["w"].requires_grad
    assert found["w"].dtype == np.float32
    np.testing.assert_array_equal(found["w"].data, values["w"].data)
    np.testing.assert_array_equal(found["state"]["a.b"], values["state"]["a.b"])
    np.testing.assert_array_equal(found["state"]["a"]["b"], values["state"]["a"]["b"])
    assert type(found["state"][0]) is np.float64
    assert isinstance(found["pair"], tuple)
    assert (found["pair"][0].item(), found["pair"][1].tolist()) == (1.5, [True, False])
    assert (found["__metadata__"].shape, found["__metadata__"].dtype) == ((0, 3), np.int8)
    assert found[""] == 7
    np.testing.assert_array_equal(found["big"], [0, 1, 2])


def test_a_state_is_read_by_others_and_theirs_by_us(tmp_path):
    net = nn.Sequential(nn.Linear(2, 3, rng=0), nn.BatchNorm1d(3))
    cutaway.save(net.state_dict(), tmp_path / "net.safetensors")
    theirs = load_file(tmp_path / "net.safetensors")
    assert set(theirs) == set(net.state_dict())
    save_file(theirs, tmp_path / "theirs.safetensors")
    for name in ("net", "theirs"):
        other = nn.Sequential(nn.Linear(2, 3, rng=1), nn.BatchNorm1d(3))
        other.load_state_dict(cutaway.load(tmp_path / f"{name}.safetensors"))
        np.testing.assert_array_equal(other[0].weight.data, net[0].weight.data)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (nn.ReLU(), r"got ReLU at the top; save its state_dict\(\)"),
        ({"f": [len]}, r"got builtin_function_or_method at f\.0"),
        ({(1, 2): 3}, "expected texts or numbers as keys, got tuple"),
        ({"x": np.array(["a"])}, "expected numbers of at most 8 bytes, got <U1 at x"),
        (np.ones(2, complex), "complex128"),
    ],
)
def test_what_cannot_be_read_again_is_not_written(wrong, problem, tmp_path):
    with pytest.raises(cutaway.DtypeError, match=problem):
        cutaway.save(wrong, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_files_of_another_kind(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "executed").touch, ()

    path = tmp_path / "model.pt"
    for content, problem in [
        (pickle.dumps(Trap()), "expected safetensors, not a zip or pickle file"),
        (b"PK\3\4 and so on", "cutaway.nn.read_pth a file of PyTorch"),
        (b"nothing", "expected a whole safetensors file"),
        (b"", "expected a whole safetensors file"),
    ]:
        path.write_bytes(content)
        with pytest.raises(cutaway.FileError, match=problem):
            cutaway.load(path)
    assert not (tmp_path / "executed").exists()
    with pytest.raises(FileNotFoundError, match="there is no file"):
        cutaway.load(tmp_path / "none")
    for tree in ("[", '{"dict": [1]}', '{"tensor": "y"}', '{"set": []}', "{}"):
        save_file({"x": np.ones(2)}, path, metadata={"format": "cutaway values 1", "tree": tree})
        with pytest.raises(cutaway.FileError, match="expected a tree of values in the header"):
            cutaway.load(path)
