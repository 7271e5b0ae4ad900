"""gensim reads our files and we read its: the same words and vectors.  Skipped where gensim is not installed."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import WordVectors

gensim = pytest.importorskip("gensim", reason="the optional exchange tests need gensim")
pytestmark = pytest.mark.filterwarnings("ignore")  # gensim's own


@pytest.fixture
def vectors(rng):
    return WordVectors(["слово", "naïve", "x-y", "日本"], rng.normal(size=(4, 7)))


@pytest.mark.parametrize("form", [{"binary": True}, {"binary": False}, {"binary": False, "header": False}])
def test_gensim_reads_ours(vectors, form, tmp_path):
    vectors.save(tmp_path / "v", **form)
    how = {"binary": form["binary"], "no_header": not form.get("header", True)}
    theirs = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / "v"), **how)
    assert theirs.index_to_key == vectors.words
    assert np.array_equal(theirs.vectors, vectors.matrix)
    for question in ("most_similar", "most_similar_cosmul"):
        words, scores = zip(*getattr(theirs, question)(["слово", "naïve"], ["x-y"]), strict=True)
        own_words, own_scores = zip(*getattr(vectors, question)(["слово", "naïve"], ["x-y"]), strict=True)
        assert words == own_words
        # gensim divides by 1e-6 more than the product, the paper by 1e-3 more
        assert scores == pytest.approx(own_scores, rel=1e-4 if question == "most_similar" else 0.02)


@pytest.mark.parametrize(
    "form", [{"binary": True}, {"binary": False}, {"binary": False, "write_header": False}]
)
def test_we_read_gensims(vectors, form, tmp_path):
    theirs = gensim.models.KeyedVectors(7)
    theirs.add_vectors(vectors.words, vectors.matrix)
    theirs.save_word2vec_format(str(tmp_path / "v"), **form)
    back = WordVectors.load(tmp_path / "v")
    assert back.words == vectors.words
    np.testing.assert_allclose(back.matrix, vectors.matrix, rtol=1e-6)
