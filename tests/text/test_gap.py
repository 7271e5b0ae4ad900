"""Filling gaps: the written probability, and better than guessing frequent words."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import Word2Vec, encode
from cutaway.text.embeddings.fill_gap import draw_gaps, fill_gap, gap_hits, log_probabilities

LINES = ["the cat drinks milk at night", "a dog eats meat at noon"] * 150


@pytest.fixture(scope="module")
def trained():
    vocabulary, tokens = encode(LINES, 1)
    options = {"dim": 16, "epochs": 40, "min_count": 1, "sample": 0, "cbow": True, "negative": 5}
    return Word2Vec(**options).fit_tokens(vocabulary, tokens, progress=False), tokens


def test_the_gap_is_filled(trained):
    model, tokens = trained
    (word, chance), *others = fill_gap(model, ["the", "cat", "___", "milk", "at", "night"], topn=3)
    assert word == "drinks"
    assert 1 >= chance > max(other for _, other in others)
    asked = draw_gaps(model, tokens, 200, np.random.default_rng(0))
    hits, frequent = gap_hits(model, asked, topn=1)
    assert hits > 0.9
    assert frequent < 0.3


def test_the_probabilities_are_the_scores_with_the_noise_put_back(trained):
    model, _ = trained
    rows = [model.vocabulary.index[word] for word in ("cat", "milk")]
    chances = np.exp(log_probabilities(model, [rows]))[0]
    score = model.v[rows].astype(np.float64).mean(0) @ model.vp.T.astype(np.float64)
    expected = np.exp(score[1:]) * model.vocabulary.counts[1:] ** 0.75
    np.testing.assert_allclose(chances[1:], expected / expected.sum(), rtol=1e-5)
    assert chances[0] == 0
    assert chances.sum() == pytest.approx(1)


def test_gaps_stay_in_their_sentence(trained):
    model, tokens = trained
    words = model.vocabulary.words
    for word, near in draw_gaps(model, tokens, 300, np.random.default_rng(1)):
        sentence = {words[word], *(words[row] for row in near)}
        assert any(sentence == set(line.split()) for line in LINES[:2])


def test_errors_say_what_to_do(trained):
    model, _ = trained
    with pytest.raises(ValueError, match="expected one '___'"):
        fill_gap(model, ["the", "cat"])
    with pytest.raises(ValueError, match="is a word of the model"):
        fill_gap(model, ["xyz", "___"])
    vocabulary, tokens = encode(LINES, 1)
    tree = Word2Vec(dim=4, epochs=1, min_count=1, hs=True).fit_tokens(vocabulary, tokens, progress=False)
    with pytest.raises(ValueError, match="hs=False"):
        fill_gap(tree, ["the", "___"])
