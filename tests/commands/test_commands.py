"""The command line: results on standard output, errors in one message, exit codes that say which."""

from __future__ import annotations

import textwrap

import pytest
from cutaway.__main__ import COMMANDS, main


def test_gradcheck_of_ones_own_function(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.py").write_text(
        textwrap.dedent("""
            import cutaway
            from cutaway import nn

            def right(x, w):
                return cutaway.tanh(x @ w)

            def wrong(x):
                return x.detach() * x          # d/dx (x^2) is 2x, this gives x

            class Block(nn.Module):
                def __init__(self):
                    super().__init__()
                    self.conv = nn.Conv2d(2, 3, 3, rng=0)

                def forward(self, x):
                    return cutaway.sigmoid(self.conv(x))

            class Needy(nn.Module):
                def __init__(self, size):
                    super().__init__()
        """)
    )
    monkeypatch.chdir(tmp_path)
    assert main(["gradcheck", "mine:right", "--shape", "4,3", "--shape", "3,2", "--order", "2"]) == 0
    assert "gradcheck mine:right: PASS" in capsys.readouterr().out
    assert main(["gradcheck", "mine:wrong", "--shape", "3"]) == 1
    out = capsys.readouterr().out
    assert "gradcheck mine:wrong: FAIL" in out
    assert "ratio 0.5" in out
    assert main(["gradcheck", "mine:Block", "--shape", "1,2,5,5"]) == 0
    assert main(["gradcheck", "mine:right"]) == 2
    assert "give the shape of each input" in capsys.readouterr().err
    assert main(["gradcheck", "mine:Needy", "--shape", "3"]) == 2
    assert "the class needs arguments" in capsys.readouterr().err
    assert main(["gradcheck", "mine:absent", "--shape", "3"]) == 2
    assert "mine has no 'absent'; it has" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gradcheck", "nowhere"], "expected package.module:name or file.py:name, got 'nowhere'"),
        (["gradcheck", "no.such.module:f", "--shape", "2"], "No module named 'no'"),
        (
            ["gradcheck", "math:sin", "--shape", "2,x"],
            "expected whole numbers with commas between, such as 2,3, got '2,x'",
        ),
        (["tour", "--data", "no/such/folder"], "holds neither"),
    ],
)
def test_mistakes_are_told_in_one_message(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_an_op_brings_its_own_samples(capsys):
    assert main(["gradcheck", "cutaway.core.ops:softmax"]) == 0
    assert capsys.readouterr().out.count("PASS") == 3


def test_doctor_names_kernels_and_versions(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    for word in ("cutaway", "numpy", "numba", "conv2d", "in charge", "threads"):
        assert word in out


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)
