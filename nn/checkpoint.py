"""Checkpoints: one safetensors file with every array, the rest as JSON in its header.  Nothing is executed.

Beside ``run.safetensors`` a ``run.json`` with the same header is written for human eyes; it is
never read back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import FileError
from ..core.files import replacing
from ..core.reading import bad_file, expect_room, reading
from ..core.save import read_safetensors

FORMAT = "cutaway checkpoint 1"
HEADER_COSTS = 40  # bytes of memory for one of JSON: an empty list takes 56 and a place in another
WHOLE = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


class CheckpointError(FileError):
    """A checkpoint that cannot be read, or belongs to something else."""


def save(path: str | os.PathLike, arrays: dict[str, np.ndarray], header: dict[str, Any]) -> None:
    """Write a checkpoint; an older one is replaced in one step, so that a kill at any moment loses nothing.

    Parameters
    ----------
    path : where to; the name ends in ".safetensors".
    arrays : by name.
    header : what JSON can hold, NumPy's numbers, and arrays of whole numbers (the state of a generator).
    """
    from safetensors.numpy import save as to_bytes

    path = Path(path)
    text = json.dumps(header, default=_plain)
    contiguous = {
        name: np.ascontiguousarray(array).reshape(np.shape(array)) for name, array in arrays.items()
    }
    with replacing(path) as file:
        file.write(to_bytes(contiguous, metadata={"format": FORMAT, "header": text}))
    beside = path.with_name(path.name.removesuffix(".safetensors") + ".json")
    if not _is_checkpoint(beside):
        with replacing(beside, "w") as file:
            file.write(json.dumps(header, indent=1, default=_plain) + "\n")


def _is_checkpoint(path: Path) -> bool:
    """Whether a file of this name, "m.json" for example, is one itself, which a header must not replace."""
    try:
        read_safetensors(path)
    except (OSError, ValueError):
        return False
    return True


def _plain(value: Any) -> Any:
    """Return what JSON cannot hold as something that it can."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    raise TypeError(f"checkpoint: JSON cannot hold a {type(value).__name__}: {value!r}")


def _array(entry: dict[str, Any]) -> Any:
    """Return an array that `_plain` wrote, anything else as it is."""
    if entry.keys() != {"array", "dtype"}:
        return entry
    if entry["dtype"] not in WHOLE:
        raise ValueError(f"expected whole numbers, came an array of {entry['dtype']!r}")
    return np.array(entry["array"], entry["dtype"])


def load(
    path: str | os.PathLike, max_bytes: int | None = None
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a checkpoint: (arrays, header).

    Raises
    ------
    FileNotFoundError : if there is none.
    CheckpointError : if it is damaged or no checkpoint of cutaway, or would take more than ``max_bytes`` of
        memory, by default four times the file and 200 MB.
    """
    with reading_checkpoint(path):
        arrays, metadata = read_safetensors(path)
        if metadata.get("format") != FORMAT:
            came = f"a safetensors file of format {metadata.get('format')!r}"
            raise bad_file(path, f"a cutaway checkpoint (format {FORMAT!r})", came)
        if "header" not in metadata:
            raise bad_file(path, "a header", "none")
        expect_room(path, HEADER_COSTS * len(metadata["header"]), "the header", max_bytes)
        with reading(path, "a header in JSON"):
            header = json.loads(metadata["header"], object_hook=_array)
        if not isinstance(header, dict):
            raise bad_file(path, "an object as the checkpoint's header", f"a {type(header).__name__}")
    return arrays, header


@contextmanager
def reading_checkpoint(path: str | os.PathLike) -> Iterator[None]:
    """As `core.reading.reading`, of a checkpoint."""
    try:
        with reading(path, "a checkpoint"):
            yield
    except CheckpointError:
        raise
    except FileError as error:
        raise CheckpointError(str(error), error.path, error.expected, error.byte, error.line) from error
