"""A folder of text files as one text."""

from __future__ import annotations

from pathlib import Path

from ...core.errors import FileError


def files_in(path: Path) -> list[Path]:
    """The path itself; of a folder its files by name, hidden ones and other folders left out.

    Raises
    ------
    FileError
        The folder has no file.
    """
    if not path.is_dir():
        return [path]
    files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
    if not files:
        expected = "text files, packed or not, directly in the folder"
        raise FileError(f"{path}: expected {expected}, came none", path, expected)
    return files
