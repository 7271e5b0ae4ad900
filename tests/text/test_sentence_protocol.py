"""How systems are judged: no look at test sentences, intervals, cells that are kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text.corpus.sentence_sets import SentenceSet
from cutaway.text.sentences.linear.systems import SYSTEMS
from cutaway.text.sentences.protocol import hold_out, judge, mean_interval, select
from cutaway.text.sentences.run import Run

WORDS = {0: "dull bore bad slow", 1: "fun warm good quick"}


def made_set(count=300, parts=False, seed=0):
    """Sentences of five words, four of them of their class."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, count)
    texts = [" ".join([*rng.choice(WORDS[label].split(), 4), f"w{rng.integers(50)}"]) for label in y]
    cut = np.array((["train"] * 8 + ["dev"] + ["test"]) * (count // 10)) if parts else None
    return SentenceSet("trec" if parts else "mr", texts, y, ("a", "b"), cut)


class Spy:
    """A system that notes what it sees, and predicts well with one setting alone."""

    def __init__(self, truth, *settings):
        self.truth, self.settings, self.seen = truth, settings, []

    def candidates(self):
        return self.settings

    def predict(self, setting, train, y, texts):
        self.seen.append((setting, set(train), set(texts)))
        right = np.array([self.truth[text] for text in texts])
        return right if setting["good"] else 1 - right


@pytest.mark.parametrize("parts", [False, True])
def test_settings_are_chosen_without_a_look_at_test_sentences(parts):
    numbered = made_set(parts=parts)
    sentences = SentenceSet(
        numbered.name,
        [f"{n} {text}" for n, text in enumerate(numbered.texts)],
        numbered.y,
        ("a", "b"),
        numbered.parts,
    )
    truth = dict(zip(sentences.texts, sentences.y, strict=True))
    spy = Spy(truth, {"good": False}, {"good": True})
    cell = judge(spy, sentences)
    assert cell.accuracy == 1
    assert all(chosen == {"good": True} for chosen in cell.chosen)
    assert len(cell.folds) == (1 if parts else 10)
    assert cell.tested == (30 if parts else 300)
    for first in range(0, len(spy.seen), 3):  # two candidates on dev, then the chosen one on test
        (_, fit, dev), (_, again, same), (_, train, test) = spy.seen[first : first + 3]
        assert (fit, dev) == (again, same)
        assert not test & (fit | dev | train)
        assert not fit & dev
        if parts:
            assert train == fit, "the dev part of a set is not learnt from"
        else:
            assert train == fit | dev


def test_a_single_setting_is_not_tried_on_dev():
    sentences = made_set()
    spy = Spy(dict(zip(sentences.texts, sentences.y, strict=True)), {"good": False})
    judge(spy, sentences)
    assert len(spy.seen) == 10


def test_the_first_of_equals_is_chosen():
    sentences = made_set()
    spy = Spy(
        dict(zip(sentences.texts, sentences.y, strict=True)), {"good": True, "n": 1}, {"good": True, "n": 2}
    )
    assert select(spy, spy.settings, sentences, *hold_out(np.arange(300), np.random.default_rng(0)))["n"] == 1


def test_intervals_hold_the_mean_as_often_as_they_say():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        mean, half = mean_interval(rng.normal(0.8, 0.01, 10), 1000)
        held += abs(mean - 0.8) < half
    assert 0.935 < held / 2000 < 0.965
    assert mean_interval([1.0], 50) == (1.0, 0.0)


@pytest.mark.parametrize("system", SYSTEMS)
def test_systems_learn_a_made_set(system):
    assert judge(SYSTEMS[system], made_set()).accuracy > 0.95
    assert judge(SYSTEMS[system], made_set(parts=True)).accuracy > 0.9


def test_cells_are_kept_and_measured_anew_for_other_sentences(tmp_path):
    systems, settings = {"mnb": SYSTEMS["mnb"]}, {"seed": 0}
    first = list(Run(tmp_path / "run", settings).evaluate(systems, {"mr": made_set()}))
    kept = list(Run(tmp_path / "run", settings).evaluate(systems, {"mr": made_set()}))
    assert [each[3] for each in first + kept] == [False, True]
    assert kept[0][2] == first[0][2]
    other = list(Run(tmp_path / "run", settings).evaluate(systems, {"mr": made_set(seed=1)}))
    assert [each[3] for each in other] == [False]
    with pytest.raises(ValueError, match=r"expected cells of \{'seed': 1\}, came \{'seed': 0\}"):
        Run(tmp_path / "run", {"seed": 1})


def test_a_run_that_is_killed_keeps_its_finished_cells(tmp_path):
    class Broken:
        def candidates(self):
            raise KeyboardInterrupt

    run = Run(tmp_path, {"seed": 0})
    with pytest.raises(KeyboardInterrupt):
        list(run.evaluate({"mnb": SYSTEMS["mnb"], "broken": Broken()}, {"mr": made_set()}))
    assert [*Run(tmp_path, {"seed": 0}).cells] == ["mnb mr"]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"settings": {}, "cells": {"a": {"accuracy": "x"}}}', "\xff"]
)
def test_damaged_cells_are_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "cells.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(FileError, match=r"cells\.json"):
        Run(tmp_path, {"seed": 0})


def test_a_cell_is_json(tmp_path):
    cell = judge(SYSTEMS["mnb"], made_set()).as_json()
    assert json.loads(json.dumps(cell)) == cell
