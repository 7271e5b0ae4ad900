"""Folders that keep what a run has made for the next one: which must be a run of the same text and options.

``made-of.json`` in the folder says what its files were made of; a run of something else is refused before it
works, since it would get another run's results without a word.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core.files import replacing
from ..core.reading import bad_file, reading

NAME = "made-of.json"
ENDS = 1 << 20  # bytes of a text's begin and end that its fingerprint looks at


def expect_same(flag: str, folder: Path, files: Iterable[str], made_of: dict[str, Any]) -> None:
    """Write what the folder's files will be made of, or compare with what they were made of.

    Parameters
    ----------
    flag : str
        The folder's, as it was typed.
    files : iterable of str
        Names of the files that would be used again.
    made_of : dict
        {flag: value}.

    Raises
    ------
    ValueError
        The files are there, and were made of something else: names the flags and both values.
    FileError
        ``made-of.json`` is damaged.
    """
    path, there = folder / NAME, [name for name in files if (folder / name).exists()]
    if there:
        hint = f"hint: another folder, or remove {' and '.join(there)} from it"
        if not path.exists():
            raise ValueError(f"{flag} {folder}: {there[0]} is there, but no {NAME} beside it\n    {hint}")
        kept = _read(path)
        for name, value in made_of.items():
            if kept.get(name) != value:
                was = "another text" if name == "-train" else f"{name} {kept.get(name)}"
                now = name if name == "-train" else f"{name} {value}"
                raise ValueError(
                    f"{flag} {folder}: {there[0]} was made with {was}, not with this {now}\n    {hint}"
                )
        return
    with replacing(path, "w") as file:
        json.dump(made_of, file, indent=1)


def fingerprint(path: str | os.PathLike) -> str:
    """A text file's size, and a check sum of its begin and its end."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        check = zlib.crc32(file.read(ENDS))
        file.seek(max(size - ENDS, 0))
        check = zlib.crc32(file.read(ENDS), check)
    return f"{size} bytes, {check:08x}"


def _read(path: Path) -> dict[str, Any]:
    with reading(path, "JSON"), open(path, encoding="utf-8") as file:
        kept = json.loads(file.read(1 << 16))
    if not isinstance(kept, dict):
        raise bad_file(path, "an object of flags and values", repr(kept)[:40])
    return kept
