"""The table of systems and sets: measured accuracy, and beside it what papers print."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from typing import Any

from ..corpus.sentence_sets import SentenceSet
from .published import PUBLISHED

Cells = Mapping[str, Mapping[str, Any]]  # {"mnb mr": {"accuracy": 0.79, "interval": 0.007, ...}}


def as_table(systems: Sequence[str], sets: Sequence[str], cells: Cells) -> str:
    """Return lines to be read on a screen.

    >>> cells = {"mnb mr": {"accuracy": 0.7858, "interval": 0.0071}}
    >>> print(as_table(["mnb"], ["mr"], cells))
    system  mr
    mnb     78.6 +- 0.7 [79.0]
    in brackets: published
    """
    rows = [["system", *sets]]
    rows += [[system, *(_cell(cells, system, name) for name in sets)] for system in systems]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{word:{width}}" for word, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), "in brackets: published"])


def as_markdown(
    systems: Sequence[str], sets: Mapping[str, SentenceSet], cells: Cells, settings: Mapping[str, Any]
) -> str:
    """Return a page with the table, the times, and what stands in the sets twice."""
    lines = [
        "# Sentence classification: linear systems",
        "",
        "Accuracy in per cent with the 95 % interval of its mean; in brackets what papers print.",
        "MR, Subj, CR and MPQA: ten folds, each sentence draws its fold; the others: their test part.",
        "Settings: " + ", ".join(f"{name} {value}" for name, value in settings.items()) + ".",
        "",
        "| system | " + " | ".join(sets) + " |",
        "| --- |" + " --- |" * len(sets),
    ]
    for system in systems:
        lines.append(f"| {system} | " + " | ".join(_cell(cells, system, name) for name in sets) + " |")
    lines += ["", "| seconds, all folds | " + " | ".join(sets) + " |", "| --- |" + " ---: |" * len(sets)]
    for system in systems:
        seconds = (f"{cells[f'{system} {name}']['seconds']:.1f}" for name in sets)
        lines.append(f"| {system} | " + " | ".join(seconds) + " |")
    lines += ["", "| set | sentences | words | what stands in it twice |", "| --- | ---: | ---: | --- |"]
    for name, sentences in sets.items():
        lines.append(f"| {name} | {len(sentences)} | {len(sentences.vocabulary)} | {sentences.repeats()} |")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return "\n".join([*lines, "", f"{datetime.date.today()}, {machine}.", ""])


def _cell(cells: Cells, system: str, name: str) -> str:
    cell, published = cells[f"{system} {name}"], PUBLISHED.get(system, {}).get(name)
    measured = f"{100 * cell['accuracy']:.1f} +- {100 * cell['interval']:.1f}"
    return measured if published is None else f"{measured} [{published:.1f}]"
