"""Estimators by scikit-learn's rules, without scikit-learn; with it: test_exchange_scikit_learn.py."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from cutaway import text

PETS, TOOLS = "cat dog purr bark fur", "saw hammer nail drill bolt"


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice((PETS if n % 2 else TOOLS).split(), 5)) for n in range(80)]
    return lines, ["pet" if n % 2 else "tool" for n in range(80)]


def small(**options):
    return text.TextClassifier(dim=4, alpha=0.5, buckets=100, **options)


@pytest.fixture(scope="module")
def fitted(texts):
    return small().fit(*texts)


ESTIMATORS = [text.BagOfWords(ngram=2, tfidf=True), small(word_ngrams=2)]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_parameters_make_the_same_estimator_again(estimator):
    parameters = estimator.get_params()
    again = type(estimator)(**parameters)
    assert all(again.get_params()[name] is value for name, value in parameters.items())  # clone asks for `is`
    assert repr(again) == repr(estimator)
    assert vars(again).keys() == parameters.keys()  # nothing is learnt before fit
    assert not again.__sklearn_is_fitted__()


def test_repr_is_what_was_changed():
    assert repr(ESTIMATORS[0]) == "BagOfWords(ngram=2, tfidf=True)"
    assert repr(text.BagOfWords(tokenise=str.split)) == "BagOfWords(tokenise=split)"


@pytest.mark.parametrize(
    ("estimator", "wrong", "says"),
    [
        (text.BagOfWords(), {"n_gram": 2}, "no parameter 'n_gram'\n    hint: ngram?"),
        (text.BagOfWords(), {"ngram": 0}, "ngram is a whole number from 1 on, got 0"),
        (text.TextClassifier(), {"dim": -1}, "dim"),
    ],
)
def test_a_wrong_parameter_changes_nothing(estimator, wrong, says):
    before = estimator.get_params()
    with pytest.raises(ValueError, match=says):
        estimator.set_params(**wrong)
    assert estimator.get_params() == before


def test_classes_are_found_and_chances_sum_to_one(texts, fitted):
    lines, classes = texts
    assert fitted.__sklearn_is_fitted__()
    assert fitted.classes_.tolist() == ["pet", "tool"]
    assert fitted.score(lines, classes) == 1
    chances = fitted.predict_proba([*lines, ""])
    np.testing.assert_allclose(chances.sum(1), 1)
    assert (fitted.predict(lines) == classes).all()
    model = fitted.model_  # the same numbers as the classifier itself gives
    for n in (0, 1):
        label, probability = model.predict(lines[n])[0]
        assert classes[n] == fitted.classes_[int(label[1:])]
        assert chances[n].max() == pytest.approx(probability, abs=1e-4)


def test_numbers_are_classes_too(texts):
    lines, classes = texts
    numbers = [7 if each == "pet" else -1 for each in classes]
    model = small().fit(np.array(lines), np.array(numbers))
    assert model.classes_.tolist() == [-1, 7]
    assert model.predict(["cat fur"]).tolist() == [7]


def test_words_that_look_like_labels_are_words(texts):
    lines, classes = texts
    model = small().fit([f"__label__9 \ue0001 {line}\nmore" for line in lines], classes)
    assert model.classes_.tolist() == ["pet", "tool"]
    assert b"__label__9" in model.model_.dictionary.words


def test_a_text_without_known_words_gets_the_classes_frequencies():
    model = small(min_count=5).fit(["cat cat"] * 3, ["x", "x", "y"])  # even the end of a line is too rare
    chances = model.predict_proba(["zebra", "cat"])
    np.testing.assert_allclose(chances[0], [2 / 3, 1 / 3])
    assert chances[1, 0] != chances[0, 0]


def test_copies_predict_the_same(texts, fitted):
    for again in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert (again.predict_proba(texts[0]) == fitted.predict_proba(texts[0])).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda model: model.fit(["a", "b"], ["x"]), "one class for each of 2 texts, y has shape"),
        (lambda model: model.fit("a b", ["x"]), "expected several texts, got one str"),
        (lambda model: model.fit([1, 2], ["x", "y"]), "expected texts, of type str; came int"),
        (lambda model: model.fit([], []), "came none"),
        (lambda model: model.predict(["a"]), r"call fit\(X, y\) first"),
        (lambda model: text.FastTextClassifier().fit(["a", "b"], [0, 1]), r"TextClassifier\(\).fit\(X, y\)"),
    ],
)
def test_errors_say_what_to_do(call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call(small())


def test_bag_of_words_in_scikit_learns_words():
    bag = text.BagOfWords()
    assert not bag.__sklearn_is_fitted__()
    rows = bag.fit_transform(["a cat", "a dog"], [0, 1])
    assert bag.__sklearn_is_fitted__()
    assert bag.get_feature_names_out().tolist() == ["a", "cat", "dog"]
    assert rows.indices.dtype == rows.indptr.dtype == np.int32  # LIBLINEAR takes no other


def test_texts_that_are_sorted_by_class_are_learnt_too():
    """In the order given, the last class alone would be remembered."""
    rng = np.random.default_rng(3)
    y = np.repeat(["pet", "tool"], 400)
    lines = [" ".join([*rng.choice((PETS if c == "pet" else TOOLS).split(), 1), *rng.choice(list("abcdefgh"), 8)])
             for c in y]  # fmt: skip
    assert small(epochs=5).fit(lines, y).score(lines, y) > 0.9
