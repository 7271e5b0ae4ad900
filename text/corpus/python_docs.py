"""A corpus that is on every machine: the documentation of the installed scientific Python.

The docstrings of NumPy, SciPy, matplotlib, Numba and the standard library are read from the source files
with ``ast``: nothing is imported, nothing runs.  Together they are about two million words of technical
English, with enough of `matrix`, `median` and `cosine` in it for a model to learn what they mean.
"""

from __future__ import annotations

import ast
import inspect
import re
import sysconfig
import warnings
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

from ...nn.progress import progress as bar

PACKAGES = ("numpy", "scipy", "matplotlib", "numba")
SKIPPED_FOLDERS = {
    "test",
    "tests",
    "testing",
    "site-packages",
    "dist-packages",
    "__pycache__",
    "lib2to3",
    "idlelib",
}

LONG_STRING = 20  # words; shorter strings of several lines are mostly templates and code
WORD = re.compile(r"[^\W\d_]\w*")
LATEX = re.compile(r"\\[A-Za-z]+")  # \frac, \alpha
ROLE = re.compile(r":[a-z:]+:`")  # :func:`name` is the word name
DIRECTIVE = re.compile(r"^\s*\.\. [\w:-]+::.*$", re.MULTILINE)  # .. versionadded:: 1.2
DOCTEST = re.compile(
    r"^[ \t]*>>>.*(?:\n[ \t]*\S.*)*", re.MULTILINE
)  # a prompt line and all up to the next blank line


def python_docs(
    packages: Iterable[str] = PACKAGES, standard_library: bool = True, progress: bool = True
) -> Iterator[list[str]]:
    """Sentences of the corpus: each paragraph of each docstring, as a list of lower-cased words.

    Parameters
    ----------
    packages : sequence of str
        Importable packages; one that is not installed is left out.
    standard_library : bool
    progress : bool
        A bar on stderr: files read.

    Yields
    ------
    list of str
        In a fixed order (files sorted by path); a docstring that occurs again is left out.
    """
    files = [path for root in _roots(packages, standard_library) for path in source_files(root)]
    seen = set()
    for path in bar(files, desc="reading docstrings", unit=" files", enabled=progress):
        for text in docstrings(path):
            text = inspect.cleandoc(text)
            if text not in seen:
                seen.add(text)
                yield from paragraphs(text)


def paragraphs(text: str) -> Iterator[list[str]]:
    """Words of each paragraph, without examples' code, markup and formulas.

    Identifiers stay whole (``float32``, ``read_only``); a dotted name is several words.

    >>> list(paragraphs("Return :func:`numpy.cos` of x.\\n\\n>>> cos(0)\\n1.0\\n\\nSee `float32`."))
    [['return', 'numpy', 'cos', 'of', 'x'], ['see', 'float32']]
    """
    for pattern in (DOCTEST, DIRECTIVE, LATEX):
        text = pattern.sub(" ", text)
    for paragraph in re.split(r"\n\s*\n", ROLE.sub("`", text)):
        words = [word.rstrip("_") for word in WORD.findall(paragraph.lower())]
        if words:
            yield words


def docstrings(path: Path) -> Iterator[str]:
    """Documentation in one file: its docstrings, and every longer string of several lines.

    The latter because NumPy and SciPy document their compiled functions by calls, ``add_newdoc("numpy",
    "cos", "Cosine ...")``, matplotlib fills in templates, and the language reference is a dictionary of
    strings.  A file of plain text is taken whole; a file that this Python cannot parse is left out.
    """
    source = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".py":
        yield source
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in other people's files
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_long(node.value):
            yield node.value


def _is_long(text: str) -> bool:
    return "\n" in text and len(text.split()) >= LONG_STRING


def source_files(root: Path) -> list[Path]:
    """``.py`` and ``.rst`` files below ``root``, sorted, tests left out."""
    found = (path for pattern in ("*.py", "*.rst") for path in root.rglob(pattern))
    return sorted(path for path in found if not SKIPPED_FOLDERS.intersection(path.relative_to(root).parts))


def _roots(packages: Iterable[str], standard_library: bool) -> Iterator[Path]:
    for name in packages:
        spec = find_spec(name)
        if spec and spec.origin:
            yield Path(spec.origin).parent
    if standard_library:
        yield Path(sysconfig.get_path("stdlib"))
