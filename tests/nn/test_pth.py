"""Files of torch.save, recorded by ``benchmarks/record_pth.py``: what is in them comes, or an error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.nn.pytorch_files.read import read_pth

FILES = Path(__file__).with_name("pth")
EXPECTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
REFUSED = json.loads((FILES / "refused.json").read_text(encoding="utf-8"))


def same(arrays: dict[str, np.ndarray], expected: dict) -> bool:
    """Whether the arrays have the recorded names, types, shapes and numbers, bit for bit."""
    assert list(arrays) == list(expected)
    for name, each in expected.items():
        array, values = arrays[name], np.array(each["values"])
        assert array.dtype == each["dtype"], name
        assert array.shape == tuple(each["shape"]), name
        if array.dtype.kind == "c":
            values = values.reshape(-1, 2) @ [1, 1j]
        np.testing.assert_array_equal(array.ravel(), values.astype(each["dtype"]), err_msg=name)
    return True


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_saved_is_read(name):
    assert same(read_pth(FILES / f"{name}.pth"), EXPECTED[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_array_can_hold_is_refused_by_name(name):
    with pytest.raises(FileError) as error:
        read_pth(FILES / f"{name}.pth")
    assert REFUSED[name] in str(error.value)
    assert name in str(error.value)


def test_tensors_of_one_storage_share_memory():
    arrays = read_pth(FILES / "shared.pth")
    assert np.shares_memory(arrays["whole"], arrays["rows"])
    assert np.shares_memory(arrays["whole"], arrays["tail"])
    assert not arrays["whole"].flags.writeable


@pytest.mark.parametrize(
    "name", ["zip", "zip-deflated", "zip-zip64", "zip-big", "legacy-2", "legacy-0", "tar", "tar-views"]
)
def test_a_file_that_was_cut_off_is_an_error_or_lost_nothing(name, tmp_path):
    content, path = (FILES / f"{name}.pth").read_bytes(), tmp_path / "cut.pth"
    refused = 0
    for percent in range(100):
        path.write_bytes(content[: len(content) * percent // 100])
        try:
            assert same(read_pth(path), EXPECTED[name])
        except FileError:
            refused += 1
    assert refused == 100 or name.startswith("tar")  # whose end is filled up with zeros
    assert refused > 20
