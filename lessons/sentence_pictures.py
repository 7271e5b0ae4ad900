"""Pictures of a sentence network: its numbers from words to classes, mixed blocks, words that move."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..core import no_grad
from ..text import SentenceCNN, pca
from ..text.sentences.convolutional.batches import pad_sentences
from .drawing import COLOURS, GREY, INK, SMALL, TYPE, bare, new_figure, open_axes
from .place_labels import place_labels

SHOWN = 16  # filters of each width that are drawn


def network_picture(model: SentenceCNN, words: list[str], labels: Sequence[str]) -> Any:
    """Draw Kim's Fig. 1 from a network and a sentence: vectors, maps, maxima, classes, with shapes."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    model.add_words(words)
    model.net_.eval()
    border = model.border
    row = pad_sentences([model.table_.numbers(words)], border, len(words))[0]
    with no_grad():
        maps = [answers.data[0] for answers in model.net_.feature_maps(row[None])]
    sheets = [table.weight.data[row] for table in model.net_.embeddings]
    figure = Figure(figsize=(10.6, 5.6))
    count, lowest, tall = len(row), 0.1, 0.74
    left = 0.115
    for n, sheet in enumerate(sheets):  # (T,D) each
        axis = figure.add_axes((left, lowest, 0.11, tall))
        reach = np.abs(sheet).max()
        axis.imshow(sheet, aspect="auto", cmap="RdBu", vmin=-reach, vmax=reach, interpolation="nearest")
        bare(axis)
        if n == 0:
            names = ["·"] * border + words + ["·"] * border
            axis.set_yticks(range(count), names, fontsize=SMALL)
            axis.tick_params(axis="y", length=0)
        kind = ("stays", "learns")[n] if len(sheets) > 1 else ""
        _title(axis, f"{'vectors, ' if n == 0 else ''}{kind}\n{sheet.shape[0]} x {sheet.shape[1]}")
        left += 0.12
    left += 0.03
    for n, (width, answers) in enumerate(zip(model.windows, maps, strict=True)):
        share = answers.shape[1] / count
        axis = figure.add_axes((left, lowest + tall * (1 - share) / 2, 0.085, tall * share))
        axis.imshow(answers[:SHOWN].T, aspect="auto", cmap="Greys", vmin=0, vmax=max(a.max() for a in maps))
        bare(axis)
        for filter_ in range(min(SHOWN, len(answers))):
            place = int(answers[filter_].argmax())
            if answers[filter_, place] > 0:
                axis.add_patch(
                    Rectangle((filter_ - 0.5, place - 0.5), 1, 1, fill=False, color=COLOURS[n], lw=1.6)
                )
        _title(axis, f"width {width}\n{answers.shape[1]} x {answers.shape[0]}", COLOURS[n])
        left += 0.095
    left += 0.02
    z = np.concatenate([answers.max(1) for answers in maps])
    axis = figure.add_axes((left, lowest, 0.07, tall))
    colours = [COLOURS[n] for n, answers in enumerate(maps) for _ in answers]
    axis.barh(range(len(z)), z, color=colours, height=1.0)
    axis.invert_yaxis()
    axis.set_yticks([])
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    _title(axis, f"maxima\n{len(z)}")
    left += 0.155
    chances = model.predict_proba([words])[0]
    axis = figure.add_axes((left, lowest + tall / 4, 0.1, tall / 2))
    axis.barh(range(len(chances)), chances, color=INK, height=0.5)
    axis.set_yticks(range(len(chances)), labels, fontsize=SMALL)
    axis.set_xlim(0, 1)
    axis.set_xticks([0, 1], ["0", "1"], fontsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    _title(axis, f"classes\n{len(chances)}")
    return figure


def _title(axis: Any, text: str, colour: str = INK) -> None:
    axis.set_title(text, fontsize=SMALL, color=colour)


def shuffled_picture(blocks: Sequence[int], found: Sequence[float], whole: float, widest: int) -> Any:
    """Draw the share of sentences that are named rightly against the words of a block."""
    figure, axis = new_figure(7.0, 3.4)
    axis.plot(blocks, [100 * share for share in found], "o-", color=COLOURS[0])
    axis.axhline(100 * whole, color=GREY, linestyle="--")
    axis.axvspan(blocks[0], widest, color=GREY, alpha=0.12, linewidth=0)
    axis.annotate(
        "within the widest window", (widest, axis.get_ylim()[0]), (-6, 8),
        textcoords="offset points", ha="right", fontsize=SMALL, color=INK,
    )  # fmt: skip
    axis.set_xticks(blocks)
    axis.set_xlabel("words of a block that stay together", fontsize=TYPE)
    axis.set_ylabel("named rightly, per cent", fontsize=TYPE)
    open_axes(axis)
    return figure


def moved_picture(
    groups: Sequence[Sequence[str]],
    before: Sequence[np.ndarray],
    after: Sequence[np.ndarray],
    kinds: Sequence[str],
    labelled: Collection[str],
) -> Any:
    """Draw groups of words, each with rows of vectors (N, D), before and after training, on principal planes.

    Words that are not ``labelled`` are hollow.
    """
    figure, axes = new_figure(10.4, 5.0, 1, 2)
    names = [word for group in groups for word in group]
    colours = [colour for group, colour in zip(groups, COLOURS, strict=False) for _ in group]
    for axis, title, vectors in zip(axes.flat, ("before", "after"), (before, after), strict=True):
        points, _ = pca(np.concatenate(list(vectors)))
        start = 0
        for group, colour, kind, marker in zip(groups, COLOURS, kinds, "os", strict=False):
            own = points[start : start + len(group)]
            faces = [colour if word in labelled else "white" for word in group]
            axis.scatter(*own.T, c=faces, edgecolors=colour, s=26, marker=marker, label=kind)
            start += len(group)
        axis.set_title(title, fontsize=TYPE)
        bare(axis)
        axis.margins(0.16)
        place_labels(axis, points, names, colours)
    handles, texts = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside upper center", ncols=2, fontsize=TYPE, frameon=False)
    return figure
