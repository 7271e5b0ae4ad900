"""Questions "a is to b as c is to d", and how many of them vectors answer.

The file format is questions-words.txt: a line ``: title`` opens a section, other lines are four words.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...core.reading import reading
from ..corpus.stream import read_lines
from ..corpus.token import BLANKS, split
from .word_vectors import WordVectors

BLOCK = 1024  # questions in one matrix product
Question = tuple[str, str, str, str]
Sections = list[tuple[str, list[Question]]]  # title, questions


@dataclass
class Score:
    """One section: ``correct`` of ``seen`` questions; ``asked`` counts those with unknown words too."""

    title: str
    correct: int
    seen: int
    asked: int

    @property
    def accuracy(self) -> float:
        """Share of the seen questions, nan if there were none."""
        return self.correct / self.seen if self.seen else float("nan")

    def __str__(self) -> str:
        share = f"{100 * self.accuracy:6.2f} %  {self.correct:6,} of {self.seen:6,} seen"
        return f"{self.title:30} {share} ({self.asked:,} asked)"


def parse_questions(lines: Iterable[str]) -> Sections:
    """[(title, [(a, b, c, d), ...]), ...] from the lines of a questions file, empty sections too.

    >>> parse_questions([": family", "boy girl son daughter"])
    [('family', [('boy', 'girl', 'son', 'daughter')])]
    """
    sections: Sections = []
    for number, line in enumerate(lines, 1):
        words = split(line)
        if line.startswith(":"):
            sections.append((" ".join(words)[1:].strip(BLANKS), []))
        elif len(words) == 4:
            if not sections:
                sections.append(("questions", []))
            sections[-1][1].append((words[0], words[1], words[2], words[3]))
        elif words:
            raise ValueError(
                f"questions, line {number}: expected ': title' or 4 words, came {line.strip(BLANKS)[:60]!r}"
            )
    return sections


def read_questions(path: str | os.PathLike) -> Sections:
    """`parse_questions` of a file, ``.gz``, ``.bz2`` and ``.xz`` included."""
    with reading(path, "questions"):
        return parse_questions(read_lines(path))


def evaluate_analogies(
    vectors: WordVectors,
    sections: Sections | dict[str, list[Question]],
    restrict_vocab: int | None = 30_000,
) -> list[Score]:
    """Answer every question as word2vec's ``compute-accuracy`` does.

    The answer to a : b :: c is the word, other than these three, whose unit vector has the largest dot
    product with b - a + c, if that is above 0.  Only the first ``restrict_vocab`` rows exist; words are
    compared in upper case, and of words alike the first, the most frequent, counts; a question with an
    unknown word is not seen.

    Parameters
    ----------
    vectors : WordVectors
    sections : list of (title, questions), or dict {title: questions}
        A question is four words; from `read_questions` or your own.
    restrict_vocab : int, optional
        None: all rows.

    Returns
    -------
    list of Score
        One for each section, then the total.

    Raises
    ------
    ValueError
        There is no question.
    """
    sections = list(sections.items()) if isinstance(sections, dict) else sections
    if not any(len(questions) for _, questions in sections):
        raise ValueError("evaluate_analogies: expected questions of four words each, came none")
    unit = vectors.unit[:restrict_vocab]  # (V,D)
    row = {}
    for i, word in enumerate(vectors.words[:restrict_vocab]):
        row.setdefault(word.upper(), i)
    scores = []
    for title, questions in sections:
        rows = [[row.get(word.upper(), -1) for word in question] for question in questions]
        known = np.array([each for each in rows if min(each) >= 0], np.intp).reshape(-1, 4)
        correct = sum(_correct(unit, known[i : i + BLOCK]) for i in range(0, len(known), BLOCK))
        scores.append(Score(title, correct, len(known), len(questions)))
    total = (sum(getattr(score, name) for score in scores) for name in ("correct", "seen", "asked"))
    return [*scores, Score("total", *total)]


def _correct(unit: np.ndarray, questions: np.ndarray) -> int:
    """How many of ``questions``, rows (Q, 4), find their fourth word among ``unit`` (V, D)."""
    a, b, c, d = questions.T
    score = (unit[b] - unit[a] + unit[c]) @ unit.T  # (Q,D)(D,V) -> (Q,V)
    np.put_along_axis(score, questions[:, :3], -np.inf, axis=1)
    best = score.argmax(1)
    return int(((best == d) & (score[np.arange(len(best)), best] > 0)).sum())
