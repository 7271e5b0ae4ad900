"""Record the optima of scikit-learn: ``python tests/vision/transfer/record_logistic.py`` where that is installed.

Rows come from NumPy's generator, so that the file holds results only.  For two classes scikit-learn has one vector
of weights w; with C twice as large, softmax's two are -w / 2 and w / 2.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("logistic.json")
CASES = ((3, 1.0, 1), (4, 0.05, 2), (2, 0.5, 3))  # classes, C, seed


def given(classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (40, 6) and their classes."""
    y = np.arange(40) % classes
    return np.random.default_rng(seed).normal(size=(40, 6)) + 0.8 * np.eye(6)[y], y


def main() -> None:
    """Fit and write."""
    import sklearn
    from sklearn.linear_model import LogisticRegression

    cases = []
    for classes, C, seed in CASES:
        x, y = given(classes, seed)
        model = LogisticRegression(C=C if classes > 2 else 2 * C, tol=1e-12, max_iter=100_000).fit(x, y)
        case = {"classes": classes, "C": C, "seed": seed}
        case |= {name: np.round(getattr(model, f"{name}_"), 8).tolist() for name in ("coef", "intercept")}
        cases.append(case)
    FILE.write_text(json.dumps({"scikit-learn": sklearn.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
