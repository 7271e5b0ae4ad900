"""Story 9: words have parts.  FastText adds up the vectors of a word's n-grams, and reads words it
has never seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..text import FastText, char_ngrams
from ..text.embeddings.subwords import fnv1a, subword_table
from .drawing import COLOURS, SMALL, TYPE, new_figure
from .page import Section
from .reading import COMMON, Reading

EXAMPLE = "руслан"  # the lecture's
BUCKETS = 100_000  # rows for the n-grams: the vocabulary is small
SHOWN = 5
FREQUENT = 30_000  # words that neighbours are looked for among: rarer ones have hardly been trained


def subwords(reading: Reading, show: bool = True) -> Section:
    """Run the story: train on the same text, and ask for words that are not in it."""
    section = Section("Words have parts", "subwords")
    model = FastText(dim=100, epochs=5, sample=1e-3, buckets=BUCKETS, shared=True, seed=1)
    model.fit_tokens(reading.vocabulary, reading.part(), progress=show)
    _introduce(section)
    _unknown(section, reading, model)
    _collisions(section, model)
    section.code(char_ngrams, FastText)
    return section


def _introduce(section: Section) -> None:
    section.text(
        "To word2vec a word is a number in a list: *column* and *columns* have no more in common than "
        "*column* and *thread*, and a word that is not in the list, or is misspelt, has no vector at all. "
        "*FastText* looks into the word. It marks its ends and takes all pieces of some length; with three "
        "letters:"
    )
    section.output(f">>> char_ngrams({EXAMPLE!r}, 3, 3)\n{char_ngrams(EXAMPLE, 3, 3)}")
    section.text(
        "Each piece has a vector, and so has the whole word; the word's vector is their mean. (The lecture "
        "adds them up; the tool takes the mean, which has the same direction.) All else is as in word2vec. "
        "FastText takes pieces of 3 to 6 letters. A word that was never read is the mean of its pieces."
    )


def _unknown(section: Section, reading: Reading, model: FastText) -> None:
    vectors, rows, right = model.vectors, [], 0
    known = reading.vectors
    typos = [(typo, word) for typo, word in reading.asked.typos if word in known and typo not in known]
    for text, word in [*typos, *((text, "") for text in reading.asked.unseen if text not in known)]:
        near = [
            other
            for other, _ in vectors.most_similar(vectors.vector(text), topn=SHOWN, restrict_vocab=FREQUENT)
        ]
        right += word in near
        shown = ", ".join(f"*{other}*" if other == word else other for other in near)
        rows.append((text, "no vector", shown))
    section.text(
        "*Words that the text does not have*, first misspelt ones, then such as a speaker might make up. "
        "word2vec returns nothing for them."
    )
    section.table(
        ("word", "word2vec", "nearest words, FastText"),
        rows,
        f"The word that was meant is stressed; it is among the {SHOWN} nearest for {right} of {len(typos)} "
        "typos.",
    )
    section.facts["misspelt words are found"] = f"{right} of {len(typos)}"
    unknown, known = reading.asked.relatives
    section.figure(
        pieces_picture(model, unknown, known),
        f"Cosines between the pieces of *{unknown}* and of *{known}*: pieces that both have are the same "
        "vector (cosine 1), and make the two words' means alike.",
    )


def _collisions(section: Section, model: FastText) -> None:
    _, rows = subword_table(model.vocabulary.words[: COMMON + 1], model.min_n, model.max_n, model.buckets)
    used = rows[rows >= COMMON + 1] - (COMMON + 1)
    pieces = {piece for word in model.vocabulary.words[1 : COMMON + 1] for piece in _pieces(model, word)}
    one, other = _first_collision(sorted(pieces), model.buckets)
    section.text(
        "*A shared row.* Pieces are not listed: a hash function (FNV-1a) sends each to one of "
        f"{model.buckets:,} rows. The {len(pieces):,} different pieces of the "
        f"{min(COMMON, len(model.vocabulary) - 1):,} commonest words fall on {len(np.unique(used)):,} "
        f"rows{told_collision(one, other)} In a table of fixed size any piece of any word has a place, and "
        "shared rows are the price of that; the tool's 2,000,000 rows make them rare."
    )


def told_collision(one: str, other: str) -> str:
    """Say whether pieces share a row, and which."""
    if not one:
        return ", so none of them share one."
    return f", so some share one, as “{one}” and “{other}” do, and are learnt as one."


def _pieces(model: FastText, word: str) -> list[str]:
    return char_ngrams(word, model.min_n, model.max_n)[1:]


def _first_collision(pieces: list[str], buckets: int) -> tuple[str, str]:
    seen: dict[int, str] = {}
    for piece in pieces:
        other = seen.setdefault(fnv1a(piece) % buckets, piece)
        if other != piece:
            return other, piece
    return "", ""


def pieces_picture(model: FastText, one: str, other: str, n: int = 4) -> Any:
    """Draw the cosines between the n-grams of two words, known or not (Bojanowski et al. 2017, figure 2)."""
    names = [char_ngrams(word, n, n)[1:] for word in (one, other)]
    first, second = (np.stack([_row(model, piece) for piece in pieces]) for pieces in names)
    figure, axis = new_figure(7.2, 5.4)
    image = axis.imshow(first @ second.T, cmap="RdBu_r", vmin=-1, vmax=1)
    axis.set_yticks(range(len(names[0])), names[0], fontsize=SMALL, family="monospace")
    axis.set_xticks(
        range(len(names[1])), names[1], fontsize=SMALL, family="monospace", rotation=45, ha="right"
    )
    axis.set_ylabel(f"pieces of {one}", color=COLOURS[0])
    axis.set_xlabel(f"pieces of {other}", color=COLOURS[0])
    axis.tick_params(length=0)
    scale = figure.colorbar(image, ax=axis)
    scale.set_label("cosine", size=TYPE)
    scale.ax.tick_params(labelsize=SMALL)
    return figure


def _row(model: FastText, piece: str) -> np.ndarray:
    """Return the unit vector of an n-gram."""
    row = model.v[model.bucket_rows(np.array(fnv1a(piece) % model.buckets)), : model.dim]
    return row / (np.linalg.norm(row) or 1)
