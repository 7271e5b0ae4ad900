"""One's own labelled texts: read, parted, learnt, saved; what a bad line or a bad file says."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text.corpus.labelled_texts import Columns, LabelledTexts, read_labelled_texts, read_texts
from cutaway.text.sentences.own_texts import measured, split_texts, train_text_model
from cutaway.text.sentences.text_models import BAGS, TextModel
from cutaway.text.vectors.word_vectors import WordVectors

SMALL = {"dim": 8, "maps": 6, "batch_size": 5, "epochs": 25, "words": "kim"}


def made(count=80, several=False):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, count)
    texts = [f"{'good fun' if k else 'dull bad'} w{rng.integers(20)} n{i}" for i, k in enumerate(y)]
    labels = [["pos"] if k else ["neg"] for k in y]
    if several:
        labels = [
            [*each, "third"] if "w1 " in text else each for each, text in zip(labels, texts, strict=True)
        ]
        labels[0] = []
    return LabelledTexts(texts, labels, list(range(count)), [str(i) for i in range(count)])


def test_every_format_says_the_same(tmp_path):
    (tmp_path / "a.csv").write_text('\ufefftext,label\n"one, ""two""\nlines",x\nthree,y\n', encoding="utf-8")
    (tmp_path / "a.tsv").write_text('label\ttext\nx\t"one, ""two""\nlines"\ny\tthree\n')
    rows = [{"text": 'one, "two"\nlines', "label": "x"}, {"label": ["y"], "text": "three"}]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress("\n\n".join(map(json.dumps, rows)).encode()))
    found = [read_labelled_texts(tmp_path / name) for name in ("a.csv", "a.tsv", "a.jsonl.gz")]
    for each in found:
        assert each.texts == ['one, "two"\nlines', "three"]
        assert each.labels == [["x"], ["y"]]
    assert [each.lines for each in found] == [[2, 4], [2, 4], [1, 3]]
    (tmp_path / "a.txt").write_text("__label__x __label__z one two\n\n__label__y three\n")
    lines = read_labelled_texts(tmp_path / "a.txt")
    assert (lines.texts, lines.labels) == (["one two", "three"], [["x", "z"], ["y"]])


def test_columns_are_joined_and_cells_hold_several_labels(tmp_path):
    (tmp_path / "a.csv").write_text("head,body,tags,day\nA,b c,x|y,2024-01-02\n,d,,2024-01-01\n")
    columns = Columns(("head", "body"), "tags", "|", "day")
    found = read_labelled_texts(tmp_path / "a.csv", columns)
    assert found.texts == ["A b c", "d"]
    assert found.labels == [["x", "y"], []]
    assert found.by == ["2024-01-02", "2024-01-01"]
    assert read_texts(tmp_path / "a.csv", columns) == ["A b c", " d"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("a.csv", "text,label\na,x\nb\n", "line 3: expected 2 columns, came 1"),
     ("a.csv", "text,label\na,x\n,x\n", "line 3: expected a text in text, came none"),
     ("a.csv", "text,label\na,x\nb, \n", "line 3: expected a label in 'label'"),
     ("a.csv", 'text,label\n"a\nb",x\n"c,x\n', "line 4: expected a row of the table"),
     ("a.csv", "words,label\na,x\n", "line 1: expected a column 'text', came words, label"),
     ("a.csv", "text,label,text\na,x,b\n", "line 1: expected columns of different names"),
     ("a.csv", "text,label\n", "came no row"),
     ("a.jsonl", '{"text": "a", "label": "x"}\n{"text": "b"\n', "line 2: expected an object in JSON"),
     ("a.jsonl", '{"text": "a"}\n', "line 1: expected a value of 'label', came text"),
     ("a.jsonl", '{"text": null, "label": "x"}\n', "line 1: expected a text in 'text', came None"),
     ("a.jsonl", '{"text": "a", "label": {"x": 1}}\n', "line 1: expected a text in 'label'"),
     ("a.txt", "__label__x one\ntwo\n", "line 2: expected __label__NAME and a text"),
     ("a.csv", b"text,label\na,x\n\xff,x\n", r"line 3\) is 0xff")],
)  # fmt: skip
def test_a_bad_row_is_an_error_that_names_the_line(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FileError, match=says):
        read_labelled_texts(path)


def test_equal_texts_stay_on_one_side_and_dates_part_in_order():
    texts = made()
    texts.texts[40:80] = [f" {text.upper()}" for text in texts.texts[:40]]
    split = split_texts(texts, 0.25, seed=1)
    assert sorted([*split.train, *split.test]) == list(range(80))
    assert len(split.test) in (20, 21)
    assert all((i + 40) % 80 in split.test for i in split.test)
    assert split_texts(texts, 0.25, seed=2).test != split.test
    texts.by[:] = [f"2024-{1 + i % 12:02}-01" for i in range(80)]
    late = split_texts(texts, 0.2, seed=0, by=True)
    assert max(texts.by[i] for i in late.train) < min(texts.by[i] for i in late.test) == late.border
    with pytest.raises(ValueError, match="expected texts for training and test"):
        split_texts(texts.take([0, 0]), 0.5, 0)


def test_measures_are_those_of_their_formulas():
    gold = [["a"], ["a", "b"], ["b"], []]
    found = measured(gold, [["a"], ["a"], ["a"], []])
    assert found["accuracy"] == 0.5
    assert found["labels"]["a"] == {"precision": 2 / 3, "recall": 1.0, "f1": 0.8, "texts": 2}
    assert found["labels"]["b"]["f1"] == 0
    assert found["f1_micro"] == pytest.approx(2 * 2 / (4 + 3))
    assert found["low"] < 0.5 < found["high"]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("system", ["cnn-rand", "cnn-multichannel", *BAGS])
def test_each_system_learns_and_comes_back_from_its_file(tmp_path, system, several):
    texts, options = made(several=several), {"words": "kim"}
    if system.startswith("cnn"):
        words = ["good", "fun", "dull", "bad", "later"]
        vectors = WordVectors(words, np.random.default_rng(0).normal(size=(5, 8)))
        options = {**SMALL, "vectors": None if system == "cnn-rand" else vectors}
    model = train_text_model(texts, system, options)
    assert model.labels == ("neg", "pos", "third") if several else ("neg", "pos")
    assert measured(texts.labels, model.predict(texts.texts))["f1_micro"] > 0.85
    model.save(tmp_path / "m.safetensors")
    again = TextModel.load(tmp_path / "m.safetensors")
    asked = [*texts.texts[:9], "quite unknown later"]
    np.testing.assert_array_equal(again.scores(asked), model.scores(asked))
    assert again.predict(asked) == model.predict(asked)
    assert again.predict([]) == []


@pytest.mark.parametrize(
    "change", [{"system": "os.system"}, {"labels": [1, 2]}, {"inner": {}}, {"inner": None}]
)
def test_a_file_of_something_else_is_refused(tmp_path, change):
    from cutaway.nn import checkpoint

    train_text_model(made(), "nbsvm", {"words": "kim"}).save(tmp_path / "m.safetensors")
    arrays, header = checkpoint.load(tmp_path / "m.safetensors")
    checkpoint.save(tmp_path / "m.safetensors", arrays, {**header, **change})
    with pytest.raises(FileError, match=r"m\.safetensors"):
        TextModel.load(tmp_path / "m.safetensors")


def test_weights_that_do_not_fit_their_words_are_refused(tmp_path):
    from cutaway.nn import checkpoint

    for system, options in (("nbsvm", {"words": "kim"}), ("cnn-rand", {**SMALL, "epochs": 1})):
        path = tmp_path / f"{system}.safetensors"
        train_text_model(made(), system, options).save(path)
        arrays, header = checkpoint.load(path)
        name = "features" if system == "nbsvm" else "index"
        header["inner"][name] = header["inner"][name][:-1]
        checkpoint.save(path, arrays, header)
        with pytest.raises(FileError, match="expected"):
            TextModel.load(path)


def test_what_cannot_be_learnt_is_named():
    with pytest.raises(ValueError, match="expected a system of cnn-rand"):
        train_text_model(made(), "rae", {})
    with pytest.raises(ValueError, match="at least two labels"):
        train_text_model(LabelledTexts(["a", "b"], [["x"], ["x"]]), "mnb", {"words": "kim"})
