"""Loading saved parameters into a module, with a readable account of what does not fit."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import ShapeError, Tensor
from ..core.node import mark_changed
from ..core.tensor import values_of

if TYPE_CHECKING:
    from .module import Module


def load_into(module: Module, state: dict[str, Any], strict: bool = True) -> tuple[list[str], list[str]]:
    """Copy the arrays of ``state`` into the parameters and buffers of ``module``.

    Nothing is changed unless everything fits.

    Parameters
    ----------
    module : the module to fill.
    state : path -> array or tensor.
    strict : whether paths that only one side has are an error.  Shapes must fit in any case.  Of the paths of
        something shared one is enough.

    Returns
    -------
    (missing, unexpected) : the paths that only the module has, and those that only ``state`` has.

    Raises
    ------
    ShapeError : with a table of the differences.
    GradientError : for a tensor in ``state`` that was made from others which need a gradient.
    """
    own = module.state_dict()
    arrays = {path: _array(path, value) for path, value in state.items()}
    found = {id(values) for path, values in own.items() if path in arrays}
    missing = [path for path, values in own.items() if id(values) not in found]
    unexpected = [path for path in arrays if path not in own]
    shapes = [path for path in own if path in arrays and own[path].shape != arrays[path].shape]
    if shapes or (strict and (missing or unexpected)):
        raise ShapeError(difference(type(module).__name__, own, arrays, missing, unexpected, shapes))
    for path, values in own.items():
        if path in arrays:
            values[...] = arrays[path]
            mark_changed(values)
    return missing, unexpected


def _array(path: str, value: Any) -> np.ndarray:
    leaf = isinstance(value, Tensor) and value.is_leaf
    return np.asarray(value.data if leaf else values_of(value, f"load_state_dict, {path}"))


def difference(
    name: str, own: dict, given: dict, missing: list[str], unexpected: list[str], shapes: list[str]
) -> str:
    """Return the account: what fits, what does not, and the likeliest counterpart of a stray path."""
    fits = len(own) - len(missing) - len(shapes)
    lines = [f"load_state_dict: {fits} of {len(own)} entries of {name} fit"]
    for path in shapes:
        lines.append(f"    {path}: expected shape {own[path].shape}, got {given[path].shape}")
    for path in missing:
        like = _counterpart(path, own, given, unexpected)
        lines.append(
            f"    {path} {own[path].shape}: missing" + (f"; is it the file's {like}?" if like else "")
        )
    lines += [f"    {path} {given[path].shape}: unexpected" for path in unexpected]
    if len(lines) > 25:
        lines = [*lines[:24], f"    ... and {len(lines) - 24} more"]
    if missing or unexpected:
        lines.append(
            "    hint: strict=False loads what fits; a common prefix such as 'module.' can be cut off with "
            "removeprefix"
        )
    return "\n".join(lines)


def _counterpart(path: str, own: dict, given: dict, unexpected: list[str]) -> str | None:
    same_shape = [other for other in unexpected if given[other].shape == own[path].shape]
    close = difflib.get_close_matches(path, same_shape, n=1, cutoff=0.5)
    return close[0] if close else None
