"""Text to token ids: nothing lost, nothing invented, and a damaged file says where."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text import Corpus, Doc2Vec, FastText, GloVe, Vocabulary, Word2Vec, encode
from cutaway.text.corpus import stream, tokenise
from hypothesis import given
from hypothesis import strategies as st

SENTENCES = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=12), max_size=12)


@given(SENTENCES, st.integers(1, 4))
def test_tokens_are_the_text_without_rare_words(sentences, min_count):
    counts = Counter(word for words in sentences for word in words)
    vocabulary, tokens = encode(sentences, min_count)
    kept = [[word for word in words if counts[word] >= min_count] for words in sentences]
    assert [vocabulary.words[i] for i in tokens] == [w for words in kept for w in (*words, "</s>")]
    assert tokens.dtype == np.int32
    assert np.array_equal(np.bincount(tokens, minlength=len(vocabulary)), vocabulary.counts)
    assert np.array_equal(vocabulary.encode(sentences), tokens)


@given(SENTENCES)
def test_order_is_word2vecs(sentences):
    vocabulary, _ = encode(sentences, 1)
    assert vocabulary.words[0] == "</s>"
    first = {word: i for i, word in reversed(list(enumerate(w for words in sentences for w in words)))}
    expected = sorted(first, key=lambda word: (-sum(words.count(word) for words in sentences), first[word]))
    assert vocabulary.words[1:] == expected


def test_one_pass_is_enough_for_a_generator():
    vocabulary, tokens = encode((line for line in ["b a", "a"]), 1)
    assert (vocabulary.words, tokens.tolist()) == (["</s>", "a", "b"], [2, 1, 0, 1, 0])


@pytest.mark.parametrize(
    ("suffix", "opener"), [("", open), (".gz", gzip.open), (".bz2", bz2.open), (".xz", lzma.open)]
)
def test_files_packed_or_not(tmp_path, suffix, opener):
    path = tmp_path / f"text.txt{suffix}"
    with opener(path, "wb") as file:
        file.write("мышь ест\r\n\nсыр".encode())
    expected = [["мышь", "ест"], [], ["сыр"]]
    assert list(Corpus(path)) == list(Corpus(str(path))) == expected
    assert list(Corpus([path, path])) == expected * 2


def test_text8_has_no_lines(tmp_path, monkeypatch):
    """A line longer than memory is read in pieces; no word is cut."""
    words = [f"w{i}" for i in range(5000)]
    path = tmp_path / "text8"
    path.write_text(" ".join(words))
    monkeypatch.setattr(stream, "LONGEST_SENTENCE", 100)
    pieces = list(Corpus(path))
    assert len(pieces) > 100
    assert [word for piece in pieces for word in piece] == words


@pytest.mark.parametrize("before", [b"", b"abc\n" * 1000])
def test_bad_utf8_is_found_by_its_offset(tmp_path, before):
    path = tmp_path / "latin1.txt"
    path.write_bytes(before + b"caf\xe9 au lait\n")
    place = rf"byte {len(before) + 3:,} \(line {before.count(10) + 1:,}\)"
    with pytest.raises(ValueError, match=rf"latin1\.txt: expected UTF-8, {place} is 0xe9"):
        list(Corpus(path))
    assert list(Corpus(path, errors="surrogateescape"))[-1] == ["caf\udce9", "au", "lait"]


def test_a_folder_is_its_files_by_name(tmp_path):
    with pytest.raises(
        FileError, match="expected text files, packed or not, directly in the folder, came none"
    ):
        list(Corpus(tmp_path))
    (tmp_path / "b.txt").write_text("last\n")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"first"))
    (tmp_path / ".hidden").write_text("not this")
    (tmp_path / "below").mkdir()
    assert list(Corpus(tmp_path)) == [["first"], ["last"]]


@pytest.mark.parametrize(
    ("pack", "kind"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")]
)
def test_damaged_archives(tmp_path, pack, kind):
    path = tmp_path / f"cut{kind}"
    path.write_bytes(pack(bytes(range(97, 120)) * 1000)[:-10])
    with pytest.raises(ValueError, match="damaged after"):
        list(Corpus(path))
    path.write_bytes(b"not an archive at all")
    with pytest.raises(ValueError, match="damaged after 0"):
        list(Corpus(path))


def test_mistakes_are_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="pass a list of lines"):
        list(Corpus("the cat sat on the mat"))
    with pytest.raises(TypeError, match="lines are str, got bytes"):
        list(Corpus([b"abc"]))
    with pytest.raises(TypeError, match="expected a path or an iterable"):
        Corpus(3)
    with pytest.raises(ValueError, match="min_count is an integer, at least 1, got 0"):
        encode(["a"], 0)
    with pytest.raises(ValueError, match=r"expected '</s>' first"):
        Vocabulary(["a"], [1])
    with pytest.raises(ValueError, match="errors is"):
        Corpus(Path("x"), errors="ignore")


def test_letters_of_any_script():
    assert tokenise.letters("Don't_stop 3D: ÉCOLE, Straße") == ["don", "t", "stop", "d", "école", "straße"]
    assert tokenise.letters("E\u0301cole") == ["école"], "composed and decomposed letters are the same word"
    assert tokenise.letters("हिन्दी भाषा") == ["हिन्दी", "भाषा"], "vowel signs belong to the word"
    assert tokenise.letters("12 + 3!") == []


@given(st.text())
def test_letters_keep_only_lower_case_words(text):
    for word in tokenise.letters(text):
        assert word
        assert not any(c.isspace() or c.isdigit() or c in "_.,;:!?" for c in word)
        assert tokenise.letters(word) == [word]


@pytest.mark.parametrize("blank", [b" ", b"\t", b"\v"])
def test_a_long_line_is_cut_at_blanks_only(tmp_path, monkeypatch, blank):
    monkeypatch.setattr(stream, "LONGEST_SENTENCE", 7)
    words = ["字字字字", "é", "x" * 30, *"abcdefgh"] * 20
    (tmp_path / "text").write_bytes(blank.join(word.encode() for word in words))
    pieces = list(Corpus(tmp_path / "text"))
    assert len(pieces) > 50
    assert [word for piece in pieces for word in piece] == words
    assert list(Corpus(tmp_path / "text").whole_lines()) == [words]


def test_a_line_without_blanks_is_whole_up_to_a_limit(tmp_path, monkeypatch):
    """A tokeniser of Chinese gets all of it, where a cut would halve a character."""
    path = tmp_path / "text"
    path.write_text("字" * 400_000 + "\nb\n")
    assert [len(words) for words in Corpus(path, tokenise=list)] == [400_000, 1]
    monkeypatch.setattr(stream, "LONGEST_LINE", 1 << 20)
    with pytest.raises(
        FileError, match=r"byte 0: expected a word of at most 1,048,576 bytes, came a longer one"
    ):
        list(Corpus(path, tokenise=list))
    path.write_text("a\n" + "b c " * 400_000)
    assert sum(map(len, Corpus(path))) == 800_001
    with pytest.raises(FileError, match=r"byte 2: expected a line of at most 1,048,576 bytes\D*line ends\?"):
        list(Corpus(path).whole_lines())


@pytest.mark.parametrize("kind", [Word2Vec, FastText, GloVe])
def test_lines_of_one_word_have_nothing_to_learn_from(kind):
    model = kind(dim=2, min_count=1)
    with pytest.raises(ValueError, match=rf"{kind.__name__}: expected a sentence with two words, .* no pair"):
        model.fit(["a", "b"] * 9, progress=False)
    with pytest.raises(ValueError, match="each seen min_count=3 times"):
        kind(dim=2, min_count=3).fit(["a x", "b y", "a", "b", "a", "b"], progress=False)
    assert np.isfinite(model.fit(["a b"] * 9, progress=False).history[-1]["loss"])


def test_one_word_is_enough_for_a_document():
    assert np.isfinite(Doc2Vec(dim=2, min_count=1).fit(["a", "b"] * 9, progress=False).history[-1]["loss"])


def test_a_loss_of_nothing_says_why():
    model = Word2Vec(dim=2, min_count=1, epochs=1, sample=1e-12)
    with pytest.warns(UserWarning, match=r"the loss is nan: .*(\n.*)?sample=0"):
        model.fit(["a b", "b c"] * 5, progress=False)
