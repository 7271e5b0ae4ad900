"""The format before PyTorch 0.1.10: a tar file of three parts.

storages   pickle: how many; each a pickle (key, device, type), int64 count, numbers;
           pickle: views, a list of (key, key of the whole, first number, count)
tensors    pickle: how many; each a pickle (key, key of its storage, type), int32 axes, 4 bytes,
           int64 sizes, strides, offset
pickle     the object; persistent ids are the keys of tensors and storages
"""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...core.reading import bad_file, room
from .contents import Bounded, Contents
from .legacy import passed
from .machine import Machine
from .names import Name
from .storage_ids import is_count
from .tensors import MOST_AXES, STORAGES, StorageId, window

PARTS = ("storages", "tensors", "pickle")


@contextmanager
def opened_tar(path: Path, max_bytes: int | None) -> Iterator[Contents]:
    """Give what the file holds; FileError, or an error that `reading` turns into one, if it is damaged."""
    with Bounded(path) as file:
        begins = _parts(file, path)
        made: dict[int, Any] = {}
        machine = Machine(path, lambda given: _found(made, given), room(path, max_bytes) - file.size)
        file.seek(begins["storages"])
        places = _storages(machine, file, made, path)
        file.seek(begins["tensors"])
        _tensors(machine, file, made, path)
        file.seek(begins["pickle"])
        value = machine.run(file)

        def fetch(storage: StorageId) -> bytes:
            file.seek(places[storage.key])
            return file.read(storage.length)

        yield Contents(value, fetch)


def _parts(file: Bounded, path: Path) -> dict[str, int]:
    """Return where each part begins."""
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            members = {each.name: each for each in archive}
    except tarfile.TarError as error:
        raise ValueError(str(error)) from error
    for name in PARTS:
        member = members.get(name)
        if member is None or member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise bad_file(path, f"{', '.join(PARTS)} in a tar file", f"no {name}")
        if member.offset_data + member.size > file.size:
            raise bad_file(path, f"{member.size:,} bytes of {name}", "fewer", hint="was it cut off?")
    return {name: members[name].offset_data for name in PARTS}


def _found(made: dict[int, Any], given: Any) -> Any:
    """Return the tensor or storage of a persistent id, its key as a text."""
    return made[int(given)]


def _storages(machine: Machine, file: Bounded, made: dict[int, Any], path: Path) -> dict[str, int]:
    """Enter the storages and their views by key; return where the numbers of each begin."""
    places = {}
    for _ in range(_count(machine, file, path)):
        key, _, kind = machine.run(file)
        if type(key) is not int or not isinstance(kind, Name) or kind.name not in STORAGES:
            raise ValueError(f"the type of a storage, {kind!r:.99} is none")
        place = file.tell()
        (count,) = struct.unpack("<q", file.read(8))
        if not is_count(count):
            raise bad_file(path, "a count of numbers", f"{count:,}", byte=place)
        file.seek(place)
        made[key] = StorageId(STORAGES[kind.name], str(key), count)
        places[str(key)] = passed(file, made[key], path)
    for key, whole, first, count in machine.run(file):
        if type(key) is not int or not (is_count(first) and is_count(count)):
            raise ValueError("a view of a storage, this is none")
        root = made[whole]
        made[key] = StorageId(root.dtype, root.key, root.count, (first, count))
    return places


def _tensors(machine: Machine, file: Bounded, made: dict[int, Any], path: Path) -> None:
    """Enter the tensors by key."""
    for _ in range(_count(machine, file, path)):
        key, storage, _ = machine.run(file)
        (axes,) = struct.unpack("<i4x", file.read(8))
        if type(key) is not int or not 0 <= axes <= MOST_AXES:
            raise bad_file(path, f"a tensor of at most {MOST_AXES} axes", f"{axes}", byte=file.tell() - 8)
        numbers = struct.unpack(f"<{2 * axes + 1}q", file.read(16 * axes + 8))
        made[key] = window(path, made[storage], numbers[-1], numbers[:axes], numbers[axes:-1])


def _count(machine: Machine, file: Bounded, path: Path) -> int:
    """Return how many follow, each of which takes some bytes."""
    count = machine.run(file)
    if not is_count(count) or count > file.size:
        raise bad_file(path, "how many follow", f"{count!r:.99}", byte=file.tell())
    return count
