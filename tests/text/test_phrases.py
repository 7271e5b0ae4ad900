"""Phrases are joined as word2phrase joins them; vocabularies survive a file."""

from __future__ import annotations

import pytest
from cutaway.text import Phrases, Vocabulary

LINES = ["new york times", "new york", "the new car", "york the the", "times the"] * 10


def test_score_is_the_formula():
    phrases = Phrases(min_count=5, threshold=1).fit(LINES)
    assert phrases.total == 130
    assert phrases.score("new", "york") == pytest.approx((20 - 5) / 30 / 30 * 130)
    assert phrases.score("york", "new") == 0, "never seen"
    assert Phrases(min_count=11).fit(LINES).score("york", "times") == 0, "too rare"


def test_a_word_joins_one_phrase_only():
    phrases = Phrases(min_count=1, threshold=1).fit(LINES)
    assert phrases.score("york", "times") > 1
    assert next(phrases.transform(LINES)) == ["new_york", "times"]
    again = list(phrases.transform(LINES))
    second = Phrases(min_count=1, threshold=1).fit(again)
    assert next(second.transform(again)) == ["new_york_times"]


def test_nothing_is_lost_or_reordered():
    phrases = Phrases(min_count=1, threshold=0.5).fit(LINES)
    assert [" ".join(words).replace("_", " ") for words in phrases.transform(LINES)] == LINES


def test_found_lists_the_best_first():
    found = Phrases(min_count=1, threshold=1, delimiter="+").fit(LINES).found()
    assert "new+york" in found
    assert list(found.values()) == sorted(found.values(), reverse=True)
    with pytest.raises(ValueError, match="min_count is at least 1"):
        Phrases(min_count=0)


def test_vocabulary_file(tmp_path):
    path = tmp_path / "vocab"
    Vocabulary(["</s>", "b", "a b", "c"], [3, 9, 7, 2]).save(path)
    assert path.read_text() == "</s> 3\nb 9\na b 7\nc 2\n"
    back = Vocabulary.load(path, min_count=5)
    assert (back.words, back.counts.tolist()) == (["</s>", "b", "a b"], [3, 9, 7])
    path.write_text("c 2\nb 9\n")
    assert Vocabulary.load(path).words == ["</s>", "b", "c"]
    path.write_text("b 9\nc two\n")
    with pytest.raises(ValueError, match=r"vocab: line 2: expected 'word count', came 'c two'"):
        Vocabulary.load(path)


def test_extended_vocabulary_keeps_its_rows():
    old, new = Vocabulary(["</s>", "a", "b"], [2, 5, 4]), Vocabulary(["</s>", "c", "a"], [1, 9, 3])
    both = old.extended(new)
    assert (both.words, both.counts.tolist()) == (["</s>", "a", "b", "c"], [3, 8, 4, 9])
    assert old.counts.tolist() == [2, 5, 4]
