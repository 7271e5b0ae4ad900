"""Commands look at their files before they work, and keep what they have learnt when they are interrupted."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.text import FastText, FastTextClassifier, Word2Vec, WordVectors
from cutaway.text.classify.training import ClassifierTraining
from cutaway.text.embeddings.training import EmbeddingTraining

TRAINING = {
    "word2vec": "word2vec -train {text} -size 8 -min-count 1 -iter 4 -threads 1 -debug 0 -sample 0",
    "skipgram": "fasttext skipgram -input {text} -dim 8 -minCount 1 -epoch 4 -bucket 500 -thread 1 -verbose 0",
    "supervised": "fasttext supervised -input {text} -dim 8 -epoch 4 -thread 1 -verbose 0",
    "glove": "glove -train {text} -vector-size 8 -min-count 1 -iter 4 -verbose 0",
    "word2phrase": "word2phrase -train {text} -debug 0",
}
OUTPUT = {"word2vec": "-output", "skipgram": "-output", "supervised": "-output", "glove": "-save-file"}
OUTPUT["word2phrase"] = "-output"


@pytest.fixture
def text(tmp_path, rng):
    lines = [" ".join(f"w{n}" for n in rng.integers(0, 30, 12)) for _ in range(200)]
    path = tmp_path / "text.txt"
    path.write_text("".join(f"__label__{'ab'[i % 2]} {line}\n" for i, line in enumerate(lines)))
    return path


@pytest.fixture
def no_work(monkeypatch):
    def worked(*arguments, **named):
        raise AssertionError("the work began")

    for target in ("EmbeddingTraining.__init__", "WordModel.fit"):
        room = "training" if target.startswith("Embedding") else "word_model"
        monkeypatch.setattr(f"cutaway.text.embeddings.{room}.{target}", worked)
    monkeypatch.setattr(ClassifierTraining, "__init__", worked)
    monkeypatch.setattr("cutaway.text.Phrases.fit", worked)
    monkeypatch.setattr("cutaway.text.GloVe.begin", worked)


@pytest.mark.parametrize("command", TRAINING)
def test_a_folder_that_is_not_there_is_noticed_first(command, text, no_work, capsys):
    words = TRAINING[command].format(text=text).split()
    assert main([*words, OUTPUT[command], str(text.parent / "nowhere" / "out")]) == 2
    said = capsys.readouterr().err
    assert f"{OUTPUT[command]} {text.parent}/nowhere/out" in said
    assert "there is no folder" in said
    assert "create it first" in said


@pytest.mark.parametrize("command", TRAINING)
def test_what_is_read_is_not_written_over(command, text, no_work, capsys):
    """Also by another name for it, and where the tool itself adds the ending."""
    endings = {"skipgram": ".vec", "supervised": ".bin", "glove": ".txt"}
    given = text.with_name("in" + endings.get(command, ".txt"))
    given.write_bytes(text.read_bytes())
    link = text.with_name("link" + given.suffix)
    link.symlink_to(given)
    output = str(link.with_suffix("")) if command in endings else str(link)
    before = given.read_bytes()
    words = TRAINING[command].format(text=given).split()
    assert main([*words, OUTPUT[command], output]) == 2
    assert "would overwrite what -" in capsys.readouterr().err
    assert given.read_bytes() == before


def interrupted_in_epoch_3(monkeypatch, training):
    real, epochs = training.epoch, []

    def epoch(self, bar):
        epochs.append(None)
        if len(epochs) == 3:
            raise KeyboardInterrupt
        return real(self, bar)

    monkeypatch.setattr(training, "epoch", epoch)


@pytest.mark.parametrize("command", ["word2vec", "skipgram", "supervised"])
def test_after_control_c_there_are_files(command, text, monkeypatch, capsys):
    interrupted_in_epoch_3(monkeypatch, ClassifierTraining if command == "supervised" else EmbeddingTraining)
    output, words = text.parent / "out", TRAINING[command].format(text=text).split()
    assert main([*words, OUTPUT[command], str(output)]) == 130
    said = capsys.readouterr().err
    assert "interrupted in epoch 3 of 4: what was learnt so far goes to" in said
    monkeypatch.undo()
    if command == "word2vec":
        found = WordVectors.load(output).matrix
        expected = Word2Vec(dim=8, min_count=1, epochs=4, cbow=True, sample=0)
        callbacks = [lambda model: setattr(model, "stop", model.epoch == 2)]
        expected = expected.fit(text, progress=False, callbacks=callbacks).v[:, :8]
        np.testing.assert_array_equal(found, expected)
    else:
        kind = FastTextClassifier if command == "supervised" else FastText
        model = kind.load_bin(f"{output}.bin")
        assert np.abs(model.vp).max() > 0, "nothing was learnt"


@pytest.mark.parametrize(
    ("command", "flag", "value", "problem"),
    [
        ("word2vec", "-size", "0", "is a whole number from 1 to 10000, got 0"),
        ("word2vec", "-iter", "0", "is a whole number at least 1, got 0"),
        ("skipgram", "-ws", "0", "is a whole number from 1 to 1000, got 0"),
        ("supervised", "-lr", "0", "is a number from 1e-12 to 100, got 0"),
        ("supervised", "-loss", "hinge", "is one of softmax, ns, hs, ova, got 'hinge'"),
        ("glove", "-x-max", "0", "is a number at least 1e-09, got 0"),
    ],
)
def test_mistakes_are_told_in_the_flags_that_were_typed(command, flag, value, problem, text, capsys):
    words = TRAINING[command].format(text=text).split()
    if flag in words:
        del words[words.index(flag) : words.index(flag) + 2]
    assert main([*words, OUTPUT[command], str(text.parent / "out"), flag, value]) == 2
    assert f": {flag} {problem}" in capsys.readouterr().err


def test_control_c_before_there_are_vectors_writes_nothing(text, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(Word2Vec, "_first_vectors", interrupted)
    output = text.parent / "out"
    words = TRAINING["word2vec"].format(text=text).split()
    assert main([*words, "-output", str(output)]) == 130
    assert "cutaway: interrupted" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("content", ["", "no label here\n", "__label__unknown w1 w2\n"])
@pytest.mark.parametrize("command", ["test", "test-label"])
def test_measuring_on_nothing_is_an_error(command, content, text, capsys):
    folder = text.parent
    FastTextClassifier(dim=4, buckets=100, min_count=3).fit(text, progress=False).save_bin(folder / "x.bin")
    (folder / "test.txt").write_text(content)
    assert main(["fasttext", command, str(folder / "x.bin"), str(folder / "test.txt")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "test: no line has both a word and a label of the model, such as '__label__" in told.err


def test_no_questions_are_an_error(text, capsys, monkeypatch):
    path = text.parent / "vectors.txt"
    WordVectors(["a", "b"], np.eye(2)).save(path)
    monkeypatch.setattr("sys.stdin", [])
    assert main(["compute-accuracy", str(path)]) == 2
    assert "expected questions of four words each, came none" in capsys.readouterr().err


def test_control_c_on_the_way_out():
    """While Python ends, threads are waited for: an interrupt there is no traceback, and told by the code."""
    code = (
        "import atexit, os, signal, sys\n"
        "from cutaway import __main__ as command\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        "sys.argv = ['cutaway', 'doctor']\n"
        "command.script()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
