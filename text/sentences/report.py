"""The table of systems and sets: measured accuracy, and beside it what papers print."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..corpus.sentence_sets import FOLDS, SentenceSet
from .cells import TableCell

MISSING = "-"


def spelt(cell: TableCell) -> str:
    """Return what stands in the cell of a printed table.

    >>> spelt(TableCell("mnb", "mr", 79.0, 78.58, 77.9, 79.2, 11.0, folds=10))
    '78.6 (77.9-79.2) [79.0]'
    """
    if cell.accuracy is None:
        return MISSING if cell.published is None else f"{MISSING} [{cell.published:.1f}]"
    published = "" if cell.published is None else f" [{cell.published:.1f}]"
    return f"{cell.accuracy:.1f} ({cell.low:.1f}-{cell.high:.1f}){published}"


def grid(cells: Iterable[TableCell]) -> tuple[list[str], list[str], dict[tuple[str, str], TableCell]]:
    """Return the rows, the columns and the cells of tables, without those of a learning curve."""
    whole = {(cell.system, cell.set): cell for cell in cells if cell.size is None}
    return list(dict.fromkeys(s for s, _ in whole)), list(dict.fromkeys(n for _, n in whole)), whole


def as_table(cells: Sequence[TableCell]) -> str:
    """Return lines to be read on a screen.

    >>> print(as_table([TableCell("mnb", "mr", 79.0, 78.58, 77.9, 79.2, 11.0)]))
    system  mr
    mnb     78.6 (77.9-79.2) [79.0]
    in brackets: 95 % interval, [published]
    """
    systems, sets, whole = grid(cells)
    rows = [["system", *sets], *([s, *(spelt(whole[s, n]) for n in sets)] for s in systems)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{word:{width}}" for word, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), "in brackets: 95 % interval, [published]"])


def reasons(cells: Iterable[TableCell]) -> dict[str, list[str]]:
    """Return {reason: cells that have it}, a whole row as its system alone."""
    systems, sets, whole = grid(cells)
    found: dict[str, list[str]] = {}
    for system in systems:
        row = {name: whole[system, name].reason for name in sets}
        if len(set(row.values())) == 1 and row[sets[0]]:
            found.setdefault(str(row[sets[0]]), []).append(system)
            continue
        for name, reason in row.items():
            if reason:
                found.setdefault(reason, []).append(f"{system} on {name}")
    return found


def curve_rows(cells: Iterable[TableCell]) -> list[tuple[str, str, int, str, int]]:
    """Return (system, set, training sentences, accuracy and interval, folds) of learning curves."""
    return [
        (cell.system, cell.set, cell.size, spelt(cell).split(" [")[0], cell.folds)
        for cell in cells
        if cell.size is not None and cell.accuracy is not None
    ]


def as_markdown(
    cells: Sequence[TableCell], sets: Mapping[str, SentenceSet], settings: Mapping[str, Any]
) -> str:
    """Return a page with the table, folds, seeds and times, what is missing, what the sets hold twice."""
    systems, names, whole = grid(cells)
    lines = ["# Sentence classification", "", *explained(cells, settings), "", *_head("system", names)]
    for system in systems:
        lines.append(f"| {system} | " + " | ".join(spelt(whole[system, name]) for name in names) + " |")
    measured = [cell for cell in whole.values() if cell.accuracy is not None]
    lines += ["", "| cell | folds | seconds | least and most of seeds | after the last epoch |"]
    lines += ["| --- | ---: | ---: | --- | ---: |"]
    for cell in measured:
        spread = f"{cell.least:.1f} to {cell.most:.1f}"
        last = "" if cell.last is None else f"{cell.last:.1f}"
        lines.append(
            f"| {cell.system} on {cell.set} | {cell.folds} | {cell.seconds:.1f} | {spread} | {last} |"
        )
    if curve := curve_rows(cells):
        lines += ["", "| system | set | training sentences | accuracy | folds |", "| --- " * 5 + "|"]
        lines += ["| " + " | ".join(map(str, row)) + " |" for row in curve]
    if missing := reasons(cells):
        lines += ["", "Not measured, or not wholly:", ""]
        lines += [f"- {', '.join(where)}: {reason}" for reason, where in missing.items()]
    lines += ["", "| set | sentences | words | what stands in it twice |", "| --- | ---: | ---: | --- |"]
    for name, sentences in sets.items():
        lines.append(f"| {name} | {len(sentences)} | {len(sentences.vocabulary)} | {sentences.repeats()} |")
    return "\n".join([*lines, "", machine(), ""])


def explained(cells: Sequence[TableCell], settings: Mapping[str, Any]) -> list[str]:
    """Return the sentences that say what the numbers are."""
    most = max((cell.folds for cell in cells), default=0)
    some = "" if most in (0, 1, FOLDS) else f"; of the ten at most {most} were done"
    return [
        "Accuracy in per cent with its 95 % interval (of the mean of folds; of one fold, by its sentences); "
        "in square brackets what papers print. Of networks the epoch that is best on dev; after the last "
        "epoch: what they would have had without dev.",
        f"MR, Subj, CR and MPQA: ten folds, each sentence draws its fold{some}; the others: their test part.",
        "Settings: " + ", ".join(f"{name} {value}" for name, value in settings.items()) + ".",
    ]


def machine() -> str:
    """Return the day and what computer it was."""
    return (
        f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}."
    )


def _head(first: str, names: Sequence[str]) -> list[str]:
    return [f"| {first} | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
