"""`cutaway sentences trees`, `tree`, and the table of systems that follow parse trees."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.lessons.toy_trees import toy_treebank
from cutaway.text.corpus.clean_sentence import clean_sst
from cutaway.text.corpus.parse_trees import write_trees
from cutaway.text.sentences.recursive.tree_classifier import TreeClassifier

SMALL = ("--kind", "rnn", "--dim", "4", "--epochs", "3", "--quiet")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "sst_trees").mkdir()
    for seed, (part, count) in enumerate((("train", 60), ("dev", 15), ("test", 40))):
        trees = toy_treebank(count, seed)
        write_trees(folder / "sst_trees" / f"{part}.txt", trees)
        for kind, kept in (("fine", trees), ("binary", [tree for tree in trees if tree.labels[-1] != 2])):
            labels = [int(tree.labels[-1]) if kind == "fine" else int(tree.labels[-1] > 2) for tree in kept]
            lines = [
                f"{label} {' '.join(clean_sst(' '.join(tree.words)))}\n"
                for label, tree in zip(labels, kept, strict=True)
            ]
            (folder / f"stsa.{kind}.{part}").write_text("".join(lines))
    (folder / "rt-polarity.all").write_text("1 good\n0 bad\n" * 40)
    return folder


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    assert main(["sentences", "trees", "--data", str(data), "--out", str(out), *SMALL]) == 0
    return out


def test_a_network_is_trained_measured_and_shown(data, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["sentences", "trees", "--data", str(data), "--out", str(out), *SMALL]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["kind"] == "rnn"
    assert told["fine_root"][1] == 40
    assert 0 < told["fine_all"][0] < 1
    page = (out / "report.html").read_text()
    assert page.count("<svg") == 6
    assert "Always neutral has" in page
    assert "nan" not in page.replace("finance", "")


def test_an_interrupted_run_goes_on_to_the_same_network(data, run, tmp_path, monkeypatch, capsys):
    out, epochs = tmp_path / "run", []
    whole = TreeClassifier.probabilities

    def stops(self, trees):
        if len(epochs) == 2:
            raise KeyboardInterrupt
        epochs.append(1)
        return whole(self, trees)

    command = ["sentences", "trees", "--data", str(data), "--out", str(out), *SMALL]
    with monkeypatch.context() as patch:
        patch.setattr(TreeClassifier, "probabilities", stops)
        assert main(command) != 0
    assert "the same command goes on" in capsys.readouterr().err
    assert main([*command[:-1], "--seed", "5", "--quiet"]) != 0
    assert "was made with --seed 0, not with this --seed 5" in capsys.readouterr().err
    assert main(command) == 0
    one, other = (TreeClassifier.load(folder / "model.safetensors") for folder in (run, out))
    for name, value in one.net_.state_dict().items():
        np.testing.assert_array_equal(value, other.net_.state_dict()[name], name)
    assert [each["epoch"] for each in other.history_] == [1, 2, 3]


def test_a_tree_is_told_and_drawn(run, tmp_path, capsys):
    drawing = tmp_path / "tree.svg"
    given = "(0 (0 not) (0 (0 very) (0 warm)))"
    assert main(["sentences", "tree", str(run), given, "--svg", str(drawing)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("%")[1].strip() for line in lines] == [
        "not", "very", "warm", "very warm", "not very warm",
    ]  # fmt: skip
    assert drawing.read_text().count("<circle") == 5


def test_what_is_no_tree_or_no_run_is_an_error(run, tmp_path, capsys):
    assert main(["sentences", "tree", str(run), "not very warm"]) != 0
    assert "tree: expected '(', came 'not' at character 1" in capsys.readouterr().err
    assert main(["sentences", "tree", str(tmp_path), "(2 a)"]) != 0
    assert main(["sentences", "trees", "--data", str(tmp_path), "--out", str(tmp_path / "x"), *SMALL]) != 0
    assert "sst_trees/train.txt" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_the_table_has_trees_where_a_set_has_them(data, capsys):
    more = ("--systems", "rnn,ccae", "--sets", "sst1,sst2,mr", "--epochs", "2", "--folds", "1")
    assert main(["sentences", "table", "--data", str(data), *more]) == 0
    lines = capsys.readouterr().out.splitlines()
    cells = {(c["system"], c["set"]): c for c in json.loads(lines[-1])["cells"]}
    for system in ("rnn", "ccae"):
        assert cells[system, "sst1"]["accuracy"] is not None
        assert cells[system, "sst2"]["accuracy"] is not None
        assert cells[system, "mr"]["reason"] == "needs parse trees, which the set does not have: a parser"
    assert cells["rnn", "sst1"]["published"] == 43.2
