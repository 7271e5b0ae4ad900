"""The format since PyTorch 1.6: a zip file with ``data.pkl``, and one entry a storage.

NAME/data.pkl      the pickle; a persistent id ("storage", type, key, device, count) stands for a storage
NAME/data/KEY      its bytes
NAME/byteorder     "little" or "big"; absent: little
NAME/version, NAME/.data/...   are not needed
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.reading import bad_file, expect_room, room
from .contents import Contents
from .machine import Machine
from .names import AGAIN, EXPECTED
from .storage_ids import storage_id
from .tensors import StorageId

SCRIPTED = AGAIN.replace("model", "torch.jit.load(PATH)", 1)
PICKLE, ORDER = "data.pkl", "byteorder"


@contextmanager
def opened_archive(path: Path, max_bytes: int | None) -> Iterator[Contents]:
    """Give what the file holds; FileError, or an error that `reading` turns into one, if it is damaged."""
    with zipfile.ZipFile(path) as archive:
        folder = _folder(path, {each.filename for each in archive.infolist()})
        total = sum(each.file_size for each in archive.infolist())
        expect_room(path, total, "unpacked, it", max_bytes)
        order = b"little"
        if folder + ORDER in archive.NameToInfo:
            order = _content(archive, folder + ORDER, path)
        if order not in (b"little", b"big"):
            raise bad_file(path, "byteorder little or big", repr(order[:20]))

        def fetch(storage: StorageId) -> bytes:
            content = _content(archive, f"{folder}data/{storage.key}", path)
            if len(content) != storage.length:
                expected = f"{storage.length:,} bytes of {storage.dtype} in the storage {storage.key}"
                raise bad_file(path, expected, f"{len(content):,}")
            return content

        pickle = io.BytesIO(_content(archive, folder + PICKLE, path))
        value = Machine(path, storage_id, room(path, max_bytes) - total).run(pickle)
        yield Contents(value, fetch, order == b"big")


def _folder(path: Path, names: set[str]) -> str:
    """Return the folder that everything stands in, with its slash."""
    folders = {name.removesuffix(PICKLE) for name in names if name.split("/")[1:] == [PICKLE]}
    if len(folders) != 1:
        hint = "numpy.load reads .npz" if any(name.endswith(".npy") for name in names) else ""
        raise bad_file(path, f"one {PICKLE}, as in PyTorch's files", f"{len(folders)}", hint=hint)
    folder = folders.pop()
    if f"{folder}constants.pkl" in names or any(name.startswith(f"{folder}code/") for name in names):
        raise bad_file(path, EXPECTED, "a TorchScript program", hint=SCRIPTED)
    return folder


def _content(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """Return an entry of the archive, whose length and sum of check are those that the archive says."""
    try:
        entry = archive.getinfo(name)
    except KeyError:
        raise bad_file(path, f"the entry {name}", "none") from None
    if entry.CRC == 0:  # torch.serialization.set_crc32_options(False): it was not computed
        entry = copy.copy(entry)
        del entry.CRC
    with archive.open(entry) as file:
        content = file.read()
    if len(content) != entry.file_size:
        raise bad_file(path, f"{entry.file_size:,} bytes in {name}", f"{len(content):,}")
    return content
