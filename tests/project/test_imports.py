"""Imports point one way: from room to room, from floor to floor, and never in a circle."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cutaway
import pytest

ROOT = Path(cutaway.__file__).parent
MAY_IMPORT = {
    "ext": set(),
    "core": {"ext"},
    "nn": {"core", "ext"},
    "text": {"core", "nn", "ext"},
    "vision": {"core", "nn", "ext"},
    "lessons": {"core", "ext", "nn", "text", "vision"},
    "commands": {"core", "ext", "nn", "text", "vision", "lessons"},
}
# Inside a room, a folder may import those of the floors before its own.
FLOORS = {
    "text": [
        {"corpus", "estimators"},
        {"files"},
        {"vectors"},
        {"embeddings"},
        {"glove", "classify", "features"},
        {"sentences"},
    ],
    "vision": [{"networks", "data"}, {"classification", "segmentation", "interpret", "transfer"}],
}


class Import(NamedTuple):
    """One module names another: when it is imported, inside a function ("lazy"), or for types alone."""

    source: str  # "text.vectors.offsets"
    target: str
    when: str
    line: int


def module_of(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for room in MAY_IMPORT for path in sorted((ROOT / room).rglob("*.py"))}


def when(path_to_node: list[ast.AST]) -> str:
    """When an import runs that stands inside these nodes."""
    for node in path_to_node:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return "types"
    is_lazy = any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) for node in path_to_node
    )
    return "lazy" if is_lazy else "at import"


def targets(node: ast.Import | ast.ImportFrom, package: list[str]) -> Iterator[str]:
    """The modules that a statement names, without ``cutaway.``; `from .. import x` names the module x, too."""
    if isinstance(node, ast.Import):
        yield from (
            name.name.removeprefix("cutaway.") for name in node.names if name.name.startswith("cutaway")
        )
        return
    if node.level:
        base = package[: len(package) - node.level + 1] + (node.module or "").split(".")
    elif node.module and node.module.split(".")[0] == "cutaway":
        base = node.module.split(".")[1:]
    else:
        return
    base = [part for part in base if part]
    for name in node.names:
        longer = ".".join([*base, name.name])
        yield longer if longer in FILES else ".".join(base)


def imports_of(source: str, text: str, is_package: bool) -> Iterator[Import]:
    package = source.split(".") if is_package else source.split(".")[:-1]

    def walk(node: ast.AST, outer: list[ast.AST]) -> Iterator[Import]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in targets(node, package):
                yield Import(source, target, when(outer), node.lineno)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, [*outer, node])

    yield from walk(ast.parse(text), [])


IMPORTS = [
    each
    for name, path in FILES.items()
    for each in imports_of(name, path.read_text(encoding="utf-8"), path.name == "__init__.py")
]


def upwards(imports: list[Import]) -> list[str]:
    """The imports that point from a room, or a floor, to one above it."""
    wrong = []
    for source, target, _, line in imports:
        room, to = source.split(".")[0], target.split(".")[0]
        allowed = to == room or to not in MAY_IMPORT or to in MAY_IMPORT[room]
        floors = FLOORS.get(room) if to == room else None
        if floors and source.count(".") and target.count("."):
            here, there = (
                next((i for i, floor in enumerate(floors) if name.split(".")[1] in floor), -1)
                for name in (source, target)
            )
            same = source.split(".")[1] == target.split(".")[1]
            allowed = same or there < here
        if not allowed:
            wrong.append(f"{source}:{line} imports {target}")
    return wrong


def circle(imports: list[Import]) -> list[str]:
    """One circle of imports, if there is any.  A package's own modules do not count as importing it."""
    graph: dict[str, set[str]] = {}
    for source, target, _, _ in imports:
        if target != source and target in FILES and not source.startswith(f"{target}."):
            graph.setdefault(source, set()).add(target)
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        return error.args[1][::-1]
    return []


def test_arrows_point_one_way():
    assert upwards(IMPORTS) == []


def test_there_is_no_circle_of_imports_when_a_module_is_imported():
    assert circle([each for each in IMPORTS if each.when == "at import"]) == []


def test_there_is_no_circle_of_imports_by_imports_inside_functions():
    assert circle([each for each in IMPORTS if each.when != "types"]) == []


def test_types_alone_are_imported_only_where_that_breaks_a_circle():
    """An import for types alone, of a module that could be imported, hides what a file needs.

    Commands load a room when they run, so that ``cutaway --help`` is quick.
    """
    running = [each for each in IMPORTS if each.when != "types"]
    needless = [
        f"{each.source}:{each.line} imports {each.target}"
        for each in IMPORTS
        if each.when == "types" and not each.source.startswith("commands.") and not circle([*running, each])
    ]
    assert needless == []


@pytest.mark.parametrize(
    ("source", "text", "found"),
    [
        ("core.op", "from .. import nn", [("core.op", "nn", "at import")]),
        (
            "nn.fit",
            "def f():\n    from ..vision.data import scenes",
            [("nn.fit", "vision.data.scenes", "lazy")],
        ),
        ("ext.pool", "import cutaway.core.op", [("ext.pool", "core.op", "at import")]),
        ("core.op", "if TYPE_CHECKING:\n    from ..text import Vocabulary", [("core.op", "text", "types")]),
    ],
)
def test_the_rule_sees_every_way_of_importing(source, text, found):
    seen = list(imports_of(source, text, False))
    assert [each[:3] for each in seen] == found
    assert upwards(seen) == [f"{source}:{seen[0].line} imports {seen[0].target}"]


def test_the_rule_sees_floors_and_circles():
    up = Import("text.corpus.stream", "text.files.npz", "at import", 3)
    assert upwards([up]) == ["text.corpus.stream:3 imports text.files.npz"]
    assert upwards([Import("text.glove.cells", "text.classify.load", "lazy", 1)]), "neighbours on one floor"
    back = Import("text.files.npz", "text.corpus.stream", "lazy", 1)
    assert upwards([back]) == []
    assert circle([back]) == []
    assert len(circle([up, back])) == 3
