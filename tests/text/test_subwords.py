"""n-grams are the lecture's, hashes fastText's, and the table holds the rows that both say."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import char_ngrams
from cutaway.text.embeddings.subwords import fnv1a, ngram_hashes, subword_table
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=9), min_size=1, max_size=6)


def test_the_lectures_list():
    """Slide 52: «руслан» as its n-grams of 3 characters and itself."""
    assert char_ngrams("руслан", 3, 3) == ["<руслан>", "<ру", "рус", "усл", "сла", "лан", "ан>"]


@pytest.mark.parametrize(
    ("word", "bounds", "ngrams"),
    [
        ("a", (3, 6), ["<a>", "<a>"]),
        ("ab", (1, 2), ["<ab>", "<a", "a", "ab", "b", "b>"]),
        ("ab", (0, 0), ["<ab>"]),
        ("", (3, 6), ["<>"]),
        ("日本", (2, 3), ["<日本>", "<日", "<日本", "日本", "日本>", "本>"]),
    ],
)
def test_ngrams(word, bounds, ngrams):
    assert char_ngrams(word, *bounds) == ngrams


@pytest.mark.parametrize(("text", "value"), [("", 2166136261), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)])
def test_hash_of_ascii_is_plain_fnv1a(text, value):
    """The published test vectors of FNV-1a, 32 bits."""
    assert fnv1a(text) == value


def test_bytes_above_127_are_negative():
    plain = 2166136261
    for byte in "я".encode():
        plain = ((plain ^ byte) * 16777619) & 0xFFFFFFFF
    assert fnv1a("я") != plain


@given(WORDS, st.integers(0, 4), st.integers(0, 7))
def test_many_hashes_at_once(words, min_n, max_n):
    word, hashes = ngram_hashes(words, min_n, max_n)
    expected = [(i, fnv1a(g)) for i, w in enumerate(words) for g in char_ngrams(w, min_n, max_n)[1:]]
    assert list(zip(word.tolist(), hashes.tolist(), strict=True)) == expected


def test_table(monkeypatch):
    monkeypatch.setattr("cutaway.text.embeddings.subwords.BLOCK", 2)
    words = ["</s>", "руслан", "a", "bb", "руслана"]
    starts, rows = subword_table(words, 3, 6, 50)
    assert rows[starts[0] : starts[1]].tolist() == [0], "</s> has no n-grams"
    for i in range(1, 5):
        ngrams = char_ngrams(words[i], 3, 6)[1:]
        assert rows[starts[i] : starts[i + 1]].tolist() == [i, *(5 + fnv1a(g) % 50 for g in ngrams)]
    assert rows.dtype == np.int32
    assert subword_table(words, 3, 0, 50)[1].tolist() == [0, 1, 2, 3, 4]
