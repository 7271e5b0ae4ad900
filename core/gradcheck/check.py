"""Compare the gradient under test with differences, entry by entry, under random signed cotangents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .diagnosis import explained
from .differences import Arrays, directions, first_slope
from .forms import recognised
from .judge import Judge
from .properties import check_properties, check_unmutated
from .report import InputReport, Report
from .subject import Subject


def gradcheck(
    fn: Any,
    *inputs: Any,
    vjp: Callable | bool | None = None,
    order: int = 1,
    cotangents: int = 2,
    rng: np.random.Generator | int | None = None,
    name: str | None = None,
    form: str | None = None,
) -> Report:
    """Check gradients against central differences of the function that they belong to.

    Works in float64.  An entry passes where |analytic - numeric| <= 1e-6 of it, plus the error of the
    difference itself, which is estimated from several steps where one is not enough; there is no absolute
    floor.  At a kink, at the edge of the function's domain, or where round-off is larger than both gradients,
    the verdict is "inconclusive".  What is computed in float32 inside is looked at with larger steps, and may
    be 2e-2 of the largest entry apart.

    Parameters
    ----------
    fn : function of tensors that returns a tensor, or several in lists or dictionaries; deterministic.  Or,
        with ``vjp``, a function of NumPy arrays; a layer object with ``forward`` and ``backward``; a
        function, Module or autograd.Function of PyTorch's; a function of JAX's.
    inputs : arrays or tensors; floating point ones are differentiated (in float64), others passed on.
    vjp : the backward function: ``vjp(cotangent, *inputs)``; ``vjp(dout, cache)`` if ``fn`` returns
        ``(out, cache)``; ``vjp(*inputs)`` if ``fn`` returns one number.  It returns one gradient for each
        input, or a dictionary by name.  True if ``fn`` itself returns ``(value, gradient)``.
    order : 2 also checks the gradient of the gradient.
    cotangents : how many random signed cotangents to pull back.
    rng : generator or seed for cotangents and directions; seed 0 by default.
    name : what to call it in the report; by default the function's name.
    form : which form it is, where that is not to be recognised: "tensors", "pair", "cache", "gradient",
        "value and gradient", "layer", "torch" or "jax".

    Returns
    -------
    Report : true if everything holds; ``str`` of it names the worst entry; `Report.raise_if_failed`.

    Raises
    ------
    DtypeError : if no input is floating point.
    TypeError : if the function returns no floating tensor, or floating numbers that are none; if ``vjp``
        takes or returns something else than expected.
    ValueError : if ``order`` or ``form`` is unknown, or if what was given could be two forms.

    >>> import cutaway, numpy as np
    >>> bool(gradcheck(cutaway.tanh, np.array([0.5, -1.0]), order=2))
    True
    >>> bool(gradcheck(np.tanh, np.array([0.5, -1.0]), vjp=lambda g, x: g / np.cosh(x) ** 2))
    True
    """
    if order not in (1, 2):
        raise ValueError(
            f"gradcheck: expected order 1 or 2, got {order}; check the gradient function itself for higher "
            "orders"
        )
    rng = np.random.default_rng(0 if rng is None else rng)
    name = name or str(getattr(fn, "__name__", type(fn).__name__))
    subject = recognised(fn, vjp, inputs, form)
    mutated = check_unmutated(subject)
    if mutated:  # then nothing else can be trusted
        return Report(name, [], {"inputs unmutated": mutated})
    drawn = subject.draw(rng, cotangents)
    compared = _compare(subject, drawn, rng)
    report = Report(name, compared, check_properties(subject, drawn, rng))
    if order == 2:
        inner = subject.derivative(drawn[0])
        second = inner.draw(rng, cotangents)
        report.second = Report(f"gradient of {name}", _compare(inner, second, rng), {})
    return report


def _compare(subject: Subject, drawn: list[Arrays], rng: np.random.Generator) -> list[InputReport]:
    """Compare analytic and numeric gradients of every input."""
    analytic = [subject.gradients(subject.xs, c) for c in drawn]
    here, reports = subject.values(subject.xs), []
    for k, x in enumerate(subject.xs):
        fits = all(g[k].shape == x.shape for g in analytic)
        size = np.max([np.abs(g[k]) for g in analytic], axis=0) if fits and analytic else np.zeros(x.shape)
        compared, probes = directions(x, rng, size)
        report = InputReport(f"{subject.labels[k]} {x.shape}", compared)
        reports.append(report)
        if not fits:
            came = next(g[k].shape for g in analytic if g[k].shape != x.shape)
            report.shape = f"the gradient has shape {came}, expected the input's, {x.shape}"
        if fits and probes:
            slopes = [
                first_slope(subject.values, subject.xs, k, v, drawn, here, subject.precision)
                for _, v in probes
            ]
            pulled = np.array([[float(np.sum(g[k] * v)) for g in analytic] for _, v in probes])
            judge = Judge(subject, k, drawn, report, slopes, pulled)
            for probe, first, a in zip(probes, slopes, pulled, strict=True):
                judge.enter(*probe, first, a)
        if report.verdict == "fail":
            wrong = np.array([(each.analytic, each.numeric) for each in report.entries]).reshape(-1, 2)
            report.explanation = explained(subject, k, wrong[:, 0], wrong[:, 1])
    return reports
