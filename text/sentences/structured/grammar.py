"""A grammar of sentiment, mined from trees with a label on every phrase.

Symbols E, N, P: a phrase without polarity, a negative one, a positive one.

    X -> w1 .. wn        dictionary rule: a phrase that occurs, and how often with which label
    X -> "not" Y         combination rule: words beside a phrase with a polarity; X and Y of N and P
    X -> Y Z             glue rule: two phrases, among them E -> E E, X -> E X and X -> X E

The score of a rule begins as the logarithm of its smoothed relative frequency.

Source: Dong, Wei, Liu, Zhou & Xu, "A statistical parsing framework for sentiment classification"
(Computational Linguistics 2015).  Theirs is mined from large collections of rated reviews, by the polarity
of the sentences that have a phrase; here from the labels of the phrases of the Stanford Sentiment Treebank.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .trees import Tree

SYMBOLS = ("E", "N", "P")
LONGEST, CONTEXT = 4, 3  # words of a dictionary rule, and beside the hole of a combination rule
PRIOR = np.array([0.76, 0.12, 0.12])  # of a word that is seen once or never
NO = -1e4  # the score of what is no rule


@dataclass
class Combination:
    """What was seen of words beside a phrase with a polarity.

    Attributes
    ----------
    counts : (2, 2), of (N, P) within to (N, P) of the whole
    stronger : how much farther from neutral the whole is than what is within, where their sign is the same
    """

    counts: np.ndarray
    stronger: float = 0.0

    @property
    def reverses(self) -> float:
        """The share of phrases whose polarity is reversed."""
        return float(self.counts[0, 1] + self.counts[1, 0]) / float(self.counts.sum())


class Grammar:
    """Rules and where their scores stand.

    Attributes
    ----------
    dictionary : {phrase: row of the dictionary's scores}; row 0 is no rule, row 1 an unknown word
    combinations : {"not _" or "_ enough": row}; row 0 is no rule
    seen : list of Combination, of each row from 1 on
    """

    def __init__(self, trees: Sequence[Tree], min_count: int = 2) -> None:
        phrases: dict[str, Counter[int]] = defaultdict(Counter)
        beside: dict[str, list[tuple[int, int]]] = defaultdict(list)
        glue = np.ones((3, 3, 3))
        for tree in trees:
            spans, symbols = tree.spans.tolist(), symbol_of(tree.labels)
            for (start, end), symbol in zip(spans, symbols.tolist(), strict=True):
                if end - start <= LONGEST:
                    phrases[" ".join(tree.words[start:end])][symbol] += 1
            for node, pair in enumerate(tree.children.tolist(), len(tree.words)):
                glue[symbols[pair[0]], symbols[pair[1]], symbols[node]] += 1
                for side in (0, 1):
                    start, end = spans[pair[side]]
                    if end - start <= CONTEXT and symbols[node] and symbols[pair[1 - side]]:
                        name = pattern(tree.words[start:end], side)
                        beside[name].append((int(tree.labels[pair[1 - side]]), int(tree.labels[node])))
        kept = {p: c for p, c in phrases.items() if " " not in p or c.total() >= min_count}
        self.dictionary = {phrase: row for row, phrase in enumerate(sorted(kept), 2)}
        counts = np.array([[kept[p][x] for x in range(3)] for p in self.dictionary], float).reshape(-1, 3)
        shares = (counts + PRIOR) / (counts.sum(1, keepdims=True) + 1)
        self.dictionary_scores = np.log(np.concatenate([np.full((1, 3), np.exp(-50)), PRIOR[None], shares]))
        self.dictionary_scores[0] = NO
        self.seen = [_combination(beside[name]) for name in sorted(beside) if len(beside[name]) > min_count]
        names = sorted(name for name in beside if len(beside[name]) > min_count)
        self.combinations = {name: row for row, name in enumerate(names, 1)}
        shares = np.array([each.counts + 0.5 + np.eye(2) / 2 for each in self.seen]).reshape(-1, 2, 2)
        shares = np.log(shares / shares.sum(2, keepdims=True))
        self.combination_scores = np.concatenate([np.full((1, 2, 2), NO), shares])
        self.glue_scores = np.where(_allowed(), np.log(glue / glue.sum(2, keepdims=True)), NO)

    def rows(self, words: Sequence[str]) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        """Return the rules that a sentence may use, by the place where their words begin.

        Returns
        -------
        phrases : of n = 1 .. 4 words, int (T - n + 1,) each
        before, behind : of n = 1 .. 3 words before or behind the hole, int (T - n + 1,) each
        """
        runs = [[words[i : i + n] for i in range(len(words) - n + 1)] for n in range(1, LONGEST + 1)]
        phrases = [np.array([self.dictionary.get(" ".join(run), 0) for run in each], int) for each in runs]
        phrases[0] = np.where(phrases[0] == 0, 1, phrases[0])
        before, behind = (
            [np.array([self.combinations.get(pattern(r, side), 0) for r in n], int) for n in runs[:CONTEXT]]
            for side in (0, 1)
        )  # fmt: skip
        return phrases, before, behind


def pattern(words: Sequence[str], side: int) -> str:
    """Return the name of a combination rule; side 0 is before the hole.

    >>> pattern(["not"], 0), pattern(["at", "all"], 1)
    ('not _', '_ at all')
    """
    return " ".join(["_", *words] if side else [*words, "_"])


def symbol_of(labels: np.ndarray) -> np.ndarray:
    """Return numbers of `SYMBOLS` of labels 0 .. 4: N for 0 and 1, E for 2, P for 3 and 4."""
    return np.array([1, 1, 0, 2, 2])[labels]


def _combination(pairs: list[tuple[int, int]]) -> Combination:
    counts = np.zeros((2, 2))
    farther = []
    for within, whole in pairs:
        counts[int(within > 2), int(whole > 2)] += 1
        if (within > 2) == (whole > 2):
            farther.append(abs(whole - 2) - abs(within - 2))
    return Combination(counts, float(np.mean(farther)) if farther else 0.0)


def _allowed() -> np.ndarray:
    """Which glue rules there are, by left, right and result: a polarity comes from a part that has it."""
    return np.array(
        [[[c in (a, b) and (c > 0 or a == b) for c in range(3)] for b in range(3)] for a in range(3)]
    )
