"""Story 5: a text as a bag of words.  The oldest features of a text, and three complaints about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..text import BagOfWords, WordVectors
from ..text.corpus.stem import stem, stems
from ..text.corpus.tokenise import letters
from .page import Section
from .reading import Reading
from .word_pictures import COLOURS, cosines_picture

# The lecture's three sentences.
SENTENCES = (
    "The elephant sneezed at the sight of potatoes.",
    "Bats can see via echolocation. See the bat sight sneeze!",
    "Wondering, she opened the door to the studio.",
)
ORDER = ("the dog bites the man", "the man bites the dog")
TEXTS, LENGTH = 6000, 6  # paragraphs whose features are counted, words that each has at least


def bag_of_words(reading: Reading) -> Section:
    """Run the story; the vectors are only needed at its end, to compare."""
    section = Section("A text as a bag of words", "bag-of-words")
    _picture(section)
    _growth(section, reading)
    _order(section)
    _alike(section, reading)
    section.code(BagOfWords, stem)
    return section


def _picture(section: Section) -> None:
    bag = BagOfWords(tokenise=stems)
    counts = bag.fit_transform(SENTENCES).toarray()
    section.text(
        "A network wants numbers. The oldest way from a text to numbers: make a dictionary of all words of "
        "all texts; a text becomes one number for each of them, how often it occurs there (*counts*), or 1 "
        "if it occurs at all (*indicators*). Where it occurs is forgotten: the text is a bag of words. Here "
        "plural *bats* and singular *bat*, *sneezed* and *sneeze* are made one first."
    )
    section.figure(
        _counts_picture(counts, bag.features, SENTENCES),
        "Three sentences, eighteen words: *bat* and *see* occur twice in the second sentence, *the* twice in "
        "the others. As indicators the twos would be ones.",
    )
    section.output(f"{SENTENCES[1]}\n({', '.join(f'{count:.0f}' for count in counts[1])})")


def _growth(section: Section, reading: Reading) -> None:
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
        "Features of the dictionary against paragraphs read. The curve of single words bends, those of pairs "
        "and triples hardly do.",
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


def _order(section: Section) -> None:
    rows = []
    for n, name in ((1, "words"), (2, "words and pairs"), (3, "words, pairs and triples")):
        one, other = BagOfWords(ngram=n).fit_transform(ORDER).toarray()
        rows.append((name, f"{one.size}", f"{cosine(one, other):.2f}"))
    section.text(
        f"*Second complaint: the order is lost.* “{ORDER[0].capitalize()}” and “{ORDER[1]}” are the same "
        "bag; n-grams tell them apart, at a price."
    )
    section.table(("features", "how many", "cosine of the two sentences"), rows)


def _alike(section: Section, reading: Reading) -> None:
    known = [pair for pair in reading.asked.alike if all(_known(text, reading.vectors) for text in pair)]
    if len(known) < 2:
        return
    sides = list(zip(*known, strict=True))
    bag = BagOfWords().fit([text for pair in known for text in pair])
    bags = [bag.transform(side).toarray() for side in sides]
    means = [np.stack([mean_vector(text, reading.vectors) for text in side]) for side in sides]
    tables = {"bags of words": cosines(*bags), "means of word vectors": cosines(*means)}
    right = {name: found(table) for name, table in tables.items()}
    names = [chr(ord("A") + i) for i in range(len(known))]
    section.text(
        "*Third complaint: nothing is known of meaning.* Each of these texts is said twice, with no word in "
        f"common. For the bags the two are strangers: cosine 0 down the diagonal{_elsewhere(known)}. The "
        "next story learns a vector for each word such that words "
        f"used alike lie close; the mean of a text's vectors, {reading.model.dim} numbers for a text of any "
        "length, knows better."
    )
    section.table(
        ("", "one way", "the other way"), [(n, a, b) for n, (a, b) in zip(names, known, strict=True)]
    )
    section.figure(
        cosines_picture(tables, names, [name + "'" for name in names]),
        "Cosines of each text (row) with each text said the other way (column). The pair itself has the "
        f"largest cosine of its row for {right['bags of words']} of {len(known)} with bags of words, for "
        f"{right['means of word vectors']} of {len(known)} with means of word vectors.",
    )
    section.facts["paraphrases recognised, by bags and by vectors"] = (
        f"{right['bags of words']} and {right['means of word vectors']} of {len(known)}"
    )


def _elsewhere(pairs: list[tuple[str, str]]) -> str:
    """Which words give different texts a cosine, as the end of a sentence."""
    sides = [[set(letters(text)) for text in side] for side in zip(*pairs, strict=True)]
    shared = {
        word
        for i, one in enumerate(sides[0])
        for j, other in enumerate(sides[1])
        if i != j
        for word in one & other
    }
    quoted = [f"“{word}”" for word in sorted(shared)]
    if not quoted:
        return ", and everywhere else"
    listed = " and ".join([", ".join(quoted[:-1]), quoted[-1]] if quoted[1:] else quoted)
    return f", and what little there is elsewhere comes from {listed}"


def mean_vector(text: str, vectors: WordVectors) -> np.ndarray:
    """Return the mean of the vectors of a text's known words, (D,)."""
    return np.mean([vectors.vector(word) for word in letters(text) if word in vectors], axis=0)


def _known(text: str, vectors: WordVectors) -> bool:
    return any(word in vectors for word in letters(text))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Return the cosine of the angle between two rows."""
    return float(cosines(a[None], b[None])[0, 0])


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosines of all rows of a, (N, V), with all rows of b, (M, V): (N, M)."""
    a, b = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12) for rows in (a, b))
    return a @ b.T


def found(table: np.ndarray) -> int:
    """Return for how many rows the diagonal is larger than all else in the row; ties do not count.

    >>> found(np.array([[0.5, 0.1], [0.2, 0.2]]))
    1
    """
    others = np.where(np.eye(len(table), dtype=bool), -np.inf, table)
    return int((np.diag(table) > others.max(1)).sum())


def _counts_picture(counts: np.ndarray, features: Sequence[str], texts: Sequence[str]) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 3.6), layout="constrained")
    axes = figure.subplots(len(texts), 1, sharex=True)
    for axis, row, text in zip(axes, counts, texts, strict=True):
        axis.imshow(row[None], cmap="Blues", vmin=0, vmax=3, aspect="auto")
        for place, count in enumerate(row):
            strong = {"color": "#1d2430", "weight": "bold"} if count else {"color": "#8b95a3"}
            axis.text(place, 0, f"{count:.0f}", ha="center", va="center", fontsize=11, **strong)
        axis.set_title(text, fontsize=11, loc="left")
        axis.set_yticks([])
        axis.tick_params(length=0)
        axis.spines[:].set_color("#d9dee5")
    axes[-1].set_xticks(range(len(features)), features, rotation=40, ha="right", fontsize=10)
    return figure


def _growth_picture(curves: dict[int, list[tuple[int, int]]]) -> Any:
    from matplotlib.figure import Figure

    names = {1: "words", 2: "words and pairs", 3: "words, pairs and triples"}
    figure = Figure(figsize=(8.2, 4.0), layout="constrained")
    axis = figure.subplots()
    for colour, (n, curve) in zip(COLOURS, curves.items(), strict=False):
        read, sizes = zip(*curve, strict=True)
        axis.plot(read, np.array(sizes) / 1000, color=colour, linewidth=2)
        axis.annotate(
            names[n],
            (read[-1], sizes[-1] / 1000),
            (6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
        )
    axis.set(
        xlabel="paragraphs read",
        ylabel="features, thousands",
        xlim=(0, curves[1][-1][0] * 1.32),
        ylim=(0, None),
    )
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    return figure
