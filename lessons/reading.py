"""The text that the stories about words share, read once, and the vectors that came of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..text import Vocabulary, Word2Vec, WordVectors, encode, evaluate_analogies, python_docs, read_questions
from ..text.corpus.tokenise import letters
from .docs_questions import docs_questions
from .word_lists import DOCS, WIKI, WordLists

COMMON = 3000  # answers and neighbours are looked for among the words that occur most
PART = 3_000_000  # words of a large text that suffice for the smaller experiments
HELD_OUT = 20  # one sentence of so many is kept back to ask about


@dataclass
class Reading:
    """A text as token ids, and a skip-gram model trained on it.

    Attributes
    ----------
    name : what the text is, in words.
    vocabulary, tokens : as of `text.encode`.
    model : Word2Vec
    asked : what the stories ask of this kind of text.
    questions : [(section, analogies)]
    learnt : share of the questions that the model answers after each epoch; nan if none can be asked.
    first : what `of_part` has made.
    """

    name: str
    vocabulary: Vocabulary
    tokens: np.ndarray
    model: Word2Vec
    asked: WordLists
    questions: list | dict = field(default_factory=list)
    learnt: list[float] = field(default_factory=list)
    first: Reading | None = field(default=None, repr=False)

    @property
    def vectors(self) -> WordVectors:
        return self.model.vectors

    @property
    def words(self) -> int:
        """The text's words, as far as they are frequent enough to be in the vocabulary."""
        return int((self.tokens != 0).sum())

    @property
    def sentences(self) -> int:
        """How often the mark of a sentence's end stands in the text, which is token 0 and no word."""
        return len(self.tokens) - self.words

    @property
    def different(self) -> int:
        """Words of the vocabulary, the mark of a sentence's end left out."""
        return len(self.vocabulary) - 1

    def analogies(self, vectors: WordVectors) -> float:
        """Share of the questions that vectors answer rightly; nan if none can be asked."""
        if not self.questions:
            return float("nan")
        return evaluate_analogies(vectors, self.questions, COMMON)[-1].accuracy

    def part(self) -> np.ndarray:
        """Return the first `PART` tokens, to the end of a sentence."""
        some = self.tokens[:PART]
        return some[: len(some) - int((some[::-1] == 0).argmax())]

    def train(self, show: bool) -> Reading:
        """Train the model on the text, and note what it answers after each epoch."""

        def after_epoch(model: Word2Vec) -> None:
            self.learnt.append(self.analogies(model.vectors))

        self.model.fit_tokens(self.vocabulary, self.tokens, show, [after_epoch])
        return self

    def of_part(self, show: bool) -> Reading:
        """Return a reading of the `part` alone that has read as many words; itself if that is the whole text.

        Other models are compared with it: all go through the same words equally often.
        """
        if self.first is None:
            part, options = self.part(), ("dim", "window", "negative", "sample", "alpha", "seed")
            epochs = max(1, round(len(self.tokens) * self.model.epochs / max(len(part), 1)))
            model = Word2Vec(**{name: getattr(self.model, name) for name in options}, epochs=epochs)
            name = f"the beginning of {self.name}"
            some = Reading(name, self.vocabulary, part, model, self.asked, self.questions)
            self.first = self if len(part) == len(self.tokens) else some.train(show)
        return self.first

    def paragraphs(self, count: int, length: int) -> list[list[str]]:
        """Return paragraphs (of a text file: lines) of at least ``length`` words, evenly from all
        over the text.
        """
        ends = np.flatnonzero(self.tokens == 0)
        starts = np.concatenate([[0], ends[:-1] + 1])
        long = np.flatnonzero(ends - starts >= length)
        chosen = long[np.linspace(0, len(long) - 1, min(count, len(long))).astype(int)]
        words = self.vocabulary.words
        return [[words[token] for token in self.tokens[starts[i] : ends[i]]] for i in chosen]


def read(corpus: str | os.PathLike | None = None, show: bool = True) -> Reading:
    """Train on a text file, or on the documentation of the installed libraries.

    Analogies about a text file come from ``eval/en/questions-words.txt.gz`` beside its folder, if
    that is there.
    """
    if corpus is None:
        model = Word2Vec(dim=100, window=5, negative=5, epochs=10, alpha=0.05, seed=1)
        vocabulary, tokens = encode(python_docs(progress=show), model.min_count)
        name, asked, questions = (
            "the documentation of the Python libraries on this machine",
            DOCS,
            docs_questions(),
        )
    else:
        model = Word2Vec(dim=100, window=5, negative=5, sample=1e-4, epochs=2, seed=1)
        vocabulary, tokens = encode(Path(corpus), model.min_count, tokenise=letters)
        file = Path(corpus).parent.parent / "eval" / "en" / "questions-words.txt.gz"
        name, asked, questions = Path(corpus).name, WIKI, read_questions(file) if file.exists() else []
    return Reading(name, vocabulary, tokens, model, asked, questions).train(show)


def keep_back(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return most sentences of a text, and one in `HELD_OUT`, both as token ids.

    >>> some, back = keep_back(np.array([1, 0] * 19 + [2, 3, 0]))
    >>> len(some), back.tolist()
    (38, [2, 3, 0])
    """
    sentence = np.cumsum(tokens == 0) - (tokens == 0)
    back = sentence % HELD_OUT == HELD_OUT - 1
    return tokens[~back], tokens[back]
