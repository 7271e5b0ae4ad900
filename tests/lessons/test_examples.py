"""The examples that the page shows are those of the objective, and its shares those of the tables."""

from __future__ import annotations

import re

from cutaway.lessons.examples import examples, training_pairs
from cutaway.lessons.page import Section
from cutaway.lessons.reading import Reading
from cutaway.lessons.word_lists import DOCS
from cutaway.text import Word2Vec, encode


def test_pairs_of_a_short_text():
    assert training_pairs(["a", "b", "c", "d"], 2) == [
        ("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("b", "d"),
        ("c", "a"), ("c", "b"), ("c", "d"), ("d", "b"), ("d", "c"),
    ]  # fmt: skip
    assert training_pairs(["a"], 5) == []


def test_rare_words_are_noise_more_often_than_they_occur():
    lines = ["the cosine of the angle", "the the the the the column", "the red the string"] * 50
    vocabulary, tokens = encode(lines, 1)
    model = Word2Vec(dim=4, epochs=1, min_count=1, sample=0.05).fit_tokens(vocabulary, tokens, progress=False)
    section = Section("s", "s")
    examples(section, Reading("lines", vocabulary, tokens, model, DOCS))
    (table,) = (block for block in section.blocks if "<table>" in block)
    rows = {
        cells[0]: cells[1:]
        for cells in (re.findall(r"<td[^>]*>(?:<em>)?([^<]*)", row) for row in table.split("<tr>")[2:])
    }
    share = {word: tuple(float(cell.rstrip("%")) for cell in cells[1:]) for word, cells in rows.items()}
    occurs, read, noise = share["the"]
    assert noise < occurs
    assert read < 100
    occurs, read, noise = share["cosine"]
    assert noise > occurs
    assert read == 100
