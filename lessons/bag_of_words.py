"""Story 5: a text as a bag of words.  The oldest features of a text, and three complaints about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..text import BagOfWords, WordVectors
from ..text.corpus.stem import stem, stems
from ..text.corpus.tokenise import letters
from .drawing import GREY, INK, SMALL, TYPE, new_figure
from .feature_growth import feature_growth
from .page import Section
from .reading import Reading
from .word_pictures import cosines_picture

# The lecture's three sentences.
SENTENCES = (
    "The elephant sneezed at the sight of potatoes.",
    "Bats can see via echolocation. See the bat sight sneeze!",
    "Wondering, she opened the door to the studio.",
)
ORDER = ("the dog bites the man", "the man bites the dog")


def bag_of_words(reading: Reading) -> Section:
    """Run the story; the vectors are only needed at its end, to compare."""
    section = Section("A text as a bag of words", "bag-of-words")
    _picture(section)
    feature_growth(section, reading)
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
        f"{len(SENTENCES)} sentences and the {len(bag.features)} words that they have in all; how often "
        f"each word occurs in each sentence. {told_more(counts, bag.features)}",
    )
    section.output(f"{SENTENCES[1]}\n({', '.join(f'{count:.0f}' for count in counts[1])})")


def _order(section: Section) -> None:
    rows, cosine_of = [], {}
    for n, name in ((1, "words"), (2, "words and pairs"), (3, "words, pairs and triples")):
        one, other = BagOfWords(ngram=n).fit_transform(ORDER).toarray()
        cosine_of[n] = cosine(one, other)
        rows.append((name, f"{one.size}", f"{cosine_of[n]:.2f}"))
    same = "are the same bag" if cosine_of[1] > 1 - 1e-9 else "are not the same bag"
    apart = "tell them apart, at a price" if cosine_of[2] < 1 - 1e-9 else "do not tell them apart"
    section.text(
        f"*Second complaint: the order is lost.* “{ORDER[0].capitalize()}” and “{ORDER[1]}” {same}; "
        f"n-grams {apart}. (The *cosine* of two rows of numbers is 1 if they have the same direction, 0 if "
        "they have nothing in common.)"
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
        "*Third complaint: nothing is known of meaning.* Each of these texts is said twice, with no word "
        f"in common. {told_strangers(tables['bags of words'])}{_elsewhere(known)}. The next story learns a "
        "vector for each word such that words used alike lie close. Beside the bags: the mean of a text's "
        f"vectors, {reading.model.dim} numbers for a text of any length. {told_right(right, len(known))}"
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
    section.facts["paraphrases are recognised by bags of words, and by vectors"] = (
        f"{right['bags of words']} and {right['means of word vectors']} of {len(known)}"
    )


def told_more(counts: np.ndarray, features: Sequence[str]) -> str:
    """Say which words a sentence has more than once."""
    ordinals = ("first", "second", "third")
    told = [
        f"{' and '.join(f'*{features[i]}*' for i in np.flatnonzero(row > 1).tolist())} in the {ordinal}"
        for row, ordinal in zip(counts, ordinals, strict=False)
        if (row > 1).any()
    ]
    if not told:
        return "No word occurs twice in a sentence, so as indicators the numbers would be the same."
    return f"More than once: {', '.join(told)}; as indicators these would be ones."


def told_strangers(table: np.ndarray) -> str:
    """Say whether bags of words see anything in common in the two ways of saying the same."""
    most = float(np.diag(table).max())
    if most < 1e-9:
        return "For the bags the two are strangers: cosine 0 down the diagonal"
    return f"For the bags the two have little in common: cosines of at most {most:.2f} down the diagonal"


def told_right(right: dict[str, int], asked: int) -> str:
    """Say which features recognise more texts that were said twice."""
    (bags, by_bags), (means, by_means) = right.items()
    if by_bags == by_means:
        return f"Both recognise {by_bags} of {asked}."
    more, fewer = (means, bags) if by_means > by_bags else (bags, means)
    return f"Of {asked} texts, {more} recognise {max(by_bags, by_means)}, {fewer} {min(by_bags, by_means)}."


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
    figure, axes = new_figure(8.6, 3.9, len(texts), 1, sharex=True)
    for axis, row, text in zip(axes[:, 0], counts, texts, strict=True):
        axis.imshow(row[None], cmap="Blues", vmin=0, vmax=3, aspect="auto")
        for place, count in enumerate(row):
            strong = {"color": INK, "weight": "bold"} if count else {"color": GREY}
            axis.text(place, 0, f"{count:.0f}", ha="center", va="center", fontsize=TYPE, **strong)
        axis.set_title(text, fontsize=TYPE, loc="left")
        axis.set_yticks([])
        axis.tick_params(length=0)
        axis.spines[:].set_color("#d9dee5")
    axes[-1, 0].set_xticks(range(len(features)), features, rotation=45, ha="right", fontsize=SMALL)
    return figure
