"""How many features a bag of words has: the more texts are read, the more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..text import BagOfWords
from .drawing import COLOURS, SMALL, new_figure, open_axes
from .page import Section
from .reading import Reading

TEXTS, LENGTH = 6000, 6  # paragraphs whose features are counted, words that each has at least


def feature_growth(section: Section, reading: Reading) -> None:
    """Add the first complaint about bags of words: their features are too many."""
    texts = reading.paragraphs(TEXTS, LENGTH)
    curves = {n: growth(texts, n) for n in (1, 2, 3)}
    ends = {n: curve[-1][1] for n, curve in curves.items()}
    often = Counter(ngram for text in texts for ngram in BagOfWords(3).ngrams(text) if ngram.count(" ") == 2)
    once = sum(count == 1 for count in often.values()) / max(len(often), 1)
    section.text(
        f"*First complaint: too many numbers.* So many different features are in {len(texts):,} paragraphs "
        f"of {reading.name}: {ends[1]:,} words, {ends[2]:,} with all pairs of neighbours, {ends[3]:,} with "
        "triples. Pairs and triples (*n-grams*) keep some of the order of words; but every new paragraph "
        f"brings more of them, and {once:.0%} of the triples are seen only once."
    )
    section.figure(
        _growth_picture(curves),
        f"Features of the dictionary against paragraphs read. {told_bends(curves)}",
    )


def growth(texts: Sequence[Sequence[str]], ngram: int, steps: int = 24) -> list[tuple[int, int]]:
    """Return (texts read, different n-grams of up to ``ngram`` words so far), ``steps`` times.

    >>> growth([["a", "b"], ["a", "c"]], 2, steps=2)
    [(1, 3), (2, 5)]
    """
    bag = BagOfWords(ngram)
    seen: set[str] = set()
    stops = {round(len(texts) * i / steps) for i in range(1, steps + 1)}
    curve = []
    for i, text in enumerate(texts, 1):
        seen.update(bag.ngrams(text))
        if i in stops:
            curve.append((i, len(seen)))
    return curve


def told_bends(curves: dict[int, list[tuple[int, int]]]) -> str:
    """Say how many of the features the second half of the paragraphs brought."""
    names = {1: "words", 2: "words and pairs", 3: "words, pairs and triples"}
    new = {n: 1 - curve[len(curve) // 2 - 1][1] / max(curve[-1][1], 1) for n, curve in curves.items()}
    shares = ", ".join(f"{share:.0%} of {names[n]}" for n, share in new.items())
    most = new[1] < min(new[2], new[3])
    verdict = "bends most" if most else "bends no more than the others"
    return f"The second half of the paragraphs brought {shares}: the curve of single words {verdict}."


def _growth_picture(curves: dict[int, list[tuple[int, int]]]) -> Any:
    names = {1: "words", 2: "words and\npairs", 3: "words, pairs\nand triples"}
    figure, axis = new_figure(7.6, 4.0)
    for colour, (n, curve) in zip(COLOURS, curves.items(), strict=False):
        read, sizes = zip(*curve, strict=True)
        axis.plot(read, np.array(sizes) / 1000, color=colour, linewidth=2)
        end, beside = (read[-1], sizes[-1] / 1000), {"textcoords": "offset points", "va": "center"}
        axis.annotate(names[n], end, (6, 0), color=colour, fontsize=SMALL, **beside)
    widest = curves[1][-1][0] * 1.28
    axis.set(xlabel="paragraphs read", ylabel="features, thousands", xlim=(0, widest), ylim=(0, None))
    open_axes(axis)
    return figure
