"""What GloVe is said to predict is what it is trained to predict."""

from __future__ import annotations

import numpy as np
from cutaway.lessons import others
from cutaway.text import GloVe, encode
from cutaway.text.glove import cells


def test_predicted_is_what_the_cost_measures(tmp_path, rng):
    lines = [list(rng.choice(list("abcdef"), 8)) for _ in range(200)]
    vocabulary, tokens = encode(lines, 1)
    model = GloVe(dim=4, window=3, x_max=5.0, epochs=30, min_count=1, memory=0.01)
    path = model.write_cells([tokens], len(vocabulary), tmp_path / "cells")
    model.fit_cells(vocabulary, path, progress=False)
    some = np.fromfile(path, cells.CELL)
    error = others.predicted(model, some) - np.log(some["x"])
    weight = np.minimum(1, (some["x"] / 5.0) ** 0.75)
    assert np.mean(0.5 * weight * error**2) < model.history[-1]["loss"] * 1.05, (
        "the loss is that before each step"
    )
    assert np.abs(error).mean() < 0.5
