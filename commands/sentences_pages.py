"""The pages of `cutaway sentences`: the table, as HTML that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def table_page(
    cells: Sequence[Any], sets: Mapping[str, Any], settings: Mapping[str, Any], command: str
) -> str:
    """Return the page of a table."""
    from ..lessons.page import Section, render
    from ..text.sentences.report import curve_rows, explained, grid, machine, reasons, spelt

    systems, names, whole = grid(cells)
    table = Section("The table", "table")
    table.text(*explained(cells, settings))
    rows = [(system, *(spelt(whole[system, name]) for name in names)) for system in systems]
    table.table(["system", *names], rows)
    measured = [cell for cell in whole.values() if cell.accuracy is not None]
    table.facts = {"cells measured": str(len(measured))}
    how = Section("Folds, seeds, time", "folds")
    times = [
        (
            f"{c.system} on {c.set}",
            c.folds,
            f"{c.seconds:.1f}",
            f"{c.least:.1f}",
            f"{c.most:.1f}",
            "" if c.last is None else f"{c.last:.1f}",
        )
        for c in measured
    ]
    head = ["cell", "folds", "seconds", "least", "most", "after the last epoch"]
    how.table(head, times, "Least and most are means of one seed each.")
    sections = [table, how]
    if curve := curve_rows(cells):
        learning = Section("By the number of training sentences", "curve")
        learning.figure(_curves(cells), "Accuracy by training sentences; bars: 95 % interval.")
        learning.table(["system", "set", "training sentences", "accuracy", "folds"], curve)
        sections.append(learning)
    if missing := reasons(cells):
        left = Section("Not measured, or not wholly", "missing")
        left.table(["cells", "why"], [(", ".join(where), reason) for reason, where in missing.items()])
        sections.append(left)
    held = Section("The sets", "sets")
    held.table(
        ["set", "sentences", "words", "what stands in it twice"],
        [(name, len(s), len(s.vocabulary), s.repeats()) for name, s in sets.items()],
    )
    lead = f"{len(measured)} cells of {len(systems)} systems and {len(names)} sets, beside published figures."
    return render("Sentence classification", lead, [*sections, held], f"{machine()}  {command}")


def _curves(cells: Sequence[Any]) -> Any:
    from ..lessons.drawing import COLOURS, new_figure, open_axes

    done = [cell for cell in cells if cell.accuracy is not None]
    sets = list(dict.fromkeys(cell.set for cell in done if cell.size is not None))
    systems = list(dict.fromkeys(cell.system for cell in done if cell.size is not None))
    figure, made = new_figure(4 * len(sets), 3.2, 1, len(sets))
    axes = np.atleast_1d(np.asarray(made, object)).ravel()
    for axis, name in zip(axes, sets, strict=True):
        for number, system in enumerate(systems):
            own = sorted(
                (c for c in done if (c.set, c.system) == (name, system) and c.size), key=lambda c: c.size
            )
            axis.errorbar(
                [c.size for c in own], [c.accuracy for c in own],
                [[c.accuracy - c.low for c in own], [c.high - c.accuracy for c in own]],
                fmt=".-", color=COLOURS[number % len(COLOURS)], label=system,
            )  # fmt: skip
        axis.set_title(name)
        axis.set_xscale("log")
        axis.set_xlabel("training sentences")
        open_axes(axis)
    axes[0].set_ylabel("accuracy, %")
    axes[0].legend(frameon=False)
    return figure
