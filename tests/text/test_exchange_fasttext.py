"""fastText and gensim read our .bin and we read theirs: the same vectors.  Skipped where they are not installed."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import FastText, WordVectors

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers' own
LINES = ["мышь ест сыр", "кошка ест мышь", "a mouse eats cheese", "a cat eats a mouse"] * 50
WORDS = ["мышь", "сыр", "mouse", "мышонок", "unseen", "x", "日本語"]


@pytest.fixture(params=[False, True], ids=["skipgram", "cbow"])
def ours(request):
    options = {"dim": 12, "epochs": 2, "sample": 0, "buckets": 300, "cbow": request.param}
    return FastText(**options).fit(LINES, progress=False)


def test_fasttext_reads_ours(ours, tmp_path):
    fasttext = pytest.importorskip("fasttext", reason="the optional exchange tests need fasttext")
    ours.save_bin(tmp_path / "m.bin")
    theirs = fasttext.load_model(str(tmp_path / "m.bin"))
    assert theirs.words == ours.vocabulary.words
    for word in WORDS:
        np.testing.assert_allclose(theirs.get_word_vector(word), ours.vector(word), rtol=1e-4, atol=1e-7)
    ngrams, rows = theirs.get_subwords("мышонок")
    starts = [len(ours.vocabulary), len(ours.vocabulary) + 300]
    assert all(starts[0] <= row < starts[1] for row in rows)
    assert len(ngrams) > 5


@pytest.mark.parametrize("kind", ["skipgram", "cbow"])
def test_we_read_fasttexts(kind, tmp_path):
    fasttext = pytest.importorskip("fasttext", reason="the optional exchange tests need fasttext")
    (tmp_path / "text").write_text("\n".join(LINES))
    how = {"dim": 12, "bucket": 300, "minCount": 1, "epoch": 2, "thread": 1, "verbose": 0}
    for _ in range(9):
        try:
            theirs = fasttext.train_unsupervised(str(tmp_path / "text"), kind, **how)
            break
        except RuntimeError:  # now and then it finds NaN in vectors that it has not trained yet
            continue
    else:
        pytest.skip("fasttext met NaN every time")
    theirs.save_model(str(tmp_path / "m.bin"))
    back = FastText.load_bin(tmp_path / "m.bin")
    assert sorted(back.vocabulary.words) == sorted(theirs.words)
    assert back.cbow == (kind == "cbow")
    for word in [*WORDS, *back.vocabulary.words]:
        np.testing.assert_allclose(back.vector(word), theirs.get_word_vector(word), rtol=1e-4, atol=1e-7)
    for word in back.vectors.words:
        np.testing.assert_allclose(back.vectors[word], theirs.get_word_vector(word), rtol=1e-4, atol=1e-7)


def test_vec_files_go_both_ways(ours, tmp_path):
    gensim = pytest.importorskip("gensim", reason="the optional exchange tests need gensim")
    ours.vectors.save(tmp_path / "m.vec", binary=False)
    theirs = gensim.models.KeyedVectors.load_word2vec_format(str(tmp_path / "m.vec"))
    assert theirs.index_to_key == ours.vectors.words
    assert np.array_equal(WordVectors.load(tmp_path / "m.vec").matrix, ours.vectors.matrix)


def test_gensim_reads_ours(ours, tmp_path):
    gensim = pytest.importorskip("gensim", reason="the optional exchange tests need gensim")
    ours.save_bin(tmp_path / "m.bin")
    theirs = gensim.models.fasttext.load_facebook_model(str(tmp_path / "m.bin"))
    for word in WORDS:
        np.testing.assert_allclose(theirs.wv[word], ours.vector(word), rtol=1e-4, atol=1e-7)
    gensim.models.fasttext.save_facebook_model(theirs, str(tmp_path / "back.bin"))
    back = FastText.load_bin(tmp_path / "back.bin")
    for word in WORDS:
        np.testing.assert_allclose(back.vector(word), ours.vector(word), rtol=1e-4, atol=1e-7)
