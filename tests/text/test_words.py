"""What a word is: ASCII's blanks end it, in every reader; what no file could hold is refused at the door."""

from __future__ import annotations

import gzip
import sys
from io import BytesIO, TextIOWrapper

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.core.errors import FileError
from cutaway.text import Corpus, Doc2Vec, FastTextClassifier, GloVe, Phrases, Vocabulary, Word2Vec, encode
from cutaway.text.classify.autotune import autotune
from cutaway.text.classify.classifier import read_text
from cutaway.text.classify.word_table import Words
from cutaway.text.corpus import token, tokenise
from cutaway.text.corpus.utf8 import to_bytes
from cutaway.text.vectors.analogies import parse_questions
from cutaway.text.vectors.similarity import parse_pairs
from hypothesis import given
from hypothesis import strategies as st

ODD_BLANKS = [chr(code) for code in range(0x110000) if chr(code).isspace() and chr(code) not in token.BLANKS]
ODD_WORDS = [f"a{blank}b" for blank in ODD_BLANKS]
TEXTS = st.text(st.sampled_from(["a", "é", "\udce9", *token.BLANKS, *ODD_BLANKS]), max_size=20)


def test_python_has_more_blanks():
    assert len(ODD_BLANKS) == 23
    assert {"\xa0", "\u3000", "\x85", "\x1c"} <= {*ODD_BLANKS}


@given(TEXTS)
def test_a_line_is_split_as_fasttext_splits_bytes(line):
    words = Words()
    split = [words[n] for n in words.read(to_bytes(line)) if n]
    assert [*map(to_bytes, tokenise.whitespace(line))] == token.split_bytes(to_bytes(line)) == split


@pytest.mark.parametrize("word", ODD_WORDS)
def test_every_reader_has_these_words(word, tmp_path, monkeypatch, capfdbinary):
    path = tmp_path / "text"
    path.write_text(f"{word} c\n" * 5, newline="")
    assert encode(path, 1)[0].words == ["</s>", word, "c"]
    assert FastTextClassifier(dim=2).fit([f"__label__x {word}"], progress=False).words == ["</s>", word]
    assert parse_questions([f"{word} b c d"]) == [("questions", [(word, "b", "c", "d")])]
    assert parse_pairs([f"{word} b 1", f"{word},b,1"]) == [(word, "b", 1.0)] * 2
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(path.read_bytes())))
    assert main(["vocab_count", "-verbose", "0"]) == 0
    assert capfdbinary.readouterr().out == f"{word} 5\nc 5\n".encode()
    flags = f"-input {path} -output {tmp_path}/m -dim 2 -bucket 10 -epoch 1 -verbose 0".split()
    assert main(["fasttext", "skipgram", *flags]) == 0
    assert f"\n{word} ".encode() in (tmp_path / "m.vec").read_bytes()


BAD = {
    "an int": (3, TypeError, "expected words of type str, came 3, of type int"),
    "bytes": (b"a", TypeError, "of type bytes"),
    "a list": (["a"], TypeError, "of type list"),
    "None": (None, TypeError, "of type NoneType"),
    "empty": ("", ValueError, "came '', which is empty or"),
    "a blank": ("new york", ValueError, "which is empty or has white space"),
    "a line end": ("a\n", ValueError, "white space"),
    "zero": ("a\0b", ValueError, "a zero byte"),
    "half": ("a\ud800", ValueError, "with half a character"),
    "two halves": ("\udcc3\udca9", ValueError, "half a character"),  # of é: it would be read as é
    "long": ("字" * (token.LONGEST // 3 + 1), ValueError, "at most 1,048,576 bytes, came one of 1,048,578"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_word_that_no_file_holds_is_refused_before_training(case):
    word, kind, said = BAD[case]
    sentences = [["a", "b"], ["b", word, "a"]] * 9
    for model in (Word2Vec, Doc2Vec, GloVe):
        with pytest.raises(kind, match=said):
            model(dim=2, min_count=1).fit(sentences, progress=False)
    with pytest.raises(kind, match=said):
        Phrases().fit(sentences)
    if isinstance(word, str):
        with pytest.raises(kind, match=said):
            Word2Vec(dim=2).fit_tokens(Vocabulary(["</s>", "a", word], [1, 1, 1]), np.array([1, 2, 0]))
        with pytest.raises(kind, match=said):
            Vocabulary.from_counts({"a": 2, word: 1})
    else:
        with pytest.raises(kind, match=r"sentence 2: .*"):
            Vocabulary(["</s>", "a"], [1, 1]).encode(sentences)


def test_half_a_character_in_a_line():
    for text in (["a \ud800 b"], ["__label__a \ud800"]):
        with pytest.raises(ValueError, match="with half a character"):
            encode(text, 1)
        with pytest.raises(ValueError, match="with half a character"):
            FastTextClassifier(dim=2).fit(text, progress=False)
    with pytest.raises(TypeError, match="expected lines or lists of words, came 3, of type int"):
        encode([["a"], 3], 1)


def test_half_a_character_in_a_question():
    model = FastTextClassifier(dim=2, epochs=1).fit(["__label__a b", "__label__c d"], progress=False)
    for ask in (model.predict, lambda line: model.predict([line]), model.sentence_vector, model.vector):
        with pytest.raises(ValueError, match=r"lines that UTF-8 can hold, came .*, with half a character"):
            ask("b\ud800")


def test_the_longest_word_is_kept_and_a_longer_one_refused(tmp_path):
    words = ["x" * token.LONGEST, "字" * (token.LONGEST // 3)]
    assert encode([words], 1)[0].words[1:] == words
    (tmp_path / "text").write_text(f"__label__x {words[0]}x")
    for read in (encode, read_text):
        with pytest.raises(FileError, match=r"text: expected words of at most 1,048,576 bytes, came one of"):
            read(tmp_path / "text")
    lines = [f"__label__x {words[0]}x"]
    with pytest.raises(ValueError, match="at most 1,048,576 bytes"):
        FastTextClassifier(dim=2).fit(lines, progress=False)


def test_delimiters_make_words():
    with pytest.raises(ValueError, match="delimiter"):
        Phrases(delimiter=" ")


def test_labelled_text_that_unpacks_to_too_much(tmp_path):
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(b"__label__x a\n" * 1000))
    model = FastTextClassifier(dim=2).fit(path, progress=False, max_bytes=13_000)
    fit, test = (lambda most: model.fit(path, progress=False, max_bytes=most)), model.test
    for read in (lambda: fit(12_000), lambda: test(path, max_bytes=12_000)):
        with pytest.raises(ValueError, match="expected at most 12,000 bytes"):
            read()
    assert model.test(path, max_bytes=13_000).examples == 1000


def test_lines_of_files_keep_these_blanks(tmp_path):
    (tmp_path / "text").write_text("a\u2028b\x85c\x1cd\r\n", newline="")
    assert list(Corpus(tmp_path / "text")) == [["a\u2028b\x85c\x1cd"]]


def test_tuning_reads_no_more_than_it_may(tmp_path):
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(b"__label__x a b\n__label__y c d\n" * 500))
    tune = {"trials": 1, "fixed": {"dim": 2, "epochs": 1}}
    assert autotune(path, path, **tune, max_bytes=15_000)[0].labels == ["__label__x", "__label__y"]
    with pytest.raises(ValueError, match="expected at most 14,000 bytes"):
        autotune(path, path, **tune, max_bytes=14_000)
