"""Bag of words: counts by hand, what is lost, and the sizes of public sets."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from cutaway.text import BagOfWords
from cutaway.text.corpus.stem import stem

SETS = {
    "rt-polarity": (("rt-polarity.pos", "rt-polarity.neg"), 21_400, 135_593),
    "subj": (("subj.objective", "subj.subjective"), 23_908, 150_107),
    "mpqa": (("mpqa.pos", "mpqa.neg"), 6_298, 28_348),
}


def test_counts_of_words_and_pairs():
    bag = BagOfWords(ngram=2)
    rows = bag.fit_transform(["b a b a", ["a"], ""]).toarray()
    assert bag.features == ["a", "a b", "b", "b a"]
    assert rows.tolist() == [[2, 1, 2, 2], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert BagOfWords(ngram=3, marks=True).ngrams("a b") == [
        "a",
        "b",
        "<s> a",
        "a b",
        "b </s>",
        "<s> a b",
        "a b </s>",
    ]


def test_order_is_lost_and_pairs_keep_some_of_it():
    texts = ["the dog bites the man", "the man bites the dog"]
    words, pairs = (BagOfWords(ngram=n).fit_transform(texts).toarray() for n in (1, 2))
    assert np.array_equal(*words)
    assert not np.array_equal(*pairs)


def test_unknown_words_count_nothing_and_rare_ones_have_no_column():
    bag = BagOfWords(min_df=2).fit(["a b", "a c", "c c"])
    assert bag.features == ["a", "c"]
    assert bag.transform(["a b z", "z"]).toarray().tolist() == [[1, 0], [0, 0]]


def test_frequent_words_and_stop_words_have_no_column():
    texts = ["the a b", "the a c", "the c c c d"]
    assert BagOfWords(max_df=2).fit(texts).features == ["a", "b", "c", "d"]
    assert BagOfWords(max_df=0.7, min_df=0.5).fit(texts).features == ["a", "c"]
    assert BagOfWords(max_features=2).fit(texts).features == ["c", "the"]
    pairs = BagOfWords(ngram=2, stop_words=["the", "a"]).fit(texts)
    assert pairs.features == ["b", "c", "c c", "c d", "d"], "pairs are made of what is left"


def test_tfidf_by_hand():
    bag = BagOfWords(tfidf=True).fit(["a a b", "a", "a"])
    (row,) = bag.transform(["a a b"]).toarray()
    weights = np.array([2 * (np.log(4 / 4) + 1), np.log(4 / 2) + 1])
    np.testing.assert_allclose(row, weights / np.linalg.norm(weights))
    assert not bag.transform([""]).toarray().any()


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="call fit"):
        BagOfWords().transform(["a"])
    with pytest.raises(TypeError, match="several texts"):
        BagOfWords().fit("a text")
    with pytest.raises(ValueError, match="ngram is a whole number"):
        BagOfWords(ngram=0)
    for df in (0, 1.5, -0.1, True, "1"):
        with pytest.raises(ValueError, match="min_df is a whole number of texts from 1 on, or a share"):
            BagOfWords(min_df=df)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_features is a whole number"):
        BagOfWords(max_features=0)
    with pytest.raises(ValueError, match="stop_words is a collection of words, got 'the'"):
        BagOfWords(stop_words="the")


@pytest.mark.parametrize(
    ("base", "forms"),
    [
        ("bat", "bat bats"),
        ("sneeze", "sneeze sneezes sneezed sneezing"),
        ("potato", "potato potatoes"),
        ("stop", "stop stops stopped stopping"),
        ("make", "make makes making"),
        ("carry", "carry carries carried carrying"),
        ("raise", "raise raises raised raising"),
        ("heat", "heat heats heated heating"),
        ("add", "add adds added adding"),
        ("pass", "pass passes passed passing"),
        ("this", "this"),
        ("need", "need needs"),
        ("string", "string strings"),
    ],
)
def test_forms_have_one_stem(base, forms):
    assert {stem(form) for form in forms.split()} == {base}


@pytest.mark.skipif(not os.environ.get("CUTAWAY_DATA"), reason="needs the folder of real data, CUTAWAY_DATA")
@pytest.mark.parametrize("name", SETS)
def test_sizes_of_the_public_sets(name):
    files, words, pairs = SETS[name]
    texts = []
    for file in files:
        path = Path(os.environ["CUTAWAY_DATA"]) / "sentences" / "raw" / f"{file}.gz"
        with gzip.open(path, "rt", encoding="latin-1") as opened:
            texts += opened.read().lower().split("\n")[:-1]
    assert len(BagOfWords(tokenise=str.split).fit(texts).features) == words
    assert len(BagOfWords(ngram=2, marks=True, tokenise=str.split).fit(texts).features) == pairs
