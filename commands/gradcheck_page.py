"""A gradient check as a page: what is wrong, in words, in pictures and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..core.gradcheck.report import InputReport, Report
    from ..lessons.page import Section

MOST_ROWS = 12  # of a table of entries


def page(name: str, reports: Sequence[Report]) -> str:
    """Return the page of one or several reports on the same code."""
    from ..lessons.page import render

    verdicts = [report.verdict for report in reports]
    verdict = max(verdicts, key=["pass", "inconclusive", "fail"].index)
    lead = {
        "pass": "Everything holds: the gradient is that of the function.",
        "fail": "The gradient is not that of the function.",
        "inconclusive": "What could be compared agrees; some places could not be.",
    }[verdict]
    sections = [
        section(report, f"check {i}" if len(reports) > 1 else name) for i, report in enumerate(reports)
    ]
    return render(
        f"gradcheck {name}: {verdict.upper()}", lead, sections, f"Made by cutaway gradcheck {name}."
    )


def section(report: Report, title: str) -> Section:
    """Return a report as a section of a page."""
    from ..lessons.page import Section

    made = Section(title, title.replace(" ", "-"))
    for each in report.inputs:
        add_input(made, each)
    rows = [
        (f"`{name}`", "holds" if problem is None else problem) for name, problem in report.properties.items()
    ]
    made.table(("a gradient must also", "found"), rows)
    if report.second:
        made.text("*The gradient of the gradient.*")
        for each in report.second.inputs:
            add_input(made, each)
    made.text("The report as text:")
    made.output(report)
    return made


def add_input(made: Section, each: InputReport) -> None:
    """Add the comparison for one input: its verdict, the explanation, a picture and the worst entries."""
    made.text(f"*{each.name}: {each.verdict}*, {each.compared}.")
    for why, places in (
        ("a kink", each.kinks),
        ("the edge of the domain", each.edges),
        ("more round-off than gradient", each.hidden),
    ):
        if places:
            made.text(f"Nothing can be said of {', '.join(places)}: {why}.")
    if each.shape:
        made.text(f"It fails: {each.shape}.")
    if each.explanation is not None:
        made.text(f"What explains every entry: *{each.explanation.text}*")
        made.text(*(f"The same numbers: {text}" for _, text in each.explanation.others))
    elif each.wrong:
        made.text("Nothing that was tried explains every entry.")
    if not each.wrong:
        return
    drawn = picture(each)
    if drawn is not None:
        made.figure(
            drawn, "The gradient under test, differences of the function, and the first minus the second."
        )
    worst = sorted(each.wrong, key=lambda entry: -entry.excess)[:MOST_ROWS]
    rows = [
        (
            e.where,
            e.cotangent,
            f"{e.analytic:.7g}",
            f"{e.numeric:.7g}",
            f"{e.ratio:.5g}",
            f"{e.tolerance:.1g}",
        )
        for e in worst
    ]
    head = ("entry", "cotangent", "under test", "differences", "ratio", "tolerance")
    made.table(head, rows, f"The worst of {len(each.wrong)} wrong comparisons of {len(each.entries)}.")


def picture(each: InputReport) -> Any:
    """Return the three gradients of the first cotangent as maps; None of an input without two axes."""
    first = [e for e in each.entries if e.cotangent == 0 and e.where.startswith("[")]
    index = [tuple(int(i) for i in e.where.strip("[]").split(",") if i.strip()) for e in first]
    if not index or len(index[0]) not in (1, 2):
        return None
    from matplotlib.figure import Figure

    at = np.array(index).reshape(len(index), -1)
    at = np.column_stack([np.zeros(len(at), int), at[:, 0]]) if at.shape[1] == 1 else at
    rows, columns = at.max(0) + 1
    maps = np.full((2, int(rows), int(columns)), np.nan)
    maps[0][tuple(at.T)] = [e.analytic for e in first]
    maps[1][tuple(at.T)] = [e.numeric for e in first]
    figure = Figure(figsize=(9, max(1.8, min(4.0, 1.2 + 2.4 * rows / columns))), layout="constrained")
    limit = float(np.nanmax(np.abs(maps[1]))) or 1.0
    for i, (title, values) in enumerate(
        (("under test", maps[0]), ("differences", maps[1]), ("error", maps[0] - maps[1]))
    ):
        axes = figure.add_subplot(1, 3, i + 1)
        shown = axes.imshow(values, cmap="RdBu", vmin=-limit, vmax=limit, aspect="auto")
        axes.set_title(title, fontsize=12)
        axes.set_xticks([])
        axes.set_yticks([])
        if i == 2:
            figure.colorbar(shown, ax=axes).ax.tick_params(labelsize=11)
    return figure
