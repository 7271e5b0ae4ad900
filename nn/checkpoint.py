"""Checkpoints: one safetensors file with every array, the rest as JSON in its header.  Nothing is executed.

Beside ``run.safetensors`` a ``run.json`` with the same header is written for human eyes; it is
never read back.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..core import CutawayError
from ..core.files import replacing

FORMAT = "cutaway checkpoint 1"


class CheckpointError(CutawayError, ValueError):
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
    with replacing(path.with_name(path.name.removesuffix(".safetensors") + ".json"), "w") as file:
        file.write(json.dumps(header, indent=1, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    """Return what JSON cannot hold as something that it can."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return {"array": value.tolist(), "dtype": str(value.dtype)}
    raise TypeError(f"checkpoint: JSON cannot hold a {type(value).__name__}: {value!r}")


def _array(entry: dict[str, Any]) -> Any:
    """Return an array that `_plain` wrote, anything else as it is."""
    return np.array(entry["array"], entry["dtype"]) if entry.keys() == {"array", "dtype"} else entry


def load(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a checkpoint: (arrays, header).

    Raises
    ------
    FileNotFoundError : if there is none.
    CheckpointError : if it is damaged or no checkpoint of cutaway.
    """
    arrays, metadata = load_safetensors(path)
    if metadata.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: a safetensors file, but no cutaway checkpoint (format {metadata.get('format')!r}, "
            f"expected {FORMAT!r})"
        )
    try:
        header = json.loads(metadata["header"], object_hook=_array)
    except (KeyError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path}: the checkpoint's header is damaged ({error})") from error
    if not isinstance(header, dict):
        raise CheckpointError(
            f"{path}: the checkpoint's header is a {type(header).__name__}, expected an object"
        )
    return arrays, header


def load_safetensors(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read any safetensors file: (arrays, metadata)."""
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())  # the file is no dictionary
            return {name: file.get_tensor(name) for name in names}, dict(file.metadata() or {})
    except (SafetensorError, ValueError, OSError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path}: not a readable safetensors file ({error}); it may be truncated: use an older checkpoint"
        ) from error
