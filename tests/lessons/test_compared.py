"""GloVe, the tree and word2vec: what is compared is computed right, and sentences follow the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.lessons import compare, glove, hierarchical
from cutaway.lessons.compare import Contender
from cutaway.lessons.reading import Reading
from cutaway.lessons.word_lists import DOCS
from cutaway.text import GloVe, Word2Vec, encode
from cutaway.text.glove import cells


@pytest.fixture
def lines(rng):
    return [list(rng.choice(list("abcdef"), 8)) for _ in range(200)]


@pytest.fixture
def trained(lines, tmp_path):
    vocabulary, tokens = encode(lines, 1)
    model = GloVe(dim=4, window=3, x_max=5.0, epochs=30, min_count=1, memory=0.01)
    path = model.write_cells([tokens], len(vocabulary), tmp_path / "cells")
    return model.fit_cells(vocabulary, path, progress=False), np.fromfile(path, cells.CELL)


def test_predicted_is_what_the_cost_measures(trained):
    model, some = trained
    error = glove.predicted(model, some) - np.log(some["x"])
    weight = np.minimum(1, (some["x"] / 5.0) ** 0.75)
    cost = np.mean(0.5 * weight * error**2)
    assert cost < model.history[-1]["loss"] * 1.05, "the loss is that before each step"
    assert np.abs(error).mean() < 0.5


def test_ratios_are_those_of_the_text(lines, trained):
    model, table = trained
    index = model.vocabulary.index

    def chance(word, near):
        """1/d for every neighbour at distance d up to 3, counted by hand."""
        total = found = 0.0
        for line in lines:
            for i, j in np.argwhere(np.abs(np.subtract.outer(range(8), range(8))) <= 3):
                if i != j and line[i] == word:
                    total += 1 / abs(i - j)
                    found += (line[j] == near) / abs(i - j)
        return found / total

    for (p, q, by), near in zip(
        glove.ratios(table, model, index["a"], index["b"], [index["c"], index["d"]]), "cd", strict=True
    ):
        assert p == pytest.approx(chance("a", near), rel=1e-5)
        assert q == pytest.approx(chance("b", near), rel=1e-5)
        assert by == pytest.approx(p / q, rel=0.3), "the trained vectors know it, about"


def test_the_leaves_probabilities_sum_to_one(lines):
    model = Word2Vec(dim=8, hs=True, epochs=3, min_count=1).fit(lines, progress=False)
    chances = hierarchical.probabilities(model, model.v[1])
    assert len(chances) == len(model.vocabulary)
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert np.ptp(chances) > 1e-3, "they are not all alike"


def test_a_part_of_a_long_text_is_read_as_much(monkeypatch):
    vocabulary, tokens = encode([["a", "b", "c"]] * 100, 1)
    questions = {"letters": [("a", "b", "b", "c")]}
    model = Word2Vec(dim=4, epochs=3, min_count=1, window=2, sample=0.5)
    reading = Reading("lines", vocabulary, tokens, model, DOCS, questions).train(show=False)
    assert (reading.words, reading.sentences, reading.different) == (300, 100, 3)
    assert len(reading.learnt) == 3
    assert reading.of_part(show=False) is reading
    monkeypatch.setattr("cutaway.lessons.reading.PART", 202)
    reading.first = None
    part = reading.of_part(show=False)
    assert (part.words, part.model.epochs, part.model.window, part.model.sample) == (150, 6, 2, 0.5)
    assert len(part.learnt) == 6
    assert reading.of_part(show=False) is part, "it is trained once"
    assert compare.shared(part).words * compare.shared(part).passes == reading.words * reading.model.epochs


def contender(name, words, passes):
    return Contender(name, None, [], words, passes)  # type: ignore[arg-type]


def test_it_is_said_whether_all_have_read_equally_much():
    ten, five, eleven = contender("ten", 100, 10), contender("five", 100, 5), contender("eleven", 95, 11)
    assert compare.told_reading([ten, ten]) == "All have read equally much: 10 times the same 100 words."
    assert "about equally" in compare.told_reading([ten, eleven])
    assert "have not read equally much: ten 2.0 times" in compare.told_reading([five, ten])


@pytest.mark.parametrize(
    ("score", "reference", "said"),
    [
        (0.5, 0.2, "the tree answers more than noise: 50% against 20%"),
        (0.2, 0.5, "noise answers more than the tree: 50% against 20%"),
        (0.5, 0.49, "about as many: 50% and 49%"),
        (float("nan"), 0.5, "no questions"),
    ],
)
def test_who_answers_more(score, reference, said):
    assert said in compare.told_difference("the tree", "noise", score, reference)


def test_what_a_ratio_tells():
    assert glove.told_ratio(0.2, 0.01, "file", "matrix") == "file"
    assert glove.told_ratio(0.01, 0.2, "file", "matrix") == "matrix"
    assert glove.told_ratio(0.1, 0.2, "file", "matrix") == "neither"
    assert glove.told_ratio(0.1, 0.0, "file", "matrix") == "file"
    assert glove.told_ratio(0.0, 0.0, "file", "matrix") == "neither, never seen"


@pytest.mark.parametrize(("last", "verb"), [(0.4, "help"), (0.1, "harm"), (0.25, "change little")])
def test_whether_more_passes_help(last, verb):
    told = glove.told_longer([0.1, 0.25, 0.3, last], 2, 0.875)
    assert told.startswith(f"More passes {verb}: after 4 GloVe answers {last:.0%}, after 2 25%.")
    assert "88% of the counts" in told


def test_whether_the_tree_is_shorter():
    assert ": shorter than the 10.0" in hierarchical.told_lengths(1024, 8.0, 15)
    assert ": no shorter than the 10.0" in hierarchical.told_lengths(1024, 10.5, 15)
