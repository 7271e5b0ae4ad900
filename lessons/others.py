"""Story 8: pairs of words that are one, a cheaper output layer, vectors out of counts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..ext.embeddings.glove import reference as glove_reference
from ..ext.embeddings.hierarchical_softmax import huffman
from ..ext.embeddings.hierarchical_softmax import reference as tree_reference
from ..text import GloVe, Phrases, Word2Vec, WordVectors, evaluate_analogies
from ..text.glove import cells
from .page import Section
from .reading import COMMON, Reading
from .word_pictures import COLOURS

PHRASES, LETTERS = 12, 4  # shown; letters that each of their words has at least
TEXTS = 60_000  # paragraphs they are counted in, at most
TREE_EPOCHS, GLOVE_EPOCHS = 5, 15
PROBES, NEAR = 4, 5
DRAWN = 4000  # cells in the picture


def others(reading: Reading, show: bool = True) -> Section:
    """Run the story on the text that was read."""
    section = Section("What else there is", "others")
    _phrases(section, reading)
    tree = _tree(section, reading, show)
    glove = _glove(section, reading, show)
    _compare(section, reading, {"hierarchical softmax": tree, "GloVe": glove})
    return section


def _phrases(section: Section, reading: Reading) -> None:
    # each paragraph once: else stock phrases of a manual come first
    once = dict.fromkeys(map(tuple, reading.paragraphs(TEXTS, 2)))
    phrases = Phrases(threshold=200).fit([list(words) for words in once])
    found = phrases.found()
    pairs = [pair for pair in phrases.pairs if "_".join(pair) in found and min(map(len, pair)) >= LETTERS]
    shown = sorted(pairs, key=lambda pair: (-phrases.pairs[pair], pair))[:PHRASES]
    section.text(
        "*Words that come in pairs.* “New York” is no York that is new: some pairs are words of their own. "
        "They are found by counting: a pair scores how many times more often it stands in the text than its "
        f"two words would meet by chance (less a discount for rare pairs). {len(found):,} pairs score above "
        f"{phrases.threshold:g}; joined, they get vectors like any word. The most frequent of them, of words "
        "with four letters or more:"
    )
    section.table(
        ("pair", "times", "score"),
        [
            (f"*{' '.join(pair)}*", f"{phrases.pairs[pair]:,}", f"{phrases.score(*pair):,.0f}")
            for pair in shown
        ],
    )
    section.code(Phrases.score)


def _tree(section: Section, reading: Reading, show: bool) -> Word2Vec:
    counts, words = reading.vocabulary.counts, reading.vocabulary.words
    nodes, codes = huffman.huffman(counts)
    lengths = np.array([len(way) for way in nodes])
    mean = float((lengths * counts).sum() / counts.sum())
    known = [word for word in reading.asked.probes if word in reading.vectors][:PROBES]
    rows = [words.index(word) for word in [words[1], *known]]
    section.text(
        "*Cheaper than the softmax, without noise.* The softmax over all words touches a row of v' for each "
        f"of {len(words) - 1:,} words at every step; negative sampling {reading.model.negative + 1}. "
        "*Hierarchical softmax* puts the words at the leaves of a binary tree: the probability of a word is "
        "the product of the decisions, left or right, on the way to its leaf, and these sum to 1 over all "
        f"words by themselves. In a *Huffman* tree frequent words have short ways: {mean:.1f} decisions on "
        f"average over this text, {lengths.max()} at most."
    )
    section.table(
        ("word", "times", "way from the root"),
        [(f"*{words[row]}*", f"{counts[row]:,}", "".join("LR"[code] for code in codes[row])) for row in rows],
        "L: the sigmoid of v'(node) · h, R: 1 minus it.",
    )
    section.code(huffman.tree, tree_reference.learn)
    same = {name: getattr(reading.model, name) for name in ("dim", "window", "sample", "alpha")}
    model = Word2Vec(**same, hs=True, epochs=TREE_EPOCHS, min_count=1, seed=1)
    return model.fit_tokens(reading.vocabulary, reading.part(), progress=show)


def _glove(section: Section, reading: Reading, show: bool) -> GloVe:
    model = GloVe(dim=reading.model.dim, window=10, x_max=10.0, epochs=GLOVE_EPOCHS, memory=0.5, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        path = model.write_cells([reading.part()], len(reading.vocabulary), Path(folder) / "cells")
        model.fit_cells(reading.vocabulary, path, progress=show)
        some = np.fromfile(path, cells.CELL, DRAWN)
        count = cells.count(path)
    section.text(
        "*Count first, then learn.* word2vec meets the pairs of a text one by one, the same ones again and "
        f"again. *GloVe* counts them once, in one table of how often which word stands near which: {count:,} "
        "pairs that occur at all, nearer ones weighing more. Then it looks for vectors whose dot product, "
        "with a bias for each word, is the logarithm of the count: least squares, in which rare pairs, "
        "mostly noise, weigh less. A step changes two rows, by AdaGrad.",
        f"The mean cost of a pair fell from {model.history[0]['loss']:.3f} in the first pass over the table "
        f"to {model.history[-1]['loss']:.3f} in the last of {model.epochs}.",
    )
    section.figure(
        _counts_picture(model, some),
        f"{len(some):,} pairs drawn at random: what the vectors say against the logarithm of the count. On "
        "the dashed line they would be equal; pairs that count little are pale.",
    )
    section.code(glove_reference.train_cells)
    return model


def predicted(model: GloVe, some: np.ndarray) -> np.ndarray:
    """Return w . c + b + b' of cells, (N,): what is to be log X (Pennington et al. 2014, eq. 8)."""
    i, j = some["word"], some["context"]
    b, b_context = model.biases
    return (model.w[i, : model.dim] * model.c[j, : model.dim]).sum(1) + b[i] + b_context[j]


def _counts_picture(model: GloVe, some: np.ndarray) -> Any:
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.6), layout="constrained")
    axis = figure.subplots()
    wanted = np.log(some["x"])
    weight = glove_reference.weight(some["x"], model.x_max, model.alpha)
    colours = [(*to_rgb(COLOURS[0]), 0.15 + 0.85 * share) for share in weight]
    axis.scatter(wanted, predicted(model, some), s=9, c=colours, linewidths=0)
    ends = [wanted.min(), wanted.max()]
    axis.plot(ends, ends, "--", color="#5b6573", linewidth=1.2)
    axis.set(xlabel="logarithm of the count", ylabel="w · c + b + b'")
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def _compare(section: Section, reading: Reading, others: dict[str, Any]) -> None:
    models: dict[str, Any] = {"negative sampling": reading.model, **others}
    known = [word for word in reading.asked.probes if word in reading.vectors][:PROBES]
    vectors = {name: model.vectors for name, model in models.items()}
    section.text(
        "*Side by side.* Three objectives, one text; the nearest words differ less than the formulas."
    )
    section.table(
        ("word", *models),
        [(f"*{word}*", *(nearest(each, word) for each in vectors.values())) for word in known],
    )
    scores = {name: evaluate_analogies(each, reading.questions, COMMON)[-1] for name, each in vectors.items()}
    if min(score.seen for score in scores.values()):
        part, whole = len(reading.part()), len(reading.tokens)
        read = dict(zip(models, (whole * reading.model.epochs, part * TREE_EPOCHS, part), strict=True))
        section.table(
            ("", "words read", "analogies right"),
            [(name, f"{read[name]:,}", f"{score.accuracy:.0%}") for name, score in scores.items()],
            f"GloVe has read the text once, and its table {GLOVE_EPOCHS} times. It was made for texts a "
            "thousand times as long: of a short one most counts are 1 or 2, and say little.",
        )


def nearest(vectors: WordVectors, word: str) -> str:
    """Return the nearest words, a list in one line."""
    return ", ".join(near for near, _ in vectors.most_similar(word, topn=NEAR, restrict_vocab=COMMON))
