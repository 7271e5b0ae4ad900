"""Story 10: count first, then learn.  GloVe makes vectors of how often which word stands near which."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..ext.embeddings.glove import reference as glove_reference
from ..text import GloVe
from ..text.glove import cells
from .compare import contender, score_table, shared, side_by_side, told_difference
from .drawing import COLOURS, GREY, SMALL, new_figure, open_axes, whole_ticks
from .page import Section
from .reading import Reading

WINDOW = 10
LONGER = 2  # times as many passes, to see whether that helps
DRAWN = 4000  # cells in the picture
RARE = 2.0  # a count that says little
TELLS = 3.0  # a ratio that is larger, or smaller than 1/3, tells the two words apart


def glove(reading: Reading, show: bool = True) -> Section:
    """Run the story on the text that was read."""
    section = Section("Count first, then learn", "glove")
    reading = reading.of_part(show)
    times, scores, contenders = reading.model.epochs, [], [shared(reading)]
    model = GloVe(dim=reading.model.dim, window=WINDOW, x_max=10.0, epochs=LONGER * times, memory=0.5, seed=1)

    def after_pass(model: GloVe) -> None:
        scores.append(reading.analogies(model.vectors))
        if model.epoch in (times, LONGER * times):
            contenders.append(contender(f"GloVe, {model.epoch} passes", model, reading, model.epoch))

    with tempfile.TemporaryDirectory() as folder:
        path = model.write_cells([reading.tokens], len(reading.vocabulary), Path(folder) / "cells")
        table = np.fromfile(path, cells.CELL)
        model.fit_cells(reading.vocabulary, path, show, [after_pass])
    _ratios(section, reading, model, table)
    _objective(section, model, table)
    section.text(
        "*Compared.* word2vec meets the pairs of a text one by one, the same ones again and again; GloVe "
        "goes through its table, in which each pair stands once with its count. So one pass over the "
        "table stands for one over the text."
    )
    found = score_table(
        section, reading, contenders[:2],
        " A pass over GloVe's table sees every pair once, with its count in the text. Its window is "
        f"{WINDOW} words to either side, word2vec's {reading.model.window} at most.",
    )  # fmt: skip
    section.text(told_difference("GloVe", "negative sampling", found[1], found[0]))
    if not np.isnan(scores[-1]):
        _longer(section, reading, scores, times, table)
    side_by_side(section, reading, [contenders[0], contenders[-1]])
    section.code(glove_reference.weight, glove_reference.train_cells)
    section.facts["different pairs of words counted"] = f"{len(table):,}"
    return section


def _ratios(section: Section, reading: Reading, model: GloVe, table: np.ndarray) -> None:
    """Show that a ratio of counts tells two words apart, and that the vectors know it."""
    one, other, probes = reading.asked.ratio
    index = reading.vocabulary.index
    probes = [word for word in probes if word in index]
    section.text(
        f"*The idea.* How often which word stands near which in {reading.name} is counted once, in one table "
        f"X of {len(table):,} pairs that occur at all ({WINDOW} words to the left and right; a neighbour at "
        "distance d counts 1/d). A single count says little: *the* is near everything. A *ratio* of "
        "counts says more."
    )
    if one not in index or other not in index:
        return
    rows = ratios(table, model, index[one], index[other], [index[word] for word in probes])
    section.table(
        (
            "near …",
            f"chance beside *{one}*",
            f"beside *{other}*",
            "ratio",
            "by the vectors",
            "so it tells of …",
        ),
        [
            (
                f"*{word}*",
                _chance(p),
                _chance(q),
                _ratio(p / q) if p and q else "none",
                _ratio(by),
                told_ratio(p, q, one, other),
            )
            for word, (p, q, by) in zip(probes, rows, strict=True)
        ],
        f"The chance that a neighbour of the word is this one. A ratio above {TELLS:g} or below "
        f"1/{TELLS:g} tells the two words apart; nearer to 1, it belongs to both or to neither. *By "
        "the vectors*: the same ratio as the trained vectors give it.",
    )


def ratios(
    table: np.ndarray, model: GloVe, one: int, other: int, probes: Sequence[int]
) -> list[tuple[float, float, float]]:
    """Return for each probe: its share of either word's neighbours, and the vectors' ratio."""
    found = {}
    for word in (one, other):
        own = table[table["word"] == word]
        found[word] = (
            dict(zip(own["context"].tolist(), own["x"].tolist(), strict=True)),
            float(own["x"].sum()),
        )
    rows = []
    for probe in probes:
        p, q = (near.get(probe, 0.0) / max(total, 1e-12) for near, total in (found[one], found[other]))
        pair = np.array([(one, probe, 1), (other, probe, 1)], cells.CELL)
        by = np.exp(-np.diff(predicted(model, pair))[0]) * found[other][1] / max(found[one][1], 1e-12)
        rows.append((p, q, float(by)))
    return rows


def _chance(share: float) -> str:
    return f"{share:.2%}" if share >= 1e-4 else f"{share:.4%}" if share else "never"


def _ratio(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def told_ratio(p: float, q: float, one: str, other: str) -> str:
    """Say which of two words a neighbour tells of, from its chances beside them."""
    if not p and not q:
        return "neither, never seen"
    return one if p > TELLS * q else other if q > TELLS * p else "neither"


def _objective(section: Section, model: GloVe, table: np.ndarray) -> None:
    first, last = model.history[0]["loss"], model.history[-1]["loss"]
    some = table[:DRAWN]
    section.text(
        "*The cost.* Ratios become differences of logarithms, so GloVe looks for vectors whose dot "
        "product, with a bias for each word, is the logarithm of the count, by least squares in which "
        "rare pairs, mostly noise, weigh less:"
    )
    section.output(
        "J = 1/2 sum over i, j of  f(X_ij) (w_i · c_j + b_i + b'_j - log X_ij)²\n"
        f"f(x) = (x / {model.x_max:g})^{model.alpha:g}, at most 1"
    )
    section.text(
        f"A step changes two rows, by AdaGrad. The mean cost of a pair {told_change(first, last)} from "
        f"{first:.3f} in the first pass over the table to {last:.3f} in the last of {len(model.history)}."
    )
    section.figure(
        _counts_picture(model, some),
        f"{len(some):,} pairs drawn at random: what the trained vectors say against the logarithm of the "
        "count. On the dashed line they would be equal; pairs that count little are pale.",
    )


def told_change(before: float, after: float) -> str:
    """Return the verb for a number that changed.

    >>> told_change(0.2, 0.1), told_change(0.1, 0.2)
    ('fell', 'rose')
    """
    return "fell" if after < before else "rose" if after > before else "did not change"


def predicted(model: GloVe, some: np.ndarray) -> np.ndarray:
    """Return w . c + b + b' of cells, (N,): what is to be log X (Pennington et al. 2014, eq. 8)."""
    i, j = some["word"], some["context"]
    b, b_context = model.biases
    return (model.w[i, : model.dim] * model.c[j, : model.dim]).sum(1) + b[i] + b_context[j]


def _counts_picture(model: GloVe, some: np.ndarray) -> Any:
    from matplotlib.colors import to_rgb

    figure, axis = new_figure(6.6, 4.6)
    wanted = np.log(some["x"])
    weight = glove_reference.weight(some["x"], model.x_max, model.alpha)
    colours = [(*to_rgb(COLOURS[0]), 0.15 + 0.85 * share) for share in weight]
    axis.scatter(wanted, predicted(model, some), s=9, c=colours, linewidths=0)
    ends = [wanted.min(), wanted.max()]
    axis.plot(ends, ends, "--", color="#5b6573", linewidth=1.2)
    axis.set(xlabel="logarithm of the count, log X", ylabel="w · c + b + b'")
    open_axes(axis)
    return figure


def _longer(section: Section, reading: Reading, scores: list[float], times: int, table: np.ndarray) -> None:
    section.figure(
        _passes_picture(reading.learnt, scores, times),
        "Analogies right after each pass, of word2vec over the text, of GloVe over its table. word2vec's "
        "steps shrink to nothing towards its last pass, so before that its curve is of a training that is "
        f"not finished; GloVe's is the same however long it goes on. Dotted: {times} passes, where the two "
        "are compared.",
    )
    rare = float((table["x"] <= RARE).mean())
    section.text(told_longer(scores, times, rare))


def told_longer(scores: list[float], times: int, rare: float) -> str:
    """Say whether more passes help, and what GloVe was made for."""
    gain = scores[-1] - scores[times - 1]
    helps = "help" if gain > 0.02 else "harm" if gain < -0.02 else "change little"
    return (
        f"More passes {helps}: after {len(scores)} GloVe answers {scores[-1]:.0%}, after {times} "
        f"{scores[times - 1]:.0%}. It was made for texts a thousand times as long: of this one "
        f"{rare:.0%} of the counts are {RARE:g} or less, and say little."
    )


def _passes_picture(one: list[float], other: list[float], times: int) -> Any:
    figure, axis = new_figure(7.4, 3.9)
    curves = (("negative sampling", one, "o"), ("GloVe", other, "s"))
    for (name, scores, marker), colour in zip(curves, COLOURS, strict=False):
        axis.plot(
            range(1, len(scores) + 1),
            [100 * s for s in scores],
            marker=marker,
            ms=4,
            color=colour,
            label=name,
        )
    axis.axvline(times, color=GREY, linestyle=":")
    axis.set(xlabel="passes", ylabel="analogies right, per cent", ylim=(0, None))
    axis.legend(fontsize=SMALL, frameon=False, loc="lower right")
    open_axes(axis)
    whole_ticks(axis)
    return figure
