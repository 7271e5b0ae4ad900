"""Neighbours of words in the channel that stayed and in the one that learnt, as Kim's Table 3 has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..text import SentenceCNN
from ..text.vectors.neighbours import nearest
from .page import Section

ASKED, NEIGHBOURS = ("bad", "good", "not", "n't", "!", ",", "but"), 4


def tell_neighbours(section: Section, model: SentenceCNN, sides: Sequence[Sequence[str]]) -> None:
    """Add a table of neighbours before and after training; ``sides`` are words that judge either way."""
    asked = [word for word in ASKED if word in model.table_.index]
    static, tuned = (neighbours(model, asked, channel) for channel in (0, 1))
    rows = [
        (f"*{word}*", ", ".join(before), ", ".join(after))
        for word, before, after in zip(asked, static, tuned, strict=True)
    ]
    section.text(
        "*What do labels do to vectors?* Words used alike lie close, whether or not they judge alike. In the "
        "multichannel network one copy of the vectors stayed, the other learnt from labels. "
        + told_sides(*(opposite(model, sides, channel) for channel in (0, 1)))
    )
    section.table(
        ("word", "nearest in the static channel", "in the one that learnt"), rows,
        "By the cosine, among the words of the training; after Kim (2014), Table 3.",
    )  # fmt: skip


def told_sides(before: tuple[int, int], after: tuple[int, int]) -> str:
    """Say how many judging words have one of the other side as their nearest, before and after."""
    change = "fewer" if after[0] < before[0] else "more" if after[0] > before[0] else "as many"
    return (
        f"Of {before[1]} judging words {before[0]} had one that judges the other way as the nearest of "
        f"these; with labels {change}: {after[0]}."
    )


def opposite(model: SentenceCNN, sides: Sequence[Sequence[str]], channel: int) -> tuple[int, int]:
    """Return of how many words of two sides the nearest is on the other side, and how many there are."""
    known = [(word, side) for side, words in enumerate(sides) for word in words if word in model.table_.index]
    weight = model.net_.embeddings[channel].weight.data
    rows = weight[[model.table_.index[word] for word, _ in known]]
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    found, _ = nearest(unit, unit, 1, np.arange(len(unit)))
    return sum(known[i][1] != side for (_, side), i in zip(known, found[:, 0], strict=True)), len(known)


def neighbours(model: SentenceCNN, words: Sequence[str], channel: int) -> list[list[str]]:
    """Return the nearest words of some words in a channel of the network, by the cosine."""
    names, weight = list(model.table_.index), model.net_.embeddings[channel].weight.data[1:]
    unit = weight / np.maximum(np.linalg.norm(weight, axis=1, keepdims=True), 1e-12)
    own = np.array([names.index(word) for word in words])
    rows, _ = nearest(unit, unit[own], NEIGHBOURS, own)
    return [[names[i] for i in row] for row in rows]
