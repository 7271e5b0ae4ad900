"""Our estimators inside scikit-learn: run by `make test-exchange`.

scikit-learn's checks that feed numbers in two dimensions do not concern estimators of texts; its own
CountVectorizer is excused from them in the same way.  One more is an exception: it asks that a wrong parameter
is reported by ``fit`` and not before; ours is reported when it is given.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import text

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate  # noqa: E402
from sklearn.pipeline import FeatureUnion, make_pipeline  # noqa: E402
from sklearn.svm import LinearSVC  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

SMALL = {"dim": 4, "alpha": 0.5, "buckets": 100}
ESTIMATORS = [text.BagOfWords(), text.TextClassifier(**SMALL)]
CHECKS = [
    estimator_checks.check_estimator_cloneable,
    estimator_checks.check_estimator_tags_renamed,
    estimator_checks.check_valid_tag_types,
    estimator_checks.check_estimator_repr,
    estimator_checks.check_no_attributes_set_in_init,
    estimator_checks.check_parameters_default_constructible,
    estimator_checks.check_get_params_invariance,
    estimator_checks.check_set_params,
    estimator_checks.check_mixin_order,
]


@pytest.fixture(scope="module")
def texts():
    rng = np.random.default_rng(0)
    words = ["cat", "dog", "purr", "bark", "fur"], ["saw", "hammer", "nail", "drill", "bolt"]
    lines = [" ".join(rng.choice(words[n % 2], 5)) for n in range(120)]
    return lines, np.array(["pet" if n % 2 == 0 else "tool" for n in range(120)])


@pytest.mark.filterwarnings("ignore:.* occurred during set_params")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_scikit_learns_checks(check, estimator):
    check(type(estimator).__name__, clone(estimator))


@pytest.mark.filterwarnings("ignore:Can't test estimator")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda each: type(each).__name__)
def test_check_estimator(estimator):
    estimator_checks.check_estimator(estimator)


def test_bags_in_pipelines(texts):
    assert cross_val_score(make_pipeline(text.BagOfWords(ngram=2), LinearSVC()), *texts, cv=3).min() == 1
    grid = {"bagofwords__ngram": [1, 2], "bagofwords__tfidf": [True, False]}
    search = GridSearchCV(make_pipeline(text.BagOfWords(), LogisticRegression()), grid, cv=3, n_jobs=2)
    search.fit(*texts)
    assert search.best_score_ == 1
    assert "bark" in search.best_estimator_[:-1].get_feature_names_out()
    assert list(search.cv_results_["param_bagofwords__ngram"]) == [1, 1, 2, 2]


def test_bags_beside_others(texts):
    both = FeatureUnion([("words", text.BagOfWords()), ("pairs", text.BagOfWords(ngram=2, binary=True))])
    rows = both.fit_transform(texts[0])
    assert rows.shape == (120, len(both.get_feature_names_out()))
    columns = np.array([texts[0], texts[0][::-1]], object).T
    rows = ColumnTransformer(
        [("first", text.BagOfWords(), 0), ("second", text.BagOfWords(), 1)]
    ).fit_transform(columns)
    assert rows.shape == (120, 20)


def test_classifier_in_searches(texts):
    model = text.TextClassifier(**SMALL)
    assert is_classifier(model)
    found = cross_validate(model, *texts, cv=3, scoring=["accuracy", "roc_auc", "neg_log_loss"])
    assert found["test_accuracy"].min() == found["test_roc_auc"].min() == 1
    search = GridSearchCV(model, {"dim": [2, 4], "epochs": [1, 5]}, cv=3, n_jobs=2).fit(*texts)
    assert search.best_score_ == 1
    assert search.predict(["cat fur"]).tolist() == ["pet"]
    check_is_fitted(search.best_estimator_)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        check_is_fitted(model)
