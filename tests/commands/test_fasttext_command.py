"""``cutaway fasttext`` as its users call it: files, output, mistakes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.text import FastText, FastTextClassifier, WordVectors

SMALL = "-dim 8 -thread 1 -verbose 0 -bucket 600 -seed 1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("tool")
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(400):
        label = rng.choice(["sea", "sky"])
        rows.append(
            f"__label__{label} {label}{rng.integers(9)} {label}{rng.integers(9)} word{rng.integers(20)}"
        )
    (path / "train").write_text("\n".join(rows) + "\n")
    (path / "lines").write_text("sea1 word3\n\nsky5 sky1\n")
    more = "-lr 1 -wordNgrams 2 -minn 2 -maxn 3 -saveOutput"
    assert main(f"fasttext supervised -input {path}/train -output {path}/m {SMALL} {more}".split()) == 0
    return path


def say(monkeypatch, capsys, command, text=""):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["fasttext", *command.split()]) == 0
    return capsys.readouterr().out


def test_supervised_writes_its_files(folder):
    model = FastTextClassifier.load_bin(folder / "m.bin")
    vectors = WordVectors.load(folder / "m.vec")
    assert vectors.words == model.words
    np.testing.assert_allclose(vectors["sea1"], model.vector("sea1"), rtol=1e-4)
    output = WordVectors.load(folder / "m.output")
    assert output.words == model.labels
    np.testing.assert_allclose(output.matrix, model.vp, rtol=1e-4)


def test_labels_are_printed_as_the_original_prints_them(folder, monkeypatch, capsys):
    model = FastTextClassifier.load_bin(folder / "m.bin")
    assert say(monkeypatch, capsys, f"test {folder}/m.bin {folder}/train") == "N\t400\nP@1\t1\nR@1\t1\n"
    out = say(monkeypatch, capsys, f"test-label {folder}/m.bin {folder}/train 2").splitlines()
    label = model.labels[0]
    precision = model.test(folder / "train", k=2).precision(label)
    f1 = 2 * precision / (1 + precision)
    assert out[0] == f"F1-Score : {f1:.6f}  Precision : {precision:.6f}  Recall : 1.000000   {label}"
    assert out[2:] == ["N\t400", "P@2\t0.500", "R@2\t1.000"]
    best = [model.predict(line, 1) for line in ("sea1 word3", "", "sky5 sky1")]
    found = say(monkeypatch, capsys, f"predict {folder}/m.bin {folder}/lines")
    assert found == "".join(f"{each[0][0]}\n" for each in best)
    out = say(monkeypatch, capsys, f"predict-prob {folder}/m.bin {folder}/lines 2 0.6").splitlines()
    assert out[0] == f"__label__sea {best[0][0][1]:.6g}"


def test_standard_input_and_quantised_models(folder, monkeypatch, capsys):
    class Bytes(io.StringIO):
        buffer = io.BytesIO(b"sea1 word3\nsky5")

    monkeypatch.setattr("sys.stdin", Bytes())
    assert main(f"fasttext predict {folder}/m.bin -".split()) == 0
    assert capsys.readouterr().out == "__label__sea\n__label__sky\n"
    flags = f"-input {folder}/train -qnorm -cutoff 300 -retrain -epoch 1 -thread 1 -verbose 0 -dsub 3"
    say(monkeypatch, capsys, f"quantize -output {folder}/m {flags}")
    assert (folder / "m.ftz").stat().st_size < (folder / "m.bin").stat().st_size
    assert say(monkeypatch, capsys, f"test {folder}/m.ftz {folder}/train") == "N\t400\nP@1\t1\nR@1\t1\n"
    assert main(f"fasttext dump {folder}/m.ftz input".split()) == 2
    assert "not supported for quantized" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["skipgram", "cbow"])
def test_word_vectors(kind, folder, monkeypatch, capsys):
    name = folder / kind
    flags = f"-input {folder}/train -output {name} -minCount 1 -epoch 1 -neg 3 -t 0 -ws 2 {SMALL}"
    say(monkeypatch, capsys, f"{kind} {flags}")
    model = FastText.load_bin(f"{name}.bin")
    assert not [word for word in model.vocabulary.words if word.startswith("__label__")], (
        "labels are no words"
    )
    line = "sea1 " + "".join(f"{number:.5g} " for number in model.vector("sea1"))
    assert say(monkeypatch, capsys, f"print-word-vectors {name}.bin", "sea1\n") == line + "\n"
    assert line in (folder / f"{kind}.vec").read_text().splitlines()
    near = model.vectors.most_similar("seaweed", topn=30)
    out = say(monkeypatch, capsys, f"nn {name}.bin 3", "seaweed").splitlines()
    word, cosine = out[0].removeprefix("Query word? ").split()
    assert float(cosine) == pytest.approx(dict(near[:2])[word], abs=1e-5)
    assert out[-1] == "Query word? "
    out = say(monkeypatch, capsys, f"analogies {name}.bin 2", "sea1 sea2 sky2\nsea1")
    assert out.count("Query triplet (A - B + C)? ") == 2, "it ends where the input ends"
    ngrams = say(monkeypatch, capsys, f"print-ngrams {name}.bin sea1").splitlines()
    assert [each.split()[0] for each in ngrams][:3] == ["sea1", "<se", "<sea"]
    half = [model.vector(word) / np.linalg.norm(model.vector(word)) for word in ("sea1", "sky1")]
    out = say(monkeypatch, capsys, f"print-sentence-vectors {name}.bin", "sea1 sky1\n")
    np.testing.assert_allclose(np.array(out.split(), float), np.mean(half, 0), rtol=1e-3)


def test_quantised_word_vectors(folder, monkeypatch, capsys):
    flags = f"-input {folder}/train -output {folder}/q -minCount 1 -epoch 1 {SMALL}"
    say(monkeypatch, capsys, f"skipgram {flags}")
    say(monkeypatch, capsys, f"quantize -output {folder}/q -dsub 1 -qnorm")
    plain = say(monkeypatch, capsys, f"print-word-vectors {folder}/q.bin", "sea1 seaweed")
    small = say(monkeypatch, capsys, f"print-word-vectors {folder}/q.ftz", "sea1 seaweed")
    rows = [np.array([line.split()[1:] for line in out.splitlines()], float) for out in (plain, small)]
    np.testing.assert_allclose(rows[1], rows[0], atol=0.1 * np.abs(rows[0]).max())
    assert (folder / "q.ftz").stat().st_size < (folder / "q.bin").stat().st_size


def test_dump(folder, monkeypatch, capsys):
    args = dict(line.split() for line in say(monkeypatch, capsys, f"dump {folder}/m.bin args").splitlines())
    assert (args["model"], args["loss"], args["bucket"], args["t"]) == ("sup", "softmax", "600", "0.0001")
    entries = say(monkeypatch, capsys, f"dump {folder}/m.bin dict").splitlines()
    assert entries[0] == str(len(entries) - 1)
    assert entries[1] == "</s> 400 word"
    assert entries[-1].split()[2] == "label"
    assert say(monkeypatch, capsys, f"dump {folder}/m.bin output").splitlines()[0] == "2 8"


def test_autotune_and_pretrained_vectors(folder, monkeypatch, capsys):
    found = f"-autotune-validation {folder}/train -autotune-trials 2 -autotune-modelsize 30k -dim 8 -epoch 2"
    flags = f"-input {folder}/train -output {folder}/tuned -thread 1 -bucket 600 -seed 1"
    flags += " -wordNgrams 2 -minn 2 -maxn 3"
    assert main(f"fasttext supervised {flags} {found}".split()) == 0
    told = capsys.readouterr().err
    assert told.count("Trial: ") == 2
    assert "-dim 8" in told
    assert (folder / "tuned.ftz").stat().st_size <= 30_000
    flags = f"-input {folder}/train -output {folder}/p -pretrainedVectors {folder}/m.vec -lr 1e-9 {SMALL}"
    say(monkeypatch, capsys, f"supervised {flags}")
    known = WordVectors.load(folder / "m.vec")
    np.testing.assert_allclose(WordVectors.load(folder / "p.vec")["sea1"], known["sea1"], rtol=1e-3)


def test_progress_is_told_on_standard_error(folder, capsys):
    flags = f"-input {folder}/train -output {folder}/loud -dim 8 -thread 1 -epoch 2"
    assert main(f"fasttext supervised {flags}".split()) == 0
    err = capsys.readouterr().err
    assert err.startswith("Read 0M words\nNumber of words:  ")
    assert "\nNumber of labels: 2\n" in err
    last = err.splitlines()[-1]
    assert last.startswith("Progress: 100.0% words/sec/thread: ")
    assert last.endswith(" ETA:   0h 0m 0s")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("supervized", "unknown command 'supervized'; did you mean supervised?"),
        ("supervised -epochs 3", "unknown flag '-epochs'; did you mean -epoch?"),
        ("supervised -lr 3", "Empty input or output path"),
        ("supervised -lr fast", "-lr expects a number"),
        ("supervised -input no/such -output x", "no/such"),
        ("skipgram -input x -output y -wordNgrams 2", "-wordNgrams works with supervised only"),
        ("cbow -input x -output y -loss ova", "-loss is ns, hs or softmax"),
        ("test model", "expected test MODEL FILE [K]"),
        ("predict {0}/m.bin {0}/train many", "expected a whole number k, came 'many'"),
        ("predict {0}/m.bin {0}/train 0", "k is a number of labels, at least 1"),
        ("dump {0}/m.bin words", "expected dump MODEL args|dict|input|output"),
        ("nn {0}/train", "byte 0: expected 793712314"),
        ("quantize -output {0}/m -retrain -cutoff 9", "-retrain expects -input FILE"),
        (
            "supervised -input {0}/train -output {0}/nan -lr 99 -epoch 90 -thread 1 -dim 8 -verbose 0",
            "lower -lr",
        ),
    ],
)
def test_mistakes_are_told(folder, arguments, complaint, capsys):
    assert main(["fasttext", *arguments.format(folder).split()]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["", "supervised", "quantize -h"])
def test_without_flags_it_explains_itself(arguments, capsys):
    assert main(["fasttext", *arguments.split()]) == 0
    out = capsys.readouterr().out
    assert "usage: cutaway fasttext" in out
    assert ("print-sentence-vectors" if not arguments else "-wordNgrams") in out
