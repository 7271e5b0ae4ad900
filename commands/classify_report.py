"""The page about a trained classifier: how it learnt, what it takes for what, its worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.files import replacing

if TYPE_CHECKING:
    from ..lessons.page import Section
    from ..vision.data.class_folders import ClassFolders
    from ..vision.networks.classifier import Classifier

MISTAKES = 8  # photos shown


def write_report(
    path: Path, net: Classifier, name: str, photos: ClassFolders, history: Sequence[dict[str, float]]
) -> None:
    """Write the page: one HTML file, which needs no network."""
    from ..lessons.page import Section, render
    from ..vision.classification.train import scores_of

    scores, numbers = scores_of(net, photos.val)
    last = history[-1]
    learnt = Section("How it learnt", "learnt")
    learnt.figure(curves(history), "Left: the loss of random pieces (training) and of the photos that judge.")
    learnt.facts = {"accuracy": f"{100 * last['validation_accuracy']:.1f} %", "epochs": str(len(history))}
    size = net.preprocess.size
    counts = f"{len(photos.classes)} classes, {len(photos.train)} photos to train on"
    lead = f"{name}, {counts}, {size} x {size} pixels."
    page = render(
        "A classifier of photos",
        lead,
        [learnt, mistakes(net, photos, scores, numbers)],
        "Made by cutaway classify-train.",
    )
    with replacing(path, "w") as file:
        file.write(page)


def mistakes(net: Classifier, photos: ClassFolders, scores: np.ndarray, numbers: np.ndarray) -> Section:
    """Return the section of what is taken for what, by scores (N, K) and classes (N,) of what judges."""
    from ..core.ops import softmax
    from ..lessons.page import Section

    chances, guesses = np.asarray(softmax(scores, axis=1)), scores.argmax(1)
    confused = Section("What it takes for what", "confused")
    table = np.zeros((len(photos.classes),) * 2, int)
    np.add.at(table, (numbers, guesses), 1)
    rows = [(label, *row, f"{100 * row[i] / max(1, row.sum()):.1f} %") for i, (label, row) in
            enumerate(zip(photos.classes, table, strict=True))]  # fmt: skip
    head = ["photos of", *(f"taken for {label}" for label in photos.classes), "right"]
    confused.table(head, rows, f"The {len(numbers)} photos that judge.")
    wrong = np.flatnonzero(guesses != numbers)
    wrong = wrong[np.argsort(-chances[wrong, guesses[wrong]], kind="stable")][:MISTAKES]
    if len(wrong):
        shown = [(photos.val[i][0], photos.classes[guesses[i]], float(chances[i, guesses[i]])) for i in wrong]
        confused.figure(_sheet(net, shown), "The mistakes of which it was the surest.")
    return confused


def curves(history: Sequence[dict[str, float]]) -> Any:
    from ..lessons.drawing import COLOURS, new_figure, open_axes, whole_ticks

    figure, axes = new_figure(9, 3.2, 1, 2)
    epochs = [entry["epoch"] for entry in history]
    for key, label, colour in (
        ("loss", "training", COLOURS[0]),
        ("validation_loss", "validation", COLOURS[1]),
    ):
        axes[0, 0].plot(epochs, [entry[key] for entry in history], ".-", color=colour, label=label)
    axes[0, 0].set_ylabel("cross-entropy")
    axes[0, 0].legend(frameon=False)
    accuracies = [100 * entry["validation_accuracy"] for entry in history]
    axes[0, 1].plot(epochs, accuracies, ".-", color=COLOURS[1])
    axes[0, 1].set_ylabel("validation accuracy, %")
    for axis in axes.flat:
        axis.set_xlabel("epoch")
        open_axes(axis)
        whole_ticks(axis)
    return figure


def _sheet(net: Classifier, shown: Sequence[tuple[Path, str, float]]) -> Any:
    """The photos as the network saw them."""
    from ..lessons.drawing import SMALL, bare, new_figure
    from ..vision.data.images import read_image

    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = new_figure(2.3 * columns, 2.6 * rows, rows, columns)
    axes = np.atleast_1d(np.asarray(axes, object)).ravel()
    for axis in axes:
        bare(axis)
        axis.set_frame_on(False)
    for axis, (path, label, chance) in zip(axes, shown, strict=False):
        axis.imshow(net.preprocess.cut(read_image(path)))
        axis.set_title(f"{label} {100 * chance:.0f} %", fontsize=SMALL)
    return figure
