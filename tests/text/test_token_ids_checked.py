"""Token ids and matrices reach the loops, which trust them, only if each id has a row."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text.classify.classifier import FastTextClassifier, read_text
from cutaway.text.corpus.vocabulary import Vocabulary
from cutaway.text.embeddings.doc2vec import Doc2Vec
from cutaway.text.embeddings.fasttext import FastText
from cutaway.text.embeddings.word2vec import Word2Vec
from cutaway.text.glove.glove import GloVe

WORDS = Vocabulary(["</s>", "a", "b", "c"], np.array([9, 30, 20, 10]))
TOKENS = np.tile(np.array([1, 2, 3, 1, 2, 0], np.int32), 10)
MODELS = [Word2Vec, FastText, Doc2Vec, GloVe]


def made(model):
    return model(dim=4, epochs=1, **({"buckets": 50} if model is FastText else {}))


def with_last(value, dtype=np.int64):
    tokens = TOKENS.astype(dtype)
    tokens[-1] = value
    return tokens


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", [-1, 4, 10**9])
def test_an_id_outside_the_vocabulary_is_refused(model, value):
    with pytest.raises(ValueError, match=f"expected token ids from 0 to 3, came .*{value}"):
        made(model).fit_tokens(WORDS, with_last(value), progress=False)


@pytest.mark.parametrize("model", MODELS)
def test_what_are_no_ids_is_refused(model):
    with pytest.raises(TypeError, match="expected token ids, an array of int32, came float64"):
        made(model).fit_tokens(WORDS, TOKENS.astype(float), progress=False)
    with pytest.raises(ValueError, match=r"expected token ids \(T,\), came an array of shape \(10, 6\)"):
        made(model).fit_tokens(WORDS, TOKENS.reshape(10, 6), progress=False)


@pytest.mark.parametrize("model", [Word2Vec, FastText, Doc2Vec])
def test_ids_of_another_layout_train_the_same(model):
    expected = made(model).fit_tokens(WORDS, TOKENS, progress=False).v
    for tokens in (TOKENS[::-1].copy()[::-1], TOKENS.astype(">i8"), TOKENS.astype(np.uint16)):
        np.testing.assert_array_equal(made(model).fit_tokens(WORDS, tokens, progress=False).v, expected)


def test_another_text_is_checked_too():
    model = made(Word2Vec).fit_tokens(WORDS, TOKENS, progress=False)
    for ask in (model.loss, model.resume):
        with pytest.raises(ValueError, match="expected token ids from 0 to 3"):
            ask(with_last(4))


def test_a_matrix_of_another_shape_is_not_trained():
    model = Word2Vec(dim=4, epochs=2)
    model.fit_tokens(WORDS, TOKENS, progress=False, callbacks=[lambda one: setattr(one, "stop", True)])
    model.v = model.v[:2]
    with pytest.raises(ValueError, match=r"expected v to be float32 \(4, 16\) in one run, writable, came"):
        model.resume(TOKENS, progress=False)


@pytest.mark.parametrize("value", [-1, 10**9])
def test_a_classifier_refuses_ids_without_a_word(value):
    seen, tokens = read_text(["__label__a b c", "__label__b c d"] * 5)
    tokens[3] = value
    with pytest.raises(ValueError, match="fit_words: expected token ids from 0 to 5"):
        FastTextClassifier(dim=4).fit_words(seen, tokens, progress=False)
