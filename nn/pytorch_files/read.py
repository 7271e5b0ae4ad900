"""Arrays by name from a file of PyTorch's, of any of its formats, without PyTorch."""

from __future__ import annotations

import os
import zipfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from ...core.reading import bad_file, expect_room, reading
from .archive import opened_archive
from .contents import Contents
from .legacy import opened_legacy
from .names import EXPECTED
from .tar import opened_tar
from .tensors import Window

SUFFIXES = (".pth", ".pt", ".bin", ".ckpt", ".tar")
# Under which of these a checkpoint keeps the weights; the first that is there counts.
HOLDERS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params")
PREFIXES = ("module.", "_orig_mod.")  # of DataParallel, of torch.compile
EXTRA = "_extra_state"  # what a module saves beside its numbers


def read_pth(path: str | os.PathLike, max_bytes: int | None = None) -> dict[str, np.ndarray]:
    """Return the arrays of a state_dict that ``torch.save`` wrote, or of the one in a checkpoint.

    A prefix "module." that all names have is cut off.  bfloat16 becomes float32.  Nothing in the file is
    executed: what is more than numbers is refused.

    Parameters
    ----------
    max_bytes : of memory; by default four times the file and 200 MB.

    Returns
    -------
    Arrays that cannot be written to; those of shared storages share memory.

    Raises
    ------
    FileNotFoundError : if there is no such file.
    FileError : if it is damaged, has something else than a state_dict, or would take too much memory.
    """
    path = Path(path)
    with reading(path, "a file of torch.save"), _opened(path, max_bytes) as contents:
        windows = _state_dict(contents.value, path)
        made = sum(window.made for window in windows.values())
        expect_room(path, os.path.getsize(path) + made, "its tensors", max_bytes)
        kept: dict[tuple, bytes] = {}
        arrays = {}
        for name, window in windows.items():
            storage = window.storage
            place = storage.key, storage.length
            if place not in kept:
                kept[place] = contents.fetch(storage)
            arrays[name] = window.array(path, kept[place], contents.big)
    return _without_prefix(arrays)


def _opened(path: Path, max_bytes: int | None) -> AbstractContextManager[Contents]:
    """Return the reader of the format that the file begins as."""
    with open(path, "rb") as file:
        start = file.read(512)
    if start[:4] == b"PK\x03\x04" or zipfile.is_zipfile(path):
        return opened_archive(path, max_bytes)
    if start[257:262] == b"ustar":
        return opened_tar(path, max_bytes)
    if start[:1] not in (b"\x80", b"L"):
        came = f"one that begins with {start[:8]!r}" if start else "an empty one"
        raise bad_file(path, "a file of torch.save", came)
    return opened_legacy(path, max_bytes)


def _state_dict(value: Any, path: Path) -> dict[str, Window]:
    """Return the tensors by name: those under one of `HOLDERS`, or else the dictionary's own."""
    for _ in range(3):  # {"model": {"state_dict": ...}}
        if not isinstance(value, dict):
            came = "one tensor" if isinstance(value, Window) else f"a {type(value).__name__}"
            raise bad_file(path, EXPECTED, came)
        inner = next((value[name] for name in HOLDERS if isinstance(value.get(name), dict)), None)
        if inner is None:
            break
        value = inner
    named = {name: each for name, each in value.items() if not str(name).endswith(EXTRA)}
    if not any(isinstance(each, Window) for each in named.values()):
        keys = ", ".join(map(repr, [*value][:9])) or "nothing"
        hint = "" if not value else f"the weights are looked for under {', '.join(HOLDERS)}"
        raise bad_file(path, "a dictionary of tensors", f"one of {keys}"[:500], hint=hint)
    for name, each in named.items():
        if not isinstance(name, str) or not isinstance(each, Window):
            raise bad_file(path, f"a tensor under {name!r:.99}", f"a {type(each).__name__}")
    return named


def _without_prefix(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Cut off what all names begin with, if it is one of `PREFIXES`.

    >>> list(_without_prefix({"module.0.weight": np.ones(1), "module.0.bias": np.ones(1)}))
    ['0.weight', '0.bias']
    """
    for prefix in PREFIXES * 2:
        if arrays and all(name.startswith(prefix) for name in arrays):
            arrays = {name.removeprefix(prefix): array for name, array in arrays.items()}
    return arrays
