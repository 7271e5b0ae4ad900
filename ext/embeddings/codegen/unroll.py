"""Unroll the loops that a compiler would leave rolled, by rewriting the function's own source.

The skip-gram step is a few short loops over ``negative + 1`` rows.  Written as ordinary loops they cost a
quarter to a half of the speed: LLVM cannot keep ``dot[d]`` in a register while ``d`` is a variable, and
stops unrolling at about ten rows.  So the kernel is written with loops, and this file writes them out
before Numba sees them::

    dot = registers(ROWS)                        dot_0 = ZERO
    for d in unroll(ROWS):            ->         dot_1 = ZERO
        dot[d] = ZERO

The result is plain Python text.  It is kept as a file in the user's cache directory, where a student can
open it, tracebacks point at it, and Numba finds its compiled form again in the next run.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

ROOM = f"{__name__.rsplit('.', 2)[0]}."  # the loops' folders, below ext/embeddings

unroll = range  # without the rewriting, a kernel is an ordinary (slow) Python function


def registers(n: int) -> list[Any]:
    """Return ``n`` variables ``name_0 .. name_{n-1}``: no array, so they may live in registers."""
    return [None] * n


def _name(node):
    """The name that a node is, or None."""
    return getattr(node, "id", None)


class _Unroller(ast.NodeTransformer):
    """Fill in constants, write out ``for d in unroll(n)``, turn ``name[3]`` of registers into ``name_3``."""

    def __init__(self, constants):
        self.constants = dict(constants)
        self.register_lists = set()

    def visit_Name(self, node):
        return ast.Constant(self.constants[node.id]) if node.id in self.constants else node

    def visit_Assign(self, node):
        if isinstance(node.value, ast.Call) and _name(node.value.func) == "registers":
            self.register_lists.add(_name(node.targets[0]))
            return None  # registers need no declaration
        return self.generic_visit(node)

    def visit_For(self, node):
        if not (isinstance(node.iter, ast.Call) and _name(node.iter.func) == "unroll"):
            return self.generic_visit(node)
        bounds = [ast.literal_eval(self.visit(bound)) for bound in node.iter.args]
        copies = []
        for value in range(*bounds):
            self.constants[_name(node.target)] = value
            for statement in node.body:
                copy = self.visit(ast.parse(ast.unparse(statement)).body[0])
                copies.extend(copy if isinstance(copy, list) else [copy])
        self.constants.pop(_name(node.target), None)
        return copies

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return ast.Constant(eval(ast.unparse(node)))  # two literals and an operator, e.g. 3 * 112
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if _name(node.value) in self.register_lists:
            return ast.Name(f"{_name(node.value)}_{ast.literal_eval(node.slice)}", node.ctx)
        return node


def unrolled_source(function: Callable, **constants: int) -> str:
    """The text of ``function`` with ``constants`` filled in and every ``unroll`` loop written out.

    ::

        def add(x, y):                         ->      def add(x, y):
            part = registers(N)                            part_0 = x[0] + y[0]
            for d in unroll(N):                            part_1 = x[1] + y[1]
                part[d] = x[d] + y[d]                      return part_1
            return part[N - 1]                             # with N=2
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return ast.unparse(ast.fix_missing_locations(_Unroller(constants).visit(tree)))


def unrolled(*functions: Any, **chosen: Any) -> dict[str, Any]:
    """Rewrite ``functions``, which may call each other; returns {name: rewritten function}.

    ``chosen`` are constants, or functions that are to be known by another name: with ``learn=tree_learn`` the
    function is defined, and called by the others, as ``learn``.

    Decorators stay and run again; they may use the name ``CACHE``, which is True where the text could be
    written to `cache_directory`.  The file's name holds a hash of its text, of the constants of the
    functions' modules, and of the other files whose functions are called: a changed kernel never meets an
    old compiled form.
    """
    constants = {name: value for name, value in chosen.items() if not callable(value)}
    named = {function.__name__: function for function in functions}
    named |= {name: value for name, value in chosen.items() if callable(value)}
    plain = {name: getattr(function, "py_func", function) for name, function in named.items()}
    names: dict[str, Any] = {}
    for function in plain.values():
        _expect_same(names, function.__globals__, constants)
        names |= function.__globals__
    last = [*plain.values()][-1].__module__
    title = f'"""{last}, written out by unroll.py for {constants}."""'
    texts = [_renamed(unrolled_source(function, **constants), name) for name, function in plain.items()]
    source = "\n\n\n".join([title, *texts]) + "\n"
    name = f"cutaway_{'_'.join(last.split('.')[-2:])}_{_digest(source + _called_files(plain, names), names)}"
    path, written = _keep(name + ".py", source)
    module = ModuleType(name)
    sys.modules[name] = module  # Numba looks here when it loads a compiled form
    module.__dict__.update({**names, "__name__": name, "__file__": path, "CACHE": written})
    exec(compile(source, path, "exec"), module.__dict__)
    return {name: getattr(module, name) for name in plain}


def _expect_same(names: dict[str, Any], more: dict[str, Any], constants: dict[str, Any]) -> None:
    """Two modules that mean different numbers by one name cannot be written into one file."""
    for name in names.keys() & more.keys() - constants.keys():
        one, other = names[name], more[name]
        numbers = all(isinstance(each, int | float | np.generic) for each in (one, other))
        if name.isupper() and numbers and one != other:
            raise ValueError(f"unrolled: {name} is {one} in one module and {other} in another")


def _renamed(source: str, name: str) -> str:
    """The text of a function, defined under another name."""
    return re.sub(r"^def \w+\(", f"def {name}(", source, count=1, flags=re.MULTILINE)


def _called_files(functions: dict[str, Callable], names: dict[str, Any]) -> str:
    """The text of the package's other files that ``functions`` call, and of those that these use in turn."""
    called = {name for function in functions.values() for name in function.__code__.co_names}
    found, ahead = {}, [names.get(name) for name in called - functions.keys()]
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
    """Return where generated kernels live, below NUMBA_CACHE_DIR, XDG_CACHE_HOME or ~/.cache."""
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
    except (OSError, RuntimeError):  # RuntimeError: no home directory
        return f"<{name}>", False
    return str(path), True
