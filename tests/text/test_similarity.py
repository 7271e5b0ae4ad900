"""Correlation with people's scores, and neighbours by products of cosines: against SciPy and plain NumPy."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from cutaway.text import WordVectors, evaluate_similarity, parse_pairs, read_pairs
from cutaway.text.vectors.similarity import correlation
from scipy import stats


@pytest.fixture
def vectors(rng):
    return WordVectors([f"w{i}" for i in range(30)], rng.normal(size=(30, 6)))


def test_correlations_are_scipys(vectors, rng):
    pairs = [(f"w{i}", f"w{j}", float(rng.integers(0, 5))) for i, j in rng.integers(0, 30, (60, 2))]
    found = evaluate_similarity(vectors, [*pairs, ("w1", "unknown", 9.0)])
    cosines, scores = [vectors.similarity(a, b) for a, b, _ in pairs], [s for _, _, s in pairs]
    assert found.spearman == pytest.approx(stats.spearmanr(cosines, scores)[0])
    assert found.pearson == pytest.approx(stats.pearsonr(cosines, scores)[0])
    assert (found.seen, found.asked) == (60, 61)
    assert found.coverage == pytest.approx(60 / 61)
    assert "60 of 61 pairs seen" in str(found)


def test_words_are_found_in_lower_case_and_in_the_first_rows(vectors):
    pairs = [("W1", "w2", 1.0), ("w3", "W4", 2.0), ("w29", "w1", 3.0)]
    assert evaluate_similarity(vectors, pairs).seen == 3
    assert evaluate_similarity(vectors, pairs, restrict_vocab=10).seen == 2


def test_ties_share_their_rank(rng):
    words = [f"w{n}" for n in range(51)]
    vectors = WordVectors(words, np.c_[rng.integers(1, 4, 51), np.ones(51)])
    pairs = [
        ("w0", word, float(score)) for word, score in zip(words[1:], rng.integers(0, 4, 50), strict=True)
    ]
    cosines = [float(vectors.unit[0] @ vectors[word] / np.linalg.norm(vectors[word])) for _, word, _ in pairs]
    expected = stats.spearmanr(np.round(cosines, 6), [score for *_, score in pairs]).statistic
    assert evaluate_similarity(vectors, pairs).spearman == pytest.approx(expected, abs=1e-6)
    assert np.isnan(correlation(np.ones(3), np.arange(3)))
    assert np.isnan(evaluate_similarity(WordVectors(["a"], [[1.0]]), [("a", "b", 1.0)]).spearman)
    with pytest.raises(ValueError, match="expected pairs of words with a score, came none"):
        evaluate_similarity(vectors, [])


@pytest.mark.parametrize(
    "line", ["tiger\tcat\t7.35", "tiger,cat,7.35", "tiger cat 7.35", "tiger\tcat\t7.35\tmore"]
)
def test_files_with_any_separator(line, tmp_path):
    path = tmp_path / "pairs.csv.gz"
    path.write_bytes(gzip.compress(f"Word 1,Word 2,Human\n# comment\n\n{line}\n".encode()))
    assert read_pairs(path) == [("tiger", "cat", 7.35)]
    with pytest.raises(ValueError, match="line 2: expected 2 words and a score, came 'tiger cat'"):
        parse_pairs([line, "tiger cat"])


def test_cosmul_multiplies(vectors):
    unit = vectors.unit.astype(np.float64)
    a, b, c = (1 + unit @ unit[:3].T).T / 2
    score = b * c / (a + 1e-3)
    score[:3] = -1
    found = vectors.most_similar_cosmul(["w1", "w2"], ["w0"], topn=5)
    assert [word for word, _ in found] == [f"w{i}" for i in np.argsort(-score)[:5]]
    assert found[0][1] == pytest.approx(score.max(), rel=1e-5)
    assert {w for w, _ in vectors.most_similar_cosmul("w1", topn=99, restrict_vocab=5)} == {
        "w0",
        "w2",
        "w3",
        "w4",
    }
    with pytest.raises(ValueError, match="at least one positive"):
        vectors.most_similar_cosmul(negative="w1")
