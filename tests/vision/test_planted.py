"""Planted cues: the network computes just its rule, so each map can be right or wrong."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.core import Tensor
from cutaway.vision.interpret.planted import (
    GAIN,
    RULES,
    SHOWN,
    SIDE,
    PlantedNet,
    Scene,
    draw,
    scenes,
)
from cutaway.vision.interpret.planted_table import CASES, _finds_all, accuracy, planted_table


@pytest.fixture(scope="module")
def table():
    return {(row.case, row.method): row for row in planted_table(4)}


@pytest.mark.parametrize("rule", RULES)
def test_the_network_computes_the_rule(rule):
    drawn = scenes(rule, 200, seed=5)
    assert {scene.label for scene in drawn} == {0, 1}
    assert accuracy(PlantedNet(rule), drawn) == 1


@pytest.mark.parametrize(
    ("rule", "present", "score"),
    [
        ("or", (False, False), 0.0), ("or", (True, False), 0.8), ("or", (False, True), 0.8),
        ("or", (True, True), 1.0),
        ("and", (True, False), 0.0), ("and", (True, True), 0.6),
        ("corner", (True, False), 0.8), ("corner", (True, True), 0.8), ("corner", (False, True), 0.0),
    ],
)  # fmt: skip
def test_its_score_is_that_of_the_formula(rule, present, score, rng):
    net = PlantedNet(rule)
    for _ in range(5):
        x = SHOWN.normalised(draw(rule, present, rng).pixels)
        assert float(net(Tensor(x[None])).data[0, 1]) / GAIN == pytest.approx(score, abs=0.06)


@pytest.mark.parametrize("rule", RULES)
def test_it_looks_at_the_cue_and_at_nothing_else(rule, rng):
    """Grey over the cue takes the class away; grey over everything else changes the score by little."""
    net = PlantedNet(rule)
    for _ in range(10):
        scene = draw(rule, (True, True), rng)
        without, alone = (np.where(mask, 0.5, scene.pixels) for mask in (scene.cue, ~scene.cue))
        whole, gone, kept = net(Tensor(SHOWN.normalised(np.stack([scene.pixels, without, alone])))).data[:, 1]
        assert gone < 0.1 * whole
        assert kept == pytest.approx(whole, rel=0.12)


def test_what_is_known_of_corner(table):
    """The decoy answers as the mark does: weights that are means over places cannot tell them apart."""
    assert table["corner", "hires-cam"].mass > 1.5 * table["corner", "grad-cam"].mass
    assert table["corner", "saliency"].pointing == 1
    assert table["corner", "integrated gradients"].mass > 0.5


def test_what_is_known_of_or(table):
    """Two objects saturate the score: its gradient is 0, and all that follows the gradient alone is empty."""
    for method in ("saliency", "gradient x input", "guided", "grad-cam", "hires-cam"):
        assert table["or, both there", method].empty == 1
        assert table["or, both there", method].mass == 0
    assert table["or, one there", "saliency"].empty == 0
    assert table["or, one there", "guided"].empty == 1, "its rule drops what speaks by a negative weight"
    for method in ("integrated gradients", "occlusion"):
        assert table["or, both there", method].both == 1


def test_what_is_known_of_and(table):
    assert table["and", "saliency"].both == 1
    assert table["and", "guided"].both == 1
    assert table["or, one there", "saliency"].both is None


def test_a_table_has_a_row_for_each_case_and_method():
    rows = planted_table(1, ["saliency", "occlusion"], cases=["and"])
    assert [(row.case, row.method) for row in rows] == [("and", "saliency"), ("and", "occlusion")]
    assert all(0 <= row.mass <= 1 and 0 <= row.pointing <= 1 for row in rows)
    assert set(CASES) == {"corner", "or, one there", "or, both there", "and"}


def test_both_are_found_if_each_has_its_share():
    left, right = np.zeros((2, SIDE, SIDE), bool)
    left[0, 0], right[0, 9] = True, True
    scene, values = Scene(np.zeros((3, SIDE, SIDE)), 1, (left, right)), np.zeros((SIDE, SIDE))
    assert not _finds_all(values, scene)
    values[0, 0], values[5, 5] = 3, 100
    assert not _finds_all(values, scene)
    values[0, 9] = 1
    assert _finds_all(values, scene), "a quarter of what is said in the cue, whatever is said elsewhere"


def test_mistakes_are_told(rng):
    with pytest.raises(ValueError, match="planted: expected a rule of corner, or, and, got 'xor'"):
        PlantedNet("xor")
    with pytest.raises(ValueError, match="expected a rule"):
        draw("xor", (True, True), rng)
