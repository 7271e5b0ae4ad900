"""What word2vec is shown: pairs of neighbours, frequent words thinned out, and noise words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..ext.embeddings.tables import keep_probability, noise_table
from .page import Section
from .reading import Reading

SENTENCE, WINDOW = "bats can see via echolocation", 2
FREQUENT = 3  # words of the text that the table begins with


def examples(section: Section, reading: Reading) -> None:
    """Add the pairs of a short sentence, and the chances of some words to be read and to be drawn."""
    pairs = training_pairs(SENTENCE.split(), WINDOW)
    section.text(
        f"*The examples.* Each word with each of its neighbours, at most {WINDOW} places away in "
        f"“{SENTENCE}”: "
        + ", ".join(f"({one}, {other})" for one, other in pairs)
        + f". The model's window is {reading.model.window} at most, drawn anew for every word."
    )
    model, counts = reading.model, reading.vocabulary.counts
    words = [
        *reading.vocabulary.words[1 : 1 + FREQUENT],
        *(w for w in reading.asked.probes if w in reading.vectors),
    ]
    rows = np.array([reading.vocabulary.index[word] for word in words])
    keep = keep_probability(counts, model.sample)
    noise = np.bincount(noise_table(counts, model.power), minlength=len(counts)) / len(noise_table(counts))
    share = counts / reading.words
    section.table(
        ("word", "times", "of all words", "read", "of all noise words"),
        [
            (f"*{word}*", f"{counts[row]:,}", f"{share[row]:.3%}", f"{keep[row]:.0%}", f"{noise[row]:.3%}")
            for word, row in zip(words, rows, strict=True)
        ],
        f"*Times*: in the {reading.words:,} words of the text. *Read*: the share of these that an epoch "
        "uses; of very frequent words most are passed over at random (*subsampling*). Noise words are "
        f"drawn by U(w) to the power {model.power:g}, U(w) the share of all words. "
        f"{told_noise(noise[rows] > share[rows])}",
    )
    section.code(training_pairs, keep_probability, noise_table)


def told_noise(more: np.ndarray) -> str:
    """Say which of some words, the most frequent ones first, are noise more often than they occur."""
    if more.any() and not more[0]:
        count = int(more.sum())
        return f"Of these words {count} are noise more often than they occur, the most frequent one less."
    return "Among these words that makes no rare one more frequent as noise than in the text."


def training_pairs(words: Sequence[str], window: int) -> list[tuple[str, str]]:
    """Return (word, neighbour) for every word and each neighbour up to ``window`` places away.

    The terms of the skip-gram's objective: the sum over i and -c <= j <= c, j != 0, of log p(w_{i+j} | w_i)
    (Mikolov et al. 2013b, eq. 1).

    >>> training_pairs(["the", "bat", "sees"], 1)
    [('the', 'bat'), ('bat', 'the'), ('bat', 'sees'), ('sees', 'bat')]
    """
    return [
        (word, words[j])
        for i, word in enumerate(words)
        for j in range(max(0, i - window), min(len(words), i + window + 1))
        if j != i
    ]
