"""Labelled sentences and word vectors for the story of sentence networks: generated ones, or a real set."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..text import Word2Vec, WordVectors, read_sentence_set, sentence_sets
from ..text.sentences.convolutional.words import UNKNOWN
from . import reviews

TURNS = frozenset((*reviews.TURNS, "n't", "no", "nothing", "without"))
READ, LEARNT, ASKED, EPOCHS = 12_000, 600, 1_000, 18  # reviews to read, to learn from, to be asked about


@dataclass
class Sentences:
    """Sentences, lists of words, with their labels; and vectors that no label has touched.

    Attributes
    ----------
    name, read : what the sentences are, and what the vectors were learnt from, in words.
    train, test : (sentences, labels (N,)).
    labels : names of 0 and 1.
    vectors : of the words.
    words : groups of words to ask the vectors about.
    maps, epochs, batch : filters of each width; passes of a training, sentences of a step.
    """

    name: str
    read: str
    train: tuple[list[list[str]], np.ndarray]
    test: tuple[list[list[str]], np.ndarray]
    labels: tuple[str, ...]
    vectors: WordVectors
    words: tuple[tuple[str, ...], ...]
    maps: int
    epochs: int
    batch: int
    kinds: dict[str, np.ndarray] = field(init=False)  # name: which of the test sentences, bool (N,)

    def __post_init__(self) -> None:
        known = {word for words in self.train[0] for word in words}
        self.kinds = kinds_of(self.test[0], known)


def kinds_of(texts: list[list[str]], known: set[str]) -> dict[str, np.ndarray]:
    """Return which sentences are of each kind; each is of one, the first that fits.

    Parameters
    ----------
    known : the words of the sentences that were learnt from.
    """
    contrast = np.array(["but" in words for words in texts])
    turned = np.array([any(word in TURNS for word in words) for words in texts]) & ~contrast
    new = np.array([any(word not in known for word in words) for words in texts]) & ~contrast & ~turned
    return {
        "plain": ~(contrast | turned | new), "with a new word": new,
        "with a “not”": turned, "with a “but”": contrast,
    }  # fmt: skip


def generated(show: bool) -> Sentences:
    """Return generated reviews, and vectors of word2vec that has read many without labels.

    In a quarter of those that are asked about all judging words are new to the labels.
    """
    model = Word2Vec(dim=40, window=6, epochs=3, min_count=1, sample=0, threads=1)
    found = model.fit(list(reviews.unlabelled(READ, 1)), progress=show).vectors
    # subtle: filters begin small, so that short vectors learn slowly; these get the length of
    # Kim's, of 300 numbers
    norms = np.linalg.norm(found.matrix, axis=1)
    vectors = WordVectors(found.words, found.matrix * (UNKNOWN * (300 / 3) ** 0.5 / norms.mean()))
    texts, y = reviews.reviews(ASKED, 3)
    quarter = ASKED // 4
    texts = reviews.with_new_words(texts[:quarter], 4) + texts[quarter:]
    groups = tuple(one[:5] + other[:5] for one, other in zip(reviews.KNOWN, reviews.NEW, strict=True))
    return Sentences(
        f"{LEARNT} generated reviews of films", f"{READ:,} reviews without labels",
        reviews.reviews(LEARNT, 2), (texts, y), reviews.LABELS, vectors, groups, 40, EPOCHS, 10,
    )  # fmt: skip


def real(data: Path) -> Sentences:
    """Return the sentences of the Stanford Sentiment Treebank, without neutral ones, and a file's vectors."""
    sst, path = read_sentence_set(data, "sst2"), vectors_in(data)[-1]
    parts = [np.flatnonzero(sst.parts == part) for part in ("train", "test")]
    train, test = (([sst.words[i] for i in part], sst.y[part]) for part in parts)
    return Sentences(
        f"{len(train[0]):,} sentences of the Stanford Sentiment Treebank",
        f"{path.name}, which others have "
        "made",
        train, test, reviews.LABELS, WordVectors.load(path), reviews.KNOWN, 100, 5, 50,
    )  # fmt: skip


def has_real(data: Path) -> bool:
    """Say whether a data folder has both."""
    return "sst2" in sentence_sets(data) and bool(vectors_in(data))


def vectors_in(data: Path) -> list[Path]:
    """Return the files of word vectors of a data folder, the largest last."""
    return sorted((data / "vectors").glob("*.npz"), key=lambda path: path.stat().st_size)
