"""`cutaway sentences train`, `predict`, `evaluate`: a run, what it prints, resuming, what it refuses."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from cutaway import nn
from cutaway.__main__ import main
from cutaway.core.save import read_safetensors

SMALL = ("--dim", "8", "--maps", "6", "--batch", "5", "--epochs", "25", "--quiet")


@pytest.fixture
def file(tmp_path):
    rng = np.random.default_rng(0)
    kinds = ("neg", ["dull", "bad"]), ("pos", ["good", "fun"])
    rows = [f"{rng.choice(kinds[i % 2][1])} n{i},{kinds[i % 2][0]},2024-{i // 8 + 1:02}" for i in range(80)]
    (tmp_path / "own.csv").write_text("\n".join(["text,label,month", *rows]) + "\n")
    return tmp_path / "own.csv"


def call(capsys, *words):
    code = main(["sentences", *map(str, words)])
    return code, capsys.readouterr()


@pytest.mark.parametrize("system", ["cnn-rand", "nbsvm"])
def test_train_predict_evaluate(file, capsys, tmp_path, system):
    run = tmp_path / "run"
    how = ("--split-by", "month", "--out-of-domain", file, "--system", system)
    code, printed = call(capsys, "train", file, "--out", run, *how, *SMALL)
    assert code == 0
    line = json.loads(printed.out.splitlines()[-1])
    assert line["accuracy"] > 0.9
    assert line["majority"] == 0.5
    assert (line["training_texts"], line["test_texts"], line["test_from"]) == (64, 16, "2024-09")
    assert line["out_of_domain"]["texts"] == 80
    page = (run / "report.html").read_text()
    assert "from 2024-09 on" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    code, printed = call(capsys, "predict", run, "good fun", "bad dull")
    assert printed.out == "pos\tgood fun\nneg\tbad dull\n"
    code, printed = call(capsys, "predict", run, "--json", file)
    found = [json.loads(each) for each in printed.out.splitlines()]
    assert len(found) == 80
    assert set(found[0]["scores"]) == {"neg", "pos"}
    code, printed = call(capsys, "evaluate", run, file)
    line = json.loads(printed.out.splitlines()[-1])
    assert code == 0
    assert line["texts"] == 80
    assert line["accuracy"] > 0.9


def test_a_run_that_was_interrupted_goes_on_to_the_bit(file, capsys, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert call(capsys, "train", file, "--out", whole, *SMALL)[0] == 0
    step = nn.EarlyStopping.__call__

    def killed(self, training):
        step(self, training)
        if training.epoch == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(nn.EarlyStopping, "__call__", killed)
        code, printed = call(capsys, "train", file, "--out", broken, *SMALL)
    assert code == 130
    assert "the same command goes on" in printed.err
    assert not (broken / "model.safetensors").exists()
    assert call(capsys, "train", file, "--out", broken, *SMALL)[0] == 0
    one, other = (read_safetensors(folder / "model.safetensors")[0] for folder in (whole, broken))
    assert one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)
    code, printed = call(capsys, "train", file, "--out", broken, *SMALL, "--seed", "1")
    assert code == 2
    assert "--seed 0, not with this --seed 1" in printed.err


def test_texts_from_standard_input(file, capsys, tmp_path, monkeypatch):
    call(capsys, "train", file, "--out", tmp_path / "run", "--system", "mnb")
    monkeypatch.setattr("sys.stdin", io.StringIO("good fun\nbad dull\n"))
    assert call(capsys, "predict", tmp_path / "run", "-")[1].out == "pos\tgood fun\nneg\tbad dull\n"


def test_another_file_for_test_and_labels_that_training_lacks(file, capsys, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("text,label\ngood fun,pos\nsomething,new\n")
    run = tmp_path / "run"
    code, printed = call(capsys, "train", file, "--out", run, "--system", "mnb", "--test", other)
    line = json.loads(printed.out.splitlines()[-1])
    assert (code, line["training_texts"], line["test_texts"]) == (0, 80, 2)
    assert line["accuracy"] == 0.5
    code, printed = call(capsys, "evaluate", run, other)
    assert json.loads(printed.out.splitlines()[-1])["unknown_labels"] == ["new"]
    assert "labels that training had not: new" in printed.err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--system", "rae"], "--system: expected one of cnn-rand"),
        (["--system", "cnn-static"], "begins with word vectors: --vectors FILE"),
        (["--system", "mnb", "--vectors", "v.txt"], "does not take --vectors"),
        (["--words", "x"], "--words: expected one of kim"),
        (["--epochs", "0"], "--epochs expects"),
        (["--test-share", "1"], "--test-share above 0"),
        (["--test", "no.csv"], "--test no.csv: there is no such file"),
        (["--label-column", "mood"], "expected a column 'mood'"),
        (["--out", "no/such/run"], "there is no folder no/such"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(file, capsys, tmp_path, more, says):
    code, printed = call(capsys, "train", file, "--out", tmp_path / "run", *more)
    assert code == 2
    assert says in printed.err
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_a_folder_that_is_no_run(capsys, tmp_path):
    assert call(capsys, "predict", tmp_path, "text")[0] == 2
    (tmp_path / "run.json").write_text("[]")
    code, printed = call(capsys, "predict", tmp_path, "text")
    assert code == 2
    assert "run.json" in printed.err
