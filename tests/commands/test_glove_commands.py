"""GloVe's commands, run as the original's demo script runs its tools: pipes, files, flags."""

from __future__ import annotations

import io

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.ext.embeddings.cooccurrence.reference import cooccurrences
from cutaway.text import GloVe, Vocabulary, WordVectors
from cutaway.text.glove import cells

LINES = ["the cat sat on the mat", "the dog sat on the rug", "", "a cat and a dog", "zebra"] * 30
TEXT = "\n".join(LINES).encode() + b"\n"
TRAINING = "-vector-size 6 -iter 5 -x-max 10 -threads 2 -verbose 0"


@pytest.fixture
def stage(monkeypatch, capsysbinary):
    """Run ``cutaway <command> < content``; returns what it wrote to standard output."""

    def run(command, content=b""):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert main(command.split()) == 0
        return capsysbinary.readouterr().out

    return run


@pytest.fixture
def files(stage, tmp_path, monkeypatch):
    """A folder in which the first three stages were run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_bytes(TEXT)
    (tmp_path / "vocab.txt").write_bytes(stage("vocab_count -min-count 5 -verbose 0", TEXT))
    counting = "cooccur -vocab-file vocab.txt -window-size 3 -memory 0.01 -verbose 0"
    (tmp_path / "c.bin").write_bytes(stage(counting, TEXT))
    shuffled = stage("shuffle -memory 0.01 -verbose 0", (tmp_path / "c.bin").read_bytes())
    (tmp_path / "cooccurrence.shuf.bin").write_bytes(shuffled)
    return tmp_path


def test_vocab_count(stage):
    lines = stage("vocab_count -min-count 31 -verbose 0", TEXT).decode().splitlines()
    assert lines == ["the 120", "a 60", "cat 60", "dog 60", "on 60", "sat 60"], (
        "equal counts by their letters"
    )
    assert stage("vocab_count -max-vocab 2 -verbose 0", TEXT).decode().splitlines() == lines[:2]


def test_cells_are_the_counts_in_another_order(files):
    vocabulary = Vocabulary.load("vocab.txt", sort=False)
    tokens = vocabulary.encode(line.split() for line in LINES)
    expected = cooccurrences(tokens, 3)
    in_order, shuffled = (np.fromfile(name, cells.CELL) for name in ("c.bin", "cooccurrence.shuf.bin"))
    assert {(w, c): x for w, c, x in in_order.tolist()} == pytest.approx(expected)
    assert np.array_equal(np.sort(shuffled), np.sort(in_order))
    assert not np.array_equal(shuffled, in_order)


def test_one_command_does_what_the_four_do(files):
    assert main(f"glove {TRAINING} -binary 2 -save-gradsq 1".split()) == 0
    flags = "-train text -window-size 3 -save-file one -binary 2"
    assert main(f"glove {flags} {TRAINING}".split()) == 0
    assert (files / "one.bin").read_bytes() == (files / "vectors.bin").read_bytes()
    assert (files / "one.txt").read_bytes() == (files / "vectors.txt").read_bytes()
    words = [line.split()[0] for line in (files / "vocab.txt").read_text().splitlines()]
    vectors = WordVectors.load(files / "vectors.txt")
    assert vectors.words == [*words, "<unk>"]
    w, c = np.fromfile(files / "vectors.bin", "<f8").reshape(2, len(words), 7).astype(np.float32)
    np.testing.assert_allclose(vectors.matrix[:-1], w[:, :6] + c[:, :6], rtol=1e-6)
    np.testing.assert_allclose(vectors["<unk>"], vectors.matrix[:-1].mean(0), rtol=1e-5, atol=1e-6)
    squares = WordVectors.load(files / "gradsq.txt").matrix
    assert squares.shape == (len(words) + 1, 14)
    assert squares.min() >= 1


@pytest.mark.parametrize(("model", "columns"), [(0, 14), (1, 6), (3, 12)])
def test_what_the_text_holds(model, columns, files):
    assert main(f"glove {TRAINING} -model {model} -binary 2 -write-header 1".split()) == 0
    first = (files / "vectors.txt").read_text().splitlines()[0]
    vectors = WordVectors.load(files / "vectors.txt")
    assert first == f"{len(vectors)} {columns}"
    w, c = np.fromfile(files / "vectors.bin", "<f8").reshape(2, -1, 7).astype(np.float32)
    expected = {0: np.hstack([w, c]), 1: w[:, :6], 3: np.hstack([w[:, :6], c[:, :6]])}[model]
    assert np.array_equal(vectors.matrix[:-1], expected)


def test_checkpoints_can_be_begun_with(files):
    """Two passes, then three more from what was written, are five; the first values are written, too."""
    every = "-binary 1 -save-gradsq 1 -checkpoint-every 2 -save-init-param 1"
    assert main(f"glove {TRAINING} {every}".split()) == 0
    assert {each.name for each in files.glob("vectors.*")} == {
        f"vectors{mark}.bin" for mark in ("", ".000", ".002", ".004")
    }
    more = "-vector-size 6 -iter 3 -x-max 10 -verbose 0 -binary 1 -save-file more"
    begin = "-load-init-param 1 -init-param-file vectors.002.bin -load-init-gradsq 1"
    assert main(f"glove {more} {begin} -init-gradsq-file gradsq.002.bin".split()) == 0
    assert (files / "more.bin").read_bytes() == (files / "vectors.bin").read_bytes()
    again = "-vector-size 6 -iter 5 -x-max 10 -verbose 0 -binary 1 -load-init-param 1"
    assert main(f"glove {again}".split()) == 0
    assert (files / "vectors.bin").read_bytes() == (files / "more.bin").read_bytes(), "from vectors.000.bin"


def test_a_killed_run_goes_on(files, monkeypatch):
    """Killed in the third pass: the same command again counts nothing anew and ends with the same bytes."""
    train = f"glove -train text -window-size 3 -binary 1 -work work {TRAINING}".split()
    (files / "work").mkdir()
    save, seen = GloVe.save, []

    def killed(model, path):
        if model.epoch == 3:
            raise KeyboardInterrupt
        save(model, path)

    monkeypatch.setattr(GloVe, "save", killed)
    assert main([*train, "-save-file", "a"]) == 130
    assert not (files / "a.bin").exists()
    monkeypatch.setattr(GloVe, "save", lambda model, path: (seen.append(model.epoch), save(model, path)))
    monkeypatch.setattr(GloVe, "write_cells", None)
    assert main([*train, "-save-file", "a"]) == 0
    assert seen == [3, 4, 5]
    assert main(f"glove -binary 1 -save-file b {TRAINING}".split()) == 0
    assert (files / "a.bin").read_bytes() == (files / "b.bin").read_bytes()


def test_what_another_run_made_is_not_used(files, capsysbinary):
    """Without a word it would return that run's vectors."""
    (files / "work").mkdir()
    train = f"glove -train text -window-size 3 -binary 1 -work work {TRAINING} -eta 0.05 -save-file"
    assert main(f"{train} a".split()) == 0
    more = train.replace("-iter 5", "-iter 6").replace("-threads 2", "-threads 1")
    assert main(f"{more} b".split()) == 0, "more passes go on"
    for was, now in (("-window-size 3", "-window-size 4"), ("-eta 0.05", "-eta 0.1")):
        assert main(f"{train} d".replace(was, now).split()) == 2
        complaint = f"vocab.txt was made with {was}, not with this {now}"
        assert complaint in capsysbinary.readouterr().err.decode()
    (files / "text").write_bytes(TEXT + b"more\n")
    assert main(f"{train} d".split()) == 2
    assert "-work work: vocab.txt was made with another text" in capsysbinary.readouterr().err.decode()
    (files / "work" / "made-of.json").write_text("{")
    assert main(f"{train} d".split()) == 2
    assert "made-of.json" in capsysbinary.readouterr().err.decode()
    assert not (files / "d.bin").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("glove -vector-sise 3", "did you mean -vector-size?"),
        ("glove -input-file no.bin", "no.bin"),
        ("glove -work nowhere -train text", "-work nowhere: there is no such folder"),
        ("glove -model 7 -iter 1 -verbose 0", "-model is 0 (all numbers)"),
        ("glove -vocab-file short.txt -verbose 0", "expected two of the 1 words"),
        ("glove -vocab-file unk.txt", "the word <unk> is reserved"),
        ("glove -load-init-param 1 -init-param-file c.bin", "c.bin: byte"),
    ],
)
def test_mistakes_are_told(arguments, complaint, files, capsysbinary):
    (files / "short.txt").write_text("a 5\n")
    (files / "unk.txt").write_text("<unk> 5\n")
    assert main(arguments.split()) == 2
    assert complaint in capsysbinary.readouterr().err.decode()


@pytest.mark.parametrize("command", ["vocab_count", "cooccur", "shuffle", "glove"])
def test_they_explain_themselves(command, capsys):
    assert main([command, "-help"]) == 0
    assert f"usage: cutaway {command} [-flag value ...]" in capsys.readouterr().out
