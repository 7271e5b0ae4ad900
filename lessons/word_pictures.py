"""Pictures of word vectors: words of several kinds, pairs with dashed joins, analogies by kind as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..text import WordVectors, pca
from ..text.vectors.analogies import Score
from .drawing import COLOURS, GREY, INK, SMALL, TYPE, new_figure, open_axes
from .place_labels import place_labels


def kinds_picture(vectors: WordVectors, groups: dict[str, tuple[str, ...]]) -> Any:
    """Draw words of several kinds in the plane in which they differ most."""
    members = [(word, kind) for kind, group in groups.items() for word in group if word in vectors]
    points, explained = pca(vectors.unit[[vectors.row(word) for word, _ in members]])
    colours = dict(zip(groups, COLOURS, strict=False))
    figure, axis = _plane(explained)
    for kind, colour in colours.items():
        own = [i for i, (_, k) in enumerate(members) if k == kind]
        axis.scatter(points[own, 0], points[own, 1], s=22, color=colour, label=kind)
    figure.legend(loc="outside upper center", ncols=3, fontsize=TYPE, frameon=False)
    place_labels(axis, points, [word for word, _ in members], [colours[kind] for _, kind in members])
    return figure


def pairs_picture(vectors: WordVectors, pairs: Sequence[tuple[str, str]], kinds: tuple[str, str]) -> Any:
    """Draw pairs of words, each with a dashed join, in the plane in which all their words differ most.

    The picture of countries and capitals of Mikolov et al. 2013b (figure 2), for any vectors and pairs.

    Raises
    ------
    KeyError : a word has no vector.
    """
    words = [word for pair in pairs for word in pair]
    points, explained = pca(vectors.unit[[vectors.row(word) for word in words]])
    figure, axis = _plane(explained)
    for i in range(0, len(points), 2):
        axis.plot(*points[i : i + 2].T, "--", color=GREY, linewidth=1.1, zorder=1)
    for side, (kind, marker) in enumerate(zip(kinds, "os", strict=True)):
        axis.scatter(*points[side::2].T, s=30, marker=marker, color=COLOURS[side], label=kind, zorder=2)
    figure.legend(loc="outside upper center", ncols=2, fontsize=TYPE, frameon=False)
    along = np.linspace(0, 1, 30)[:, None, None]
    joins = (points[::2] * along + points[1::2] * (1 - along)).reshape(-1, 2)
    place_labels(axis, points, words, [COLOURS[i % 2] for i in range(len(words))], joins)
    return figure


def bars_picture(scores: Sequence[Score]) -> Any:
    """Draw the share of analogies answered as horizontal bars, a kind each, with counts beside them."""
    scores = [score for score in scores if score.seen][::-1]
    figure, axis = new_figure(8.0, 1.1 + 0.36 * len(scores))
    places = np.arange(len(scores))
    colours = [COLOURS[1] if score.title == "total" else COLOURS[0] for score in scores]
    axis.barh(places, [100 * score.accuracy for score in scores], color=colours, height=0.66)
    for place, score in zip(places, scores, strict=True):
        axis.annotate(
            f"{score.correct:,} of {score.seen:,}", (100 * score.accuracy, place), (5, 0),
            textcoords="offset points", va="center", fontsize=SMALL,
        )  # fmt: skip
    axis.set_yticks(places, [score.title for score in scores], fontsize=TYPE)
    axis.set(xlabel="answered rightly, per cent", xlim=(0, 122), xticks=range(0, 101, 20))
    axis.grid(axis="x", alpha=0.25)
    axis.set_axisbelow(True)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.tick_params(axis="y", length=0)
    return figure


def cosines_picture(tables: dict[str, np.ndarray], rows: Sequence[str], columns: Sequence[str]) -> Any:
    """Draw tables of cosines, (N, M), side by side in shades of one colour; the last has its
    rows' names repeated.
    """
    wide, tall = 0.52 * len(columns) * len(tables) + 1.0, 1.4 + 0.4 * len(rows)
    figure, axes = new_figure(wide, tall, 1, len(tables), sharey=True)
    image: Any = None
    for axis, (title, table) in zip(np.ravel(axes), tables.items(), strict=True):
        image = axis.imshow(table, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (i, j), value in np.ndenumerate(table):
            axis.text(
                j, i, f"{value:.2f}".replace("-0.00", "0.00"), ha="center", va="center", fontsize=SMALL,
                color="white" if value > 0.6 else INK,
            )  # fmt: skip
        axis.set_title(title, fontsize=TYPE)
        axis.set_xticks(range(len(columns)), columns, fontsize=SMALL)
        axis.set_yticks(range(len(rows)), rows, fontsize=SMALL)
        axis.tick_params(length=0)
    scale = figure.colorbar(image, ax=list(np.ravel(axes)), fraction=0.04, pad=0.02)
    scale.set_label("cosine", size=TYPE)
    scale.ax.tick_params(labelsize=SMALL)
    return figure


def _plane(explained: np.ndarray) -> tuple[Any, Any]:
    """Return a figure and axes for points in the first two principal components."""
    figure, axis = new_figure(8.6, 6.4)
    axis.set(
        xlabel=f"first component ({explained[0]:.0%} of the variance)",
        ylabel=f"second component ({explained[1]:.0%})",
    )
    axis.margins(0.16, 0.12)
    open_axes(axis)
    return figure, axis
