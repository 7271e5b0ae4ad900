"""Pictures of words: names that do not cover each other, and what is drawn is what was given."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cutaway.lessons.place_labels import _shared, place_labels
from cutaway.lessons.word_lists import WIKI
from cutaway.lessons.word_pictures import bars_picture, cosines_picture, pairs_picture
from cutaway.text import WordVectors
from cutaway.text.vectors.analogies import Score
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def boxes(axis):
    canvas = FigureCanvasAgg(axis.figure)
    canvas.draw()
    return [text.get_window_extent(canvas.get_renderer()) for text in axis.texts]


def test_names_of_crowded_points_do_not_overlap():
    points = np.array([[0, 0], [0.02, 0.01], [0.03, -0.01], [-0.02, 0.02], [1, 1]])
    axis = Figure(figsize=(6, 5), layout="constrained").subplots()
    axis.scatter(*points.T)
    axis.margins(0.2)
    place_labels(axis, points, ["alpha", "beta", "gamma", "delta", "epsilon"], ["black"] * 5)
    found = boxes(axis)
    assert len(found) == 5
    assert all(_shared(a, b) == 0 for a, b in itertools.combinations(found, 2))


def test_pairs_are_joined():
    rng = np.random.default_rng(0)
    words = [word for pair in WIKI.pairs for word in pair]
    figure = pairs_picture(WordVectors(words, rng.normal(size=(len(words), 20))), WIKI.pairs, WIKI.kinds)
    (axis,) = figure.axes
    joins = [line for line in axis.lines if line.get_linestyle() == "--"]
    assert len(joins) == len(WIKI.pairs)
    shown = [collection.get_offsets() for collection in axis.collections]
    for i, join in enumerate(joins):
        np.testing.assert_allclose(join.get_xydata(), [shown[0][i], shown[1][i]])
    assert {text.get_text() for text in axis.texts} == set(words)
    with pytest.raises(KeyError, match="lisbon"):
        pairs_picture(WordVectors(words[:-1], rng.normal(size=(len(words) - 1, 20))), WIKI.pairs, WIKI.kinds)


def test_bars_are_the_shares_and_unseen_kinds_have_none():
    scores = [Score("family", 3, 4, 9), Score("never", 0, 0, 5), Score("total", 3, 4, 14)]
    (axis,) = bars_picture(scores).axes
    assert [bar.get_width() for bar in axis.patches] == [75, 75]
    assert [text.get_text() for text in axis.texts] == ["3 of 4", "3 of 4"]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["total", "family"]


def test_tables_of_cosines_show_their_numbers():
    figure = cosines_picture({"one": np.eye(2), "two": np.full((2, 2), 0.5)}, ["A", "B"], ["A'", "B'"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["1.00", "0.00", "0.00", "1.00"]
    assert {text.get_text() for text in figure.axes[1].texts} == {"0.50"}
