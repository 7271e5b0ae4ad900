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


LOWEST, TALL = 0.1, 0.74  # of the network's picture, as shares of its height


def network_picture(model: SentenceCNN, words: list[str], labels: Sequence[str]) -> Any:
    """Draw Kim's Fig. 1 from a network and a sentence: vectors, maps, maxima, classes, with shapes."""
    from matplotlib.figure import Figure

    model.add_words(words)
    model.net_.eval()
    row = pad_sentences([model.table_.numbers(words)], model.border, len(words))[0]
    with no_grad():
        maps = [answers.data[0] for answers in model.net_.feature_maps(row[None])]
    names = ["·"] * model.border + words + ["·"] * model.border
    figure, left = Figure(figsize=(10.6, 5.6)), 0.115
    left = _draw_vectors(figure, left, [table.weight.data[row] for table in model.net_.embeddings], names)
    left = _draw_maps(figure, left + 0.03, dict(zip(model.windows, maps, strict=True)), len(row))
    left = _draw_maxima(figure, left + 0.02, maps)
    _draw_classes(figure, left, model.predict_proba([words])[0], labels)
    return figure


def _draw_vectors(figure: Any, left: float, sheets: list[np.ndarray], names: list[str]) -> float:
    """Draw the channels of vectors, (T, D) each; return where the next drawing begins."""
    for n, sheet in enumerate(sheets):
        axis = figure.add_axes((left, LOWEST, 0.11, TALL))
        reach = np.abs(sheet).max()
        axis.imshow(sheet, aspect="auto", cmap="RdBu", vmin=-reach, vmax=reach, interpolation="nearest")
        bare(axis)
        if n == 0:
            axis.set_yticks(range(len(names)), names, fontsize=SMALL)
            axis.tick_params(axis="y", length=0)
        kind = ("stays", "learns")[n] if len(sheets) > 1 else ""
        _title(axis, f"{'vectors, ' if n == 0 else ''}{kind}\n{sheet.shape[0]} x {sheet.shape[1]}")
        left += 0.12
    return left


def _draw_maps(figure: Any, left: float, maps: dict[int, np.ndarray], count: int) -> float:
    """Draw the answers (F, T - h + 1) of filters of each width h, the largest of each framed."""
    from matplotlib.patches import Rectangle

    darkest = max(answers.max() for answers in maps.values())
    for n, (width, answers) in enumerate(maps.items()):
        share = answers.shape[1] / count
        axis = figure.add_axes((left, LOWEST + TALL * (1 - share) / 2, 0.085, TALL * share))
        axis.imshow(answers[:SHOWN].T, aspect="auto", cmap="Greys", vmin=0, vmax=darkest)
        bare(axis)
        for filter_, each in enumerate(answers[:SHOWN]):
            place = int(each.argmax())
            if each[place] > 0:
                corner = (filter_ - 0.5, place - 0.5)
                axis.add_patch(Rectangle(corner, 1, 1, fill=False, color=COLOURS[n], lw=1.6))
        _title(axis, f"width {width}\n{answers.shape[1]} x {answers.shape[0]}", COLOURS[n])
        left += 0.095
    return left


def _draw_maxima(figure: Any, left: float, maps: list[np.ndarray]) -> float:
    z = np.concatenate([answers.max(1) for answers in maps])
    axis = figure.add_axes((left, LOWEST, 0.07, TALL))
    colours = [COLOURS[n] for n, answers in enumerate(maps) for _ in answers]
    axis.barh(range(len(z)), z, color=colours, height=1.0)
    axis.invert_yaxis()
    axis.set_yticks([])
    axis.tick_params(labelsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    _title(axis, f"maxima\n{len(z)}")
    return left + 0.155


def _draw_classes(figure: Any, left: float, chances: np.ndarray, labels: Sequence[str]) -> None:
    axis = figure.add_axes((left, LOWEST + TALL / 4, 0.1, TALL / 2))
    axis.barh(range(len(chances)), chances, color=INK, height=0.5)
    axis.set_yticks(range(len(chances)), labels, fontsize=SMALL)
    axis.set_xlim(0, 1)
    axis.set_xticks([0, 1], ["0", "1"], fontsize=SMALL)
    axis.spines[["top", "right"]].set_visible(False)
    _title(axis, f"classes\n{len(chances)}")


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
