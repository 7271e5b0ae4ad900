"""Phrases are joined as word2phrase joins them; vocabularies survive a file."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from cutaway.__main__ import main
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


def word2phrase(text, min_count, threshold):
    """The C tool's output, line by line after its source: one table of words and pairs, which is never told
    of line ends while it counts; a pair is joined within a line only.
    """
    table, last, total = Counter(), None, 0
    for word in text.replace("\n", " ").split():
        if word == "</s>":
            continue
        total += 1
        table[word] += 1
        if last is not None:
            table[f"{last}_{word}"] += 1
        last = word
    table = {word: count for word, count in table.items() if count >= min_count}
    lines, pa, pb, last, known = [], 0, 0, "", False
    for line in text.replace("</s>", "\n").split("\n"):
        joined, last = "", "</s>"
        for word in line.split():
            oov = not known or word not in table or f"{last}_{word}" not in table
            known, pb = word in table, table.get(word, pb)
            oov = oov or pa < min_count or pb < min_count
            score = 0 if oov else (table[f"{last}_{word}"] - min_count) / pa / pb * total
            joined += f"_{word}" if score > threshold else f" {word}"
            pb = 0 if score > threshold else pb
            pa, last = pb, word
        lines.append(joined.split())
    return lines


@pytest.mark.parametrize("words", ["abcd", ["a", "b", "a_b", "c", "b_c", "</s>"]])
def test_the_command_joins_what_the_c_tool_joins(tmp_path, words):
    rng, joined, otherwise = np.random.default_rng(5), 0, 0
    for _ in range(40):
        lines = [" ".join(rng.choice([*words], rng.integers(1, 5))) for _ in range(30)]
        (tmp_path / "text").write_text("\n".join(lines))
        given = {"train": tmp_path / "text", "output": tmp_path / "out", "min-count": 2, "threshold": 1.1}
        flags = [each for name, value in given.items() for each in (f"-{name}", str(value))]
        assert main(["word2phrase", *flags, "-debug", "0"]) == 0
        out = [line.split() for line in (tmp_path / "out").read_text().splitlines()]
        assert out == word2phrase("\n".join(lines), 2, 1.1)
        joined += sum(map(len, out)) < sum(len(line.split()) for line in lines)
        otherwise += out != [*Phrases(2, 1.1).fit(tmp_path / "text").transform(tmp_path / "text")]
    assert joined
    assert otherwise, "lines apart, other pairs are joined"


def test_pairs_across_lines_are_counted_but_not_joined():
    lines = ["x new", "york y"] * 10
    phrases = Phrases(min_count=1, threshold=1, across_lines=True).fit(lines)
    assert phrases.score("new", "york") == pytest.approx((10 - 1) / 10 / 10 * 40)
    assert phrases.fit([["x", "new"], [], ["york", "y"]]).pairs[("new", "york")] == 1
    assert not any("new_york" in words for words in phrases.fit(lines).transform(lines))
    assert Phrases(min_count=1, threshold=1).fit(lines).score("new", "york") == 0


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


def test_npmi_by_hand():
    """Of 12 words "new" is 3, "york" 3, together 2; "x y" only ever together: 1; by chance: 0."""
    lines = ["new york a", "new york b", "new x y", "york x y"]
    phrases = Phrases(min_count=1, threshold=0.5, scoring="npmi").fit(lines)
    assert phrases.total == 12
    assert phrases.score("new", "york") == pytest.approx(math.log(2 * 12 / 9) / -math.log(2 / 12))
    assert phrases.score("x", "y") == pytest.approx(1)
    assert phrases.score("york", "new") == -1, "never seen"
    assert list(phrases.transform(lines)) == [
        ["new_york", "a"],
        ["new_york", "b"],
        ["new", "x_y"],
        ["york", "x_y"],
    ]
    assert Phrases(min_count=1, scoring="npmi", threshold=0).fit(["a b"] * 3).score(
        "a", "b"
    ) == pytest.approx(1)
    for options in ({"scoring": "npmi"}, {"scoring": "pmi"}, {"connector_words": "of"}):
        with pytest.raises(
            ValueError, match=r"Phrases: (with scoring='npmi' the|expected scoring|connector_words is)"
        ):
            Phrases(**options)


def test_connectors_stand_inside_a_phrase():
    lines = ["the state of the art is new", "state of the art", "art of the state", "the art of it"] * 3
    phrases = Phrases(min_count=3, threshold=0.1, connector_words=["of", "the", "is"]).fit(lines)
    assert phrases.words.keys() == {"state", "art", "new", "it", "of", "the", "is"}
    assert phrases.pairs["state", "of", "the", "art"] == 6
    assert phrases.score("state", "of", "the", "art") == pytest.approx(3 / 9 / 12 * phrases.total)
    found = [" ".join(words) for words in phrases.transform(lines[:4])]
    assert found == ["the state_of_the_art is new", "state_of_the_art", "art of the state", "the art of it"]
