"""Features of questions: question word, head word, kinds, rules."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text.sentences.linear.svm_s import (
    KINDS,
    RULES,
    QuestionSystem,
    head_word,
    question_features,
    question_word,
)


@pytest.mark.parametrize(
    ("question", "ask", "head"),
    [
        ("What is the capital of Italy ?", "what", "capital"),
        ("What company 's logo is a W ?", "what", "company"),
        ("What kind of an animal is it ?", "what", "animal"),
        ("What actor first portrayed James Bond ?", "what", "actor"),
        ("In what year did it end ?", "what", "year"),
        ("Who ?", "who", ""),
        ("", "rest", ""),
        ("what kind of", "what", ""),
    ],
)
def test_question_word_and_head_word(question, ask, head):
    words = question.lower().split()
    assert (question_word(words), head_word(words)) == (ask, head)


def test_how_many_is_one_question_word():
    assert question_word(["how", "many", "inches", "are", "in", "a", "foot", "?"]) == "how many"


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("What does NASA stand for ?", "expansion"),
        ("What is the acronym for it ?", "abbreviation"),
        ("How many are there ?", "count"),
        ("How far is it ?", "measure"),
        ("What year was it ?", "date"),
        ("How do you do it ?", "manner"),
        ("Why is it so ?", "reason"),
        ("Where is it ?", "place"),
        ("What is an atom ?", "definition"),
    ],
)
def test_rules_find_what_they_are_for(question, rule):
    assert f"rule={rule}" in question_features(question.split())
    assert rule in RULES


def test_a_word_is_of_one_kind():
    words = [word for kind in KINDS.values() for word in set(kind.split())]
    assert {w for w in words if words.count(w) > 1} <= {"star", "party", "family", "play", "score"}


def test_features_made_by_hand_answer_what_words_cannot():
    """Head words that training did not see, of a kind that it saw."""
    train = [f"What {word} is it ?".split() for word in ("city", "island", "actor", "king")] * 5
    test = [f"What {word} was that ?".split() for word in ("country", "lake", "poet", "singer")]
    found = QuestionSystem().predict({"C": 1.0}, train, np.array([0, 0, 1, 1] * 5), test)
    assert found.tolist() == [0, 0, 1, 1]
