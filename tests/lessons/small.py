"""The tour, small: few images, a short text, short trainings; the same chapters."""

from __future__ import annotations

from cutaway import vision
from cutaway.lessons import (
    features,
    first_layer,
    glove,
    hierarchical,
    how_much,
    kinds,
    maximise,
    networks,
    reach,
    reading,
    sentence_task,
    sentiment_trees,
    subwords,
    transfer,
    words,
)
from cutaway.text import FastText, GloVe, Word2Vec
from cutaway.vision.interpret.settings import Settings


def task():
    train, test = vision.SceneDataset(8, 32, seed=1), vision.SceneDataset(6, 32, seed=2)
    return networks.Task("scenes", train, test, vision.CLASSES, 4, 2, 2, 4, 5e-3)


def text(progress=True):
    for i in range(400):
        angle, part = ("sine", "cosine")[i % 2], ("row", "column", "column")[i % 3]
        yield f"the {angle} of the angle in radians of file and the {part} of the matrix".split()


def shrink(monkeypatch):
    """Make every training of the tour small."""

    def vectors(**options):
        return Word2Vec(dim=16, epochs=2, min_count=1, hs=options.get("hs", False))

    monkeypatch.setattr(networks, "generated", task)
    for name, value in {"READ": 8, "EPOCHS": 1, "SIZES": (2, 4), "ASKED": 3, "STEPS": 2}.items():
        monkeypatch.setattr(transfer, name, value)
    monkeypatch.setattr(first_layer, "EPOCHS", 1)
    for name, value in {"LEARN": 60, "JUDGE": 20, "EPOCHS": 3}.items():
        monkeypatch.setattr(sentiment_trees, name, value)
    monkeypatch.setattr(first_layer, "ASKED", 4)
    monkeypatch.setattr(how_much, "STEPS", 4)
    for name, value in {"IMAGES": 16, "TESTS": 4, "EPOCHS": 1}.items():
        monkeypatch.setattr(reach, name, value)
    for module, name, value in (
        (kinds, "COUNT", 64), (kinds, "EPOCHS", 1), (kinds, "JUDGE", 20),
        (maximise, "ASCENT", Settings(4, rate=4.0, normalised=True, noise=10.0)), (maximise, "SEARCHED", 24),
        (maximise, "FILTERS", 2),
        (sentence_task, "READ", 60), (sentence_task, "LEARNT", 60), (sentence_task, "ASKED", 40),
        (sentence_task, "EPOCHS", 2),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(reading, "python_docs", text)
    for module in (reading, words, hierarchical):
        monkeypatch.setattr(module, "Word2Vec", vectors)
    small = {"dim": 16, "min_count": 1, "memory": 0.01}
    monkeypatch.setattr(glove, "GloVe", lambda **options: GloVe(**options | small))
    monkeypatch.setattr(features, "paragraphs", lambda name: [[*line, name[::-1]] for line in text()][:40])
    monkeypatch.setattr(features, "SIZES", (3,))
    monkeypatch.setattr(features, "DRAWS", 1)
    sizes = {"dim": 16, "epochs": 2, "min_count": 1, "buckets": 1000, "shared": True}
    monkeypatch.setattr(subwords, "FastText", lambda **_: FastText(**sizes))
