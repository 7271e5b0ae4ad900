"""The corpus of docstrings: read without running, cleaned, in one order."""

from __future__ import annotations

import sys

from cutaway.lessons.docs_questions import PAIRS, PROBES, docs_questions
from cutaway.text.corpus.python_docs import docstrings, paragraphs, python_docs, source_files


def test_source_is_read_not_run(tmp_path, monkeypatch):
    package = tmp_path / "fakepackage"
    (package / "tests").mkdir(parents=True)
    (package / "__init__.py").write_text('"""First page."""\nraise SystemExit("this file ran")\n')
    (package / "broken.py").write_text('"""Lost."""\ndef f(:\n')
    (package / "tests" / "test_x.py").write_text('"""Not documentation."""')
    (package / "b.py").write_text(
        'def f():\n    """First page."""\n\nadd_newdoc("numpy", "cos", """Cosine'
        + " of an angle" * 10
        + '\n""")\n'
        'code = """x\ny"""\n'
    )
    (package / "notes.rst").write_text("A plain text.")
    monkeypatch.syspath_prepend(tmp_path)
    found = list(python_docs(["fakepackage", "no_such_package"], standard_library=False, progress=False))
    assert found == [["first", "page"], ["cosine", *["of", "an", "angle"] * 10], ["a", "plain", "text"]]
    assert "fakepackage" not in sys.modules


def test_paragraphs_hold_words_only():
    text = """Return the :func:`~numpy.linalg.norm` of ``x_`` as `float32`.

    .. versionadded:: 1.7
    .. math:: \\frac{a}{b}

    Examples
    --------
    >>> import numpy
    >>> for i in range(3):
    ...     print(i)
    0
    1

    The END. 3.5"""
    assert list(paragraphs(text)) == [
        ["return", "the", "numpy", "linalg", "norm", "of", "x", "as", "float32"],
        ["examples"],
        ["the", "end"],
    ]


def test_numba_is_documented_here_and_in_a_fixed_order():
    sentences = list(python_docs(["numba"], standard_library=False, progress=False))
    assert sum(map(len, sentences)) > 20_000
    assert sentences == list(python_docs(["numba"], standard_library=False, progress=False))
    assert all(word == word.lower() and " " not in word for words in sentences for word in words)


def test_files_are_sorted_and_tests_left_out(tmp_path):
    for name in ("b.py", "a.py", "tests/c.py", "sub/d.rst", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert [path.name for path in source_files(tmp_path)] == ["a.py", "b.py", "d.rst"]
    assert list(docstrings(tmp_path / "a.py")) == [""]


def test_questions_are_well_formed():
    for title, questions in docs_questions().items():
        pairs = len(PAIRS[title].split(","))
        assert len(questions) == len(set(questions)) == pairs * (pairs - 1)
        assert all(len(set(question)) >= 3 for question in questions)
    assert len(PROBES) == len(set(PROBES))
