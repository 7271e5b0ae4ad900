"""Small files of torch.save, of all formats and kinds of tensor, and what stands in them, for the tests.

Run where PyTorch is (2.13 made those in the repository)::

    python benchmarks/record_pth.py tests/nn/pth

Each ``NAME.pth`` that cutaway reads has its values in ``expected.json``; those in ``refused.json`` it does not
read, and the message says why.
"""

from __future__ import annotations

import collections
import io
import json
import pickle
import struct
import sys
import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

warnings.simplefilter("ignore")


def weights() -> collections.OrderedDict:
    """The state_dict of a small network."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).state_dict()


def strides() -> dict[str, torch.Tensor]:
    """Tensors that do not stand in their storages row by row."""
    x = torch.arange(24.0)
    return {
        "channels_last": x.reshape(1, 2, 3, 4).clone().contiguous(memory_format=torch.channels_last),
        "transposed": x.reshape(4, 6).t(),
        "slice": x[5:11],
        "step": x[3::7],
        "expanded": torch.tensor([[1.5], [2.5]]).expand(2, 4),
        "zero_d": torch.tensor(3.25),
        "nothing": torch.zeros(0, 3),
        "nothing_1": torch.zeros(0),
    }


def kinds() -> dict[str, torch.Tensor]:
    """A tensor of each type that NumPy has, or that becomes one that it has."""
    values = torch.tensor([0, 1, 2, 100])
    names = "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 complex64 complex128"
    made = {name: values.to(getattr(torch, name)) for name in names.split()}
    made["negative"] = torch.tensor([-1.5, 0.1, float("inf")], dtype=torch.bfloat16)
    return made | {"bool": torch.tensor([True, False, True])}


class WithAttributes(nn.Parameter):
    """Only its name goes into a file."""


def parameters() -> dict[str, Any]:
    """Tensors that are rebuilt by other functions than the usual one."""
    stated = nn.Parameter(torch.tensor([4.0]))
    stated.note = "kept by _rebuild_parameter_with_state"
    attributed = torch.tensor([5.0, 6.0])
    attributed.note = "kept by _rebuild_from_type_v2"
    return {
        "parameter": nn.Parameter(torch.tensor([1.0, 2.0])),
        "frozen": nn.Parameter(torch.tensor([3]), requires_grad=False),
        "stated": stated,
        "attributed": attributed,
        "buffer": nn.Buffer(torch.tensor([7.0])),
    }


def in_zip(value: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def rezipped(
    content: bytes, folder: str = "archive", method: int = zipfile.ZIP_STORED, **changes: Any
) -> bytes:
    """The same archive with another folder's name, packing, or entries (None: without it)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", method) as new:
        for entry in old.namelist():
            name = entry.split("/", 1)[1]
            data = changes.get(name, old.read(entry))
            if data is not None:
                with new.open(f"{folder}/{name}", "w", force_zip64=bool(changes.get("zip64"))) as file:
                    file.write(data)
    return out.getvalue()


def unsummed(value: Any) -> bytes:
    """Without sums of check."""
    torch.serialization.set_crc32_options(False)
    content = in_zip(value)
    torch.serialization.set_crc32_options(True)
    return content


def big_endian(value: dict[str, torch.Tensor]) -> bytes:
    """As a machine of the other byte order writes it; of uint16, 32 and 64 PyTorch 2.13 forgets to turn it."""
    content = in_zip(value)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        turned: dict[str, Any] = {"byteorder": b"big"}
        for key, tensor in enumerate(value.values()):
            (name,) = (each for each in archive.namelist() if each.endswith(f"/data/{key}"))
            size = tensor.element_size() // (2 if tensor.is_complex() else 1)
            data = archive.read(name)
            pieces = (data[i : i + size][::-1] for i in range(0, len(data), size))
            turned[f"data/{key}"] = b"".join(pieces)
    return rezipped(content, **turned)


def in_tar(value: dict[str, torch.Tensor]) -> bytes:
    """As PyTorch wrote before 0.1.10: a tar file of storages, tensors and the pickle."""
    storages, tensors, held, listed = io.BytesIO(), io.BytesIO(), io.BytesIO(), []
    pickle.dump(len(value), storages, 2)
    pickle.dump(len(value), tensors, 2)
    ids = {id(tensor): str(2000 + number) for number, tensor in enumerate(value.values())}
    for number, tensor in enumerate(value.values()):
        storage, key = tensor.storage(), 1000 + number
        pickle.dump((key, "cpu", getattr(torch, storage._pickle_storage_type())), storages, 2)
        storages.write(struct.pack("<q", len(storage)) + bytes(storage.untyped()))
        first = int(tensor.storage_offset() > 0)  # a view of the storage, and one less from there
        if first:
            key = 3000 + number
            listed.append((key, 1000 + number, first, len(storage) - first))
        pickle.dump((2000 + number, key, torch.FloatTensor), tensors, 2)
        numbers = (*tensor.shape, *tensor.stride(), tensor.storage_offset() - first)
        tensors.write(struct.pack(f"<i4x{len(numbers)}q", tensor.dim(), *numbers))
    pickle.dump(listed, storages, 2)
    pickler = pickle.Pickler(held, 2)
    pickler.persistent_id = lambda each: ids.get(id(each))
    pickler.dump(value)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, part in (("storages", storages), ("tensors", tensors), ("pickle", held)):
            entry = tarfile.TarInfo(name)
            entry.size = len(part.getvalue())
            archive.addfile(entry, io.BytesIO(part.getvalue()))
    return out.getvalue()


def shared() -> dict[str, torch.Tensor]:
    x = torch.arange(6.0)
    return {"whole": x, "head": x[:2], "tail": x[4:], "rows": x.view(2, 3)}


def read() -> dict[str, tuple[bytes, Any]]:
    """Name: (a file, the tensors in it)."""
    plain, x = weights(), {"w": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(7)}
    prefixed = {f"module.{name}": each for name, each in plain.items()}
    trained = {
        "epoch": 3,
        "lr": 0.1,
        "name": "net",
        "best": torch.tensor(0.5),
        "optimizer": {"state": {0: x}},
    }
    files = {
        "zip": (in_zip(plain), plain),
        "zip-folder": (rezipped(in_zip(x), "другое имя"), x),
        "zip-deflated": (rezipped(in_zip(x), method=zipfile.ZIP_DEFLATED), x),
        "zip-zip64": (rezipped(in_zip(x), zip64=True), x),
        "zip-no-byteorder": (rezipped(in_zip(x), byteorder=None), x),
        "zip-no-sums": (unsummed(x), x),
        "zip-big": (big_endian(kinds()), kinds()),
        "kinds": (in_zip(kinds()), kinds()),
        "strides": (in_zip(strides()), strides()),
        "shared": (in_zip(shared()), shared()),
        "parameters": (in_zip(parameters()), parameters()),
        "prefix": (in_zip(prefixed), plain),
        "checkpoint": (in_zip({**trained, "state_dict": plain}), plain),
        "checkpoint-model": (in_zip({**trained, "model": {"state_dict": prefixed}}), plain),
        "legacy-strides": (in_zip(strides(), _use_new_zipfile_serialization=False), strides()),
        "legacy-shared": (in_zip(shared(), _use_new_zipfile_serialization=False), shared()),
        "tar": (in_tar(x), x),
        "tar-views": (in_tar(shared()), shared()),
    }
    for protocol in range(6):
        options = {"_use_new_zipfile_serialization": False, "pickle_protocol": protocol}
        files[f"legacy-{protocol}"] = (in_zip(plain, **options), plain)
        files[f"zip-{protocol}"] = (in_zip(plain, pickle_protocol=protocol), plain)
    return files


def refused() -> dict[str, tuple[bytes, str]]:
    """Name: (a file, what the message names)."""
    x = torch.arange(4.0)
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(nn.Linear(2, 1)), script)
    quantised = torch.quantize_per_tensor(x, 0.5, 0, torch.qint8)
    values = {
        "fp8": (x.to(torch.float8_e4m3fn), "float8_e4m3fn"),
        "fp8-e5m2": (x.to(torch.float8_e5m2), "float8_e5m2"),
        "quantised": (quantised, "quantised"),
        "sparse": (x.to_sparse(), "sparse"),
        "sparse-csr": (x.reshape(2, 2).to_sparse_csr(), "sparse"),
        "nested": (torch.nested.nested_tensor([x, x[:2]]), "nested"),
        "meta": (torch.ones(2, device="meta"), "meta"),
        "conjugate": (torch.tensor([1 + 2j]).conj(), "conj"),
        "negative": (torch.tensor([1 + 2j]).conj().imag, "neg"),
    }
    files = {}
    for name, (value, why) in values.items():
        try:
            files[name] = (in_zip({"w": value}), why)
        except (RuntimeError, NotImplementedError, AttributeError) as error:
            print(f"{name}: PyTorch does not write it: {error}", file=sys.stderr)
    files["script"] = (script.getvalue(), "torch.jit")
    files["model"] = (in_zip(nn.Sequential(nn.Linear(2, 1))), "torch.save(model.state_dict(), ")
    files["model-legacy"] = (in_zip(nn.Linear(2, 1), _use_new_zipfile_serialization=False), "whole model")
    files["one-tensor"] = (in_zip(x), "came one tensor")
    return files


def plain_values(value: Any) -> dict[str, dict[str, Any]]:
    """{name: type, shape and numbers}, as JSON has them."""
    made = {}
    for name, tensor in value.items():
        each = tensor.detach()
        kind = str(each.dtype).removeprefix("torch.").replace("bfloat16", "float32")
        listed = (
            torch.view_as_real(each) if each.is_complex() else each.float() if kind == "float32" else each
        )
        made[name] = {"dtype": kind, "shape": list(each.shape), "values": listed.reshape(-1).tolist()}
    return made


def main(folder: Path) -> None:
    """Write all files."""
    expected, why = {}, {}
    for name, (content, value) in read().items():
        (folder / f"{name}.pth").write_bytes(content)
        expected[name] = plain_values(value)
        try:
            theirs = torch.load(folder / f"{name}.pth", weights_only=False)
            if list(theirs) == list(value) and plain_values(theirs) != expected[name]:
                print(f"{name}: PyTorch reads other values", file=sys.stderr)
        except Exception as error:
            print(f"{name}: PyTorch itself does not read it: {error!r:.200}", file=sys.stderr)
    for name, (content, reason) in refused().items():
        (folder / f"refused-{name}.pth").write_bytes(content)
        why[f"refused-{name}"] = reason
    (folder / "expected.json").write_text(json.dumps(expected) + "\n", encoding="utf-8")
    (folder / "refused.json").write_text(json.dumps(why, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
