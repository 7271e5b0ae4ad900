"""Questions to word vectors have the answers that a few lines of plain NumPy give."""

from __future__ import annotations

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
    assert list(read_questions(path).items()) == [
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
