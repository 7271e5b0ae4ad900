"""Cells of the table, put together from folds: mean, interval, least and most of several seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .protocol import mean_interval
from .published import PUBLISHED
from .run import Task


@dataclass(frozen=True)
class TableCell:
    """One system on one set, in per cent; ``reason`` says why there is no measurement."""

    system: str
    set: str
    published: float | None
    accuracy: float | None = None
    low: float | None = None  # of the 95 % interval
    high: float | None = None
    seconds: float | None = None
    reason: str | None = None
    size: int | None = None  # training sentences, None for all
    folds: int = 0  # of one seed
    least: float | None = None  # of the means of several seeds
    most: float | None = None
    last: float | None = None  # mean accuracy after the last epoch, where dev chooses one

    def as_json(self) -> dict[str, Any]:
        """Return a dict that JSON can hold."""
        return asdict(self)


def cell_of(
    system: str,
    name: str,
    measured: Iterable[tuple[Task, Mapping[str, Any]]],
    size: int | None = None,
    skipped: str | None = None,
) -> TableCell:
    """Return the cell of what was measured; folds that were not done are left out.

    ``skipped`` is why the cell was not tried.

    Examples
    --------
    >>> folds = [(Task("mnb", "mr", 0, n), {"accuracy": a, "tested": 100, "seconds": 1.0})
    ...          for n, a in enumerate([0.7, 0.8, 0.9])]
    >>> cell = cell_of("mnb", "mr", folds)
    >>> cell.accuracy, cell.low, cell.published
    (80.0, 55.16, 79.0)
    """
    own = [pair for pair in measured if pair[0][:2] == (system, name) and pair[0].size == size]
    done = [(task, fold) for task, fold in own if "reason" not in fold]
    published = PUBLISHED.get(system, {}).get(name)
    reason = next((fold["reason"] for _, fold in own if "reason" in fold), None)
    if not done:
        return TableCell(system, name, published, reason=skipped or reason or "not measured", size=size)
    by_fold: dict[int, list[float]] = {}
    by_seed: dict[int, list[float]] = {}
    for task, fold in done:
        by_fold.setdefault(task.fold, []).append(fold["accuracy"])
        by_seed.setdefault(task.seed, []).append(fold["accuracy"])
    first = [fold["tested"] for task, fold in done if task.seed == done[0][0].seed]
    mean, half = mean_interval([float(np.mean(each)) for each in by_fold.values()], sum(first))
    means = [float(np.mean(each)) for each in by_seed.values()]
    lasts = [fold["last"] for _, fold in done if fold.get("last") is not None]
    low, high = max(mean - half, 0.0), min(mean + half, 1.0)
    return TableCell(
        system, name, published, *(round(100 * value, 2) for value in (mean, low, high)),
        seconds=round(sum(fold["seconds"] for _, fold in done), 2), reason=reason, size=size,
        folds=len(by_fold), least=round(100 * min(means), 2), most=round(100 * max(means), 2),
        last=round(100 * float(np.mean(lasts)), 2) if lasts else None,
    )  # fmt: skip
