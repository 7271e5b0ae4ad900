"""A small treebank, made by a grammar in which words turn and strengthen others; every phrase has its class.

    sentence -> "the" noun ("is" judgement)  |  sentence ("but" sentence): the second part decides
    judgement -> adjective  |  "very" adjective: farther from neutral  |  "not" judgement: turned, and weaker

Classes are 0 to 4, very negative to very positive, as in the Stanford Sentiment Treebank.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..text.corpus.parse_trees import ParseTree, parse_tree

NOUNS = tuple(["film", "plot", "cast", "story", "music", "ending", "dialogue", "camera"])
ADJECTIVES = {
    0: tuple(["awful", "dreadful", "unbearable"]),
    1: tuple(["dull", "slow", "silly", "flat", "stale", "bland"]),
    2: tuple(["long", "short", "old", "recent"]),
    3: tuple(["warm", "funny", "clever", "fresh", "lively", "witty"]),
    4: tuple(["superb", "brilliant", "wonderful"]),
}
CLASS = {word: class_ for class_, words in ADJECTIVES.items() for word in words}
VERY = {0: 0, 1: 0, 2: 2, 3: 4, 4: 4}
NOT = {0: 2, 1: 3, 2: 2, 3: 1, 4: 1}
BUT = 0.25  # share of sentences of two parts


def phrase(words: Sequence[str]) -> tuple[str, int]:
    """Return a judgement as a tree in brackets, and its class.

    >>> phrase(["not", "very", "warm"])
    ('(1 (2 not) (4 (2 very) (3 warm)))', 1)
    """
    first, *rest = words
    if not rest:
        return f"({CLASS[first]} {first})", CLASS[first]
    inner, class_ = phrase(rest)
    class_ = (NOT if first == "not" else VERY)[class_]
    return f"({class_} (2 {first}) {inner})", class_


def clause(noun: str, words: Sequence[str]) -> tuple[str, int]:
    """Return "the NOUN is WORDS" as a tree in brackets, and its class."""
    inner, class_ = phrase(words)
    return f"({class_} (2 (2 the) (2 {noun})) ({class_} (2 is) {inner}))", class_


def toy_treebank(count: int, seed: int, not_negated: Sequence[str] = ()) -> list[ParseTree]:
    """Return random sentences; adjectives in ``not_negated`` do not stand below a "not"."""
    rng, trees = np.random.default_rng(seed), []
    for _ in range(count):
        parts = [_clause(rng, not_negated) for _ in range(1 + (rng.random() < BUT))]
        text, class_ = parts[-1]
        if len(parts) == 2:
            text = f"({class_} {parts[0][0]} ({class_} (2 but) {text}))"
        trees.append(parse_tree(text))
    return trees


def _clause(rng: np.random.Generator, not_negated: Sequence[str]) -> tuple[str, int]:
    class_ = int(rng.choice(5, p=(0.12, 0.28, 0.2, 0.28, 0.12)))
    adjective = str(rng.choice(ADJECTIVES[class_]))
    before = [[], ["very"], ["not"], ["not", "very"]][rng.choice(4, p=(0.4, 0.2, 0.25, 0.15))]
    if adjective in not_negated:
        before = [word for word in before if word != "not"]
    return clause(str(rng.choice(NOUNS)), [*before, adjective])
