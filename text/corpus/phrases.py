"""Phrases: pairs of words that stand together more often than chance become one word (Mikolov et al. 2013b).

    score(a, b) = (count(a b) - min_count) / count(a) / count(b) * words in the text   (eq. 6, times the text)

"New York Times" needs two passes: the first makes "New_York Times", the second "New_York_Times".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, pairwise
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
    ) -> None:
        if any(blank in delimiter for blank in BLANKS):
            raise ValueError(f"Phrases: delimiter has no blanks, which end words, got {delimiter!r}")
        if min_count < 1:
            raise ValueError(f"Phrases: min_count is at least 1, got {min_count}")
        self.min_count, self.threshold, self.delimiter = min_count, threshold, delimiter
        self.across_lines = across_lines
        self.words: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
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
            self.pairs.update(pairwise(chain(before, words)))
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
        for (a, b), count in self.pairs.items():
            spelt[a + self.delimiter + b] += count
        words = self.words
        self.pairs = Counter({(a, b): _sum(a + self.delimiter + b, words, spelt) for a, b in self.pairs})
        self.words = Counter({word: _sum(word, words, spelt) for word in words})

    def score(self, a: str, b: str) -> float:
        """How much more often ``a b`` occurs than by chance; 0 for a pair that is too rare."""
        pair, first, second = self.pairs.get((a, b), 0), self.words.get(a, 0), self.words.get(b, 0)
        if min(pair, first, second) < self.min_count:
            return 0.0
        return (pair - self.min_count) / first / second * self.total

    def transform(self, corpus: Any) -> Iterator[list[str]]:
        """The sentences with phrases joined, each pair at its first place: a word joins one phrase only."""
        for words in corpus if isinstance(corpus, Corpus) else Corpus(corpus):
            joined: list[str] = []
            free = False  # may the word before join?
            for place, word in enumerate(words):
                if free and self.score(words[place - 1], word) > self.threshold:
                    joined[-1] += self.delimiter + word
                    free = False
                else:
                    joined.append(word)
                    free = True
            yield joined

    def found(self) -> dict[str, float]:
        """Every phrase with its score, the best first."""
        scores = {self.delimiter.join(pair): self.score(*pair) for pair in self.pairs}
        kept = {phrase: score for phrase, score in scores.items() if score > self.threshold}
        return dict(sorted(kept.items(), key=lambda item: -item[1]))


def _sum(spelling: str, words: Counter[str], pairs: Counter[str]) -> int:
    return words.get(spelling, 0) + pairs.get(spelling, 0)
