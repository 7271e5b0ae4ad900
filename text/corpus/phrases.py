"""Phrases: pairs of words that stand together more often than chance become one word (Mikolov et al. 2013b).

    score(a, b) = (count(a b) - min_count) / count(a) / count(b) * words in the text   (eq. 6, times the text)

"New York Times" needs two passes: the first makes "New_York Times", the second "New_York_Times".

Normalised pointwise mutual information (Bouma 2009) is a score from -1 to 1: 1 if the words only stand
together, 0 if as often as by chance:

    npmi(a, b) = ln(p(a b) / (p(a) p(b))) / -ln p(a b)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from .stream import Corpus
from .token import BLANKS, expect_word, expect_words


class Phrases:
    """Finds phrases in a corpus and joins them, as the C tool word2phrase does.

    Parameters
    ----------
    min_count : int
        Words and pairs seen less often are left alone; also the discount that keeps pairs of rare words out.
    threshold : float
        Pairs that score above it are joined; a higher one makes fewer phrases.
    delimiter : str
        Between the joined words.
    scoring : {"default", "npmi"}
        Which of the two; the threshold of "npmi" is from -1 to 1, and it has no discount.
    connector_words : collection of str
        Words that may stand inside a phrase, and neither begin nor end one: with "of" and "the" also "state
        of the art" is a pair, of "state" and "art".
    across_lines : bool
        Count as word2phrase does: the last word of a line and the first of the next are a pair, too (but are
        never joined), and "new_york" in the text counts as the pair of "new" and "york".

    Examples
    --------
    >>> lines = ["i love new york", "new york is big", "big new car", "i love york"]
    >>> phrases = Phrases(min_count=1, threshold=1.5).fit(lines)
    >>> [" ".join(words) for words in phrases.transform(lines)]
    ['i_love new_york', 'new_york is big', 'big new car', 'i_love york']
    """

    def __init__(
        self,
        min_count: int = 5,
        threshold: float = 100.0,
        delimiter: str = "_",
        across_lines: bool = False,
        scoring: str = "default",
        connector_words: Collection[str] = (),
    ) -> None:
        if scoring not in ("default", "npmi"):
            raise ValueError(f"Phrases: expected scoring 'default' or 'npmi', got {scoring!r}")
        if scoring == "npmi" and not -1 <= threshold <= 1:
            raise ValueError(f"Phrases: with scoring='npmi' the threshold is from -1 to 1, got {threshold}")
        if isinstance(connector_words, str):
            raise ValueError(f"Phrases: connector_words is a collection of words, got {connector_words!r}")
        if any(blank in delimiter for blank in BLANKS):
            raise ValueError(f"Phrases: delimiter has no blanks, which end words, got {delimiter!r}")
        if min_count < 1:
            raise ValueError(f"Phrases: min_count is at least 1, got {min_count}")
        self.min_count, self.threshold, self.delimiter = min_count, threshold, delimiter
        self.across_lines, self.scoring = across_lines, scoring
        self.connector_words = frozenset(connector_words)
        self.words: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, ...]] = Counter()  # with the connectors between
        self.total = 0

    def fit(self, corpus: Any) -> Phrases:
        """Count words and neighbours: a `Corpus`, or what it takes.

        Raises
        ------
        TypeError, ValueError
            A word that no file could hold (``token.py``).
        """
        self.words.clear()
        self.pairs.clear()
        before: list[str] = []  # the last word, of the sentence before
        for words in corpus if isinstance(corpus, Corpus) else Corpus(corpus):
            try:
                self.words.update(words)
            except TypeError:  # a word that cannot be looked up
                for word in words:
                    expect_word(word, "Phrases")
                raise
            self.pairs.update(map(tuple, self._candidates([*before, *words])))
            if self.across_lines:
                before = words[-1:] or before
        expect_words([*self.words], "Phrases")
        self.total = self.words.total()
        if self.across_lines:
            self._count_by_spelling()
        return self

    def _count_by_spelling(self) -> None:
        """Give words and pairs that are spelt alike the sum of their counts: word2phrase has one table."""
        if not any(self.delimiter in word for word in self.words):
            return
        spelt: Counter[str] = Counter()
        for pair, count in self.pairs.items():
            spelt[self.delimiter.join(pair)] += count
        words = self.words
        self.pairs = Counter({pair: _sum(self.delimiter.join(pair), words, spelt) for pair in self.pairs})
        self.words = Counter({word: _sum(word, words, spelt) for word in words})

    def score(self, *pair: str) -> float:
        """How much more often a pair, ``a, b``, occurs than by chance; the least score if it is too rare.

        Connectors stand between: ``score("state", "of", "the", "art")``.
        """
        both, first, second = self.pairs.get(pair, 0), self.words.get(pair[0], 0), self.words.get(pair[-1], 0)
        if min(both, first, second) < self.min_count:
            return 0.0 if self.scoring == "default" else -1.0
        if self.scoring == "default":
            return (both - self.min_count) / first / second * self.total
        if both == self.total:  # the text is nothing else
            return 1.0
        return math.log(both * self.total / (first * second)) / -math.log(both / self.total)

    def transform(self, corpus: Any) -> Iterator[list[str]]:
        """The sentences with phrases joined, each pair at its first place: a word joins one phrase only."""
        for words in corpus if isinstance(corpus, Corpus) else Corpus(corpus):
            joined: list[str] = []
            run: list[str] = []  # what may begin a phrase, and the connectors behind it
            for word in words:
                if word in self.connector_words:
                    (run if run else joined).append(word)
                elif run and self.score(*run, word) > self.threshold:
                    joined.append(self.delimiter.join([*run, word]))
                    run = []
                else:
                    joined += run
                    run = [word]
            yield joined + run

    def _candidates(self, words: list[str]) -> Iterable[Sequence[str]]:
        """The pairs of neighbours, with the connectors between them."""
        if not self.connector_words:
            return pairwise(words)
        ends = [place for place, word in enumerate(words) if word not in self.connector_words]
        return (words[a : b + 1] for a, b in pairwise(ends))

    def found(self) -> dict[str, float]:
        """Every phrase with its score, the best first."""
        scores = {self.delimiter.join(pair): self.score(*pair) for pair in self.pairs}
        kept = {phrase: score for phrase, score in scores.items() if score > self.threshold}
        return dict(sorted(kept.items(), key=lambda item: -item[1]))


def _sum(spelling: str, words: Counter[str], pairs: Counter[str]) -> int:
    return words.get(spelling, 0) + pairs.get(spelling, 0)
