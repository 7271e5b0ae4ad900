"""Options: every number and switch is checked, whichever model has it; a model's attributes are its options."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle

import numpy as np
import pytest
from cutaway.text import Doc2Vec, FastText, FastTextClassifier, GloVe, Word2Vec
from cutaway.text.embeddings.limits import Limits, OneOf, Slices

MODELS = (Word2Vec, FastText, Doc2Vec, GloVe, FastTextClassifier)
FIELDS = [(model, each) for model in MODELS for each in dataclasses.fields(model.Options)]
each_option = pytest.mark.parametrize(
    ("model", "option"), FIELDS, ids=[f"{model.__name__}-{each.name}" for model, each in FIELDS]
)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def wrong_values(may_be):
    if isinstance(may_be, OneOf):
        return [2, "other", 0.5]
    if isinstance(may_be, Slices):
        return [-1, 1025, 0.5, "1", None]
    beyond = [] if may_be.most == math.inf else [may_be.most + 1]
    return [may_be.least - 1, *beyond, math.nan, "1", True, *([may_be.least + 0.5] if may_be.whole else [])]


@each_option
def test_an_option_is_checked(model, option):
    if option.type == "str" and "may be" not in option.metadata:
        pytest.skip("any text will do")
    may_be = option.metadata["may be"]
    assert isinstance(may_be, Limits | OneOf | Slices)
    for value in wrong_values(may_be):
        with pytest.raises(ValueError, match=f"^{model.__name__}: {option.name} is "):
            model(**{option.name: value})


@each_option
def test_an_option_is_an_attribute_of_the_model(model, option):
    made = model()
    assert getattr(made, option.name) == getattr(made.options, option.name)
    setattr(made, option.name, getattr(made, option.name))
    assert made.options == model().options


@every_model
def test_an_option_that_is_set_is_checked_and_one_that_is_misspelt_refused(model):
    made = model(epochs=3)
    made.epochs = 7
    assert (made.epochs, made.options.epochs) == (7, 7)
    with pytest.raises(ValueError, match=f"{model.__name__}: epochs is a whole number at least 1, got 0"):
        made.epochs = 0
    assert made.epochs == 7
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.options.epochs = 9
    with pytest.raises(
        TypeError, match=rf"{model.__name__}: unknown option 'epoch'\n.*did you mean epochs\?"
    ):
        model(epoch=3)
    with pytest.raises(TypeError, match=r"unknown option 'qqq'\n.*there are dim, "):
        model(qqq=3)


@every_model
def test_help_shows_the_options(model):
    shown = inspect.signature(model).parameters
    assert list(shown) == [each.name for each in dataclasses.fields(model.Options) if not each.kw_only] + [
        each.name for each in dataclasses.fields(model.Options) if each.kw_only
    ]
    documented = inspect.getdoc(model)
    for name in shown:
        assert name in documented, f"{model.__name__} does not say what {name} is"


@every_model
def test_a_copy_goes_its_own_way(model):
    made = model(epochs=2)
    twin = copy.copy(made)
    twin.epoch, twin.epochs = 1, 9
    assert (made.epoch, made.epochs) == (0, 2)
    back = pickle.loads(pickle.dumps(made))
    assert back.options == made.options
    assert back.state.epoch == 0


TEXT = [f"w{n % 7} w{n % 5} w{n % 3} w{n % 11}" for n in range(60)]
FITTED = {
    Word2Vec: {"dim": 8, "min_count": 1, "epochs": 2},
    FastText: {"dim": 8, "min_count": 1, "epochs": 2, "buckets": 100},
    Doc2Vec: {"dim": 8, "min_count": 1, "epochs": 2},
    GloVe: {"dim": 8, "min_count": 1, "epochs": 2},
    FastTextClassifier: {"dim": 8, "epochs": 2, "word_ngrams": 2, "buckets": 100},
}


@every_model
@pytest.mark.parametrize("copied", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, copy.copy])
def test_a_fitted_model_is_copied_whole(model, copied):
    """Also after it was asked, and so that the copy can be trained further where the model can."""
    made = model(**FITTED[model])
    lines = [f"__label__{n % 2} {line}" for n, line in enumerate(TEXT)]
    text = lines if model is FastTextClassifier else TEXT
    made.fit(text, progress=False)
    asked = [lambda m: m.vectors.matrix, lambda m: m.history]
    asked += [lambda m: m.predict(TEXT, 2)] if model is FastTextClassifier else []
    asked += [lambda m: m.infer(TEXT[:3])] if model is Doc2Vec else []
    before = [ask(made) for ask in asked]
    twin = copied(made)
    for ask, expected in zip(asked, before, strict=True):
        np.testing.assert_equal(ask(twin), expected)
    if model is not FastTextClassifier:
        made.epochs = twin.epochs = 3
        expected = made.resume(TEXT, progress=False).vectors.matrix
        if copied is not copy.copy:  # which shares the arrays that are trained in place
            np.testing.assert_array_equal(twin.resume(TEXT, progress=False).vectors.matrix, expected)


def test_names_of_gensim():
    theirs = Word2Vec(
        sentences=[line.split() for line in TEXT], vector_size=8, workers=1, sg=0, min_count=1, epochs=2
    )
    ours = Word2Vec(dim=8, threads=1, cbow=True, min_count=1, epochs=2).fit(TEXT, progress=False)
    assert theirs.options == ours.options
    np.testing.assert_array_equal(theirs.wv.matrix, ours.vectors.matrix)
    assert Doc2Vec(vector_size=8).options == Doc2Vec(dim=8).options
    with pytest.raises(TypeError, match="unknown option 'sg'"):
        Doc2Vec(sg=1)
    with pytest.raises(TypeError, match="unknown option 'vector_siz'"):
        Word2Vec(vector_siz=8)


def test_repr_says_what_is_unusual_and_how_far_it_is():
    model = Word2Vec(dim=8, min_count=1, epochs=2)
    assert repr(model) == "Word2Vec(dim=8, epochs=2, min_count=1)"
    model.fit([["a", "b"]] * 9, progress=False)
    assert repr(model) == "Word2Vec(dim=8, epochs=2, min_count=1) after 2 of 2 epochs"
    assert repr(FastTextClassifier(loss="hs")) == "FastTextClassifier(loss='hs')"
    assert repr(GloVe()) == "GloVe()"
    assert repr(Doc2Vec()) == "Doc2Vec()"
