"""`cutaway sentences`: the table, the JSON line, resuming, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.__main__ import main


@pytest.fixture
def data(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "data"
    folder.mkdir()
    for name, words in (("neg", "dull bad slow"), ("pos", "good fun warm")):
        lines = [" ".join([*rng.choice(words.split(), 3), f"w{n}"]) for n in range(60)]
        (folder / f"rt-polarity.{name}").write_text("\n".join(lines) + "\n")
    (folder / "TREC.train").write_text("HUM:ind Who is it ?\nLOC:city Where is it ?\n" * 9)
    (folder / "TREC.test").write_text("HUM:ind Who was he ?\nLOC:city Where 's Rome ?\n")
    return folder


def evaluate(data, capsys, *more):
    code = main(["sentences", "evaluate", "--data", str(data), *more])
    return code, capsys.readouterr()


def test_a_table_with_published_figures_and_a_json_line(data, capsys, tmp_path):
    report = tmp_path / "report.md"
    code, printed = evaluate(data, capsys, "--report", str(report), "--systems", "mnb,svm,nbsvm")
    lines = printed.out.splitlines()
    assert code == 0
    assert lines[0].split() == ["system", "mr", "trec"]
    assert "[79.4]" in next(line for line in lines if line.startswith("nbsvm"))
    found = json.loads(lines[-1])
    assert sorted(found["cells"]) == sorted(
        f"{s} {d}" for s in ("mnb", "svm", "nbsvm") for d in ("mr", "trec")
    )
    assert found["cells"]["svm mr"]["accuracy"] == 1
    page = report.read_text()
    assert "| mnb | 100.0 +- 0.0 [79.0] |" in page
    assert "16 repeated, 0 of two labels, 0 of test in train" in page
    assert "Command: `cutaway sentences evaluate --data DIR" in page


def test_finished_cells_are_not_done_again(data, capsys, tmp_path):
    run = tmp_path / "run"
    one = ("--out", str(run), "--sets", "mr")
    first = evaluate(data, capsys, *one, "--systems", "mnb")[1]
    more = evaluate(data, capsys, *one, "--systems", "mnb,svm")[1]
    assert "mnb mr: 100.0 (kept)" in more.err
    assert "svm mr: 100.0 (kept)" not in more.err
    cells = json.loads((run / "cells.json").read_text())["cells"]
    assert sorted(cells) == ["mnb mr", "svm mr"]
    assert json.loads(first.out.splitlines()[-1])["cells"]["mnb mr"]["seconds"] == cells["mnb mr"]["seconds"]
    code, printed = evaluate(data, capsys, *one, "--seed", "1")
    assert code == 2
    assert "name another folder" in printed.err


def test_tuning_and_distinct_texts(data, capsys):
    code, printed = evaluate(data, capsys, "--sets", "mr", "--tune", "--distinct")
    assert code == 0
    assert json.loads(printed.out.splitlines()[-1])["settings"]["distinct"] is True


def test_check_says_what_is_there(data, capsys):
    assert main(["sentences", "check", "--data", str(data)]) == 0
    assert "trec      20 sentences" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--systems", "mnb,bert"], "--systems: expected names of mnb, svm"),
        (["--sets", "imdb"], "--sets: expected names of mr, subj, cr"),
        (["--sets", "cr"], "expected custrev.neg and custrev.pos"),
        (["--ngram", "0"], "--ngram from 1 on"),
        (["--report", "no/such/x.md"], "there is no folder"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(data, capsys, more, says):
    code, printed = evaluate(data, capsys, *more)
    assert code == 2
    assert says in printed.err
    assert printed.out == ""


def test_an_empty_folder(tmp_path, capsys):
    assert evaluate(tmp_path, capsys)[0] == 2
