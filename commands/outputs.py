"""Nothing is lost: a command looks at its files before it works, and keeps what it has after Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..core.files import expect_regular

Files = Iterable[tuple[str, str]]  # flag as it was typed, path


def expect_outputs(outputs: Files, inputs: Files = ()) -> None:
    """Raise now what writing would raise after the work; and never write over what is read.

    Parameters
    ----------
    outputs, inputs : pairs of flag and path
        Empty paths, and "-" for a standard stream, are left out.

    Raises
    ------
    OSError
        There is no such folder, the file is a folder or a device, or it cannot be written.
    ValueError
        Two outputs, or an output and an input, are one file.
    """
    taken: dict[str, str] = {}
    for flag, path in inputs:
        if path and path != "-":
            taken[os.path.realpath(path)] = f"{flag} reads"
    for flag, path in outputs:
        if not path or path == "-":
            continue
        _expect_writable(flag, Path(path))
        place = os.path.realpath(path)
        if place in taken:
            raise ValueError(f"{flag} {path} would overwrite what {taken[place]}\n    hint: another name")
        taken[place] = f"{flag} writes"


def finished(train: Callable[[], object], model: Any, written: Iterable[str]) -> bool:
    """Train; False after Ctrl-C, when the model has what it had learnt so far and the caller writes that."""
    try:
        train()
    except KeyboardInterrupt:
        if not hasattr(model, "v"):  # it had not begun
            raise
        names, place = " and ".join(filter(None, written)), f"{model.epoch} of {model.epochs}"
        print(f"\ninterrupted in epoch {place}: what was learnt so far goes to {names}", file=sys.stderr)
        return False
    return True


def _expect_writable(flag: str, path: Path) -> None:
    expect_regular(path, flag)
    folder = Path(os.path.realpath(path)).parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{flag} {path}: files cannot be made in {folder}; choose another folder")
