"""Mistakes with models of text are told in the caller's words, before anything is changed or written."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import FastText, FastTextClassifier, GloVe, WordVectors, evaluate_similarity

LINES = ["a b c d a b c d"] * 10
LABELLED = ["__label__x a b", "__label__y c"] * 3
FOREIGN = WordVectors(["zzz"], [[1.0] * 8])


def test_pretrained_vectors_that_do_not_fit():
    model = FastText(dim=8, min_count=1, buckets=100, epochs=1)
    model.pretrained = FOREIGN
    with pytest.warns(UserWarning, match=r"none of its 1 words, such as \['zzz'\], is in the text"):
        model.fit(LINES, progress=False)
    classifier = FastTextClassifier(dim=8, min_count=1, epochs=1)
    with pytest.warns(UserWarning, match="none of its 1 words, such as 'zzz', is in the text"):
        classifier.fit(LABELLED, progress=False, pretrained=FOREIGN)
    model.pretrained = WordVectors(["a"], [[1.0] * 3])
    with pytest.raises(ValueError, match="pretrained: expected vectors of dim=8 numbers, came 3"):
        model.fit(LINES, progress=False)


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.predict("a"),
        lambda model: model.predict(["a"]),
        lambda model: model.test(["__label__x a"]),
        lambda model: model.vector("a"),
        lambda model: model.quantise(),
        lambda model: model.vectors,
    ],
)
def test_an_unfitted_classifier(ask):
    with pytest.raises(AttributeError, match=r"FastTextClassifier: not trained yet; call fit\(lines\) first"):
        ask(FastTextClassifier(dim=8))


def test_a_classifiers_vectors_are_kept_until_it_changes():
    model = FastTextClassifier(dim=8, min_count=1, epochs=1).fit(LABELLED, progress=False)
    first = model.vectors
    assert model.vectors is first
    model.fit(LABELLED * 2, progress=False)
    assert model.vectors is not first
    np.testing.assert_array_equal(model.vectors["a"], model.vector("a"))


def test_glove_without_a_pair():
    with pytest.raises(ValueError, match=r"expected a sentence with two words, .* no pair to train on"):
        GloVe(min_count=1, dim=4).fit(["a", "b", "c"], progress=False)


@pytest.mark.parametrize("name", ["v.bin", "v.npz", "vectors.tsv"])
@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_no_words(name, limit, tmp_path):
    FOREIGN.save(tmp_path / name)
    with pytest.raises(
        ValueError, match=f"limit is a number of words from 1 on, or None for all, got {limit}"
    ):
        WordVectors.load(tmp_path / name, limit=limit)


def test_no_words_have_no_rows_and_no_score_is_no_pair():
    assert FOREIGN[[]].shape == (0, 8)
    with pytest.raises(ValueError, match="expected a score of 'a' and 'b', came nan"):
        evaluate_similarity(FOREIGN, [("a", "b", float("nan"))])
