"""A support vector machine on questions, with features made by hand: SVM_S of the table, a light version.

What it reproduces: a linear machine on one to three words in a row, the question word, the head word of what
is asked for, what kind of thing the head word is, and rules.  What it cannot: the original's parser (here the
head is found by a rule, `head_word`), its part-of-speech tagger and WordNet's hypernyms (here short lists of
words, `KINDS`), and its 60 rules (here the 17 of `RULES`).  The lists and rules are this library's own.

Source: Silva, Coheur, Mendes & Wichert, "From symbolic to sub-symbolic information in question
classification" (Artificial Intelligence Review 2011).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...features.bag_of_words import BagOfWords
from .svm import LinearSVM

WH = "what which who whom whose where when why how name"
BE = "is are was were 's 're be do does did can could will would should has have had"
PASSED = "the a an its his her their your our my this that these those some any one two most first"
# A run of words ends at these: prepositions, conjunctions, marks
ENDS = (
    "of in on at by for to from with and or but as than that who which whose when where into about "
    "after before during between under over per through , ? ( ) ` `` '' ' : ; . --"
)
LIKE = "kind kinds type types sort form name names nickname term word part member number variety"
KINDS = {  # of a head word: what the answer is
    "person": "man woman person people actor actress president king queen author writer singer leader player "
    "inventor hero character star boy girl scientist artist poet director composer wife husband son daughter "
    "mother father senator astronaut explorer general minister god goddess detective comedian",
    "group": "company team band group organization university college school agency party club tribe firm "
    "airline industry corporation family newspaper orchestra army",
    "place": "country city state capital island river continent ocean lake mountain town place county region "
    "street planet sea nation province address birthplace desert park location peninsula border bay "
    "volcano hemisphere museum airport stadium building square highway countries states cities",
    "number": "population percentage percent number amount length height width weight distance speed rate "
    "temperature cost price salary size age score odds average depth area frequency zip",
    "date": "year date day month century birthday time decade season era",
    "animal": "animal bird dog cat fish horse insect breed mammal animals snake bear creature",
    "food": "food drink fruit beer wine vegetable dish candy cereal dessert beverage cocktail nuts",
    "illness": "disease virus drug illness treatment cure medicine cancer disorder syndrome vitamin",
    "work": "book novel movie film song play show magazine poem album opera musical painting series comic "
    "cartoon program tale story",
    "thing": "color colors language religion sport game instrument currency letter symbol metal plant flower "
    "car ship war event battle product substance element chemical machine tree stone award prize",
    "meaning": "definition meaning difference purpose origin reason cause effect function history",
}
RULES = {  # the answer that a pattern points to
    "abbreviation": r"\b(abbreviation|acronym|initials)\b|\bstands? for\b|^what (is|are|does) ([a-z]\. ?)+",
    "expansion": r"^what does .{1,30} (stand for|abbreviate)|full form of",
    "count": r"^how (many|much)\b|\bwhat number of\b|\bpopulation\b",
    "measure": r"^how (long|far|tall|high|old|big|fast|hot|cold|deep|wide|large|heavy|late|often|close)\b",
    "date": r"^when\b|\b(in )?what (year|month|day|date|century|decade)\b|^what time\b|\bbirthday\b",
    "manner": r"^how (do|does|did|can|could|would|should|to|is|are|was|were|come)\b",
    "reason": r"^why\b|\bwhat (causes?|makes)\b|for what reason",
    "person": r"^(who|whom|whose)\b|^name (the|a|an) (man|woman|actor|actress)\b",
    "who is name": r"^who (is|was|were|are) [a-z]+ ?[a-z]* \?",
    "place": r"^where\b|^(in |on |from )?what (country|city|state|continent|island|town|county)\b",
    "definition": r"^what (is|are|was|were|'s) (an? )?[a-z-]+( [a-z-]+)? \?",
    "difference": r"what (is|are|'s) the (difference|origin|meaning|definition|purpose)",
    "description": r"^what does .* (do|mean|look like)\b|\bdefine\b",
    "called": r"\bwhat (is|was|are|were) .* (called|named|known as)\b",
    "another name": r"what (is|'s) (another|the) (name|word|term)\b",
    "come from": r"^where (do|does|did) .* (come from|originate|get)",
    "money": r"\b(cost|price|salary|worth|pay|earn|charge)s?\b",
}
_RULES = {name: re.compile(pattern) for name, pattern in RULES.items()}
_KIND = {word: kind for kind, words in KINDS.items() for word in words.split()}
_WH, _BE, _PASSED, _ENDS, _LIKE = (frozenset(words.split()) for words in (WH, BE, PASSED, ENDS, LIKE))


def question_word(words: Sequence[str]) -> str:
    """Return the first question word; with the next word after "how"; "rest" if there is none.

    >>> question_word("How many cats are there ?".lower().split())
    'how many'
    """
    place = next((i for i, word in enumerate(words) if word in _WH), None)
    if place is None:
        return "rest"
    return " ".join(words[place : place + 2]) if words[place] == "how" else words[place]


def head_word(words: Sequence[str]) -> str:
    """Return the last word of the first run behind the question word and be, do, the; or "".

    A word of `KINDS` in the run comes first.

    >>> head_word("what is the largest city in germany ?".split())
    'city'
    >>> head_word("what kind of dog was rin tin tin ?".split())
    'dog'
    """
    start = next((i + 1 for i, word in enumerate(words) if word in _WH), 0)
    while start < len(words) and words[start] in _BE | _PASSED:
        start += 1
    end = start
    while end < len(words) and words[end] not in _ENDS and words[end] not in _BE:
        end += 1
    run = [word for word in words[start:end] if not word.endswith(("ed", "ly"))]
    if run and run[-1] in _LIKE and words[end : end + 1] == ["of"]:
        return head_word(["what", "the", *words[end + 1 :]])
    return next((word for word in run if word in _KIND), run[-1] if run else "")


def question_features(words: Sequence[str], ngram: int = 3) -> list[str]:
    """Return what a question has: runs of words, and the features that are made by hand.

    >>> question_features("What city is it ?".split(), 1)[5:9]
    ['ask=what', 'head=city', 'kind=place', 'what head=city']
    """
    lower = [word.lower() for word in words]
    marked = ["<s>", *lower, "</s>"]
    found = list(lower)
    for n in range(2, ngram + 1):
        found += [" ".join(marked[i : i + n]) for i in range(len(marked) - n + 1)]
    ask, head = question_word(lower), head_word(lower)
    kind = _KIND.get(head, "other")
    found += [f"ask={ask}", f"head={head}", f"kind={kind}", f"{ask} head={head}", f"{ask} kind={kind}"]
    text = " ".join(lower)
    found += [f"rule={name}" for name, pattern in _RULES.items() if pattern.search(text)]
    found += [f"has {kind}" for kind in sorted({_KIND[word] for word in lower if word in _KIND})]
    if any(len(word) > 1 and word.isupper() for word in words[1:]):
        found.append("capitals")
    return [*found, f"length={min(len(words), 8)}"]


@dataclass(frozen=True)
class QuestionSystem:
    """`LinearSVM` on `question_features`; for any set, made for questions.

    Attributes
    ----------
    ngram : int
    tune : bool
        Choose C on dev.
    """

    ngram: int = 2
    tune: bool = False
    reads_words: bool = True

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Return the settings that `protocol.judge` chooses from."""
        costs = ({"C": 0.3}, {"C": 0.03}, {"C": 0.1}, {"C": 1.0})
        return costs if self.tune else costs[:1]

    def predict(
        self, setting: Mapping[str, Any], train: Sequence[Any], y: np.ndarray, texts: Sequence[Any]
    ) -> np.ndarray:
        """Learn from questions and return the classes of others."""
        rows, more = ([question_features(words, self.ngram) for words in each] for each in (train, texts))
        bag = BagOfWords(binary=True, tokenise=list)
        return LinearSVM(**setting).fit(bag.fit_transform(rows), y).predict(bag.transform(more))
