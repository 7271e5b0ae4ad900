"""Naive Bayes, SVM, NBSVM: the optimum, the formulas written out, and what a user may hand them."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import kernels, text
from cutaway.ext.linear import dual_sweep
from cutaway.text.sentences.linear.svm import objectives, solve_dual
from scipy.sparse import csr_array

KINDS = [text.NaiveBayes, text.LinearSVM, text.NBSVM]
# w, b and the primal objective of scikit-learn 1.9.1, LinearSVC(tol=1e-10), that is LIBLINEAR, on `problem`
LIBLINEAR = {
    ("hinge", 0.1, False): (
        [0.496296, 0.333333, 0.111111, 0.355556, -0.57037, 0.222222, 0.222222, 0.333333], 0.0, 2.27717421),
    ("hinge", 0.1, True): (
        [0.486486, 0.324324, 0.108108, 0.324324, -0.558559, 0.216216, 0.216216, 0.324324], 0.027027, 2.27425534),
    ("hinge", 1.0, False): ([1.0, 0.666667, 0.0, 1.0, -1.0, 0.5, 0.0, 0.333333], 0.0, 15.90277778),
    ("hinge", 1.0, True): (
        [1.333333, 0.748715, 0.360112, 1.279776, -0.859255, 0.95555, 0.306555, 0.666667], -1.0, 13.62277222),
    ("squared_hinge", 0.1, False): (
        [0.473852, 0.303052, 0.053076, 0.326778, -0.43262, 0.252808, 0.006888, 0.170953], 0.0, 2.1238472),
    ("squared_hinge", 0.1, True): (
        [0.492109, 0.336486, 0.083859, 0.378991, -0.413138, 0.288729, 0.043193, 0.215736], -0.175947, 2.07352145),
    ("squared_hinge", 1.0, False): (
        [0.938407, 0.567985, 0.099502, 0.688227, -0.75029, 0.449388, -0.085367, 0.145914], 0.0, 16.10836063),
    ("squared_hinge", 1.0, True): (
        [1.03544, 0.615264, 0.213269, 0.901834, -0.681963, 0.707448, 0.085096, 0.362826], -0.591718, 13.84258367),
}  # fmt: skip


def problem():
    rng = np.random.default_rng(7)
    x = (rng.random((60, 8)) < 0.3) * rng.integers(1, 4, (60, 8)).astype(float)
    y = np.where(x @ rng.normal(size=8) + rng.normal(size=60) > 0.3, 1.0, -1.0)
    return x, y


@pytest.mark.parametrize("setting", LIBLINEAR, ids=str)
def test_the_optimum_is_liblinears(setting):
    loss, C, bias = setting
    w, b, objective = LIBLINEAR[setting]
    x, y = problem()
    svm = text.LinearSVM(C, loss, bias, tol=1e-8, max_iter=100_000).fit(x, y)
    np.testing.assert_allclose(svm.coef_[0], w, atol=1e-4)
    np.testing.assert_allclose(svm.intercept_[0], b, atol=1e-4)
    slack = np.maximum(0, 1 - y * (x @ svm.coef_[0] + svm.intercept_[0]))
    reached = (svm.coef_[0] @ svm.coef_[0] + svm.intercept_[0] ** 2) / 2
    reached += C * (slack ** (1 if loss == "hinge" else 2)).sum()
    assert reached == pytest.approx(objective, rel=1e-6)


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("C", [0.01, 1.0, 10.0])
def test_primal_and_dual_meet_and_conditions_of_the_optimum_hold(p, C):
    x, y = problem()
    x = csr_array(x)
    w, a = solve_dual(x, y, C, p, tol=1e-9, max_iter=1_000_000)
    primal, dual = objectives(x, y, C, p, w, a)
    assert 0 <= primal - dual + 1e-9 < 1e-6 * primal
    np.testing.assert_allclose(w, x.T @ (a * y), atol=1e-9)  # stationarity
    margin = y * (x @ w)
    if p == 1:
        assert ((a >= 0) & (a <= C)).all()
        np.testing.assert_allclose(margin[(a > 0) & (a < C)], 1, atol=1e-6)
        assert (margin[a == C] <= 1 + 1e-6).all()
    else:
        np.testing.assert_allclose(a, 2 * C * np.maximum(0, 1 - margin), atol=1e-6)
    assert (margin[a == 0] >= 1 - 1e-6).all()


@pytest.mark.parametrize(("d", "upper"), [(0.0, 0.7), (0.5, np.inf)])
def test_the_compiled_pass_is_the_specification(d, upper, rng):
    dense = (rng.random((31, 7)) < 0.4) * rng.normal(size=(31, 7))
    dense[[3, 30]] = 0  # rows without a feature
    x, y = csr_array(dense), rng.choice([-1.0, 1.0], 31)
    results = []
    for rung in ("reference", "numba"):
        a, w = np.zeros(31), np.zeros(7)
        sweep, order = dual_sweep.find(rung), np.random.default_rng(1)
        indices = x.indptr.astype(np.int64), x.indices.astype(np.int64)
        apart = [
            sweep(order.permutation(31), *indices, x.data, y, (dense**2).sum(1), d, upper, a, w)
            for _ in range(5)
        ]
        results.append([a, w, apart])
    for mine, its in zip(*results, strict=True):
        np.testing.assert_allclose(mine, its, rtol=1e-10, atol=1e-12)
    assert (results[0][0] <= upper).all()
    assert apart[-1] < apart[0], "it goes somewhere"


def test_a_search_that_does_not_end_says_so():
    with pytest.warns(RuntimeWarning, match="after 2 passes gradients differ"):
        early = text.LinearSVM(C=100.0, tol=1e-12, max_iter=2).fit(*problem())
    ended = text.LinearSVM(C=100.0, tol=1e-6, max_iter=100_000).fit(*problem())
    assert not np.allclose(early.coef_, ended.coef_, atol=1e-3), "two passes are not enough here"


def test_the_order_of_passes_does_not_matter_for_the_optimum():
    fits = [text.LinearSVM(1.0, tol=1e-9, seed=seed).fit(*problem()).coef_ for seed in (0, 1)]
    np.testing.assert_allclose(*fits, atol=1e-7)


def log_ratio(x, y):
    """r as the paper writes it, feature by feature."""
    p, q = 1 + x[y > 0].sum(0), 1 + x[y < 0].sum(0)
    return np.log((p / p.sum()) / (q / q.sum()))


def test_naive_bayes_is_its_formula():
    x, y = problem()
    x = (x > 0).astype(float)
    bayes = text.NaiveBayes().fit(x, y)
    np.testing.assert_allclose(bayes.coef_[0], log_ratio(x, y))
    assert bayes.intercept_[0] == pytest.approx(np.log((y > 0).sum() / (y < 0).sum()))
    counted = text.NaiveBayes(binary=False).fit(3 * x, y)
    np.testing.assert_allclose(counted.coef_[0], log_ratio(3 * x, y))


def test_a_feature_that_training_did_not_meet_has_no_weight():
    x, y = problem()
    wide = np.hstack([x, np.zeros((60, 1))])
    for kind in (text.NaiveBayes, text.NBSVM):
        fitted = kind().fit(wide, y)
        assert fitted.coef_[0, -1] == 0
    np.testing.assert_allclose(
        text.NaiveBayes().fit(wide, y).coef_[0, :-1], text.NaiveBayes().fit(x, y).coef_[0]
    )


def test_two_classes_and_many_decide_alike(rng):
    """Naive Bayes of K classes, reduced to two, is the difference of two rows."""
    x, y = rng.integers(0, 2, (90, 6)), rng.integers(0, 3, 90)
    many = text.NaiveBayes().fit(x, y)
    assert many.coef_.shape == (3, 6)
    two = text.NaiveBayes().fit(x[y < 2], y[y < 2])
    scores = many.decision_function(x)
    np.testing.assert_allclose(two.decision_function(x), scores[:, 1] - scores[:, 0], atol=1e-12)


def test_nbsvm_is_its_formula():
    x, y = problem()
    x = (x > 0).astype(float)
    r = log_ratio(x, y)
    w = text.LinearSVM(1.0, tol=1e-9).fit(x * r, y).coef_[0]
    expected = r * (0.75 * np.abs(w).mean() + 0.25 * w)
    np.testing.assert_allclose(text.NBSVM(tol=1e-9).fit(x, y).coef_[0], expected, atol=1e-6)
    np.testing.assert_allclose(text.NBSVM(beta=1, tol=1e-9).fit(x, y).coef_[0], r * w, atol=1e-6)
    bayes = text.NBSVM(beta=0).fit(x, y).coef_[0] / text.NaiveBayes().fit(x, y).coef_[0]
    np.testing.assert_allclose(bayes, bayes[0])  # beta 0: naive Bayes without its prior


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_classes_may_be_swapped(kind):
    """Which class is the positive one changes nothing, although NBSVM adds a positive mean."""
    x, y = problem()
    one = kind().fit(x, np.where(y > 0, "b", "a")).decision_function(x)
    other = kind().fit(x, np.where(y > 0, "a", "b")).decision_function(x)
    np.testing.assert_allclose(one, -other, atol=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns_from_bags_of_words(kind):
    texts = ["good fun film", "good film", "fun", "bad dull film", "dull", "bad bore"] * 3
    labels = ["pos"] * 3 + ["neg"] * 3
    bag = text.BagOfWords(ngram=2, binary=True)
    x = bag.fit_transform(texts)
    before = x.copy()
    fitted = kind().fit(x, labels * 3)
    assert fitted.predict(bag.transform(["fun good", "a dull bore"])).tolist() == ["pos", "neg"]
    assert fitted.score(x, labels * 3) == 1
    assert (x != before).nnz == 0, "what came is left as it is"
    again = kind(**fitted.get_params())
    assert not again.__sklearn_is_fitted__()
    np.testing.assert_array_equal(again.fit(x.toarray(), labels * 3).coef_, fitted.coef_)
    three = kind().fit(x, ["a", "b", "c"] * 6)
    assert three.coef_.shape == (3, x.shape[1])
    assert set(three.predict(x)) <= {"a", "b", "c"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_is_named(kind):
    x, y = problem()
    with pytest.raises(ValueError, match="expected a class for each of 60 rows"):
        kind().fit(x, y[:-1])
    with pytest.raises(ValueError, match="expected at least two classes, came 1"):
        kind().fit(x, np.ones(60))
    with pytest.raises(ValueError, match="call fit"):
        kind().predict(x)
    with pytest.raises(ValueError, match="expected finite numbers"):
        kind().fit(np.where(x > 0, np.nan, x), y)
    with pytest.raises(ValueError, match="expected rows of 8 features, came 7"):
        kind().fit(x, y).predict(x[:, :7])
    with pytest.raises(ValueError, match=r"BagOfWords\(binary=True\)"):
        kind().fit(np.array(["some", "texts"]), [0, 1])


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(text.NaiveBayes, {"alpha": 0}), (text.LinearSVM, {"C": -1}), (text.LinearSVM, {"loss": "log"}),
     (text.NBSVM, {"beta": 1.5}), (text.NBSVM, {"C": 0})],
)  # fmt: skip
def test_a_parameter_has_its_range(kind, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        kind(**wrong)


def test_the_doctor_lists_the_kernel():
    assert "dual_sweep" in kernels.status().kernels
