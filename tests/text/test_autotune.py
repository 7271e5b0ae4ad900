"""Options found by trying: reproducible, within bounds, and a trial that fails is dropped."""

from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from cutaway.text import FastTextClassifier
from cutaway.text import autotune as tuned
from cutaway.text.classify.precision_recall import Meter

search = importlib.import_module("cutaway.text.classify.autotune")
FIXED = {"dim": 10, "epochs": 10, "alpha": 0.8, "buckets": 2000}


@pytest.fixture(scope="module")
def lines():
    """Only the order of two words tells the labels apart: bigrams must be found."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(500):
        a, b = rng.permutation(["up", "down"])
        noise = [f"w{n}" for n in rng.integers(0, 60, 4)]
        made.append(f"__label__{a} {noise[0]} {noise[1]} {a} {b} {noise[2]} {noise[3]}")
    return made


def test_a_number_of_trials_is_reproducible(lines):
    runs = [tuned(lines[:400], lines[400:], trials=5, seed=5, fixed=FIXED) for _ in range(2)]
    once = tuned(iter(lines[:400]), iter(lines[400:]), trials=5, seed=5, fixed=FIXED)[1]
    (model, trials), (again, others) = runs
    assert [each.score for each in once] == [each.score for each in trials], "read once, used five times"
    assert [each.options for each in trials] == [each.options for each in others]
    assert np.array_equal(model.v, again.v)
    assert len(trials) == 5
    best = max(each.score for each in trials)
    assert model.test(lines[400:]).f1() == best > trials[0].score
    assert model.word_ngrams > 1
    assert all(each.options["dim"] == 10 for each in trials)
    assert tuned(lines[:400], lines[400:], trials=2, seed=4, fixed=FIXED)[1][1].options != trials[1].options


def test_options_stay_within_bounds():
    rng = np.random.default_rng(0)
    best = {
        "epochs": 5,
        "alpha": 0.1,
        "dim": 100,
        "word_ngrams": 1,
        "dsub": 2,
        "min_n": 0,
        "buckets": 2_000_000,
    }
    spread = []
    for t in (0.0, 1.0):
        asked = [search.ask(best, {}, t, rng) for _ in range(400)]
        for name, (least, most, *_) in search.SCALES.items():
            values = [each[name] for each in asked]
            if name == "dsub":
                assert set(values) == {2, 4, 8, 16}
            elif name == "min_n":
                assert set(values) == {0, 2, 3}
            else:
                assert least <= min(values) < max(values) <= most
        assert all(each["max_n"] == (each["min_n"] + 3 if each["min_n"] else 0) for each in asked)
        spread.append(np.std(np.log([each["dim"] for each in asked])))
    assert spread[1] < 0.5 * spread[0], "the steps become smaller"


def test_a_trial_that_fails_is_dropped(lines, monkeypatch):
    fit, calls = FastTextClassifier.fit_words, []

    def sometimes(self, *args, **named):
        calls.append(self)
        if len(calls) in (1, 3):
            raise FloatingPointError("NaN")
        return fit(self, *args, **named)

    monkeypatch.setattr(FastTextClassifier, "fit_words", sometimes)
    _, trials = tuned(lines[:100], lines[400:], trials=3, fixed=FIXED)
    assert [math.isnan(each.score) for each in trials] == [True, False, True]


def test_a_size_is_kept(lines):
    size = 26_000
    model, _ = tuned(lines, lines[400:], trials=3, size=size, seed=1, fixed={**FIXED, "word_ngrams": 2})
    assert model.quantised
    assert search.fits(model, size)
    assert not search.fits(model, 1000)
    with pytest.raises(ValueError, match="no trial ended with a usable model"):
        tuned(lines, lines[400:], trials=1, size=100, fixed=FIXED)
    with pytest.raises(ValueError, match="no trial ended"):
        tuned(lines, lines[400:], duration=1e-9, fixed=FIXED)


def test_metrics(monkeypatch):
    meter = Meter(["a", "b"])
    monkeypatch.setattr(meter, "f1", lambda label=None: {None: 1, "a": 2}[label])
    monkeypatch.setattr(meter, "precision_at_recall", lambda at, label=None: (at, label))
    monkeypatch.setattr(meter, "recall_at_precision", lambda at, label=None: (label, at))
    parse = search.Metric.parse
    assert [parse(text).of(meter) for text in ("f1", "f1:a")] == [1, 2]
    assert parse("precisionAtRecall:30").of(meter) == (0.3, None)
    assert parse("recallAtPrecision:50:b").of(meter) == ("b", 0.5)
    for wrong in ("f2", "precisionAtRecall", "precisionAtRecall:200", "recallAtPrecision:x"):
        with pytest.raises(ValueError, match="metric: expected f1, f1:LABEL"):
            parse(wrong)
    with pytest.raises(ValueError, match="model size: expected a number"):
        search.model_size("2X")
