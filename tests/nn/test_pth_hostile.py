"""Pickles that mean harm: FileError, nothing is run, and no more memory is taken than a reader may take."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from cutaway.core.errors import FileError
from cutaway.nn.pytorch_files.read import read_pth

MOST = 200 << 20  # bytes, and four times the file
MAGIC = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({}, 2)


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def named(module: str, name: str) -> bytes:
    """A name that is put together on the stack."""
    return text(module) + text(name) + b"\x93"


def zipped(
    program: bytes, storages: dict[str, bytes] | None = None, method: int = zipfile.ZIP_STORED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("a/data.pkl", program)
        for key, content in (storages or {}).items():
            archive.writestr(f"a/data/{key}", content)
    return out.getvalue()


def tensor(size: bytes, stride: bytes, count: int, kind: str = "FloatStorage") -> bytes:
    """{"w": a tensor of a storage of so many numbers}."""
    pid = b"(" + text("storage") + named("torch", kind) + text("0") + text("cpu") + number(count) + b"tQ"
    inner = b"(" + pid + number(0) + size + stride + b"\x89}t"
    return b"\x80\x04}" + text("w") + named("torch._utils", "_rebuild_tensor_v2") + inner + b"Rs."


def number(value: int) -> bytes:
    return b"\x8a\x09" + value.to_bytes(9, "little", signed=True)


def calls(module: str, name: str, *arguments: str) -> bytes:
    return b"\x80\x04" + named(module, name) + b"(" + b"".join(map(text, arguments)) + b"tR."


RUN = "open({!r}, 'w').close()"
DEEP = 200_000


def programs(mark: Path) -> dict[str, bytes]:
    """Pickles; those that run something make the file ``mark``."""
    run = RUN.format(str(mark))
    return {
        "runstring": calls("numpy.testing._private.utils", "runstring", run),
        "runstring, old": calls("numpy.testing", "runstring", run),
        "getattr": calls("builtins", "getattr", "os", "system"),
        "eval": calls("builtins", "eval", run),
        "system": calls("os", "system", f"touch {mark}"),
        "posix": b"cposix\nsystem\n(S'touch " + str(mark).encode() + b"'\ntR.",
        "inst": b"(S'touch " + str(mark).encode() + b"'\nios\nsystem\n.",
        "object": b"(cos\nsystem\nS'touch " + str(mark).encode() + b"'\no.",
        "dotted": calls("torch", "_utils.os.system", f"touch {mark}"),
        "dotted, known": calls("torch._utils", "_rebuild_tensor_v2.__globals__", f"touch {mark}"),
        "module of torch": calls("torch.hub", "load", str(mark)),
        "inside ours": calls("collections", "OrderedDict.__init__.__globals__", "x"),
        "extension": b"\x80\x02\x82\x01.",
        "state": b"\x80\x02}(" + text("__setstate__") + named("os", "system") + b"u" + text("touch") + b"b.",
        "a name called": b"\x80\x02" + named("torch", "FloatStorage") + b")R.",
        "a text called": b"\x80\x02" + text("os") + b")R.",
        "nested lists": b"\x80\x02" + b"(" * DEEP + b"l" * DEEP + b".",
        "nested tuples as keys": b"\x80\x02}" + b"(" * DEEP + b"t" * DEEP + b"Ns.",
        "nested rebuilds": b"\x80\x02"
        + named("torch._tensor", "_rebuild_from_type_v2") * 50_000
        + b"(NNtR" * 50_000
        + b".",
        "memo": b"\x80\x02Nr\xff\xff\xff\x7f.",
        "memo that is not there": b"\x80\x02j\xff\xff\xff\x7f.",
        "doubled lists": b"\x80\x02]q\x00"
        + b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(200))
        + b".",
        "small parts": b"\x80\x02(" + b"]" * 3_000_000 + b"l.",
        "long text": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b"x.",
        "long bytes": b"\x80\x05\x8e" + struct.pack("<Q", 1 << 62) + b"x.",
        "long bytearray": b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b"x.",
        "long frame": b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b"N.",
        "long digits": b"I" + b"9" * 1_000_000 + b"\n.",
        "colliding keys": b"\x80\x02}(" + b"".join(number(i * (2**61 - 1)) + b"N" for i in range(9)) + b"u.",
        "no end": b"\x80\x02}",
        "nothing on the stack": b"\x80\x02.",
        "no mark": b"\x80\x02t.",
        "size above the file": tensor(b"(" + number(10**12) + b"t", b"(" + number(1) + b"t", 10**12),
        "expanded": tensor(b"(" + number(10**12) + b"t", b"(" + number(0) + b"t", 1),
        "product above all": tensor(b"(" + number(1 << 40) * 9 + b"t", b"(" + number(0) * 9 + b"t", 1),
        "outside": tensor(b"(" + number(3) + b"t", b"(" + number(1) + b"t", 1),
        "negative stride": tensor(b"(" + number(1) + b"t", b"(" + number(-1) + b"t", 1),
        "negative size": tensor(b"(" + number(-1) + b"t", b"(" + number(1) + b"t", 1),
        "very many axes": tensor(b"(" + number(1) * 99 + b"t", b"(" + number(1) * 99 + b"t", 1),
        "another type": tensor(b"(" + number(1) + b"t", b"(" + number(1) + b"t", 1, "DoubleStorage"),
    }


NAMES = list(programs(Path("mark")))


@pytest.mark.parametrize("form", ["zip", "legacy"])
@pytest.mark.parametrize("name", NAMES)
def test_it_is_refused_and_nothing_is_run(name, form, tmp_path):
    program, path = programs(tmp_path / "mark")[name], tmp_path / "a.pth"
    storage = struct.pack("<f", 1.5)
    legacy = MAGIC + program + pickle.dumps(["0"], 2) + struct.pack("<q", 1) + storage
    path.write_bytes(zipped(program, {"0": storage}) if form == "zip" else legacy)
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match=r"a\.pth"):
            read_pth(path)
        assert tracemalloc.get_traced_memory()[1] < MOST + 4 * path.stat().st_size
    finally:
        tracemalloc.stop()
    assert not (tmp_path / "mark").exists()


def test_a_good_one_of_these_is_read(tmp_path):
    """So that what is refused above is refused for its harm."""
    program, path = tensor(b"(" + number(1) + b"t", b"(" + number(1) + b"t", 1), tmp_path / "a.pth"
    path.write_bytes(zipped(program, {"0": struct.pack("<f", 1.5)}))
    assert read_pth(path)["w"].tolist() == [1.5]
    legacy = MAGIC + program + pickle.dumps(["0"], 2) + struct.pack("<q", 1) + struct.pack("<f", 1.5)
    path.write_bytes(legacy)
    assert read_pth(path)["w"].tolist() == [1.5]


def test_zip_bombs_are_refused(tmp_path):
    path, size = tmp_path / "a.pth", 300 << 20
    program = tensor(b"(" + number(size // 4) + b"t", b"(" + number(1) + b"t", size // 4)
    path.write_bytes(zipped(program, {"0": bytes(size)}, zipfile.ZIP_DEFLATED))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(FileError, match="pass max_bytes="):
        read_pth(path)
    path.write_bytes(zipped(b"\x80\x02}" + text("a") + text(" " * size) + b"s.", None, zipfile.ZIP_DEFLATED))
    with pytest.raises(FileError, match="pass max_bytes="):
        read_pth(path)


def test_a_storage_that_is_not_there_or_longer_or_shorter_is_no_zeros(tmp_path):
    path = tmp_path / "a.pth"
    program = tensor(b"(" + number(2) + b"t", b"(" + number(1) + b"t", 2)
    for storages in ({}, {"0": bytes(7)}, {"0": bytes(9)}, {"1": bytes(8)}):
        path.write_bytes(zipped(program, storages))
        with pytest.raises(FileError, match=r"entry a/data/0|8 bytes of float32 in the storage 0"):
            read_pth(path)


def test_parts_of_a_tar_that_are_links_or_holes_are_refused(tmp_path):
    path = tmp_path / "a.pth"
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.GNUTYPE_SPARSE):
        with tarfile.open(path, "w") as archive:
            for name in ("storages", "tensors", "pickle"):
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, "/etc/passwd"
                archive.addfile(entry)
        with pytest.raises(FileError, match=r"a\.pth"):
            read_pth(path)


@pytest.mark.parametrize(
    ("content", "came"),
    [
        (b"", "an empty one"),
        (b"<html>not found", "begins with b'<html>no'"),
        (pickle.dumps({"w": [1.0]}), "another pickle"),
        (zipped(b"\x80\x02}."), "one of nothing"),
        (zipped(pickle.dumps({"epoch": 1, "best": 0.5}, 2)), "looked for under state_dict, model_state_dict"),
        (zipped(pickle.dumps([1], 2)), "came a list"),
    ],
)
def test_files_of_something_else(content, came, tmp_path):
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    with pytest.raises(FileError, match=came):
        read_pth(path)
    with pytest.raises(FileNotFoundError):
        read_pth(tmp_path / "b.pth")
