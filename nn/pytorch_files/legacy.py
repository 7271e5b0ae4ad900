"""The format of PyTorch 0.1.10 to 1.5, one part after the other in a file, each a pickle but the last:

the magic number, the version 1001, a dictionary about the machine
the object, in which persistent ids ("storage", type, key, device, count, part) stand for storages
the keys of the storages
the storages in that order: int64 count, then the numbers; the smallest byte first on every machine
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...core.reading import bad_file, room
from .contents import Bounded, Contents
from .machine import Machine
from .storage_ids import storage_id
from .tensors import StorageId

MAGIC, VERSION = 0x1950A86A20F9469CFC6C, 1001


@contextmanager
def opened_legacy(path: Path, max_bytes: int | None) -> Iterator[Contents]:
    """Give what the file holds; FileError, or an error that `reading` turns into one, if it is damaged."""
    with Bounded(path) as file:
        wanted: dict[str, StorageId] = {}

        def noted(given: Any) -> StorageId:
            found = storage_id(given)
            before = wanted.setdefault(found.key, found)
            if (before.dtype, before.count) != (found.dtype, found.count):
                raise bad_file(path, f"one storage {found.key}", "two that differ")
            return found

        machine = Machine(path, noted, room(path, max_bytes) - file.size)
        if machine.run(file) != MAGIC:
            raise bad_file(path, "a file of torch.save", "another pickle")
        if (version := machine.run(file)) != VERSION:
            raise bad_file(path, f"version {VERSION} of the format", f"{version!r:.99}")
        machine.run(file)
        value = machine.run(file)
        keys = machine.run(file)
        if not isinstance(keys, list) or sorted(map(str, keys)) != sorted(wanted):
            raise bad_file(path, "the keys of all storages", f"{keys!r:.99}")
        places = {}
        for key in map(str, keys):
            places[key] = passed(file, wanted[key], path)

        def fetch(storage: StorageId) -> bytes:
            file.seek(places[storage.key])
            return file.read(storage.length)

        yield Contents(value, fetch)


def passed(file: Bounded, storage: StorageId, path: Path) -> int:
    """Go past a storage, int64 count and its numbers; return where the numbers begin."""
    (count,) = struct.unpack("<q", file.read(8))
    place = file.tell()
    if count != storage.count:
        raise bad_file(
            path, f"{storage.count:,} numbers in the storage {storage.key}", f"{count:,}", place - 8
        )
    if storage.length > file.size - place:
        left = f"{file.size - place:,}"
        raise bad_file(
            path, f"{storage.length:,} bytes of {storage.dtype}", left, place, hint="was it cut off?"
        )
    file.seek(place + storage.length)
    return place
