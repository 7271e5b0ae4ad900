"""Rows of texts from vectors of words, hashes and paragraph vectors; logistic regression on them."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import text
from cutaway.nn.logistic import log_probabilities
from cutaway.text.sentences.systems import SYSTEMS, systems_of


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    words = ["film", "movie", "good", "fine", "dull", "slow", "the", "a"]
    matrix = rng.normal(size=(8, 5))
    matrix[[1, 3, 5]] = matrix[[0, 2, 4]] + 0.1 * rng.normal(size=(3, 5))  # pairs of like meaning
    return text.WordVectors(words, matrix)


def test_a_mean_is_the_mean_and_paraphrases_meet(vectors):
    texts = ["The good, good film", "unknown words", "good film", "fine movie"]
    rows = text.MeanVectors(vectors).fit_transform(texts)
    expected = vectors[["the", "good", "good", "film"]].mean(0)
    np.testing.assert_allclose(rows[0], expected, rtol=1e-6)
    assert (rows[1] == 0).all()
    cosine = rows[2] @ rows[3] / np.linalg.norm(rows[2]) / np.linalg.norm(rows[3])
    bags = text.BagOfWords().fit_transform(texts[2:])
    assert cosine > 0.9
    assert (bags[[0]] @ bags[[1]].T).nnz == 0, "no word in common"


def test_tfidf_weighs_by_texts_of_training(vectors):
    train = ["the film", "the movie", "the dull film"]
    rows = text.TfidfMean(vectors).fit(train).transform(["the dull dull"])
    idf = {word: np.log(4 / (1 + df)) + 1 for word, df in {"the": 3, "dull": 1}.items()}
    expected = idf["the"] * vectors["the"] + 2 * idf["dull"] * vectors["dull"]
    np.testing.assert_allclose(rows[0], expected / (idf["the"] + 2 * idf["dull"]), rtol=1e-6)


def test_sif_is_its_formula(vectors):
    train = ["the good film", "a dull movie", "the slow the film", "fine"]
    counts = {"the": 60, "film": 10, "good": 30}
    plain = text.SIF(vectors, a=0.1, components=0, counts=counts).fit(train)
    expected = 0.1 / (0.1 + 0.6) * vectors["the"] + vectors["dull"]  # dull has no count: weight 1
    np.testing.assert_allclose(plain.transform(["the dull unknown"])[0], expected / 2, rtol=1e-6)
    far = text.SIF(vectors, a=np.inf, components=0).fit_transform(train)
    np.testing.assert_allclose(far, text.MeanVectors(vectors).fit_transform(train), rtol=1e-12)
    sif = text.SIF(vectors, a=0.1, counts=counts).fit(train)
    u = np.linalg.svd(plain.transform(train))[2][0]
    np.testing.assert_allclose(np.abs(sif.directions_ @ u), 1)
    new = sif.transform(["slow film", "the fine film"])
    np.testing.assert_allclose(new @ u, 0, atol=1e-12)
    assert np.abs(new).max() > 0.1
    np.testing.assert_allclose(sif.fit(train).transform(["slow film"]), new[:1])


def test_words_with_tags_are_found():
    tagged = text.WordVectors(["мир_NOUN", "мир_PROPN", "печь_VERB"], [[1.0, 2.0], [9.0, 9.0], [3.0, 4.0]])
    rows = text.MeanVectors(tagged).fit_transform(["Мир печь нет", "печь"])
    assert rows.tolist() == [[2.0, 3.0], [3.0, 4.0]]
    few = text.WordVectors(["A_B", *"abcdefghij"], np.arange(22.0).reshape(11, 2))
    assert text.MeanVectors(few).fit_transform(["a"]).tolist() == [[2.0, 3.0]]


def test_vectors_may_be_a_file(vectors, tmp_path):
    for name in ("v.npz", "v.bin", "v.txt"):
        vectors.save(tmp_path / name, binary=name != "v.txt")
        rows = text.MeanVectors(tmp_path / name).fit_transform(["good film"])
        np.testing.assert_allclose(rows, text.MeanVectors(vectors).fit_transform(["good film"]), rtol=1e-4)


def test_hashed_rows_keep_products_of_texts():
    rng = np.random.default_rng(0)
    texts = [
        " ".join("x" * (1 + n // 25) + chr(ord("a") + n % 25) for n in rng.integers(50, size=30))
        for _ in range(20)
    ]
    exact = text.BagOfWords(ngram=2).fit_transform(texts)
    hashed = text.HashedBagOfWords(bits=28, ngram=2).fit_transform(texts)
    np.testing.assert_array_equal((hashed @ hashed.T).toarray(), (exact @ exact.T).toarray())
    signed, unsigned = (
        text.HashedBagOfWords(bits=6, ngram=2, signed=signed).fit_transform(texts) for signed in (True, False)
    )
    truth = (exact @ exact.T).toarray()
    off = ~np.eye(20, dtype=bool)
    errors = [((rows @ rows.T).toarray() - truth)[off].mean() for rows in (signed, unsigned)]
    assert abs(errors[0]) < 0.25 * errors[1], "signs take the collisions' mean away"
    assert set(text.HashedBagOfWords(bits=20, binary=True).transform(["b b"]).data) <= {1.0, -1.0}


def test_paragraph_vectors_tell_subjects_apart():
    rng = np.random.default_rng(0)
    subjects = ["cat dog cow hen pig", "saw axe nail screw file"]
    y = rng.integers(0, 2, 120)
    texts = [" ".join(rng.choice(subjects[k].split(), 12)) for k in y]
    rows = text.ParagraphVectors(dim=8, epochs=30, sample=0).fit(texts[:80])
    model = text.LogisticRegression(C=100).fit(rows.transform(texts[:80]), y[:80])
    assert model.score(rows.transform(texts[80:]), y[80:]) > 0.9
    assert rows.transform(texts[80:]).shape == (40, 16)
    assert rows.get_feature_names_out().tolist()[7:9] == ["dbow7", "dm0"]


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_is_at_its_optimum(classes):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 4)), rng.integers(0, classes, 80)
    model = text.LogisticRegression(C=0.7, max_iter=5000).fit(x, y)
    p = model.predict_proba(x)
    np.testing.assert_allclose(p.sum(1), 1)
    residual = (p - np.eye(classes)[y])[:, -len(model.coef_) :]
    np.testing.assert_allclose(0.7 * residual.T @ x + model.coef_, 0, atol=2e-3)
    np.testing.assert_allclose(residual.sum(0), 0, atol=2e-3)
    assert (p.argmax(1) == model.predict(x)).all()


def test_scores_that_are_large_are_no_trouble():
    found = np.exp(log_probabilities(np.array([[1000.0, 0.0, -1000.0]])))
    np.testing.assert_allclose(found, [[1, 0, 0]])
    np.testing.assert_allclose(np.exp(log_probabilities(np.array([[1000.0], [-1000.0]]))), [[0, 1], [1, 0]])


def kinds(vectors):
    return [text.MeanVectors(vectors), text.TfidfMean(vectors), text.SIF(vectors), text.HashedBagOfWords(bits=4),
            text.ParagraphVectors(dim=3, epochs=1, min_count=1)]  # fmt: skip


@pytest.mark.parametrize("number", range(5))
def test_it_is_an_estimator(number, vectors):
    kind = kinds(vectors)[number]
    again = type(kind)(**kind.get_params())
    assert not again.__sklearn_is_fitted__()
    texts = ["the good film", "a dull movie"]
    rows = kind.fit_transform(texts, ["x", "y"])
    assert rows.shape == (2, len(kind.get_feature_names_out()))
    assert again.fit(texts).__sklearn_is_fitted__()
    with pytest.raises(TypeError, match="pass"):
        kind.transform("one text")
    with pytest.raises(ValueError, match="no parameter"):
        kind.set_params(nonsense=1)


def test_what_cannot_be_is_named(vectors):
    with pytest.raises(ValueError, match="expected vectors, came None"):
        text.MeanVectors().fit(["a"])
    with pytest.raises(ValueError, match="call fit"):
        text.MeanVectors(vectors).transform(["a"])
    for wrong in ({"a": 0}, {"components": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            text.SIF(vectors, **wrong)
    with pytest.raises(ValueError, match="bits"):
        text.HashedBagOfWords(bits=32)
    with pytest.raises(ValueError, match="models"):
        text.ParagraphVectors(models=["x"])
    with pytest.raises(ValueError, match="C is above 0"):
        text.LogisticRegression(C=0)


@pytest.mark.parametrize("name", ["mean-vectors", "sif", "tfidf-logistic", "fasttext"])
def test_systems_learn(name, vectors):
    train = [["good", "film"], ["fine", "movie"], ["dull", "film"], ["slow", "movie"]] * 10
    system = systems_of([name], vectors)[name]
    found = system.predict(system.candidates()[0], train, np.array([1, 1, 0, 0] * 10), [["good"], ["dull"]])
    assert found.tolist() == [1, 0]
    assert SYSTEMS[name].vectors is None if hasattr(SYSTEMS[name], "vectors") else True
