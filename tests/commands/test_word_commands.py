"""The commands of word vectors, run as the C tools' demo scripts run them, on a small text with planted groups."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.commands.flags import Flag, parse
from cutaway.text import Vocabulary, Word2Vec, WordVectors, word_classes

PAIRS = [("paris", "france"), ("rome", "italy"), ("oslo", "norway"), ("cairo", "egypt")]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with text8 (as the demo scripts call it) and vectors.bin."""
    folder = tmp_path_factory.mktemp("demo")
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(1500):
        city, country = PAIRS[rng.integers(4)]
        rows.append(f"{city} lies in {country} and here and new york .")
    (folder / "text8").write_text("\n".join(rows) + "\n")
    flags = "-cbow 1 -size 16 -window 8 -negative 5 -hs 0 -sample 0 -threads 2 -binary 1 -iter 3"
    names = f"-train {folder}/text8 -output {folder}/vectors.bin -save-vocab {folder}/vocab"
    names += f" -model {folder}/m.safetensors"
    assert main(["word2vec", *names.split(), *flags.split(), "-debug", "1"]) == 0
    return folder


def ask(monkeypatch, lines, *command):
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    return main([str(word) for word in command])


def test_demo_word(trained, monkeypatch, capsys):
    vectors = WordVectors.load(trained / "vectors.bin")
    assert vectors.words[0] == "</s>"
    assert vectors.matrix.shape == (16, 16)
    assert (trained / "vocab").read_text().splitlines()[0] == "</s> 1500"
    assert Vocabulary.load(trained / "vocab").words == vectors.words
    assert np.array_equal(Word2Vec.load(trained / "m.safetensors").v[:, :16], vectors.matrix)
    assert ask(monkeypatch, "rome\nnowhere\nrome italy\nEXIT\n", "distance", trained / "vectors.bin") == 0
    out = capsys.readouterr().out
    assert "Word: rome  Position in vocabulary: " in out
    assert "Out of dictionary word!" in out
    assert f"{vectors.most_similar('rome')[0][0]:>50}\t\t" in out
    assert out.count("Enter word or sentence (EXIT to break): ") == 4


def test_demo_analogy_and_accuracy(trained, monkeypatch, capsys):
    assert ask(monkeypatch, "paris france\nparis france rome\n", "word-analogy", trained / "vectors.bin") == 0
    out = capsys.readouterr().out
    assert "Three words are needed, 2 came." in out
    answer = WordVectors.load(trained / "vectors.bin").analogy("paris", "france", "rome")[0]
    assert f"{answer[0]:>50}\t\t{answer[1]:.6f}" in out
    lines = ": capitals\nParis France Rome Italy\nparis france oslo zurich\n: none\na b c d\n"
    assert ask(monkeypatch, lines, "compute-accuracy", trained / "vectors.bin", 30000) == 0
    out = capsys.readouterr().out
    right = int(answer[0] == "italy")
    assert (
        f"capitals:\nACCURACY TOP1: {100 * right:.2f} %  ({right} / 1)\nTotal accuracy: {100 * right:.2f} %"
        in out
    )
    assert "Questions seen / total: 1 3   33.33 %" in out


def test_demo_classes_and_read_vocab(trained, capsys):
    """A vocabulary from a file: the same vectors, so the same classes."""
    flags = (
        f"-train {trained}/text8 -output {trained}/classes -read-vocab {trained}/vocab -classes 4 -size 16"
    )
    more = "-window 8 -sample 0 -threads 1 -iter 1 -debug 0"
    assert main(["word2vec", *f"{flags} {more}".split()]) == 0
    lines = [line.split(" ") for line in (trained / "classes").read_text().splitlines()]
    assert len(lines) == 16
    assert {int(label) for _, label in lines} <= {0, 1, 2, 3}
    assert capsys.readouterr().out == ""


def test_demo_phrases(trained):
    flags = f"-train {trained}/text8 -output {trained}/phrases -threshold 7 -debug 0"
    assert main(["word2phrase", *flags.split()]) == 0
    first = (trained / "phrases").read_text().splitlines()[0]
    assert first.replace("_", " ") == (trained / "text8").read_text().splitlines()[0]
    assert "new_york" in first


def test_classes_are_k_means(rng):
    centres = 5 * np.eye(4, 8)
    true = rng.integers(0, 4, 200)
    matrix = (centres[true] + 0.1 * rng.normal(size=(200, 8))).astype(np.float32)
    label = word_classes(matrix, 4, iterations=20)
    pairs = set(zip(true.tolist(), label.tolist(), strict=True))
    assert len({a for a, _ in pairs}) == len(pairs) or len({b for _, b in pairs}) == len(pairs), (
        "a class is split"
    )
    with pytest.raises(ValueError, match="expected 1 to 200 classes"):
        word_classes(matrix, 201)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("word2vec -trian x", "unknown flag '-trian'; did you mean -train?"),
        ("word2vec -train x -min_count 3", "unknown flag '-min_count'; did you mean -min-count?"),
        ("word2vec train x", "expected a flag, came 'train'; did you mean -train?"),
        ("word2vec -train", "-train expects a value"),
        ("word2vec -train x -size many", "-size expects a whole number, came 'many'"),
        ("word2vec -train x -alpha big", "-alpha expects a number, came 'big'"),
        ("word2vec -train x -size 1 -size 2", "-size came twice"),
        ("word2vec -size 10", "expected -train FILE"),
        ("word2vec -train x -hs 1 -negative 5", "choose one"),
        ("word2vec -train x -negative 0", "learns nothing"),
        ("word2vec -train no/such/file", "no file 'no/such/file'"),
        ("word2phrase -train x", "expected -train FILE and -output FILE"),
        ("distance no/such/file", "no/such/file"),
    ],
)
def test_mistakes_are_told(arguments, complaint, capsys):
    assert main(arguments.split()) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("command", ["word2vec", "word2phrase"])
def test_without_flags_they_explain_themselves(command, capsys):
    assert main([command]) == 0
    out = capsys.readouterr().out
    assert f"usage: cutaway {command} [-flag value ...]" in out
    assert "-min-count" in out
    assert main([command, "-help"]) == 0


def test_flags_have_the_type_of_their_default():
    flags = [Flag("n", 1, ""), Flag("x", 0.5, ""), Flag("s", "", "")]
    assert parse(["-x", "2", "-s", "-n"], flags) == {"n": 1, "x": 2.0, "s": "-n"}


def test_words_that_are_not_utf8_stay_what_they_are(tmp_path):
    """Latin-1: two words that differ in one such byte are two words, in every file and on standard output."""
    one, other = b"caf\xe9", b"caf\xe8"
    line = b" ".join([one, b"and", other, b"but", one])
    (tmp_path / "text").write_bytes(b"\n".join([line] * 30) + b"\n")
    out, numbers = f"{tmp_path}/v.bin", {"min-count": 1, "size": 8, "iter": 1, "debug": 0, "threads": 1}
    flags = [word for name, value in {**numbers, "binary": 1}.items() for word in (f"-{name}", str(value))]
    names = f"-train {tmp_path}/text -save-vocab {tmp_path}/vocab -model {tmp_path}/m.safetensors".split()
    assert main(["word2vec", *names, "-output", out, *flags]) == 0
    counted = [b"</s> 30", one + b" 60", b"and 30", other + b" 30", b"but 30", b""]
    assert (tmp_path / "vocab").read_bytes().split(b"\n") == counted
    words = Word2Vec.load(tmp_path / "m.safetensors").vocabulary.words
    assert {word.encode("utf-8", "surrogateescape") for word in words} >= {one, other}
    assert Vocabulary.load(tmp_path / "vocab").words == words
    for name in ("v.npz", "vectors.tsv", "again.bin"):
        vectors = WordVectors.load(out, errors="surrogateescape")
        vectors.save(tmp_path / name)
        assert WordVectors.load(tmp_path / name, errors="surrogateescape").words == words
    with pytest.raises(ValueError, match=r"expected a word in UTF-8 \(or pass errors='surrogateescape'\)"):
        WordVectors.load(out)
    assert main(["word2phrase", "-train", f"{tmp_path}/text", "-output", f"{tmp_path}/p", "-debug", "0"]) == 0
    assert (tmp_path / "p").read_bytes() == (tmp_path / "text").read_bytes()
    command = [sys.executable, "-m", "cutaway", "distance", out]
    asked = subprocess.run(command, input=one + b"\n", capture_output=True, check=True)
    assert other in asked.stdout


def test_classes_of_words_that_are_not_utf_8(tmp_path):
    (tmp_path / "text").write_bytes(b"caf\xe9 a b\na caf\xe9 b\n" * 5)
    words = f"word2vec -train {tmp_path}/text -output {tmp_path}/classes -classes 2 -min-count 1 -debug 0"
    assert main(words.split()) == 0
    assert b"caf\xe9 " in (tmp_path / "classes").read_bytes()
