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


def table(data, capsys, *more):
    code = main(["sentences", "table", "--data", str(data), *more])
    return code, capsys.readouterr()


def test_a_table_with_published_figures_and_a_json_line(data, capsys, tmp_path):
    report = tmp_path / "report.md"
    code, printed = table(data, capsys, "--report", str(report), "--systems", "mnb,svm,nbsvm")
    lines = printed.out.splitlines()
    assert code == 0
    assert lines[0].split() == ["system", "mr", "trec", "subj", "cr", "mpqa", "sst1", "sst2"]
    assert "[79.4]" in next(line for line in lines if line.startswith("nbsvm"))
    found = json.loads(lines[-1])
    by_name = {(cell["system"], cell["set"]): cell for cell in found["cells"]}
    assert len(by_name) == 21
    assert by_name["svm", "mr"]["accuracy"] == 100
    assert by_name["svm", "mr"]["published"] == 77.7
    assert by_name["svm", "cr"]["reason"] == "--data has no custrev.neg and custrev.pos"
    assert by_name["svm", "cr"]["accuracy"] is None
    page = report.read_text()
    assert "| mnb | 100.0 (100.0-100.0) [79.0] |" in page
    assert "16 repeated, 0 of two labels, 0 of test in train" in page
    assert "Command: `cutaway sentences table --data DIR --systems mnb,svm,nbsvm" in page


def test_finished_folds_are_not_done_again(data, capsys, tmp_path):
    run = tmp_path / "run"
    one = ("--out", str(run), "--sets", "mr")
    table(data, capsys, *one, "--systems", "mnb", "--folds", "2")
    more = table(data, capsys, *one, "--systems", "mnb,svm", "--folds", "3")[1]
    assert "mnb mr 0 1: 100.0 (kept)" in more.err
    assert "mnb mr 0 2: 100.0 (kept)" not in more.err
    assert len(json.loads((run / "folds.json").read_text())["folds"]) == 6
    whole = json.loads((run / "table.json").read_text())
    assert whole["cells"] == json.loads(more.out.splitlines()[-1])["cells"]
    assert "<table" in (run / "table.html").read_text()
    assert (run / "table.md").read_text().startswith("# Sentence classification")
    code, printed = table(data, capsys, *one, "--ngram", "1")
    assert code == 2
    assert "name another folder" in printed.err


def test_rows_without_a_system_say_why_and_no_time_means_no_folds(data, capsys, tmp_path):
    code, printed = table(data, capsys, "--sets", "mr", "--budget", "0s", "--out", str(tmp_path / "run"))
    assert code == 0
    cells = {cell["system"]: cell for cell in json.loads(printed.out.splitlines()[-1])["cells"]}
    assert len(cells) == 18
    assert "parser" in cells["ccae"]["reason"]
    assert cells["cnn-static"]["reason"] == "begins with word vectors: --vectors FILE"
    assert cells["mnb"]["reason"] == "the time of --budget was used up"
    assert cells["cnn-rand"]["published"] == 76.1


def test_networks_seeds_and_a_learning_curve(data, capsys, tmp_path):
    vectors = tmp_path / "v.txt"
    vectors.write_text("good 1 0\ndull 0 1\n")
    how = ("--systems", "cnn-rand,cnn-static,mnb", "--sets", "trec", "--seeds", "0,1", "--epochs", "1")
    run = tmp_path / "run"
    code, printed = table(
        data, capsys, *how, "--vectors", str(vectors), "--learning-curve", "6,12", "--out", str(run)
    )
    assert code == 0
    cells = json.loads(printed.out.splitlines()[-1])["cells"]
    assert [cell["size"] for cell in cells] == [None] * 3 + [6] * 3 + [12] * 3
    assert all(cell["accuracy"] is not None and cell["least"] <= cell["most"] for cell in cells)
    assert "data:image/png" in (run / "table.html").read_text()


def test_tuning_and_distinct_texts(data, capsys):
    code, printed = table(data, capsys, "--systems", "mnb,svm", "--sets", "mr", "--tune", "--distinct")
    assert code == 0
    assert json.loads(printed.out.splitlines()[-1])["settings"]["distinct"] is True


def test_check_says_what_is_there(data, capsys):
    assert main(["sentences", "check", "--data", str(data)]) == 0
    assert "trec      20 sentences" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--systems", "mnb,bert"], "--systems: expected names of cnn-rand, cnn-static"),
        (["--sets", "imdb"], "--sets: expected names of mr, subj, cr"),
        (["--sets", "cr"], "expected custrev.neg and custrev.pos"),
        (["--ngram", "0"], "--ngram expects a whole number from 1"),
        (["--budget", "2x"], "--budget expects a time such as"),
        (["--seeds", "a"], "--seeds expects whole numbers"),
        (["--out", "no/such/run"], "--out no/such/run: there is no folder"),
        (["--report", "no/such/x.md"], "there is no folder"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(data, capsys, more, says):
    code, printed = table(data, capsys, *more)
    assert code == 2
    assert says in printed.err
    assert printed.out == ""


def test_an_empty_folder(tmp_path, capsys):
    assert table(tmp_path, capsys)[0] == 2
