"""Classifiers of the story about features: they learn what is there to be learnt, from features that are right."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.lessons import features
from cutaway.text import BagOfWords, WordVectors

KINDS = (["sine", "angle", "radians"], ["file", "path", "folder"], ["red", "green", "blue"])


@pytest.fixture
def texts(rng):
    return [[[str(word) for word in rng.choice(kind, 4)] + ["the"] for _ in range(30)] for kind in KINDS]


@pytest.fixture
def vectors(rng):
    """Words of a kind lie near each other."""
    words = [word for kind in KINDS for word in kind]
    matrix = np.repeat(np.eye(3, 8), 3, axis=0) + 0.1 * rng.normal(size=(9, 8))
    return WordVectors([*words, "the"], np.concatenate([matrix, rng.normal(size=(1, 8))]))


def test_asked_and_others_have_no_text_in_common(texts, rng):
    numbered = [[(name, i) for i in range(len(each))] for name, each in enumerate(texts)]
    asked, rest = features.split(numbered, rng)
    for all_of_it, some, others in zip(numbered, asked, rest, strict=True):
        assert sorted([*some, *others]) == all_of_it
        assert len(some) == 15


def test_classifiers_learn(texts, vectors, rng):
    asked, rest = features.split(texts, rng)
    questions, truth = features.labelled(asked)
    some, y = features.labelled([each[:5] for each in rest])
    bag = BagOfWords(tfidf=True).fit(some)
    rows = [bag.transform(each).toarray() for each in (some, questions)]
    assert (features.linear(rows[0], y, rows[1]) == truth).mean() > 0.9
    assert (features.fasttext(some, y, questions, rng) == truth).mean() > 0.9


def test_the_same_rows_give_the_same_answers(rng):
    """Rows and classes that have nothing to do with each other: what is answered hangs on the first values."""
    x, y, asked = rng.normal(size=(9, 8)), rng.integers(0, 3, 9), rng.normal(size=(300, 8))
    first = features.linear(x, y, asked)
    assert len(set(first)) > 1
    assert all((features.linear(x, y, asked) == first).all() for _ in range(2))


def test_one_example_is_enough_for_who_knows_the_words(texts, vectors, rng):
    """Of each kind one word is labelled; asked about are the other two, which a bag has never seen."""
    some, y = [[kind[0]] for kind in KINDS], np.arange(3)
    questions, truth = features.labelled([[[word] for word in kind[1:]] for kind in KINDS])
    mean = [features.mean_of_vectors(each, vectors) for each in (some, questions)]
    assert (features.linear(mean[0], y, mean[1]) == truth).all()
    assert (features.fasttext(some * 5, np.tile(y, 5), questions, rng, vectors) == truth).all()
    assert (features.fasttext(some * 5, np.tile(y, 5), questions, rng) == truth).mean() < 0.5


def test_mean_of_vectors(vectors):
    means = features.mean_of_vectors([["red", "nothing"], ["nothing"]], vectors)
    np.testing.assert_allclose(means[0], vectors.unit[vectors.row("red")] * 8**0.5, rtol=1e-6)
    assert not means[1].any()


def test_paragraphs_do_not_name_their_library():
    found = features.paragraphs("numba")
    assert len(found) > 100
    assert min(map(len, found)) >= features.LENGTH
    assert not features.NAMES & {word for words in found for word in words}
