"""The chapter about sentence networks: its language, the kinds of its sentences, what it says of results."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.lessons import reviews, sentence_task
from cutaway.lessons.sentence_network import BAG, told_modes, told_shuffled
from cutaway.lessons.sentence_words import told_sides


def judged(words):
    """What a review says, read by its rules: the last judging word, turned around by what stands before it."""
    sides = {word: side for side in (0, 1) for word in (*reviews.KNOWN[side], *reviews.NEW[side])}
    place = max(i for i, word in enumerate(words) if word in sides)
    return 1 - sides[words[place]] if words[place - 1] in reviews.TURNS else sides[words[place]]


def test_labels_are_what_reviews_say():
    texts, y = reviews.reviews(300, 5)
    assert [judged(words) for words in texts] == y.tolist()
    assert 100 < y.sum() < 200
    new = reviews.with_new_words(texts, 6)
    assert [judged(words) for words in new] == y.tolist()
    known = {word for side in reviews.KNOWN for word in side}
    assert not known & {word for words in new for word in words}
    assert not {word for side in reviews.NEW for word in side} & {word for words in texts for word in words}


def test_each_sentence_is_of_one_kind():
    texts = [line.split() for line in ("a b", "a not b", "a but not b", "a z", "not z")]
    kinds = sentence_task.kinds_of(texts, set("ab") | {"but", "not"})
    assert np.sum(list(kinds.values()), 0).tolist() == [1] * 5
    assert [np.flatnonzero(each).tolist() for each in kinds.values()] == [[0], [3], [1, 4], [2]]


def test_sentences_say_how_it_came_out():
    kinds = ("plain", "with a new word", "with a “not”", "with a “but”")
    share = {name: dict.fromkeys(kinds, 0.9) for name in (BAG, "rand", "static", "non-static")}
    said = " ".join(told_modes(share))
    assert "no better than a bag" in said
    assert "has no advantage" in said
    assert "forget" not in said
    share[BAG] = dict.fromkeys(kinds, 0.5)
    share["rand"]["with a new word"] = share["non-static"]["with a new word"] = 0.5
    said = " ".join(told_modes(share))
    for part in ("better than a bag (90%, 50%)", "knows it by its neighbours", "forget"):
        assert part in said
    assert "it is local order" in told_shuffled(0.5, 0.88, 0.9, 5)
    assert "more than local order" in told_shuffled(0.8, 0.6, 0.9, 5)
    assert "nearly is a bag" in told_shuffled(0.79, 0.81, 0.81, 5)
    assert [told_sides((4, 9), (n, 9)).split()[-2] for n in (1, 4, 6)] == ["fewer:", "many:", "more:"]


def test_real_sentences_are_taken_if_they_are_there(tmp_path):
    assert not sentence_task.has_real(tmp_path)
    (tmp_path / "sentences").mkdir()
    (tmp_path / "vectors").mkdir()
    for part in ("train", "dev", "test"):
        lines = "".join(f"{n % 2} a {('bad', 'good')[n % 2]} film\n" for n in range(6))
        (tmp_path / "sentences" / f"stsa.binary.{part}").write_text(lines)
    assert not sentence_task.has_real(tmp_path)
    from cutaway.text import WordVectors

    WordVectors(["good", "bad"], np.eye(2, 4, dtype=np.float32)).save(tmp_path / "vectors" / "v.npz")
    assert sentence_task.has_real(tmp_path)
    task = sentence_task.real(tmp_path)
    assert len(task.train[0]) == 6
    assert task.test[0][1] == ["a", "good", "film"]
    assert task.kinds["plain"].all()
    assert task.vectors.matrix.shape == (2, 4)


@pytest.mark.parametrize("labelled", [True, False])
def test_only_reviews_without_labels_say_what_one_would_do(labelled):
    rng = np.random.default_rng(1)
    tails = {" ".join(reviews.review(rng, labelled=labelled)[0]).partition(" , ")[2] for _ in range(100)}
    assert tails == ({""} if labelled else {*reviews.AFTER[0], *reviews.AFTER[1]})
