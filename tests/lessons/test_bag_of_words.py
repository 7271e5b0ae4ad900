"""The pages about bags of words, gaps and parts of words say what is so."""

from __future__ import annotations

import re

import numpy as np
import pytest
from cutaway.lessons.bag_of_words import ORDER, SENTENCES, bag_of_words, cosine, found
from cutaway.lessons.reading import Reading
from cutaway.lessons.subwords import subwords
from cutaway.lessons.word_lists import DOCS, WIKI
from cutaway.text import BagOfWords, Word2Vec, encode
from cutaway.text.corpus.stem import stems
from cutaway.text.corpus.tokenise import letters

DICTIONARY = ["at", "bat", "can", "door", "echolocation", "elephant", "of", "open", "potato", "see", "she"]
DICTIONARY += ["sight", "sneeze", "studio", "the", "to", "via", "wonder"]
LINES = [text for pair in DOCS.alike for text in (" ".join(pair), " ".join(pair[::-1]))] * 40


@pytest.fixture(scope="module")
def reading():
    vocabulary, tokens = encode(LINES, 1)
    model = Word2Vec(dim=20, epochs=8, min_count=1, sample=0, alpha=0.05)
    return Reading(
        "a small text", vocabulary, tokens, model.fit_tokens(vocabulary, tokens, progress=False), DOCS
    )


def test_the_lectures_picture():
    bag = BagOfWords(tokenise=stems)
    rows = bag.fit_transform(SENTENCES).toarray()
    assert bag.features == DICTIONARY
    assert rows[1].tolist() == [0, 2, 1, 0, 1, 0, 0, 0, 0, 2, 0, 1, 1, 0, 1, 0, 1, 0]
    there = BagOfWords(tokenise=stems, binary=True).fit_transform(SENTENCES).toarray()
    assert np.array_equal(there, rows > 0)


def test_paraphrases_are_strangers_to_bags_and_found_by_vectors(reading):
    section = bag_of_words(reading)
    (fact,) = section.facts.values()
    bags, vectors = map(int, re.findall(r"\d+", fact)[:2])
    assert bags == 0
    assert vectors >= 6  # of 8; by chance one


@pytest.mark.parametrize("alike", [DOCS.alike, WIKI.alike])
def test_paraphrases_have_no_word_in_common(alike):
    for pair in alike:
        one, other = BagOfWords().fit_transform(pair).toarray()
        assert cosine(one, other) == 0


def test_the_order_of_words_is_lost_and_regained_by_pairs():
    words, pairs = (cosine(*BagOfWords(ngram=n).fit_transform(ORDER).toarray()) for n in (1, 2))
    assert words == pytest.approx(1)
    assert pairs < 0.95


def test_ties_are_not_found():
    assert found(np.zeros((3, 3))) == 0
    assert found(np.eye(3)) == 3


def test_the_lectures_example_and_typos_are_on_the_page(reading):
    page = "".join(subwords(reading, show=False).blocks)
    for piece in ("<руслан>", "<ру", "рус", "усл", "сла", "лан", "ан>"):
        assert piece.replace("<", "&lt;").replace(">", "&gt;") in page
    assert page.count("no vector") > 3


def test_lists_are_of_words_that_the_tokeniser_leaves_whole():
    for asked in (DOCS, WIKI):
        words = [*asked.probes, *(word for group in asked.groups.values() for word in group), *asked.unseen]
        words += [
            word
            for rows in (asked.analogies, asked.sums, asked.pairs, asked.typos)
            for row in rows
            for word in row
        ]
        assert all(letters(word) == [word] for word in words)
        assert all(len(row) == 4 for row in asked.analogies)
        assert all(
            len(row) == 2 for rows in (asked.sums, asked.pairs, asked.typos, asked.alike) for row in rows
        )
        assert all(sentence.split().count("___") == 1 for sentence in asked.gaps)
