"""Link the compiled functions of one loop into one file, in which its sizes are numbers.

A compiled function names what it calls: a function of its own or another module, or one that was given to the
factory which made it (``make_skipgram(update)``).  `linked` follows these names from a loop down to the last
function, and writes all of them into one Python file, which begins with what was put where::

    word2vec_skipgram    word2vec/jit.py skipgram, made with update = word2vec_update
    word2vec_update      word2vec/jit.py update, made with learn = hierarchical_softmax_learn

Why a file?  Numba keeps compiled forms on disk, but not those of functions that hold others: the loop that a
factory made runs as fast, but is compiled for 5 s in each process; from its file it is there in 0.8 s.  And
a student can open it, and tracebacks point at it.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numba.core.caching import NullCache

from ...numba_cache import say_not_kept
from .sizes import Sizes
from .unroll import source_tree, unrolled_source

ROOM = f"{__name__.rsplit('.', 2)[0]}."  # the loops' folders, below ext/embeddings
FILLED_IN = {"sizes", "unroll", "registers"}  # names that are gone when a function is written


def linked(*loops: Any, sizes: Sizes) -> list[Any]:
    """Return ``loops`` as functions of one file.

    Their decorators run again, with ``cache=True`` if the file could be written to `cache_directory`.  The
    file's name holds a hash of its text, of the constants that it names, and of the other files whose
    functions it calls: a changed loop never meets an old compiled form.
    """
    linker = _Linker(sizes)
    entries = [linker.add(loop) for loop in loops]
    source, names = linker.source(entries[0]), linker.names
    name = f"cutaway_{entries[0]}_{_digest(source + _called_files(names.values()), names)}"
    path, is_kept = _keep(name + ".py", source)
    module = ModuleType(name)
    sys.modules[name] = module  # Numba looks here when it loads a compiled form
    module.__dict__.update({**names, "__name__": name, "__file__": path, "CACHE": is_kept})
    exec(compile(source, path, "exec"), module.__dict__)
    return [getattr(module, each) for each in entries]


class _Linker:
    """Functions as they will be written, and all else that they name."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.written: dict[Callable, str] = {}  # the new name of each
        self.table: list[str] = []  # where each comes from
        self.texts: list[str] = []
        self.names: dict[str, Any] = {}

    def add(self, function: Any) -> str:
        """Write a function, behind those that it calls; returns its new name."""
        plain = getattr(function, "py_func", function)
        if plain in self.written:
            return self.written[plain]
        given = inspect.getclosurevars(plain).nonlocals
        used = {node.id for node in ast.walk(source_tree(plain)) if isinstance(node, ast.Name)}
        used -= {*plain.__code__.co_varnames, *FILLED_IN}
        known = {name: value for name, value in {**plain.__globals__, **given}.items() if name in used}
        calls = {name: self.add(value) for name, value in known.items() if _is_part(value)}
        values = {name: value for name, value in given.items() if isinstance(value, int)}
        for name in known.keys() - calls.keys() - values.keys():
            self._name(name, known[name], plain)
        own = self._new_name(plain, {name: calls.get(name, given[name]) for name in given})
        names = {**calls, plain.__name__: own}
        self.texts.append(unrolled_source(plain, {**values, "sizes": self.sizes}, names))
        return own

    def _name(self, name: str, value: Any, function: Callable) -> None:
        """The file has one value for each name: modules that mean different ones cannot be put together."""
        other = self.names.setdefault(name, value)
        if other is not value and not (np.isscalar(value) and type(other) is type(value) and other == value):
            raise ValueError(f"linked: {name} is {value!r} in {function.__module__}, elsewhere {other!r}")

    def _new_name(self, plain: Callable, given: dict[str, Any]) -> str:
        """folder_function; a second one of that name gets a number."""
        folder = plain.__module__.split(".")[-2:][0]
        own = name = f"{folder}_{plain.__name__}"
        while own in self.written.values():
            own = f"{name}_{len(self.written)}"
        self.written[plain] = own
        origin = f"{plain.__module__.removeprefix(ROOM).replace('.', '/')}.py {plain.__name__}"
        made_with = "".join(f", made with {name} = {value}" for name, value in given.items())
        self.table.append(f"    {own:36} {origin}{made_with}")
        return own

    def source(self, title: str) -> str:
        """The file's text."""
        sizes = ", ".join(f"{name}={value}" for name, value in self.sizes._asdict().items())
        head = f'"""{title}, as ext/embeddings/codegen/link.py has put it together.\n\n'
        table = "\n".join(reversed(self.table))  # from the loop down
        return "\n\n\n".join([f'{head}{table}\n\nsizes: {sizes}\n"""', *self.texts]) + "\n"


def _is_part(value: Any) -> bool:
    """Whether a name stands for a compiled function that does not keep its compiled form itself."""
    return hasattr(value, "py_func") and isinstance(value._cache, NullCache)


def _called_files(values: Iterable[Any]) -> str:
    """The text of the package's files that ``values`` come from, and of those that these use in turn."""
    found, ahead = {}, [*values]
    while ahead:
        name = getattr(ahead.pop(), "__module__", None) or ""
        if name.startswith(ROOM) and name not in found:
            found[name] = inspect.getsource(sys.modules[name])
            ahead += vars(sys.modules[name]).values()
    return "".join(found[name] for name in sorted(found))


def _digest(source: str, names: dict[str, Any]) -> str:
    """Hash a text, and the numbers, arrays and options among the UPPER_CASE ``names`` that it may use."""
    digest = hashlib.sha256(source.encode())
    for name, value in sorted(names.items()):
        if name.isupper() and isinstance(value, int | float | dict | np.generic):
            digest.update(f"{name}={value!r};".encode())
        elif name.isupper() and isinstance(value, np.ndarray):
            digest.update(name.encode() + value.tobytes())
    return digest.hexdigest()[:12]


def cache_directory() -> Path:
    """Return where linked files live, below NUMBA_CACHE_DIR, XDG_CACHE_HOME or ~/.cache."""
    home = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cutaway"


def _keep(name: str, source: str) -> tuple[str, bool]:
    """Write ``source`` once, atomically; return (path, True), or ("<name>", False) if that fails."""
    path = cache_directory() / name
    try:
        if not (path.exists() and path.read_text(encoding="utf-8") == source):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as beside:
                beside.write(source)
            os.replace(beside.name, path)
    except (OSError, RuntimeError) as error:  # RuntimeError: no home directory
        say_not_kept(str(error))
        return f"<{name}>", False
    return str(path), True
