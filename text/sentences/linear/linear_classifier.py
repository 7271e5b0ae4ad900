"""What linear classifiers share: rows and classes checked, a weight for each feature, the sign that decides.

N texts, V features, K classes (two classes have one row of weights, more have one a class)
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar, Self

import numpy as np

from ...estimators.estimator import Estimator


class LinearClassifier(Estimator):
    """Learns weights ``coef_`` and ``intercept_`` from the rows of a `BagOfWords`.

    Attributes
    ----------
    classes_ : array (K,)
        Sorted; of two, the second is where the decision function is above 0.
    coef_ : float64 (1, V) or (K, V)
    intercept_ : float64 (1,) or (K,)
    """

    KIND: ClassVar[str] = "classifier"
    classes_: np.ndarray
    coef_: np.ndarray
    intercept_: np.ndarray

    def fit(self, x: Any, y: Any) -> Self:
        """Learn from rows and their classes.

        Parameters
        ----------
        x : sparse or dense (N, V), finite
        y : (N,), classes of at least two kinds

        Raises
        ------
        ValueError : shapes that do not fit, values that are not finite, a single class.
        """
        x, y = self._rows(x), np.asarray(y)
        name = type(self).__name__
        if y.shape != (x.shape[0],):
            raise ValueError(f"{name}: expected a class for each of {x.shape[0]} rows, came y {y.shape}")
        classes, numbers = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(
                f"{name}: expected at least two classes, came {len(classes)}: {classes.tolist()}"
            )
        self.coef_, self.intercept_ = self._learn(x, numbers, len(classes))
        self.classes_, self.n_features_in_ = classes, x.shape[1]
        return self

    def _learn(self, x: Any, y: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Return weights and intercepts: by default one class against the rest, for each."""
        sides = [1] if classes == 2 else range(classes)
        learnt = [self._learn_two(x, np.where(y == side, 1.0, -1.0)) for side in sides]
        return np.stack([w for w, _ in learnt]), np.array([b for _, b in learnt])

    def _learn_two(self, x: Any, y: np.ndarray) -> tuple[np.ndarray, float]:
        """Return w (V,) and b for classes y of -1 and 1 (N,)."""
        raise NotImplementedError

    def decision_function(self, x: Any) -> np.ndarray:
        """Return x w + b: (N,) of two classes, above 0 for the second; else (N, K), largest for the best."""
        if not hasattr(self, "coef_"):
            raise ValueError(f"{type(self).__name__}: nothing is learnt yet\n    hint: call fit(x, y) first")
        x = self._rows(x)
        if x.shape[1] != self.n_features_in_:
            raise ValueError(
                f"{type(self).__name__}: expected rows of {self.n_features_in_} features, came {x.shape[1]}\n"
                "    hint: transform with the BagOfWords that made the training rows"
            )
        scores = x @ self.coef_.T + self.intercept_  # (N,V)(V,K) -> (N,K)
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, x: Any) -> np.ndarray:
        """Return the class of each row, (N,); the first of two on the border itself."""
        scores = self.decision_function(x)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(1)]

    def score(self, x: Any, y: Any) -> float:
        """Return the share of rows whose class is predicted."""
        return float(np.mean(self.predict(x) == np.asarray(y)))

    def _rows(self, x: Any) -> Any:
        """Return rows as CSR in float64, each column at most once in a row."""
        from scipy.sparse import csr_array, issparse

        name = type(self).__name__
        if not issparse(x):
            x = np.asarray(x)
        if x.ndim != 2 or x.dtype.kind not in "biuf":
            raise ValueError(
                f"{name}: expected rows of numbers (N, V), came {x.shape} {x.dtype}\n"
                "    hint: BagOfWords(binary=True).fit_transform(texts) makes rows of texts"
            )
        rows = csr_array(x, dtype=np.float64)
        if not rows.has_canonical_format:
            rows = rows.copy()  # what came is left as it is
            rows.sum_duplicates()
        if not np.isfinite(rows.data).all():
            raise ValueError(f"{name}: expected finite numbers, came NaN or infinity")
        return rows

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags = import_module("sklearn.utils").InputTags(two_d_array=True, sparse=True)
        return tags
