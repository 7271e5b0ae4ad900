"""What ``cutaway gradcheck`` is to check: code by module or file, and the values of its inputs."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np


def load(target: str, beside: str = "") -> Any:
    """Import ``package.module:name`` or ``file.py:name``, also from the current folder.

    Parameters
    ----------
    beside : another target, whose module or file holds ``name`` if ``target`` is nothing but that.

    Raises
    ------
    ValueError : it is spelt otherwise, or there is no such name; lists those that there are.
    FileNotFoundError : there is no such file.
    """
    place, colon, name = target.rpartition(":")
    if not colon and beside:
        place, name = beside.rpartition(":")[0], target
    if not place or not name:
        raise ValueError(f"expected package.module:name or file.py:name, got {target!r}")
    found: Any = _file(Path(place)) if place.endswith(".py") else _module(place)
    for part in name.split("."):
        if not hasattr(found, part):
            public = [each for each in getattr(found, "__dict__", {}) if not each.startswith("_")]
            raise ValueError(f"{place} has no {part!r}; it has {', '.join(public[:12])}")
        found = getattr(found, part)
    return found


def _module(name: str) -> ModuleType:
    with _importable(os.getcwd()):
        return importlib.import_module(name)


def _file(path: Path) -> ModuleType:
    """Import a file by its path; it finds the files beside it."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    name = f"cutaway_checks_{path.resolve().stem}_{abs(hash(str(path.resolve()))):x}"
    if name in sys.modules:  # the backward function beside the forward one: one and the same module
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    with _importable(str(path.resolve().parent)):
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return module


class _importable:
    """Have a folder at the front of the path for a while."""

    def __init__(self, folder: str):
        self.folder = folder

    def __enter__(self) -> None:
        sys.path.insert(0, self.folder)

    def __exit__(self, *_: Any) -> None:
        sys.path.remove(self.folder)


def made(target: Any, name: str) -> Any:
    """Return a layer of a class that was named, a Module in float64, or the target as it is."""
    from ..nn import Module

    has_layer = inspect.isclass(target) and all(hasattr(target, each) for each in ("forward", "backward"))
    if inspect.isclass(target) and (issubclass(target, Module) or (has_layer and not _foreign(target))):
        try:
            target = target()
        except TypeError as error:
            raise ValueError(
                f"{name}: the class needs arguments ({error}); write a function that builds it, and "
                "check that"
            ) from error
    return target.double() if isinstance(target, Module) else target


def _foreign(target: type) -> bool:
    return any(each.__module__.split(".")[0] == "torch" for each in target.__mro__)


def inputs(target: Any, shapes: list[str], values: str, rng: np.random.Generator) -> list[Any]:
    """Return the inputs: values of a file, by the names of the function's parameters, or random ones.

    Raises
    ------
    ValueError : a shape is spelt otherwise, or the file's names are not the function's; lists both.
    """
    if not values:
        return [rng.normal(size=shape(text)) for text in shapes]
    with np.load(values, allow_pickle=False) as file:
        held = {name: file[name] for name in file.files}
    if all(name == f"arr_{i}" for i, name in enumerate(held)):
        return list(held.values())
    names = [
        p.name
        for p in inspect.signature(getattr(target, "forward", target)).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and (p.name in held or p.default is p.empty)
    ]
    if set(names) != set(held):
        raise ValueError(
            f"--values {values} holds {', '.join(held)}, expected {', '.join(names)}\n"
            "    hint: name the arrays as the function's parameters, or save them without names, in order"
        )
    return [held[name] for name in names]


def shape(text: str) -> tuple[int, ...]:
    """Return the shape that "2,3" spells; () for an empty text.

    >>> shape("2,3")
    (2, 3)
    """
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(
            f"--shape: expected whole numbers with commas between, such as 2,3, got {text!r}"
        ) from None
