"""The page about a classifier of one's own texts: how good, of which labels, its surest mistakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MISTAKES, MOST_LABELS = 12, 20


def train_page(
    system: str,
    told: Mapping[str, Any],
    model: Any,
    test: Any,
    history: Sequence[Mapping[str, float]],
    command: str,
) -> str:
    """Return the page: one HTML file, which needs no network."""
    from ..lessons.page import Section, render

    good = Section("How good it is", "good")
    accuracy, low, high = (f"{100 * told[name]:.1f} %" for name in ("accuracy", "low", "high"))
    exact = "exactly the right labels" if told["several_labels"] else "the right label"
    good.text(
        f"Of {told['test_texts']} test texts {accuracy} get {exact} (95 % interval {low} to {high}). "
        f"Naming the most frequent of training always would be right in {100 * told['majority']:.1f} %."
    )
    if "test_from" in told:
        good.text(f"The test texts are the last ones, from {told['test_from']} on.")
    if away := told.get("out_of_domain"):
        good.text(
            f"Of the {away['texts']} texts of another kind {100 * away['accuracy']:.1f} % "
            f"(95 % interval {100 * away['low']:.1f} % to {100 * away['high']:.1f} %)."
        )
    good.facts = {"accuracy": accuracy, "test texts": str(told["test_texts"])}
    rows = [
        (label, each["texts"], *(f"{100 * each[name]:.1f} %" for name in ("precision", "recall", "f1")))
        for label, each in told["by_label"].items()
    ]
    good.table(["label", "texts", "precision", "recall", "F1"], rows)
    sections = [good]
    if history:
        learnt = Section("How it learnt", "learnt")
        learnt.figure(
            _curves(history), "Left: the loss of training. Right: accuracy on a tenth held out of it."
        )
        sections.append(learnt)
    scores = model.scores(test.texts)
    found = model.decide(scores)
    if not told["several_labels"] and len(told["by_label"]) <= MOST_LABELS:
        sections.append(_confused(list(told["by_label"]), test.labels, found))
    wrong = [
        i for i, (one, other) in enumerate(zip(test.labels, found, strict=True)) if set(one) != set(other)
    ]
    if wrong:
        mistakes = Section("Its surest mistakes", "mistakes")
        wrong = sorted(wrong, key=lambda i: -float(np.max(scores[i])))[:MISTAKES]
        mistakes.table(
            ["line", "text", "label", "taken for"],
            [(test.lines[i], test.texts[i][:200], _names(test.labels[i]), _names(found[i])) for i in wrong],
        )
        sections.append(mistakes)
    lead = f"{system}, {len(told['labels'])} labels, {told['training_texts']} texts to learn from."
    return render("A classifier of texts", lead, sections, command)


def _names(labels: Sequence[str]) -> str:
    return ", ".join(labels) or "none"


def _confused(labels: list[str], gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> Any:
    from ..lessons.page import Section

    table = np.zeros((len(labels), len(labels)), int)
    np.add.at(table, tuple(np.array([[labels.index(each[0]) for each in side] for side in (gold, found)])), 1)
    confused = Section("What it takes for what", "confused")
    head = ["texts of", *(f"taken for {label}" for label in labels)]
    confused.table(head, [(label, *row) for label, row in zip(labels, table, strict=True)])
    return confused


def _curves(history: Sequence[Mapping[str, float]]) -> Any:
    from ..lessons.drawing import COLOURS, new_figure, open_axes, whole_ticks

    figure, axes = new_figure(9, 3.2, 1, 2)
    epochs = [entry["epoch"] for entry in history]
    axes[0, 0].plot(epochs, [entry["loss"] for entry in history], ".-", color=COLOURS[0])
    axes[0, 0].set_ylabel("cross-entropy")
    if "dev_accuracy" in history[0]:
        axes[0, 1].plot(epochs, [100 * entry["dev_accuracy"] for entry in history], ".-", color=COLOURS[1])
    axes[0, 1].set_ylabel("accuracy, %")
    for axis in axes.flat:
        axis.set_xlabel("epoch")
        open_axes(axis)
        whole_ticks(axis)
    return figure
