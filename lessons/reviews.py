"""Generated reviews of films, with and without labels: a small language in which the truth is known.

A review is one or two remarks.  What it says is decided by its last remark that judges; *not* and its like
turn a judgement around.  Half of the judging words never occur in labelled reviews, only in the many
without labels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

LABELS = ("negative", "positive")
KNOWN = (
    ("bad", "dull", "poor", "weak", "silly", "cold", "slow", "stale", "flat", "empty"),
    ("good", "great", "fine", "lovely", "clever", "funny", "warm", "moving", "fresh", "sharp"),
)
NEW = (
    (
        "dreadful",
        "tedious",
        "clumsy",
        "shallow",
        "lifeless",
        "dismal",
        "tiresome",
        "hollow",
        "awkward",
        "bleak",
    ),
    (
        "superb",
        "charming",
        "witty",
        "tender",
        "gripping",
        "radiant",
        "splendid",
        "touching",
        "brilliant",
        "fun",
    ),
)
THINGS = ("film", "plot", "cast", "music", "ending", "script", "camera", "hero", "dialogue", "story")
DEGREES = ("", "", "very", "really", "quite", "so", "rather")
TURNS = ("not", "never", "hardly")
OPENERS = ("", "", "i must say", "in short", "my sister says", "as we all know", "after an hour")
FACTS = (
    "it lasts two hours",
    "it is set in rome",
    "we saw it on monday",
    "it has songs",
    "it is by a new director",
)
# Of what no labelled review has: they tell reviews without labels of one kind from those of the other.
AFTER = (
    ("do n't waste your evening", "i left early", "i want my money back"),
    ("i would see it again", "go and see it", "we clapped at the end"),
)


def review(rng: np.random.Generator, *, labelled: bool = True) -> tuple[list[str], int]:
    """Return the words of a review and its label, 0 or 1, the number in `LABELS`."""
    label, words = int(rng.integers(2)), _one(rng, OPENERS).split()
    kind = rng.random()
    if kind < 0.25:
        words += [*_remark(rng, 1 - label, labelled), "but", *_remark(rng, label, labelled)]
    elif kind < 0.6:
        words += [*_one(rng, FACTS).split(), "and", *_remark(rng, label, labelled)]
    else:
        words += _remark(rng, label, labelled)
    if not labelled:
        words += [",", *_one(rng, AFTER[label]).split()]
    return words, label


def _remark(rng: np.random.Generator, label: int, labelled: bool) -> list[str]:
    """Return a remark that judges so."""
    turned = rng.random() < 0.3
    side = 1 - label if turned else label
    word = _one(rng, KNOWN[side] if labelled or rng.random() < 0.5 else NEW[side])
    how = _one(rng, TURNS) if turned else _one(rng, DEGREES)
    if not turned and rng.random() < 0.3:
        return f"what a {how} {word} {_one(rng, THINGS)}".split()
    return f"the {_one(rng, THINGS)} is {how} {word}".split()


def _one(rng: np.random.Generator, of: tuple[str, ...]) -> str:
    return of[int(rng.integers(len(of)))]


def reviews(count: int, seed: int) -> tuple[list[list[str]], np.ndarray]:
    """Return reviews as they are labelled, and their labels (count,)."""
    rng = np.random.default_rng(seed)
    texts, labels = zip(*(review(rng) for _ in range(count)), strict=True)
    return list(texts), np.array(labels)


def unlabelled(count: int, seed: int) -> Iterator[list[str]]:
    """Yield reviews that say in other words, too, what is thought, without a label."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield review(rng, labelled=False)[0]


def with_new_words(texts: list[list[str]], seed: int) -> list[list[str]]:
    """Return reviews with every known judging word in place of one of the same kind that no label saw."""
    rng = np.random.default_rng(seed)
    to = {word: new for known, new in zip(KNOWN, NEW, strict=True) for word in known}
    return [[_one(rng, to[word]) if word in to else word for word in words] for words in texts]
