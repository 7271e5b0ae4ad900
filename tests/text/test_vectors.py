"""Questions to word vectors have the answers that a few lines of plain NumPy give."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from cutaway.text import WordVectors, evaluate_analogies, parse_questions, pca, read_questions


@pytest.fixture
def vectors(rng):
    words = ["king", "queen", "man", "woman", "prince", "apple", "pear", "plum"]
    return WordVectors(words, rng.normal(size=(8, 5)) * rng.uniform(0.1, 10, (8, 1)))


@pytest.fixture
def royal():
    """Sex on the first axis, rank on the second, fruit on the third."""
    rows = {"man": (1, 0, 0), "woman": (-1, 0, 0), "king": (1, 1, 0), "queen": (-1, 1, 0), "plum": (0, 0, 1)}
    return WordVectors(list(rows), np.array(list(rows.values())) + 0.01)


def cosine(a, b):
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_neighbours_are_sorted_by_cosine(vectors):
    expected = {w: cosine(vectors["king"], vectors[w]) for w in vectors.words if w != "king"}
    found = vectors.most_similar("king", topn=100)
    assert [w for w, _ in found] == sorted(expected, key=expected.get, reverse=True)
    assert dict(found) == pytest.approx(expected, abs=1e-6)
    assert vectors.most_similar("king", topn=2) == found[:2]
    assert vectors.most_similar("king", topn=0) == []
    assert [vectors.rank("king", w) for w, _ in found] == list(range(1, 8))
    assert vectors.similarity("king", "plum") == pytest.approx(expected["plum"], abs=1e-6)


def test_sums_of_words_count_directions_not_lengths(vectors):
    longer = WordVectors(vectors.words, vectors.matrix * np.linspace(1, 50, 8)[:, None])
    question = {"positive": ["king", "woman"], "negative": ["man"], "topn": 4}
    found = vectors.most_similar(**question)
    assert [w for w, _ in longer.most_similar(**question)] == [w for w, _ in found]
    assert not {"king", "woman", "man"} & {w for w, _ in found}
    assert found == vectors.analogy("man", "king", "woman", topn=4)
    unit = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    query = unit[0] + unit[3] - unit[2]
    assert found[0][1] == pytest.approx(max(cosine(query, unit[i]) for i in (1, 4, 5, 6, 7)), abs=1e-6)


def test_nearest_to_sum_counts_lengths(vectors):
    total = vectors["king"] + vectors["plum"]
    rest = [w for w in vectors.words if w not in ("king", "plum")]
    assert vectors.nearest_to_sum("king", "plum")[0][0] == max(rest, key=lambda w: cosine(total, vectors[w]))
    assert len(vectors.nearest_to_sum("king", "plum")) == 4


def test_king_and_queen(royal):
    assert royal.analogy("man", "king", "woman")[0][0] == "queen"
    assert royal.doesnt_match(["man", "king", "plum"]) == "plum"
    score = evaluate_analogies(royal, {"family": [("man", "king", "woman", "queen")]})
    assert [(s.title, s.correct, s.seen, s.asked) for s in score] == [("family", 1, 1, 1), ("total", 1, 1, 1)]


def test_vectors_can_be_asked_as_numbers(vectors):
    found = vectors.most_similar(vectors["king"])
    assert found[0] == ("king", pytest.approx(1, abs=1e-6))
    with pytest.raises(ValueError, match=r"a vector \(5,\) = \(D,\), got an array \(3,\)"):
        vectors.most_similar(np.ones(3))


def test_restricting_the_vocabulary(vectors):
    found = vectors.most_similar("plum", restrict_vocab=3)
    assert {w for w, _ in found} == {"king", "queen", "man"}
    assert len(vectors.most_similar("king", restrict_vocab=3)) == 2


def test_unknown_words_are_answered_with_similar_ones(vectors):
    with pytest.raises(KeyError, match="no vector for 'prinse'; similar: prince"):
        vectors["prinse"]
    with pytest.raises(KeyError, match="only words of the training text"):
        vectors.most_similar("xyzzy")
    assert "king" in vectors
    assert "prinse" not in vectors
    assert vectors[["king", "man"]].shape == (2, 5)


def test_bad_arguments_are_refused(vectors):
    with pytest.raises(ValueError, match="at least one word"):
        vectors.most_similar()
    with pytest.raises(ValueError, match="at least 3 words"):
        vectors.doesnt_match(["king", "man"])
    with pytest.raises(ValueError, match="'a' occurs twice"):
        WordVectors(["a", "b", "a"], np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"matrix \(3, 2\) = \(V, D\)"):
        WordVectors(["a", "b"], np.ones((3, 2)))


def test_a_zero_vector_is_similar_to_nothing():
    vectors = WordVectors(["a", "b", "c"], [[0, 0], [1, 0], [1, 1]])
    assert vectors.similarity("a", "b") == 0
    assert vectors.most_similar("b")[0][0] == "c"


def accuracy_by_hand(vectors, questions, limit):
    """compute-accuracy, question by question."""
    unit = vectors.unit[:limit]
    upper = [w.upper() for w in vectors.words[:limit]]
    correct = seen = 0
    for question in questions:
        if any(w.upper() not in upper for w in question):
            continue
        seen += 1
        a, b, c, d = (upper.index(w.upper()) for w in question)
        best, answer = 0, None
        for i in range(len(unit)):
            if i not in (a, b, c) and (score := (unit[b] - unit[a] + unit[c]) @ unit[i]) > best:
                best, answer = score, i
        correct += answer == d
    return correct, seen


def test_accuracy_is_counted_as_the_c_tool_counts(rng):
    words = [f"w{i}" for i in range(40)] + ["W3"]
    vectors = WordVectors(words, rng.normal(size=(41, 4)))
    questions = [tuple(rng.choice([*words, "gone"], 4)) for _ in range(3000)]
    *_, total = evaluate_analogies(vectors, {"x": questions}, 30)
    assert (total.correct, total.seen) == accuracy_by_hand(vectors, questions, 30)
    assert total.asked == 3000
    assert 0 < total.correct < total.seen


def test_questions_file(tmp_path):
    path = tmp_path / "questions.txt"
    path.write_text(": capitals\nAthens Greece Rome Italy\n\n: family\nboy girl son daughter\n")
    assert read_questions(path) == [
        ("capitals", [("Athens", "Greece", "Rome", "Italy")]),
        ("family", [("boy", "girl", "son", "daughter")]),
    ]
    with pytest.raises(ValueError, match="line 2: expected ': title' or 4 words, came 'a b c'"):
        parse_questions([": x", "a b c"])
    *_, total = evaluate_analogies(WordVectors(["a", "b"], np.eye(2)), read_questions(path))
    assert total.seen == 0
    assert np.isnan(total.accuracy)
    with pytest.raises(ValueError, match="expected questions of four words each, came none"):
        evaluate_analogies(WordVectors(["a", "b"], np.eye(2)), {"empty": []})


def test_sections_of_one_title_or_without_a_question_stay_apart(royal):
    lines = [": family", "man king woman queen", ": empty", ": family", "woman queen man king"]
    scores = evaluate_analogies(royal, parse_questions(lines))
    assert [(score.title, score.asked) for score in scores] == [
        ("family", 1), ("empty", 0), ("family", 1), ("total", 2)
    ]  # fmt: skip


def test_pca_finds_the_plane(rng):
    """Points of a plane in 20 dimensions keep their distances; shares are those of the variance."""
    plane = np.linalg.qr(rng.normal(size=(20, 2)))[0]
    points = rng.normal(size=(30, 2)) * (5, 1)
    coordinates, share = pca(points @ plane.T + rng.normal(size=20))

    def distances(x):
        return np.linalg.norm(x[:, None] - x[None], axis=-1)

    np.testing.assert_allclose(distances(coordinates), distances(points), atol=1e-9)
    np.testing.assert_allclose(share, coordinates.var(0) / points.var(0).sum())
    assert share[0] > share[1]
    assert share.sum() == pytest.approx(1)
    with pytest.raises(ValueError, match="expected 1 to 3 components"):
        pca(np.ones((3, 5)), 4)


class TestWhatUsersOfGensimAsk:
    """Facts that follow from the definitions, on vectors of a plane."""

    ANGLES: ClassVar = {"east": 0, "near": 10, "north": 90, "west": 180, "south": 270}

    @pytest.fixture
    def compass(self):
        angles = np.deg2rad(list(self.ANGLES.values()))
        return WordVectors(self.ANGLES, 3 * np.stack([np.cos(angles), np.sin(angles)], 1))

    def test_all_cosines(self, compass):
        found = compass.most_similar("east", topn=None)
        np.testing.assert_allclose(found, np.cos(np.deg2rad(list(self.ANGLES.values()))), atol=1e-6)
        assert compass.most_similar_cosmul("east", topn=None).shape == (5,)

    def test_a_weight_turns_the_sum(self, compass):
        (word, cosine), *_ = compass.most_similar([("east", 3.0), ("north", 1.0)], topn=1)
        assert word == "near"
        assert cosine == pytest.approx(np.cos(np.arctan(1 / 3) - np.deg2rad(10)), abs=1e-6)
        assert compass.most_similar([("east", 1.0), "north"]) == compass.most_similar(["east", "north"])
        with pytest.raises(ValueError, match=r"expected \(word, weight\) with a finite number"):
            compass.most_similar([("east", float("nan"))])
        with pytest.raises(ValueError, match="restrict_vocab: expected a number of words from 1 on, got 0"):
            compass.most_similar("east", restrict_vocab=0)

    def test_distances(self, compass):
        assert compass.distance("east", "west") == pytest.approx(2)
        np.testing.assert_allclose(compass.distances("east", ["north", "west"]), [1, 2], atol=1e-6)
        np.testing.assert_allclose(compass.distances("east"), 1 - compass.most_similar("east", topn=None))
        assert compass.n_similarity(["east", "north"], ["near"]) == pytest.approx(np.cos(np.deg2rad(35)))
        with pytest.raises(ValueError, match="expected two lists of words"):
            compass.n_similarity("east", ["west"])

    def test_closer_than_agrees_with_rank(self, compass):
        assert compass.closer_than("east", "west") == ["near", "north", "south"]
        assert compass.rank("east", "west") == 4
        assert compass.closer_than("east", "near") == []

    def test_add_vectors(self, compass):
        before = compass.unit
        compass.add_vectors(["up", "east"], [[0, 2], [1, 1]])
        assert compass.words[-1] == "up"
        assert compass.most_similar("up", topn=1)[0][0] == "north"
        np.testing.assert_array_equal(compass["east"], [3, 0])
        assert len(compass.unit) == len(before) + 1
        compass.add_vectors("east", [0, -1], replace=True)
        assert compass.similarity("east", "south") == pytest.approx(1)
        with pytest.raises(ValueError, match=r"expected vectors \(1, 2\) = \(words, D\), came \(1, 3\)"):
            compass.add_vectors("up", [1, 2, 3])

    def test_neighbours_of_words_outside_the_restriction(self, compass):
        rows, _ = compass.neighbours(["south"], topn=3, restrict_vocab=3)
        assert sorted(rows[0].tolist()) == [0, 1, 2]
        with pytest.raises(ValueError, match="expected n from 1 to 2"):
            compass.neighbours(["east"], topn=3, restrict_vocab=3)
