"""Models of one text compared fairly: how much each has read, what it answers, which words it finds alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from ..text import WordVectors
from .page import Section
from .reading import COMMON, Reading

PROBES, NEAR = 5, 5
CLOSE = 0.02  # shares that differ less are called the same


@dataclass
class Contender:
    """What a training has made, and how it read.

    Attributes
    ----------
    history : of the training, as models keep it.
    words : of the text that it was given, and ``passes``, how often it went through them.
    """

    name: str
    vectors: WordVectors
    history: list[dict[str, float]]
    words: int
    passes: int


def shared(reading: Reading) -> Contender:
    """Return the reading's own model."""
    return contender("negative sampling", reading.model, reading, reading.model.epochs)


def contender(name: str, model: Any, reading: Reading, times: int) -> Contender:
    """Return a model as it is now, after so many passes over the text of the reading."""
    return Contender(name, model.vectors, list(model.history), reading.words, times)


def side_by_side(section: Section, reading: Reading, contenders: Sequence[Contender]) -> None:
    """Add the nearest words of a few, by all models, and how many they share."""
    known = [word for word in reading.asked.probes if word in reading.vectors][:PROBES]
    near = {word: [nearest(each.vectors, word) for each in contenders] for word in known}
    common = [len(set.intersection(*map(set, lists))) for lists in near.values()]
    section.table(
        ("word", *(each.name for each in contenders)),
        [(f"*{word}*", *(", ".join(words) for words in lists)) for word, lists in near.items()],
        f"The {NEAR} nearest words to each, among the {COMMON:,} commonest. Of {NEAR}, the models have "
        f"{np.mean(common or [0]):.1f} in common on average.",
    )


def score_table(
    section: Section, reading: Reading, contenders: Sequence[Contender], note: str = ""
) -> list[float]:
    """Add how much each model has read and how many analogies it answers; return these shares."""
    scores = [reading.analogies(each.vectors) for each in contenders]
    rows = [
        (
            each.name, f"{each.words:,}", f"{each.passes}", f"{each.words * each.passes:,}",
            seconds(each.history), "none asked" if np.isnan(score) else f"{score:.0%}",
        )
        for each, score in zip(contenders, scores, strict=True)
    ]  # fmt: skip
    head = ("", "words of text", "passes", "words read", "time of a pass", "analogies right")
    section.table(head, rows, told_reading(contenders) + note)
    return scores


def seconds(history: list[dict[str, float]]) -> str:
    """Return the usual time of a pass; the first, in which loops are compiled, may take longer."""
    return f"{median(entry['seconds'] for entry in history):.1f} s"


def told_reading(contenders: Sequence[Contender]) -> str:
    """Say whether all have read equally much."""
    read = [each.words * each.passes for each in contenders]
    if max(read) == min(read):
        first = contenders[0]
        return f"All have read equally much: {first.passes} times the same {first.words:,} words."
    if max(read) < 1.1 * min(read):
        return "All have read about equally much."
    most = contenders[int(np.argmax(read))].name
    more = max(read) / min(read)
    return f"They have not read equally much: {most} {more:.1f} times as much as another, which favours it."


def told_difference(name: str, other: str, score: float, reference: float) -> str:
    """Say which of two answers more."""
    if np.isnan(score) or np.isnan(reference):
        return "There are no questions about this text whose words are known."
    if abs(score - reference) < CLOSE:
        return f"So {name} and {other} answer about as many: {score:.0%} and {reference:.0%}."
    more, fewer = (name, other) if score > reference else (other, name)
    shares = f"{max(score, reference):.0%} against {min(score, reference):.0%}"
    return f"So {more} answers more than {fewer}: {shares}."


def nearest(vectors: WordVectors, word: str) -> list[str]:
    """Return the nearest words, among the common ones."""
    return [near for near, _ in vectors.most_similar(word, topn=NEAR, restrict_vocab=COMMON)]
