"""Loops written out and linked: the text is what a student would write by hand, and runs as the loop did."""

from __future__ import annotations

import importlib.util
import linecache
import subprocess
import sys

import numpy as np
import pytest
from cutaway.ext import numba_cache
from cutaway.ext.embeddings.codegen import link as module
from cutaway.ext.embeddings.codegen.link import linked
from cutaway.ext.embeddings.codegen.sizes import Sizes, sizes
from cutaway.ext.embeddings.codegen.unroll import registers, unroll, unrolled_source
from numba import njit

FOUR = Sizes(rows=4)


def weighted(x, y):
    part = registers(sizes.rows)
    for d in unroll(sizes.rows):
        part[d] = x[d] * (d + 1)
        for other in unroll(d):
            part[d] += y[other]
    total = 0
    for d in unroll(sizes.rows - 1, -1, -1):
        total = 10 * total + part[d]
    return total


@njit()
def helper(x):
    return x + sizes.rows


@njit()
def tenfold(x):
    return 10 * x


def make_caller(change, is_negative=False):
    @njit()
    def caller(x):
        for d in unroll(sizes.rows):
            x = change(x) * d
        return -x if is_negative else x

    return caller


@pytest.fixture(autouse=True)
def _files_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))


def text_of(function):
    return linecache.getlines(function.py_func.__code__.co_filename)


def test_source_is_written_out():
    def add(x, y):
        part = registers(K)  # noqa: F821
        for d in unroll(K):  # noqa: F821
            part[d] = x[d] + y[d]
        return part[K - 1]  # noqa: F821

    expected = "def add(x, y):\n    part_0 = x[0] + y[0]\n    part_1 = x[1] + y[1]\n    return part_1"
    assert unrolled_source(add, {"K": 2}) == expected


def test_result_is_that_of_the_loop(tmp_path):
    x, y = [3, 1, 4, 1], [5, 9, 2, 6]
    (made,) = linked(weighted, sizes=FOUR)
    assert made(x, y) == 10 * (10 * (10 * (1 * 4 + 5 + 9 + 2) + 4 * 3 + 5 + 9) + 1 * 2 + 5) + 3
    written = next((tmp_path / "cutaway").glob("*.py")).read_text()
    assert "for" not in written.split('"""', 2)[2]
    assert "part_3 += y[2]" in written


def test_functions_of_one_file_call_each_other():
    (made,) = linked(make_caller(helper), sizes=Sizes(rows=3))
    assert made(1) == ((1 + 3) * 0 + 3) * 1 * 2 + 3 * 2


def test_a_factory_is_given_what_its_function_calls():
    add, multiply, negative = linked(
        make_caller(helper), make_caller(tenfold), make_caller(helper, is_negative=True), sizes=Sizes(rows=2)
    )
    assert (add(1), multiply(1), negative(1)) == (2, 0, -2)


def test_the_file_begins_with_what_was_put_where():
    (made,) = linked(make_caller(tenfold), sizes=FOUR)
    head = "".join(text_of(made)).split('"""')[1]
    place = __name__.replace(".", "/")
    assert f"{place}.py tenfold" in head
    assert f"{place}.py caller, made with change = " in head
    assert "rows=4" in head


def test_a_name_has_one_meaning_in_a_file():
    """Two modules have a number LIMIT each: they could not stand in one file."""
    link = module._Linker(FOUR)
    for _ in range(2):
        link._name("LIMIT", 3, helper.py_func)
    with pytest.raises(ValueError, match=r"LIMIT is 4 in .*, elsewhere 3"):
        link._name("LIMIT", 4, helper.py_func)


def test_changed_constants_change_the_name():
    table = np.arange(5.0)
    old = module._digest("text", {"TABLE": table, "RATE": 1.0, "note": "x"})
    assert old == module._digest("text", {"RATE": 1.0, "TABLE": table.copy(), "note": "y"})
    for other in ({"TABLE": table + 1, "RATE": 1.0}, {"TABLE": table, "RATE": 2.0}):
        assert old != module._digest("text", other)
    assert old != module._digest("texts", {"TABLE": table, "RATE": 1.0})


def test_changed_functions_of_other_files_change_the_name(tmp_path, monkeypatch):
    """The rewritten function calls `tool` of another file of the package, which calls `inner` of a third."""
    package = module.__package__

    def name_with(inner):
        texts = {
            "third": f"def inner(x):\n    return {inner}\n",
            "second": f"from {package}.third import inner\ndef tool(x):\n    return inner(x)\n",
            "first": f"from {package}.second import tool\ndef caller(x):\n    return tool(x)\n",
        }
        for name, text in texts.items():
            path = tmp_path / f"{name}.py"
            path.write_text(text)
            spec = importlib.util.spec_from_file_location(f"{package}.{name}", path)
            made = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(sys.modules, f"{package}.{name}", made)
            linecache.checkcache()
            exec(compile(text, path, "exec"), made.__dict__)
        (rewritten,) = linked(made.caller, sizes=FOUR)
        return rewritten.__module__, rewritten(5)

    (first, five), (again, _), (other, ten) = map(name_with, ("x", "x", "2 * x"))
    assert (five, ten) == (5, 10)
    assert first == again != other


def test_works_where_nothing_can_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    monkeypatch.setattr(numba_cache, "_why", None)
    with pytest.warns(RuntimeWarning, match="kernels are not kept"):  # once
        (made,) = linked(weighted, sizes=FOUR)
    assert made([1, 1, 1, 1], [0, 0, 0, 0]) == 4321
    assert module._keep("x.py", "")[1] is False


def test_kernel_is_found_again_by_the_next_process(tmp_path):
    """Two processes, one cache: the second compiles nothing, and sees the first one's file as it was."""
    script = (
        "import numpy as np\n"
        "from cutaway.ext.embeddings.codegen import settings\n"
        "from cutaway.ext.embeddings.codegen.link import linked\n"
        "from cutaway.ext.embeddings.codegen.sizes import sizes\n"
        "(made,) = linked(settings.sigmoid, sizes=sizes)\n"
        "made(np.float32(0)); print(sum(made.stats.cache_hits.values()))\n"
    )
    hits = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"NUMBA_CACHE_DIR": str(tmp_path), "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        )
        hits.append(int(done.stdout))
    assert hits == [0, 1]
