"""Homework from the command line: files and modules, values from files, JSON and a page."""

from __future__ import annotations

import json
import re
import textwrap

import numpy as np
import pytest
from cutaway.__main__ import main

HOMEWORK = """
    import numpy as np
    from helpers import one

    def forward(x, w, b):
        return x @ w + b * one, (x, w)

    def backward(dout, cache):
        x, w = cache
        return dout @ w.T, x.T @ dout, dout.sum(0)

    def wrong(dout, cache):
        x, w = cache
        return dout @ w.T, x.T @ dout / len(x), dout.sum(0)

    def loss(w, y):
        return float(np.sum((w - y) ** 2)), 2 * (w - y)

    class Layer:
        def __init__(self):
            self.w = np.arange(6.0).reshape(3, 2) / 5

        def forward(self, x):
            self.x = x
            return x @ self.w

        def backward(self, g):
            self.dw = self.x.T @ g
            return g @ self.w.T

    class Needy(Layer):
        def __init__(self, size):
            pass
"""
SHAPES = ["--shape", "4,3", "--shape", "3,2", "--shape", "2"]


@pytest.fixture
def homework(tmp_path, monkeypatch):
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "homework.py").write_text(textwrap.dedent(HOMEWORK))
    (folder / "helpers.py").write_text("one = 1.0\n")
    monkeypatch.chdir(tmp_path)
    return "deep/homework.py"


def test_files_and_their_backward_functions(homework, capsys):
    assert main(["gradcheck", f"{homework}:forward", "--vjp", "backward", *SHAPES]) == 0
    assert f"gradcheck {homework}:forward: PASS" in capsys.readouterr().out
    assert main(["gradcheck", f"{homework}:forward", "--vjp", f"{homework}:wrong", *SHAPES]) == 1
    out = capsys.readouterr().out
    assert "explains every entry: the constant factor 0.25 = 1/N, N = 4 (axis 0 of the result)" in out
    assert "input 0, x (4, 3): pass" in out
    assert main(["gradcheck", f"{homework}:Layer", "--shape", "4,3"]) == 0
    assert "input 1, w (3, 2): pass" in capsys.readouterr().out


def test_modules_by_name(homework, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path / "deep")
    assert main(["gradcheck", "homework:forward", "--vjp", "homework:backward", *SHAPES]) == 0


def test_values_of_a_file(homework, tmp_path, capsys):
    w, y = np.array([1.0, 2.0]), np.array([0.5, 0.0])
    np.savez(tmp_path / "named.npz", y=y, w=w)
    np.savez(tmp_path / "plain.npz", w, y)
    np.savez(tmp_path / "other.npz", weights=w, y=y)
    for name in ("named", "plain"):
        call = ["gradcheck", f"{homework}:loss", "--vjp", "True", "--values", f"{name}.npz", "--json"]
        assert main(call) == 0
        (report,) = json.loads(capsys.readouterr().out)
        assert [each["verdict"] for each in report["inputs"]] == ["pass"], (
            "y is no variable: it has no gradient"
        )
        assert report["inputs"][0]["name"] == "input 0, w (2,)"
    assert main(["gradcheck", f"{homework}:loss", "--vjp", "True", "--values", "other.npz"]) == 2
    assert "holds weights, y, expected w, y" in capsys.readouterr().err


def test_json_says_what_the_report_says(homework, capsys):
    assert main(["gradcheck", f"{homework}:forward", "--vjp", "wrong", *SHAPES, "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    assert report["verdict"] == "fail"
    w = report["inputs"][1]
    assert w["explanation"]["kind"] == "factor"
    assert len(w["entries"]) == 6 * 2
    assert all(each["wrong"] for each in w["entries"])
    assert w["entries"][0]["analytic"] == pytest.approx(w["entries"][0]["numeric"] / 4, rel=1e-6)


def test_a_page_with_pictures(homework, tmp_path, capsys):
    call = ["gradcheck", f"{homework}:forward", "--vjp", "wrong", *SHAPES, "--html", "report.html"]
    assert main(call) == 1
    page = (tmp_path / "report.html").read_text()
    assert f"gradcheck {homework}:forward: FAIL" in page
    assert "a mean where the sum belongs" in page
    assert page.count("data:image/png") == 1, "only of the input that is wrong"
    assert not re.search(r'src="http|href="http', page)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.py:f", "--shape", "2"], "nowhere.py: there is no such file"),
        (["{}:absent", "--shape", "2"], "has no 'absent'; it has"),
        (["{}:forward", "--vjp", "absent", *SHAPES], "has no 'absent'; it has"),
        (["{}:forward", "--vjp", "forward", *SHAPES], "takes neither 4 arguments nor a cache"),
        (["{}:Needy", "--shape", "2"], "the class needs arguments"),
        (["{}:forward", "--vjp", "backward"], "give the shape of each input"),
        (["{}:forward", "--vjp", "backward", *SHAPES, "--values", "x.npz"], "expected one of the two"),
        (["{}:forward", "--vjp", "backward", *SHAPES, "--form", "no"], "expected a form of"),
        (["{}:forward", "--vjp", "backward", *SHAPES, "--html", "no/such/report.html"], "no/such"),
    ],
)
def test_mistakes_are_told_before_the_work(homework, arguments, words, capsys):
    assert main(["gradcheck", *(each.format(homework) for each in arguments)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error
