"""`cutaway tour` looks at its flags before it works, and makes what was asked."""

from __future__ import annotations

import pytest
from cutaway.__main__ import main


@pytest.fixture
def no_work(monkeypatch):
    def worked(*arguments, **named):
        raise AssertionError("the work began")

    monkeypatch.setattr("cutaway.lessons.tour.tour", worked)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--only wrds", "--only wrds: there is no such chapter; did you mean words?"),
        ("--only 99 --output out", "--only 99: there is no such chapter"),
        ("--output no/such/out", "--output no/such/out: there is no folder no/such; create it first"),
        ("--output file", "--output file is a file; expected the name of a folder"),
        ("--output taken", "is a folder; expected the name of a file"),
    ],
)
def test_mistakes_are_noticed_first(flags, said, no_work, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "index.html").mkdir(parents=True)
    assert main(["tour", *flags.split()]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_chapters_alone(tmp_path, capsys):
    folder = tmp_path / "out"
    assert main(["tour", "--out", str(folder), "--only", "scenes", "--only", "1", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{folder / 'index.html'} (2 pages, ")
    assert said.err == ""
    assert sorted(path.name for path in folder.iterdir()) == ["gradients.html", "index.html", "scenes.html"]
