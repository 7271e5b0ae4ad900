"""What was trained on any text can be written and read in every format; what cannot be read is not written."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text import (
    Doc2Vec,
    FastText,
    FastTextClassifier,
    GloVe,
    Vocabulary,
    Word2Vec,
    WordVectors,
    encode_to,
    open_encoded,
)
from cutaway.text.classify.load import load_any
from cutaway.text.corpus import token
from cutaway.text.corpus.utf8 import to_text
from cutaway.text.files import fasttext_bin, word2vec_format
from cutaway.text.glove import glove_files
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ODD = [
    "<unk>",
    "</s>x",
    "__label__x",
    "a\xa0b",
    "字\u3000",
    "\x85",
    "1",
    "-1.5",
    "nan",
    '"',
    "\x1c",
    "\ufeff",
    "#",
    ":",
]
RAW = st.binary(min_size=1, max_size=8).map(to_text)  # bytes of any kind
WORDS = st.lists(
    st.one_of(st.sampled_from(ODD), RAW, st.text(min_size=1, max_size=5)), min_size=2, max_size=8
)
ALL = ["v.vec", "v.w2v", "glove.txt", "v.npz", "vectors.tsv"]


def usable(words):
    """Those of the words that may be words, each once."""
    found = []
    for word in dict.fromkeys(words):
        try:
            token.expect_word(word, "test")
        except ValueError:
            continue
        found.append(word)
    return [word for word in found if word != "</s>"]


def both_ways(path, words):
    vectors = WordVectors(words, np.arange(1.0, 3 * len(words) + 1).reshape(-1, 3))
    vectors.save(path, binary=path.suffix == ".w2v", header=path.name != "glove.txt")
    back = WordVectors.load(path, binary=path.suffix == ".w2v", errors="surrogateescape")
    assert back.words == words
    assert np.array_equal(back.matrix, vectors.matrix)


@pytest.mark.parametrize("name", ALL)
@FEW
@given(WORDS)
@example([*ODD, "caf\udce9", "\udcff"])
def test_vectors(tmp_path, name, words):
    if words := usable(words):
        both_ways(tmp_path / name, words)


@pytest.mark.parametrize("name", ALL)
def test_vectors_of_the_longest_words(tmp_path, name):
    both_ways(tmp_path / name, ["x" * token.LONGEST, "字" * (token.LONGEST // 3), "y" * 5000])


@FEW
@given(WORDS)
@example([*ODD, "caf\udce9", "x" * 5000])
def test_models_and_vocabularies(tmp_path, words):
    words = usable(words)
    if len(words) < 2:
        return
    text, small = [words, words[::-1]], {"dim": 2, "min_count": 1, "epochs": 1, "threads": 1}
    for kind, more in (
        (Word2Vec, {}),
        (Doc2Vec, {}),
        (GloVe, {"memory": 0.001}),
        (FastText, {"buckets": 20}),
    ):
        model = kind(**small, **more).fit(text, progress=False)
        model.save(tmp_path / "m.safetensors")
        assert kind.load(tmp_path / "m.safetensors").vocabulary.words == model.vocabulary.words
        model.vectors.save(tmp_path / "v.vec", binary=False)
        assert WordVectors.load(tmp_path / "v.vec", errors="surrogateescape").words == words
    model.save_bin(tmp_path / "m.bin")
    assert FastText.load_bin(tmp_path / "m.bin").vocabulary.words == ["</s>", *words]
    assert load_any(tmp_path / "m.bin").words == ["</s>", *words]
    vocabulary, _ = encode_to(tmp_path / "ids", text, 1)
    assert vocabulary.words == ["</s>", *words] == open_encoded(tmp_path / "ids")[0].words
    lines = [f"__label__{words[0]} {' '.join(words)} ."] * 3
    classifier = FastTextClassifier(dim=2, epochs=1).fit(lines, progress=False)
    classifier.save_bin(tmp_path / "c.bin")
    back = FastTextClassifier.load_bin(tmp_path / "c.bin")
    assert (back.words, back.labels) == (classifier.words, classifier.labels)
    assert f"__label__{words[0]}" in back.labels


def test_glove_text_of_a_corpus_with_unk(tmp_path):
    rows = np.arange(6.0).reshape(3, 2)
    glove_files.write_text(tmp_path / "v.txt", ["a", "<unk>", "b"], rows)
    back = WordVectors.load(tmp_path / "v.txt")
    assert (back.words, back["<unk>"].tolist()) == (["a", "<unk>", "b"], [2, 3])
    glove_files.write_text(tmp_path / "v.txt", ["a", "b"], rows[:2])
    assert WordVectors.load(tmp_path / "v.txt").words == ["a", "b", "<unk>"]


def test_a_long_first_line(tmp_path):
    vectors = WordVectors(["a", "b"], np.full((2, 20_000), 0.123456789))
    vectors.save(tmp_path / "v.txt", binary=False, header=False)
    assert (tmp_path / "v.txt").read_bytes().index(b"\n") > 1 << 16
    assert np.array_equal(WordVectors.load(tmp_path / "v.txt").matrix, vectors.matrix)


def test_a_header_for_human_eyes_replaces_no_model(tmp_path):
    first = Word2Vec(dim=2, min_count=1, epochs=1).fit(["a b"] * 3, progress=False)
    other = Word2Vec(dim=2, min_count=1, epochs=1).fit(["c d"] * 3, progress=False)
    first.save(tmp_path / "m.json")
    other.save(tmp_path / "m")
    other.save(tmp_path / "m.safetensors")
    assert Word2Vec.load(tmp_path / "m.json").vocabulary.words == ["</s>", "a", "b"]
    assert Word2Vec.load(tmp_path / "m").vocabulary.words == ["</s>", "c", "d"]


@pytest.mark.parametrize("name", ALL)
def test_what_no_reader_takes_is_not_written(tmp_path, name):
    header = {"binary": False, "header": name != "glove.txt"} if name == "glove.txt" else {}
    cases = [
        ([], np.zeros((0, 2))),
        (["a"], np.zeros((1, 0))),
        (["a"], [[np.nan, 1]]),
        (["a"], [[np.inf, 1]]),
    ]
    for word in ("a\n", "", "\ud800", 3):
        cases.append(([word], [[1, 2]]))
    for words, matrix in cases:
        with pytest.raises((ValueError, TypeError), match=rf"write .*{name}: expected"):
            WordVectors(words, matrix).save(tmp_path / name, **header)
    assert not [*tmp_path.iterdir()]
    with pytest.raises(ValueError, match=r"Vocabulary\.save: expected words"):
        Vocabulary(["</s>", "a\nb"], [1, 1]).save(tmp_path / "vocab")


LABELS = ["__label__pet", "__label__tool"]


@pytest.mark.parametrize("kind", ["api", "file"])
def test_label_words_of_pretrained_vectors_are_no_words(tmp_path, kind):
    """They had a row of v, and the class was not learnt."""
    lines = [f"{LABELS[0]} a cat", f"{LABELS[1]} a saw"] * 20
    given = WordVectors([*LABELS, "cat", "new"], np.eye(4))
    if kind == "file":
        given.save(tmp_path / "v.vec", binary=False)
        given = WordVectors.load(tmp_path / "v.vec")
    model = FastTextClassifier(dim=4, alpha=0.5).fit(lines, progress=False, pretrained=given)
    assert sorted(model.labels) == LABELS
    assert {"new", "cat"} < {*model.words}
    assert not {*LABELS} & {*model.words}
    assert [found[0][0] for found in model.predict(["cat", "saw"])] == LABELS
    assert np.array_equal(model.vector("new"), given["new"])
    with pytest.raises(ValueError, match="pretrained: expected words"):
        model.fit(lines, progress=False, pretrained=WordVectors(["a\0b"], np.ones((1, 4))))


@pytest.mark.parametrize(
    ("name", "place"),
    [("v.vec", "line 4"), ("glove.txt", "line 3"), ("v.w2v", "word 3"), ("vectors.tsv", "line 3")],
)
def test_of_a_word_that_comes_again_the_first_row_counts(tmp_path, name, place):
    path = tmp_path / name
    vectors = WordVectors(["a", "b", "X", "Y", "c"], np.arange(10.0).reshape(5, 2))
    vectors.save(path, binary=name == "v.w2v", header=name != "glove.txt")
    for file in tmp_path.iterdir():
        if file.name != "vectors.tsv":
            file.write_bytes(file.read_bytes().replace(b"X", b"a").replace(b"Y", b"b"))
    with pytest.warns(UserWarning, match=rf"2 of 5 rows are left out, .* the first is 'a', {place}$") as told:
        back = WordVectors.load(path, binary=name == "v.w2v")
    assert len(told) == 1
    assert (back.words, back.matrix.tolist()) == (["a", "b", "c"], [[0, 1], [2, 3], [8, 9]])


def test_damaged_words_that_become_the_same(tmp_path):
    word2vec_format.write(tmp_path / "v.vec", ["a\udce9", "a\udcff", "b"], np.eye(3))
    with pytest.warns(UserWarning, match="1 of 3 rows are left out, .* 'a\ufffd', word 2"):
        back = WordVectors.load(tmp_path / "v.vec", errors="replace")
    assert (back.words, back.matrix[0].tolist()) == (["a\ufffd", "b"], [1, 0, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(WordVectors.load(tmp_path / "v.vec", errors="surrogateescape")) == 3


def test_a_bin_without_line_ends_and_with_words_that_are_not_utf8(tmp_path):
    args = fasttext_bin.Args(dim=2, ws=2, epoch=1, minCount=1, neg=2, bucket=10)
    words, counts = ["a", b"caf\xe9"], np.array([3, 2])
    rows, outputs = np.arange(24.0).reshape(12, 2) + 1, np.ones((2, 2))
    fasttext_bin.write(tmp_path / "m.bin", fasttext_bin.Model(args, words, counts, rows, outputs))
    model = FastText.load_bin(tmp_path / "m.bin")
    assert model.vocabulary.words == ["</s>", "a", "caf\udce9"]
    assert model.vocabulary.counts.tolist() == [0, 3, 2]
    assert np.array_equal(model.v[1:, :2], rows)
    assert np.array_equal(model.vp[:, :2], [[0, 0], [1, 1], [1, 1]])
    assert np.allclose(model.vectors["caf\udce9"], load_any(tmp_path / "m.bin").vector("caf\udce9"))
    model.save_bin(tmp_path / "again.bin")
    assert FastText.load_bin(tmp_path / "again.bin").vocabulary.words == model.vocabulary.words
    model.min_count = 1
    model.continue_on(["a caf\udce9 new"] * 3, progress=False)
    assert np.isfinite(model.history[-1]["loss"])
    assert "new" in model.vocabulary


def test_a_vocabularys_memory_is_counted(tmp_path):
    path = tmp_path / "vocab"
    Vocabulary(["</s>", *(f"{n:x}" for n in range(9999))], [1] * 10_000).save(path)
    with pytest.raises(FileError, match=r"words would take 1,\d+,\d+\n    hint: .* max_bytes=1\d+$"):
        Vocabulary.load(path, max_bytes=1_000_000)
    assert len(Vocabulary.load(path, max_bytes=1_700_000)) == 10_000
