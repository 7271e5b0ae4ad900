"""A set of labelled sentences: its words, its splits, what stands in it twice.

N sentences
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from .clean_sentence import clean_sentence, clean_sst
from .parse_trees import ParseTree
from .treebank import trees_of

TRAIN, DEV, TEST = "train", "dev", "test"
FOLDS = 10
NO_TREES = "needs parse trees, which the set does not have: a parser"


@dataclass(frozen=True)
class Repeats:
    """What stands in a set more than once, cleaned alike."""

    repeated: int  # sentences whose text came before
    contradictory: int  # texts that have more than one label
    leaked: int  # test sentences whose text is in train or dev too; 0 without a test part
    empty: int  # lines without a word

    def __str__(self) -> str:
        return (
            f"{self.repeated} repeated, {self.contradictory} of two labels, {self.leaked} of test in train, "
            f"{self.empty} empty"
        )


@dataclass(frozen=True)
class SentenceSet:
    """Sentences in the order of their files.

    Attributes
    ----------
    name : str
        "mr", "subj", "cr", "mpqa", "trec", "sst1" or "sst2".
    texts : list of str
        The lines as they are.
    y : int64 (N,)
        Classes, numbers of ``labels``.
    labels : tuple of str
    parts : array of str (N,), or None
        "train", "dev" or "test"; None if the set has no test part and is judged in folds.
    treebank : dict
        Of each part its file of trees; empty if there is none.
    phrases : (list of str, int64 (M,)), or None
        Phrases of the training sentences and their classes, as more to learn from.
    """

    name: str
    texts: list[str]
    y: np.ndarray
    labels: tuple[str, ...]
    parts: np.ndarray | None = None
    treebank: Mapping[str, Path] = field(default_factory=dict)
    phrases: tuple[list[str], np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def words(self) -> list[list[str]]:
        """The sentences, cleaned as for Kim's Table 1."""
        return self.cleaned(self.texts)

    def cleaned(self, texts: list[str]) -> list[list[str]]:
        """Return the words of texts of this set."""
        if self.name.startswith("sst"):
            return [clean_sst(text) for text in texts]
        return [clean_sentence(text, lower=self.name != "trec") for text in texts]

    @cached_property
    def trees(self) -> list[ParseTree]:
        """The parse trees of the sentences, read when they are asked for.

        Raises
        ------
        ValueError : there are none, or not of all sentences.
        FileError : a line of their files is no tree.
        """
        if self.parts is None or not self.treebank:
            raise ValueError(NO_TREES)
        found = trees_of(self.words, self.parts, self.treebank)
        known = [tree for tree in found if tree is not None]
        if len(known) < len(found):
            raise ValueError(f"{self.name}: {len(found) - len(known)} of {len(found)} sentences have no tree")
        return known

    @cached_property
    def vocabulary(self) -> set[str]:
        """All words, those of test sentences too, as Kim counts them."""
        return {word for words in self.words for word in words}

    def splits(self, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield (train, dev, test), the numbers of the sentences of each.

        A set with a test part has one split.  One without has ten folds: as in Kim's program each sentence
        draws its fold, so folds differ a little in size.  Dev is empty where the set has none.

        Raises
        ------
        ValueError : a fold is without a sentence, as the set is too small.
        """
        if self.parts is not None:
            train, dev, test = (np.flatnonzero(self.parts == part) for part in (TRAIN, DEV, TEST))
            yield train, dev, test
            return
        fold = np.random.default_rng(seed).integers(0, FOLDS, len(self))
        for number in range(FOLDS):
            test = np.flatnonzero(fold == number)
            if not len(test):
                raise ValueError(
                    f"{self.name}: expected sentences for {FOLDS} folds, came {len(self)}, none in fold "
                    f"{number}\n    hint: take another seed, or more sentences"
                )
            yield np.flatnonzero(fold != number), np.zeros(0, np.int64), test

    def repeats(self) -> Repeats:
        """Count repeated texts, texts of two labels, and test texts that training sees too."""
        texts = [" ".join(words) for words in self.words]
        labels: dict[str, set[int]] = {}
        for text, label in zip(texts, self.y.tolist(), strict=True):
            labels.setdefault(text, set()).add(label)
        leaked = 0
        if self.parts is not None:
            seen = {text for text, part in zip(texts, self.parts, strict=True) if part != TEST}
            leaked = sum(text in seen for text, part in zip(texts, self.parts, strict=True) if part == TEST)
        contradictory = sum(len(each) > 1 for each in labels.values())
        return Repeats(len(texts) - len(labels), contradictory, leaked, texts.count(""))

    def distinct(self) -> SentenceSet:
        """Return the set with each text once, where it came first; of texts in test and in train, test's.

        Lines without a word, and texts of two labels, are left out.
        """
        texts = [" ".join(words) for words in self.words]
        labels: dict[str, set[int]] = {}
        for text, label in zip(texts, self.y.tolist(), strict=True):
            labels.setdefault(text, set()).add(label)
        order = range(len(texts))
        if self.parts is not None:
            parts = self.parts
            order = sorted(order, key=lambda n: (parts[n] != TEST, n))
        taken = {text: n for text, n in ((texts[n], n) for n in reversed(order))}
        keep = np.array(sorted(n for text, n in taken.items() if text and len(labels[text]) == 1), np.int64)
        return replace(
            self,
            texts=[self.texts[n] for n in keep],
            y=self.y[keep],
            parts=None if self.parts is None else self.parts[keep],
            phrases=None if self.phrases is None else self._without_test(self.phrases),
        )

    def _without_test(self, phrases: tuple[list[str], np.ndarray]) -> tuple[list[str], np.ndarray]:
        """Return the phrases that are no test sentence."""
        words = [" ".join(each) for each in self.cleaned(phrases[0])]
        held = {
            " ".join(each)
            for each, part in zip(self.words, [] if self.parts is None else self.parts, strict=False)
            if part == TEST
        }
        keep = [n for n, text in enumerate(words) if text not in held]
        return [phrases[0][n] for n in keep], phrases[1][keep]
