"""One's own labelled texts: parted for training and test, learnt, measured.

N texts, K labels
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..corpus.labelled_texts import LabelledTexts
from .convolutional.dynamic_cnn import DynamicCNN, preset_for
from .convolutional.network_classifier import NetworkClassifier
from .convolutional.sentence_cnn import SentenceCNN
from .protocol import mean_interval
from .text_models import NETWORKS, TRAINABLE, BagModel, TextModel

KEEP_WORDS = 30_000  # of a file of vectors that a saved network knows besides the words of training
ASCII_SHARE = 0.9  # of the letters: then words are parted as in Kim's table


class Split(NamedTuple):
    """Numbers of the texts of each part, and where the parts meet."""

    train: list[int]
    test: list[int]
    border: str = ""  # the first value of --split-by in test


def split_texts(texts: LabelledTexts, test_share: float, seed: int, by: bool = False) -> Split:
    """Part texts: at random, equal texts on one side; or sorted by their column, the last ones as test.

    Raises
    ------
    ValueError : a part would be empty.
    """
    count = round(test_share * len(texts))
    if by:
        order = sorted(range(len(texts)), key=lambda i: sort_key(texts.by[i]))
        cut = len(order) - count
        while 0 < cut < len(order) and texts.by[order[cut]] == texts.by[order[cut - 1]]:
            cut += 1  # what has one date stays together
        split = Split(order[:cut], order[cut:], texts.by[order[cut]] if cut < len(order) else "")
    else:
        groups: dict[str, list[int]] = {}
        for number, text in enumerate(texts.texts):
            groups.setdefault(" ".join(text.split()).lower(), []).append(number)
        mixed = list(groups.values())
        test: list[int] = []
        for place in np.random.default_rng([seed, 3]).permutation(len(mixed)):
            if len(test) < count:
                test += mixed[place]
        held = set(test)
        split = Split([i for i in range(len(texts)) if i not in held], sorted(test))
    if not split.train or not split.test:
        raise ValueError(
            f"expected texts for training and test, came {len(split.train)} and {len(split.test)}\n"
            "    hint: more texts, another --test-share, or --test FILE"
        )
    return split


def sort_key(value: str) -> tuple[int, float, str]:
    """Numbers by their size, then anything else by its letters, as dates of the form 2024-03-09 need it.

    >>> sorted(["10", "9", "2024-03-09", "2023-12-01"], key=sort_key)
    ['9', '10', '2023-12-01', '2024-03-09']
    """
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, value)


def train_text_model(
    texts: LabelledTexts,
    system: str,
    options: dict[str, Any],
    checkpoint: str | os.PathLike | None = None,
) -> TextModel:
    """Learn from texts.

    Parameters
    ----------
    system : one of `text_models.TRAINABLE`
    options : of `SentenceCNN`, of `DynamicCNN` (beside `preset_for`), or "words" and "ngram" of `BagModel`

    Raises
    ------
    ValueError : a system that cannot be trained, or fewer than two labels.
    """
    if system not in TRAINABLE:
        raise ValueError(f"expected a system of {', '.join(TRAINABLE)}, came {system!r}")
    labels = sorted({label for each in texts.labels for label in each})
    several = any(len(each) != 1 for each in texts.labels)
    if len(labels) < 2:
        raise ValueError(f"expected at least two labels, came {labels}")
    y = np.array([[label in each for label in labels] for each in texts.labels]).astype(int)
    y = y if several else y.argmax(1)
    if system not in NETWORKS:
        return TextModel(system, labels, several, BagModel(system, **options).fit(texts.texts, y))
    model: NetworkClassifier
    if system == "dcnn":
        model = DynamicCNN(**{**preset_for(len(labels)), **options})
    else:
        model = SentenceCNN(system.removeprefix("cnn-"), **options)
    model.fit(texts.texts, y, checkpoint=checkpoint)
    if model.table_.find is not None:
        model.add_words(model.table_.find.vectors.words[:KEEP_WORDS])
    return TextModel(system, labels, several, model)


def tokeniser_for(texts: Sequence[str]) -> str:
    """Return how to part texts in words: "kim" for English, whose clean-up knows ASCII alone, else "letters".

    >>> tokeniser_for(["It's good."]), tokeniser_for(["очень хорошо"])
    ('kim', 'letters')
    """
    letters = Counter(letter.isascii() for text in texts for letter in text if letter.isalpha())
    return "kim" if letters[True] >= ASCII_SHARE * max(letters.total(), 1) else "letters"


def measured(gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return how good labels are: texts with exactly the right ones, and precision and recall of each label.

    Returns
    -------
    dict : accuracy, low, high (95 % interval), f1_micro, f1_macro, texts, labels: {label: precision, ...}

    Examples
    --------
    >>> m = measured([["a"], ["a"], ["b"]], [["a"], ["b"], ["b"]])
    >>> round(m["accuracy"], 3), round(m["f1_macro"], 3), m["labels"]["b"]["precision"]
    (0.667, 0.667, 0.5)
    """
    right = [set(one) == set(other) for one, other in zip(gold, found, strict=True)]
    mean, half = mean_interval([float(np.mean(right))], len(right))
    by_label: dict[str, dict[str, float]] = {}
    for label in sorted({label for each in [*gold, *found] for label in each}):
        is_gold, is_found = (np.array([label in each for each in side]) for side in (gold, found))
        hits = int((is_gold & is_found).sum())
        by_label[label] = {
            "precision": hits / max(int(is_found.sum()), 1), "recall": hits / max(int(is_gold.sum()), 1),
            "f1": 2 * hits / max(int(is_gold.sum() + is_found.sum()), 1), "texts": int(is_gold.sum()),
        }  # fmt: skip
    hits = sum(len(set(one) & set(other)) for one, other in zip(gold, found, strict=True))
    both = sum(len(one) + len(other) for one, other in zip(gold, found, strict=True))
    return {
        "accuracy": mean, "low": max(mean - half, 0.0), "high": min(mean + half, 1.0), "texts": len(right),
        "f1_micro": 2 * hits / max(both, 1),
        "f1_macro": float(np.mean([each["f1"] for each in by_label.values()])), "labels": by_label,
    }  # fmt: skip


def majority(train: Sequence[Sequence[str]], test: Sequence[Sequence[str]]) -> float:
    """Return the accuracy of always naming the most frequent labels of training."""
    first = Counter(tuple(sorted(each)) for each in train).most_common(1)[0][0]
    return float(np.mean([tuple(sorted(each)) == first for each in test]))
