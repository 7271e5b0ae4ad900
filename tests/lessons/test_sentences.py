"""Sentences that state a result are made from it: if it came out otherwise, they say so."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.lessons import (
    bag_of_words,
    examples,
    feature_growth,
    features,
    gradients,
    phrases,
    scenes,
    subwords,
    words,
)
from cutaway.text import Phrases, WordVectors
from cutaway.vision import CLASSES, Scene


def test_words_that_occur_twice_in_a_sentence():
    counts = np.array([[1, 2, 0], [0, 1, 1], [3, 2, 0]])
    told = bag_of_words.told_more(counts, ["a", "b", "c"])
    assert (
        told
        == "More than once: *b* in the first, *a* and *b* in the third; as indicators these would be ones."
    )
    assert "No word occurs twice" in bag_of_words.told_more(np.eye(3), ["a", "b", "c"])


def test_which_curve_bends():
    bent = {1: [(1, 90), (2, 100)], 2: [(1, 50), (2, 100)], 3: [(1, 50), (2, 100)]}
    assert feature_growth.told_bends(bent).endswith("the curve of single words bends most.")
    assert "10% of words, 50% of words and pairs" in feature_growth.told_bends(bent)
    straight = bent | {1: [(1, 50), (2, 100)]}
    assert feature_growth.told_bends(straight).endswith(
        "the curve of single words bends no more than the others."
    )


def test_strangers_and_who_recognises_more():
    assert "strangers: cosine 0" in bag_of_words.told_strangers(np.zeros((2, 2)))
    assert "at most 0.30" in bag_of_words.told_strangers(np.diag([0.1, 0.3]))
    assert bag_of_words.told_right({"bags": 0, "means": 7}, 8) == "Of 8 texts, means recognise 7, bags 0."
    assert bag_of_words.told_right({"bags": 7, "means": 1}, 8) == "Of 8 texts, bags recognise 7, means 1."
    assert bag_of_words.told_right({"bags": 4, "means": 4}, 8) == "Both recognise 4 of 8."


def test_gaps_noise_and_kinds():
    assert "do tell" in words.told_gaps(0.3, 0.1)
    assert "learnt nothing" in words.told_gaps(0.1, 0.1)
    assert "2 are noise more often" in examples.told_noise(np.array([False, True, True]))
    assert "no rare one" in examples.told_noise(np.array([True, True, True]))
    vectors = WordVectors(["a", "b", "c", "d"], np.array([[1, 0.1], [1, 0], [0, 1], [0.1, 1]]))
    assert words.told_kinds(vectors, {"one": ("a", "b"), "two": ("c", "d")}).endswith("for 4 of 4.")
    assert words.told_kinds(vectors, {"one": ("a", "c"), "two": ("b", "d")}).endswith("for 0 of 4.")


@pytest.mark.parametrize(
    ("bag", "mean", "few", "many"),
    [
        (0.4, 0.6, "known by its neighbours", "still say more"),
        (0.6, 0.4, "of no help", "a long dictionary says more"),
    ],
)
def test_features(bag, mean, few, many):
    assert few in features._of_few(bag, mean)
    assert many in features._of_many(bag, mean, 100)
    assert "says as much as 100" in features._of_many(bag, bag, 100)
    assert (features._of_begun(mean, bag) == "helps") == (mean > bag)


def test_the_checkers_verdicts():
    right = gradients.gradcheck(gradients.tanh, np.linspace(-1, 1, 8))
    assert "no difference beyond rounding" in gradients.told_report(right)
    assert "finds a difference" in gradients.told_report(gradients._with_sign_error())
    kink = gradients.gradcheck(abs, np.zeros(2))
    assert "cannot tell" in gradients.told_report(kink)


def scene(*names):
    boxes = np.array([(CLASSES.index(name), 0, 0, 1, 1) for name in names])
    return Scene(np.zeros((3, 1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), boxes, 0)


def test_what_the_instance_mask_tells():
    told = scenes.told_scene(scene("disc", "disc", "ring"))
    assert "has 2 discs, 1 ring" in told
    assert "the discs are one colour" in told
    assert "same regions" in scenes.told_scene(scene("disc", "ring"))


def test_whether_pieces_share_a_row():
    assert subwords.told_collision("", "") == ", so none of them share one."
    assert "as “<ab” and “cd>” do" in subwords.told_collision("<ab", "cd>")


def test_the_best_pair():
    lines = ["new york is big", "new york is far", "the big new car is far"] * 5
    model = Phrases(min_count=2, threshold=1).fit(lines)
    told = phrases.told_best(model, [("new", "york"), ("is", "far")])
    best = max([("new", "york"), ("is", "far")], key=lambda pair: model.score(*pair))
    assert f"*{' '.join(best)}*" in told
    assert "counts as seen 2 times less" in told
    assert "None" in phrases.told_best(model, [])
