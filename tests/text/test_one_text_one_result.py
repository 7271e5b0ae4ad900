"""A text given as such is one text, whatever is in it; in a file ``</s>`` ends a line, as for the C tools."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.core.errors import FileError
from cutaway.text import Corpus, Doc2Vec, FastTextClassifier, TextClassifier, Word2Vec, encode
from cutaway.text.corpus import stream

LINES = ["x </s> y", "a cat </s>", "</s> a saw", "</s></s> odd", "</s>"]
CLEAN = ["x y", "a cat", "a saw", "</s></s> odd", ""]


@pytest.fixture(scope="module")
def classifier():
    lines = ["__label__pet a cat x", "__label__tool a saw y"] * 20
    return FastTextClassifier(dim=8, alpha=0.5, word_ngrams=2, buckets=100).fit(lines, progress=False)


@pytest.mark.parametrize("loss", ["softmax", "hs"])
def test_a_line_has_one_prediction(classifier, loss):
    model = classifier
    if loss == "hs":
        lines = ["__label__pet a cat x", "__label__tool a saw y"] * 20
        model = FastTextClassifier(dim=8, loss=loss).fit(lines, progress=False)
    assert model.predict(LINES) == model.predict(CLEAN)
    assert model.predict([line.encode() for line in LINES]) == model.predict(CLEAN)
    for line, clean, ((label, chance),) in zip(LINES, CLEAN, model.predict(LINES), strict=True):
        quick = model.predict(line)
        assert quick == model.predict(clean) == [(label, pytest.approx(chance, abs=1e-5))]


def test_a_line_has_one_vector_and_one_label(classifier):
    for line, clean in zip(LINES, CLEAN, strict=True):
        assert np.array_equal(classifier.sentence_vector(line), classifier.sentence_vector(clean))
    assert np.array_equal(classifier.sentence_vector("a\ncat"), classifier.sentence_vector("a cat"))
    labelled = ["__label__pet a </s> cat", "__label__tool </s> saw"]
    assert classifier.test(labelled).examples == 2
    again = FastTextClassifier(dim=8, alpha=0.5, word_ngrams=2, buckets=100)
    split = ["__label__pet a </s> cat x", "__label__tool </s> a saw y"] * 20
    assert np.array_equal(again.fit(split, progress=False).v, classifier.v)


def test_scikit_learns_classifier_has_one_class_a_text():
    model = TextClassifier(dim=8, alpha=0.5, buckets=100).fit(["a cat", "a saw"] * 20, ["pet", "tool"] * 20)
    assert model.predict(["a </s> cat", "a saw </s>", "cat"]).tolist() == ["pet", "tool", "pet"]


def test_the_command_splits_as_fasttext_does(classifier, tmp_path, monkeypatch, capsys):
    classifier.save_bin(tmp_path / "m.bin")
    (tmp_path / "lines").write_text("a cat </s> a saw\ncat\n")
    assert main(["fasttext", "predict", f"{tmp_path}/m.bin", f"{tmp_path}/lines"]) == 0
    assert capsys.readouterr().out.split() == ["__label__pet", "__label__tool", "__label__pet"]
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"a cat </s> a saw\n")))
    assert main(["fasttext", "print-sentence-vectors", f"{tmp_path}/m.bin"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert np.allclose([*map(float, first.split())], classifier.sentence_vector("a cat"), atol=1e-4)
    assert np.allclose([*map(float, second.split())], classifier.sentence_vector("a saw"), atol=1e-4)


@pytest.mark.parametrize("given", [["a </s> b", "c d"], [["a", "</s>", "b"], ["c", "d"]]])
def test_ids_of_texts_have_one_end_each(given):
    vocabulary, tokens = encode(given, 1)
    assert (vocabulary.words, tokens.tolist()) == (["</s>", "a", "b", "c", "d"], [1, 2, 0, 3, 4, 0])
    assert vocabulary.counts.tolist() == [2, 1, 1, 1, 1]
    assert vocabulary.encode(Corpus(given)).tolist() == tokens.tolist()


def test_in_a_file_it_ends_a_sentence_as_in_word2vec(tmp_path):
    path = tmp_path / "text"
    path.write_text("a </s> b\n</s>\nc</s>\n")
    vocabulary, tokens = encode(path, 1)
    assert [vocabulary.words[n] for n in tokens] == [
        "a",
        "</s>",
        "b",
        "</s>",
        "</s>",
        "</s>",
        "c</s>",
        "</s>",
    ]
    assert np.array_equal(vocabulary.encode(Corpus(path)), tokens)
    assert vocabulary.counts[0] == 5
    path.write_text("</s> " * 200_000)  # takes minutes if a line is copied for each of them
    assert len(encode(path, 1)[1]) == 200_001


@pytest.mark.parametrize("dm", [True, False])
def test_a_text_is_one_document(tmp_path, dm, monkeypatch):
    texts = ["a </s> b", "c d"] * 2
    model = Doc2Vec(dim=4, dm=dm, min_count=1, epochs=2).fit(texts, progress=False)
    assert len(model.documents) == 4
    assert len(model.infer(texts)) == 4
    assert np.array_equal(model.infer_vector(["a", "</s>", "b"]), model.infer_vector(["a", "b"]))
    (tmp_path / "texts").write_text("\n".join(texts))
    monkeypatch.setattr(stream, "LONGEST_SENTENCE", 4)
    of_file = Doc2Vec(dim=4, dm=dm, min_count=1, epochs=2).fit(tmp_path / "texts", progress=False)
    assert np.array_equal(of_file.d, model.d), "a line of a file is not cut, either"
    assert len(of_file.infer(Corpus(tmp_path / "texts"))) == 4
    monkeypatch.setattr(stream, "LONGEST_LINE", 5)
    with pytest.raises(FileError, match="byte 0: expected a line of at most 5 bytes"):
        of_file.infer(Corpus(tmp_path / "texts"))


def test_word2vec_learns_across_it_in_a_text_only(tmp_path):
    options = {"dim": 4, "min_count": 1, "epochs": 1, "sample": 0, "seed": 1}
    given = Word2Vec(**options).fit(["a </s> b"] * 9, progress=False)
    assert np.array_equal(given.v, Word2Vec(**options).fit(["a b"] * 9, progress=False).v)
    (tmp_path / "text").write_text("a b </s> b a\n" * 9)
    of_file = Word2Vec(**options).fit(tmp_path / "text", progress=False)
    assert np.array_equal(of_file.v, Word2Vec(**options).fit(["a b", "b a"] * 9, progress=False).v)
