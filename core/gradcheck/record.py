"""A report as plain data, for other programs."""

from __future__ import annotations

import math
from typing import Any

from .report import Entry, InputReport, Report


def as_dict(report: Report) -> dict[str, Any]:
    """Return a report in dictionaries, lists, texts and numbers; what is no finite number is None.

    >>> as_dict(Report("f", [], {"same result twice": None}))["verdict"]
    'pass'
    """
    return {
        "name": report.name,
        "verdict": report.verdict,
        "inputs": [_input(each) for each in report.inputs],
        "properties": report.properties,
        "second": as_dict(report.second) if report.second else None,
    }


def _input(each: InputReport) -> dict[str, Any]:
    explanation = each.explanation
    return {
        "name": each.name,
        "verdict": each.verdict,
        "compared": each.compared,
        "shape": each.shape or None,
        "explanation": explanation
        and {
            "kind": explanation.kind,
            "text": explanation.text,
            "same": [kind for kind, _ in explanation.others],
        },
        "inconclusive": {
            "kink": each.kinks,
            "edge": each.edges,
            "hidden": each.hidden,
        },
        "entries": [_entry(entry) for entry in each.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    numbers = {name: getattr(entry, name) for name in ("analytic", "numeric", "tolerance", "complex_step")}
    finite = {k: v if v is not None and math.isfinite(v) else None for k, v in numbers.items()}
    return {"where": entry.where, "cotangent": entry.cotangent, "wrong": not entry.excess <= 1, **finite}
