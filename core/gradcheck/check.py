"""Compare the engine's gradient with differences, entry by entry, under random signed cotangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backward import grad
from ..mode import enable_grad
from ..tensor import Tensor
from .differences import KINK, Arrays, coarser, directions, fitting, settle
from .properties import check_properties, check_unmutated
from .report import Entry, InputReport, Report
from .subject import Subject


def gradcheck(
    fn: Callable,
    *inputs: Any,
    order: int = 1,
    cotangents: int = 2,
    rng: np.random.Generator | int | None = None,
    name: str | None = None,
) -> Report:
    """Check the gradients of ``fn`` against central differences of it.

    Works in float64.  A gradient passes where |analytic - numeric| <= 1e-6 of the input's largest numeric
    entry, plus the bound on the difference's own round-off; there is no absolute floor.  Where the slopes to
    the two sides differ, or round-off is larger than both gradients, the verdict is "inconclusive".  What is
    computed in float32 inside is looked at with larger steps, and may be 2e-2 apart.

    Parameters
    ----------
    fn : function of tensors that returns a tensor, or several in lists or dictionaries; deterministic.
    inputs : arrays or tensors; floating point ones are differentiated (in float64), others passed on.
    order : 2 also checks the gradient of the gradient.
    cotangents : how many random signed cotangents to pull back.
    rng : generator or seed for cotangents and directions; seed 0 by default.
    name : what to call it in the report; by default the function's name.

    Returns
    -------
    Report : true if everything holds; ``str`` of it names the worst entry; `Report.raise_if_failed`.

    Raises
    ------
    DtypeError : if no input is floating point.
    TypeError : if the function returns no floating tensor, or floating numbers that are none.

    >>> import cutaway, numpy as np
    >>> bool(gradcheck(cutaway.tanh, np.array([0.5, -1.0]), order=2))
    True
    """
    if order not in (1, 2):
        raise ValueError(
            f"gradcheck: expected order 1 or 2, got {order}; check the gradient function itself for higher "
            "orders"
        )
    rng = np.random.default_rng(0 if rng is None else rng)
    name = name or str(getattr(fn, "__name__", type(fn).__name__))
    subject = Subject(fn, inputs)
    mutated = check_unmutated(subject)
    if mutated:  # then nothing else can be trusted
        return Report(name, [], {"inputs unmutated": mutated})
    drawn = subject.draw(rng, cotangents)
    compared = _compare(subject, drawn, rng)
    report = Report(name, compared, check_properties(subject, drawn, rng))
    if order == 2:
        report.second = _second(subject, drawn[0], cotangents, rng, name)
    return report


def _compare(subject: Subject, drawn: list[Arrays], rng: np.random.Generator) -> list[InputReport]:
    """Compare analytic and numeric gradients of every input."""
    analytic = [subject.gradients(subject.xs, c) for c in drawn]
    reports = []
    for k, x in enumerate(subject.xs):
        compared, probes = directions(x, rng)
        report = InputReport(f"input {subject.places[k]} {x.shape}", compared)
        reports.append(report)
        wrong_shape = next((g[k].shape for g in analytic if g[k].shape != x.shape), None)
        if wrong_shape is not None or not probes:
            continue
        slopes = [fitting(subject.values, subject.xs, k, v, drawn, subject.precision) for _, v in probes]
        numeric = np.abs([s.numeric for s in slopes])
        scale = np.max(np.where(np.isfinite(numeric), numeric, 0), axis=0)  # per cotangent
        for (label, v), first in zip(probes, slopes, strict=True):
            pulled = np.array([float(np.sum(g[k] * v)) for g in analytic])
            _judge(report, subject, k, label, v, drawn, first, pulled, scale)
    return reports


def _judge(
    report: InputReport,
    subject: Subject,
    k: int,
    label: str,
    v: np.ndarray,
    drawn: list,
    first,
    pulled,
    scale,
) -> None:
    """Enter one direction into the report."""
    precision, rtol = subject.precision, subject.precision.rtol

    def suspicious(s) -> bool:
        error = np.abs(pulled - s.numeric)
        beyond = error > rtol * scale + s.roundoff
        if not np.isfinite(s.numeric).all():
            return True
        return bool(np.any((s.gap > KINK * scale + 4 * s.roundoff) | (beyond & (error <= 1.1 * s.gap))))

    found, kink = (
        (first, False)
        if not suspicious(first)
        else settle(subject.values, subject.xs, k, v, drawn, first, suspicious, precision)
    )
    if np.any(found.roundoff > np.maximum(scale, np.abs(pulled))):  # it would hide any gradient
        clearer = coarser(subject.values, subject.xs, k, v, drawn, precision)
        if clearer is not None:
            found, scale = clearer, np.maximum(scale, np.abs(clearer.numeric))
        elif np.any(np.abs(pulled - found.numeric) > rtol * scale):
            report.hidden.append(label)
            return
    error, allowed = np.abs(pulled - found.numeric), rtol * scale + found.roundoff
    if np.any(error > allowed) and np.all(error <= 1.1 * found.gap + allowed):
        kink = True  # or so steep a curve, near the edge of a domain, that no step tells right from wrong
    if kink:
        report.kinks.append(f"index {label}" if label.startswith("[") else label)
        return
    for a, n, r, s in zip(pulled, found.numeric, found.roundoff, scale, strict=True):
        entry = Entry(label, float(a), float(n), float(rtol * s + r))
        if report.worst is None or entry.excess > report.worst.excess:
            report.worst = entry


def _second(subject: Subject, c: Arrays, cotangents: int, rng: np.random.Generator, name: str) -> Report:
    """Check the map (inputs, cotangent) -> gradients: its gradient is the second derivative."""
    count = len(subject.xs)

    def first_gradient(*arguments: Tensor):
        xs, cs = arguments[:count], list(arguments[count:])
        with enable_grad():
            tied = [x if x.requires_grad else Tensor(x.data).requires_grad_() for x in xs]
            ys = subject.call(tied)
            live = [(y, each) for y, each in zip(ys, cs, strict=True) if y.node is not None]
            if not live:
                return [x * 0 for x in tied]
            found = grad(
                [y for y, _ in live], tied, [each for _, each in live], create_graph=True, allow_unused=True
            )
        return [x * 0 if g is None else g for g, x in zip(found, tied, strict=True)]

    inner = Subject(first_gradient, [*subject.xs, *c])
    drawn = inner.draw(rng, cotangents)
    return Report(f"gradient of {name}", _compare(inner, drawn, rng), {})
