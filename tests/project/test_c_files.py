"""A C file says what it computes and what it takes from other files.

All kernels are one unit for the compiler, so that it can put one into another.  All the same each file includes
what it needs, and a comment beside the include of another C file names all that is taken from it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

EXT = Path(__file__).parents[2] / "ext"
FILES = sorted(path for kind in ("c", "h") for path in EXT.glob(f"*/[a-z]*.{kind}"))
SOURCES = [path for path in FILES if path.suffix == ".c"]
ALONE = {
    "kernels.c",
    "levels.c",
    "scratch.c",
    "threads.c",
}  # units of their own; all others are parts of kernels.c
COMPILER = os.environ.get("CC", "cc").split()
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(EXT)))
each_part = pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.name not in ALONE], ids=lambda path: str(path.relative_to(EXT))
)


@cache
def code(path: Path) -> str:
    """Return the file without comments and strings."""
    return re.sub(r'/\*.*?\*/|"[^"\n]*"', " ", path.read_text(), flags=re.DOTALL)


@cache
def defined(path: Path) -> frozenset[str]:
    """Return the functions, constants, types and macros that a file defines."""
    text = code(path)
    names = re.findall(
        r"^(?:static|ALWAYS_INLINE|NEVER_INLINE)\b[^;{}=]*?\b(\w+)\([^;{}]*\{", text, re.MULTILINE
    )
    names += [f"struct {name}" for name in re.findall(r"^struct (\w+) \{", text, re.MULTILINE)]
    names += re.findall(r"^typedef [^;]*?\(\*(\w+)\)", text, re.MULTILINE)
    names += re.findall(r"^ *#define (\w+)", text, re.MULTILINE)
    for constants in re.findall(r"^static const \w+ ([^;]*);", text, re.MULTILINE):
        names += re.findall(r"(\w+)(?:\[\w*\])? = ", constants)
    for constants in re.findall(r"^enum(?: \w+)? \{([^}]*)\}", text, re.MULTILINE):
        names += re.findall(r"(?:^|,)\s*(\w+)", re.sub(r"\([^()]*\)", "", constants))
    return frozenset(names)


@cache
def used(path: Path) -> frozenset[str]:
    """Return the names that a file uses and does not define, members of structures left out."""
    text = re.sub(r"^ *#.*$", "", code(path), flags=re.MULTILINE)
    names = re.findall(r"(?<![.>\w])[A-Za-z_]\w*", text)
    names += [f"struct {name}" for name in re.findall(r"\bstruct (\w+)", text)]
    return frozenset(names) - defined(path)


@cache
def doors() -> frozenset[str]:
    """Return the functions in the table of kernels: names such as relu, which mean other things elsewhere."""
    return frozenset(re.findall(r"\.(\w+) =", code(EXT / "native" / "kernels.c")))


def named(path: Path) -> dict[Path, set[str]]:
    """Return, for each C file that a file includes, the names in the comment beside."""
    found = re.findall(
        r'^#include "([^"]+\.c)"(?:\s*/\*(.*?)\*/)?', path.read_text(), re.MULTILINE | re.DOTALL
    )
    return {(path.parent / name).resolve(): set(re.findall(r"\w+", comment)) for name, comment in found}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(EXT)))
def test_a_c_file_opens_with_what_it_computes(path):
    assert path.read_text().startswith("/* "), f"{path} opens without a comment"


@each_part
def test_what_is_taken_from_other_files_is_named_and_nothing_else(path):
    said = named(path)
    taken = {
        other: used(path) & defined(other) - (doors() - said.get(other, set()))
        for other in SOURCES
        if other != path
    }
    expected = {
        other: {name.removeprefix("struct ") for name in names} for other, names in taken.items() if names
    }
    assert said == expected


@each_part
def test_a_part_compiles_with_what_it_includes(path):
    """With all parts as one unit, a missing include would go unnoticed as long as the order happens to fit."""
    if shutil.which(COMPILER[0]) is None or "false" in COMPILER[0]:
        pytest.skip("no C compiler")
    flags = ["-std=gnu11", "-Wall", "-Werror", "-Wno-unused-function", "-Wno-psabi", "-Wno-unknown-pragmas"]
    macros = ["-DREAL=float", "-DVECTOR_BYTES=16", "-DHAS_WINOGRAD=1"]
    command = [*COMPILER, *flags, *macros, "-fsyntax-only", "-x", "c", "-"]
    done = subprocess.run(command, input=f'#include "{path}"', capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_name_is_defined_once():
    homes: dict[str, list[str]] = {}
    for path in FILES:
        if path.name not in ALONE:
            for name in defined(path):
                homes.setdefault(name, []).append(path.name)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


@each_file
def test_the_compiler_reads_a_file_once(path):
    if path.name not in ALONE:
        assert re.search(r"^#pragma once$|^#ifndef CUTAWAY_\w+_H$", path.read_text(), re.MULTILINE)
