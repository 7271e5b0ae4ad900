"""Damage to files: what happens to them on disks and in mails, and what someone does who means harm."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import zipfile
from pathlib import Path

import numpy as np

EXTREMES = (-1, 0, 1, 2**31 - 1, -(2**31), 2**62, -(2**63), 10**15)
WRONG = (None, True, -1, 2**62, 1e308, float("nan"), "x", [], [[]], {}, {"a": 1})
NESTED = 100_000


def mutant(path: Path, content: bytes, rng: np.random.Generator) -> tuple[str, bytes]:
    """What was done to a file, and its content then."""
    ways = [flipped, flipped, cut, spliced, extreme, extreme, digits, repeated]
    if path.suffix == ".safetensors":
        ways += [header] * 8
    if path.suffix in (".gz", ".bz2", ".xz", ".npz"):
        ways += [bomb]
    if path.suffix in (".gz", ".bz2", ".xz"):
        ways += [inside] * 2
    way = ways[rng.integers(len(ways))]
    return way.__name__, way(path, content, rng)


def flipped(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """A few bits, more often near the beginning, where headers are."""
    damaged = bytearray(content)
    for _ in range(rng.integers(1, 5)):
        reach = len(damaged) if rng.random() < 0.5 else min(len(damaged), 128)
        damaged[rng.integers(reach)] ^= 1 << rng.integers(8)
    return bytes(damaged)


def cut(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(len(content))]


def spliced(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """A piece goes elsewhere, in place of what is there or between."""
    start, stop, place = np.sort(rng.integers(0, len(content), 2)).tolist() + [
        int(rng.integers(len(content)))
    ]
    over = int(rng.integers(2)) * (stop - start)
    return content[:place] + content[start:stop] + content[place + over :]


def extreme(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """A length, or another number, of 4 or 8 bytes."""
    value = EXTREMES[rng.integers(len(EXTREMES))]
    size = 4 if -(2**31) <= value < 2**31 and rng.random() < 0.7 else 8
    reach = len(content) if rng.random() < 0.3 else min(len(content), 160)
    place = int(rng.integers(reach)) & ~3
    return content[:place] + struct.pack("<i" if size == 4 else "<q", value) + content[place + size :]


def digits(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """A number that is written out."""
    places = [i for i, byte in enumerate(content[:4096]) if 48 <= byte < 58] or [0]
    words = [b"-1", b"0", b"nan", b"inf", b"1e999", b"99999999999999999999", b"", b"\xff", b"9" * 5000]
    place = places[rng.integers(len(places))]
    return content[:place] + words[rng.integers(len(words))] + content[place + 1 :]


def repeated(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """One piece up to a megabyte long: a line without an end, or very many lines."""
    piece = content[(place := int(rng.integers(len(content)))) :][: rng.integers(1, 9)]
    return content[:place] + piece * ((1 << 20) // len(piece)) + content[place:]


def bomb(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """Half a gigabyte in half a megabyte."""
    pieces = [b"a b " * 250_000 + b"\n"] * 500
    if path.suffix == ".npz":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(pieces) * len(pieces[0])},), }}"
            head = head.ljust(117) + "\n"
            with file.open("words.npy", "w") as member:
                member.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
                for piece in pieces:
                    member.write(piece)
        return archive.getvalue()
    if path.suffix == ".xz":
        packer = lzma.LZMACompressor(preset=0)
        return b"".join([*map(packer.compress, pieces[:200]), packer.flush()])
    if path.suffix == ".bz2":
        return bz2.compress(b"".join(pieces[:200]), 1)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as file:
        for piece in pieces:
            file.write(piece)
    return out.getvalue()


def inside(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """What is packed in the file is damaged, and packed again."""
    module = {".gz": gzip, ".bz2": bz2, ".xz": lzma}[path.suffix]
    pack, unpack = module.compress, module.decompress
    return pack([flipped, cut, spliced, digits, repeated][rng.integers(5)](path, unpack(content), rng))


def header(path: Path, content: bytes, rng: np.random.Generator) -> bytes:
    """The JSON that a safetensors file's header holds: values of the wrong kind or size, or deep nesting."""
    (size,) = struct.unpack("<Q", content[:8])
    head = json.loads(content[8 : 8 + size])
    about = head.get("__metadata__", {})
    key = "header" if "header" in about else "tree"
    if key in about:
        if rng.random() < 0.15:
            about[key] = ["[", '{"a":'][rng.integers(2)] * NESTED
        else:
            inner = json.loads(about[key])
            place_wrong(inner, rng)
            about[key] = json.dumps(inner)
    if rng.random() < 0.4:  # shapes: the bytes stay, so the product must
        name = sorted(set(head) - {"__metadata__"})[rng.integers(len(head) - ("__metadata__" in head))]
        shape, last = head[name]["shape"], head[name]
        last["shape"] = [shape[::-1], [int(np.prod(shape))], [1, *shape], [*shape, 0]][rng.integers(4)]
        if rng.random() < 0.3 and shape[:1] and shape[0] > 1:  # the first row only
            begin, end = last["data_offsets"]
            last["shape"], last["data_offsets"] = [1, *shape[1:]], [begin, begin + (end - begin) // shape[0]]
    packed = json.dumps(head).encode()
    return struct.pack("<Q", len(packed)) + packed + content[8 + size :]


def place_wrong(tree: object, rng: np.random.Generator) -> None:
    """Put a value of the wrong kind somewhere into a tree of dictionaries and lists."""
    while True:
        keys = list(tree) if isinstance(tree, dict) else range(len(tree))  # type: ignore[arg-type]
        if not keys:
            return
        key = list(keys)[rng.integers(len(keys))]
        deeper = tree[key]  # type: ignore[index]
        if isinstance(deeper, (dict, list)) and deeper and rng.random() < 0.7:
            tree = deeper
        else:
            tree[key] = WRONG[rng.integers(len(WRONG))]  # type: ignore[index]
            return
