"""Story 7: a cheaper output layer.  Each word at the leaf of a tree, its probability made of decisions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ext.embeddings.hierarchical_softmax import huffman
from ..ext.embeddings.hierarchical_softmax import reference as tree_reference
from ..text import Word2Vec
from . import huffman_picture
from .compare import contender, score_table, shared, side_by_side, told_difference
from .drawing import COLOURS, SMALL, new_figure, open_axes
from .page import Section
from .reading import Reading

FREQUENT, DRAWN = 2, 8  # words in the small tree: the most frequent ones, and in all


def hierarchical(reading: Reading, show: bool = True) -> Section:
    """Run the story: the tree of the text's words, and a training with it."""
    section = Section("A tree for an output layer", "hierarchical-softmax")
    reading = reading.of_part(show)
    nodes, codes = huffman.huffman(reading.vocabulary.counts)
    lengths = np.array([len(path) for path in nodes])
    mean = float((lengths * reading.vocabulary.counts).sum() / reading.vocabulary.counts.sum())
    _cost(section, reading, mean, int(lengths.max()))
    _small_tree(section, reading)
    _paths(section, reading, codes)
    same = {name: getattr(reading.model, name) for name in ("dim", "window", "sample", "alpha")}
    times = reading.model.epochs
    model = Word2Vec(**same, hs=True, epochs=times, min_count=1, seed=1)
    model.fit_tokens(reading.vocabulary, reading.tokens, progress=show)
    contenders = [shared(reading), contender("the tree", model, reading, times)]
    section.text(
        f"*What it learns* from {reading.name}. A skip-gram with this output layer, otherwise with the "
        "options of the chapter before, and as much reading:"
    )
    scores = score_table(section, reading, contenders)
    section.text(told_difference("the tree", "negative sampling", scores[1], scores[0]))
    side_by_side(section, reading, contenders)
    _sum(section, reading, model)
    section.code(huffman.tree, tree_reference.learn)
    section.facts[f"decisions for a word, instead of {reading.different:,} scores"] = f"{mean:.1f}"
    return section


def _cost(section: Section, reading: Reading, mean: float, most: int) -> None:
    V, noise = reading.different, reading.model.negative
    section.text(
        "The model should say how probable each word is near another. The softmax over all words must "
        f"divide by a sum over all of them: each example touches one row of v' for each of {V:,} words. "
        f"*Negative sampling* touches {noise + 1}: the word and {noise} noise words; but what it learns is "
        "no probability of a word any more. *Hierarchical softmax* keeps the probabilities: the words are "
        "the leaves of a binary tree, each inner node decides, left or right, and a word's probability is "
        "the product of the decisions on the way to it."
    )
    section.figure(
        _cost_picture(V, noise, mean),
        "Rows of v' that one example touches, against the number of words V: all of them, about log2 V, "
        f"or {noise + 1}. Each line of both scales is ten times the one before. The points are this text: "
        f"{V:,}, {mean:.1f} on average, {noise + 1}.",
    )
    section.text(told_lengths(V, mean, most))


def told_lengths(words: int, mean: float, most: int) -> str:
    """Say how long the ways are, beside those of a tree in which all are equally long."""
    balanced = np.log2(words)
    gain = "shorter than" if mean < balanced else "no shorter than"
    return (
        "In a *Huffman* tree frequent words have short ways. Over the words of this text, each as often "
        f"as it occurs, it takes {mean:.1f} decisions on average, at most {most}: {gain} the "
        f"{balanced:.1f} (log2 of {words:,}) of a tree whose leaves are all equally deep."
    )


def _small_tree(section: Section, reading: Reading) -> None:
    """Draw the tree of a few words, and write out the probability of one of them."""
    vocabulary = reading.vocabulary
    probes = [word for word in reading.asked.probes if word in reading.vectors]
    words = list(dict.fromkeys([*vocabulary.words[1 : 1 + FREQUENT], *probes]))[:DRAWN]
    counts = [int(vocabulary.counts[vocabulary.index[word]]) for word in words]
    nodes, codes = huffman.huffman(counts)  # type: ignore[arg-type]
    shown = words[min(FREQUENT, len(words) - 1)]
    section.text(
        f"*How the tree is made.* Here with {len(words)} words alone. The two rarest subtrees are joined, "
        "then again, until one is left. Each inner node has a vector v' of its own, and code 0 or 1 says "
        "by which branch to leave it."
    )
    section.svg(
        huffman_picture.draw(words, counts, shown),
        f"The Huffman tree of {len(words)} words, each with how often it occurs. The numbers of inner "
        f"nodes say in which order they were made. Red: the way to *{shown}*.",
    )
    path = zip(nodes[words.index(shown)], codes[words.index(shown)], strict=True)
    factors = "\n    × ".join(f"(1 - σ(v'{node} · h))" if code else f"σ(v'{node} · h)" for node, code in path)
    section.output(f"p({shown} | h)\n    = {factors}")


def _paths(section: Section, reading: Reading, codes: list[list[int]]) -> None:
    words, counts = reading.vocabulary.words, reading.vocabulary.counts
    known = [word for word in reading.asked.probes if word in reading.vectors][:4]
    rows = [reading.vocabulary.index[word] for word in [words[1], *known]]
    section.table(
        ("word", "times", "decisions", "codes from the root"),
        [
            (f"*{words[r]}*", f"{counts[r]:,}", f"{len(codes[r])}", "`" + "".join(map(str, codes[r])) + "`")
            for r in rows
        ],
        "The same in the tree of all words.",
    )


def _sum(section: Section, reading: Reading, model: Word2Vec) -> None:
    word = next(
        (word for word in reading.asked.probes if word in reading.vectors), reading.vocabulary.words[1]
    )
    chances = probabilities(model, model.v[reading.vocabulary.index[word]])
    likely = [reading.vocabulary.words[i] for i in np.argsort(-chances)[:6]]
    section.text(
        f"*These are probabilities.* With the vector of *{word}* as h, as it was learnt, the probabilities "
        f"of all {len(chances):,} leaves (all words, and the mark of a sentence's end) are computed one by "
        f"one. Their sum: {chances.sum():.6f}. The likeliest are "
        f"{', '.join(f'*{each}*' for each in likely)}."
    )


def probabilities(model: Word2Vec, h: np.ndarray) -> np.ndarray:
    """Return p(word | h) of all words, (V,), each as the product of the decisions on its way."""
    nodes, codes = huffman.huffman(model.vocabulary.counts)
    losses = [
        tree_reference.tree_loss(h.astype(np.float64), model.vp[path].astype(np.float64), np.array(code))
        for path, code in zip(nodes, codes, strict=True)
    ]
    return np.exp(-np.array(losses))


def _cost_picture(words: int, noise: int, mean: float) -> Any:
    figure, axis = new_figure(7.4, 4.2)
    sizes = np.logspace(2, 6, 50)
    lines = {
        "softmax: V": (sizes, words),
        "tree: about log2 V": (np.log2(sizes), mean),
        f"negative sampling: {noise + 1}": (np.full_like(sizes, noise + 1), noise + 1),
    }
    for (name, (rows, here)), colour in zip(lines.items(), COLOURS, strict=False):
        axis.plot(sizes, rows, color=colour, linewidth=2, label=name)
        axis.plot(words, here, "o", color=colour, ms=8)
    axis.set(xscale="log", yscale="log", xlabel="words V", ylabel="rows of v' touched by an example")
    axis.legend(fontsize=SMALL, frameon=False, loc="upper left")
    open_axes(axis)
    return figure
