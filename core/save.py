"""Saving tensors, arrays and what holds them, and reading them: one safetensors file, nothing is executed.

The arrays stand in the file under their paths, so that other programs read them; what held them, and plain
numbers and texts, is JSON in the file's header.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from .create import as_tensor
from .errors import DtypeError
from .files import replacing
from .reading import bad_file, expect_room, reading
from .tensor import Tensor

FORMAT = "cutaway values 1"
HEADER_COSTS = 40  # bytes of memory for one of JSON
PLAIN = (str, bool, int, float, type(None))


def save(values: Any, path: str | os.PathLike) -> None:
    """Write tensors, arrays, numbers, texts, and dictionaries, lists and tuples of them, over an old file.

    ``save(model.state_dict(), "model.safetensors")``.  Of a tensor its values are saved, and whether it is a
    leaf that wants a gradient; no graph.

    Raises
    ------
    DtypeError : for what cannot be read again without executing it, such as a module.
    FileNotFoundError : if there is no such folder.
    """
    from safetensors.numpy import save as to_bytes

    arrays: dict[str, np.ndarray] = {}
    tree = json.dumps(_tree(values, "", arrays))
    content = to_bytes(arrays, metadata={"format": FORMAT, "tree": tree})
    with replacing(path) as file:
        file.write(content)


def load(path: str | os.PathLike, max_bytes: int | None = None) -> Any:
    """Read what `save` wrote; of any other safetensors file a dictionary of its tensors.

    Parameters
    ----------
    max_bytes : int, optional
        Of memory that the header may take; by default four times the file and 200 MB.

    Raises
    ------
    FileNotFoundError : if there is no such file.
    FileError : if it is damaged, or of another kind.
    """
    arrays, metadata = read_safetensors(path)
    if metadata.get("format") != FORMAT:
        return {name: Tensor(array) for name, array in arrays.items()}
    if "tree" not in metadata:
        raise bad_file(path, "a tree of values in the header", "none")
    expect_room(path, HEADER_COSTS * len(metadata["tree"]), "the header", max_bytes)
    with reading(path, "a tree of values in the header"):
        return _values(json.loads(metadata["tree"]), arrays)


def read_safetensors(path: str | os.PathLike) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read any safetensors file: (arrays, metadata)."""
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    with reading(path, _kind(path)):
        try:
            with safe_open(path, framework="numpy") as file:
                arrays = {name: file.get_tensor(name) for name in list(file.keys())}
                return arrays, dict(file.metadata() or {})
        except SafetensorError as error:
            raise ValueError(str(error)) from error


def _kind(path: Path) -> str:
    with open(path, "rb") as file:
        start = file.read(2)
    if start == b"PK" or start[:1] == b"\x80":
        hint = "numpy.load reads .npz, cutaway.nn.read_pth a file of PyTorch's"
        return f"safetensors, not a zip or pickle file: {hint}"
    return "a whole safetensors file"


def _tree(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """Return ``value`` as JSON can hold it, and put its arrays under their paths."""
    if isinstance(value, PLAIN) and not isinstance(value, np.generic):
        return value
    if isinstance(value, (Tensor, np.ndarray, np.generic)):
        kind = (
            "tensor" if isinstance(value, Tensor) else "array" if isinstance(value, np.ndarray) else "number"
        )
        name = _entered(value.data if isinstance(value, Tensor) else value, path, arrays)
        wanted = (
            {"requires_grad": True}
            if isinstance(value, Tensor) and value.requires_grad and value.is_leaf
            else {}
        )
        return {kind: name, **wanted}
    inner = f"{path}." if path else ""
    if isinstance(value, dict):
        wrong = next((key for key in value if not isinstance(key, PLAIN)), None)
        if wrong is not None:
            raise DtypeError(
                f"save: expected texts or numbers as keys, got {type(wrong).__name__} at {path or 'top'}"
            )
        return {"dict": [[key, _tree(each, f"{inner}{key}", arrays)] for key, each in value.items()]}
    if type(value) in (list, tuple):
        return {type(value).__name__: [_tree(each, f"{inner}{i}", arrays) for i, each in enumerate(value)]}
    hint = "; save its state_dict()" if hasattr(value, "state_dict") else ""
    got = f"{type(value).__name__} at {path or 'the top'}"
    raise DtypeError(f"save: expected tensors, arrays, numbers, texts, and what holds them, got {got}{hint}")


def _entered(value: Any, path: str, arrays: dict[str, np.ndarray]) -> str:
    """Put an array under its path, or one that is free, and return that."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise DtypeError(
            f"save: expected numbers of at most 8 bytes, got {array.dtype} at {path or 'the top'}"
        )
    name = path or "values"
    while name in arrays or name == "__metadata__":  # that one is the header's
        name += "_"
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    arrays[name] = np.ascontiguousarray(native).reshape(array.shape)
    return name


def _values(tree: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return what `_tree` described."""
    if not isinstance(tree, dict):
        return tree
    (kind, content), *rest = tree.items()
    if kind == "tensor":
        return as_tensor(arrays[content], requires_grad=bool(rest))
    if kind in ("array", "number"):
        return arrays[content] if kind == "array" else arrays[content][()]
    if kind == "dict":
        return {key: _values(each, arrays) for key, each in content}
    held = [_values(each, arrays) for each in content]
    return tuple(held) if {"list": False, "tuple": True}[kind] else held
