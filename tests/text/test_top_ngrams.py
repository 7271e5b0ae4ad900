"""What filters over words look for, and mixed blocks: against the network's own maxima, and by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from cutaway.core import no_grad
from cutaway.text.sentences.convolutional.batches import pad_sentences
from cutaway.text.sentences.convolutional.sentence_cnn import SentenceCNN
from cutaway.text.sentences.convolutional.top_ngrams import NOTHING, feature_maps, top_ngrams
from cutaway.text.sentences.shuffled import shuffled
from hypothesis import given
from hypothesis import strategies as st

from .test_sentence_cnn import made_texts, small_net


@pytest.fixture(scope="module")
def model():
    texts, y = made_texts()
    return SentenceCNN(dim=12, maps=8, batch_size=10, epochs=8, dev_share=0).fit(texts, y)


@pytest.mark.parametrize(("mode", "share"), [("rand", True), ("multichannel", True), ("multichannel", False)])
def test_maxima_are_those_of_the_feature_maps(mode, share):
    net = small_net(mode, share_filters=share)
    rows = np.random.default_rng(5).integers(0, 20, (3, 9))
    with no_grad():
        maps, z = net.feature_maps(rows), net.maxima(rows)
    assert [each.shape for each in maps] == [(3, 5, 7), (3, 5, 6), (3, 5, 5)]
    np.testing.assert_allclose(np.concatenate([each.data.max(2) for each in maps], 1), z.data, rtol=1e-12)


def test_the_strongest_window_of_a_filter_gives_its_answer_when_it_is_all_there_is(model):
    texts = made_texts(40, seed=7)[0]
    for top in top_ngrams(model, texts, 3)[:6]:
        answers = [answer for _, answer in top.ngrams]
        assert answers == sorted(answers, reverse=True)
        assert 1 <= len(answers) <= 3
        words = [word for word in top.ngrams[0][0].split() if word != NOTHING]
        _, maps = next(iter(feature_maps(model, [words])))
        assert maps[model.windows.index(top.width)][top.number].max() >= answers[0] - 1e-5


def test_top_ngrams_explain_the_scores(model):
    """Scores are the last layer's: bias + sum over filters of what one adds for each of its maximum."""
    text = made_texts(1, seed=9)[0]
    tops = top_ngrams(model, text, 1)
    told = model.net_.fc.bias.data + sum(top.weights * top.ngrams[0][1] for top in tops)
    row = model.table_.numbers(text[0].split())
    with no_grad():
        scores = model.net_(pad_sentences([row], model.border, len(row))).data[0]
    np.testing.assert_allclose(told, scores, rtol=1e-4, atol=1e-5)
    decides = [top.decides for top in tops]
    assert decides == sorted(decides, reverse=True)


def test_what_cannot_be_asked_is_refused(model):
    with pytest.raises(ValueError, match="count is from 1 on, got 0"):
        top_ngrams(model, ["a"], 0)
    with pytest.raises(ValueError, match="call fit"):
        next(iter(feature_maps(SentenceCNN(), ["a"])))
    with pytest.raises(ValueError, match="block is from 1 on, got 0"):
        shuffled(["a"], 0, np.random.default_rng(0))


@given(st.integers(0, 20), st.integers(1, 7), st.integers(0, 99))
def test_within_a_block_nothing_moves(count, block, seed):
    words = [str(n) for n in range(count)]
    mixed = shuffled(words, block, np.random.default_rng(seed))
    assert Counter(mixed) == Counter(words)
    blocks = [words[i : i + block] for i in range(0, count, block)]
    rest = list(mixed)
    while rest:
        size = next(len(each) for each in blocks if each == rest[: len(each)])
        rest = rest[size:]
