"""The text that the stories share: read from a file, its questions beside it, parts of it whole."""

from __future__ import annotations

import gzip

import numpy as np
from cutaway.lessons.reading import keep_back, read
from cutaway.lessons.word_lists import WIKI


def test_a_text_file_and_the_questions_beside_its_folder(tmp_path):
    (tmp_path / "corpus_en").mkdir()
    (tmp_path / "eval" / "en").mkdir(parents=True)
    file = tmp_path / "corpus_en" / "small.txt"
    file.write_text("The river runs.\nA king, a queen and a river!\n" * 10)
    assert read(file, show=False).questions == []
    with gzip.open(tmp_path / "eval" / "en" / "questions-words.txt.gz", "wt") as questions:
        questions.write(": family\nking queen man woman\n")
    reading = read(file, show=False)
    assert reading.questions == [("family", [("king", "queen", "man", "woman")])]
    assert reading.asked is WIKI
    assert reading.name == "small.txt"
    assert "river" in reading.vectors
    assert reading.paragraphs(4, 5) == [["a", "king", "a", "queen", "and", "a", "river"]] * 4
    assert len(reading.part()) == len(reading.tokens)


def test_sentences_kept_back_are_whole_and_the_rest_is_all_else():
    tokens = np.array([1, 2, 0] * 40, np.int32)
    some, back = keep_back(tokens)
    assert back.tolist() == [1, 2, 0] * 2
    assert len(some) + len(back) == len(tokens)
