"""The pytest plugin: a fixture that tells a failure whole, and nothing loaded until it is used."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

TESTS = """
    import numpy as np

    def test_right(gradcheck):
        assert gradcheck(np.sin, np.ones(2), vjp=lambda g, x: g * np.cos(x)).verdict == "pass"

    def test_wrong(gradcheck):
        gradcheck(np.sin, np.ones(2), vjp=lambda g, x: -g * np.cos(x))

    def test_kink(gradcheck):
        gradcheck(np.abs, np.zeros(2), vjp=lambda g, x: g * np.sign(x), inconclusive=True)

    def test_kink_is_no_pass(gradcheck):
        gradcheck(np.abs, np.zeros(2), vjp=lambda g, x: g * np.sign(x))
"""
UNRELATED = """
    import sys

    def test_nothing_is_loaded():
        assert not {"numpy", "cutaway"} & set(sys.modules)
"""


def run(folder, text, *arguments):
    (folder / "test_it.py").write_text(textwrap.dedent(text))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        *arguments,
    ]
    return subprocess.run([*command, str(folder)], capture_output=True, text=True, cwd=folder)


@pytest.fixture(autouse=True)
def installed():
    from importlib.metadata import entry_points

    if "cutaway" not in entry_points(group="pytest11").names:
        pytest.skip("run from its sources: there are no entry points")


def test_the_fixture_fails_with_the_report(tmp_path):
    found = run(tmp_path, TESTS, "-q")
    assert "2 failed, 2 passed" in found.stdout
    assert "explains every entry: the sign is wrong" in found.stdout
    assert "kink at index [0], index [1]" in found.stdout
    assert "Traceback" not in found.stdout
    assert "pytest_cutaway.py" not in found.stdout, "the failure is the test's, not the plugin's"


def test_an_unrelated_project_loads_nothing(tmp_path):
    found = run(tmp_path, UNRELATED, "-q")
    assert "1 passed" in found.stdout, found.stdout
