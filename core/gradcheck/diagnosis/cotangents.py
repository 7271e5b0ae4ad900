"""A gradient that is not linear in the cotangent, or does not look at it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .evidence import Evidence


def not_linear(e: Evidence) -> Iterator[tuple[str, str]]:
    """Yield what is done to the cotangent, or to the gradient; that it is not linear, if nothing else."""
    answers = np.array([a.ravel() for a in e.answers])
    c, right = e.cotangents, e.right()
    if np.allclose(answers, answers[:1], rtol=1e-9, atol=0):
        ones = e.fits(np.ones_like(c) @ e.jacobian, answers)
        yield "ignores", "it ignores the cotangent" + ": it is the gradient for a cotangent of ones" * ones
        return
    for text, changed in (
        ("uses only the cotangent's sign", np.sign(c)),
        ("uses only the cotangent's size, not its sign", np.abs(c)),
        ("squares the cotangent", c * c),
        ("squares the cotangent, keeping its sign", c * np.abs(c)),
    ):
        if e.fits(changed @ e.jacobian, answers):
            yield "not linear", f"it is not linear in the cotangent: it {text}"
            return
    at_zero = e.pull(np.zeros(e.size)).ravel()
    if at_zero.any() and e.fits(right, answers - at_zero):
        rate = float(at_zero @ e.x.ravel() / (e.x.ravel() @ e.x.ravel())) if e.x.any() else 0.0
        decay = rate and np.allclose(at_zero, rate * e.x.ravel(), rtol=1e-6)
        what = f"{rate:.6g} times the input (the weight decay of a loss?)" if decay else "a part"
        yield "offset", f"{what} is added whatever the cotangent is, which the function does not have"
        return
    limit = float(np.max(np.abs(answers)))
    for text, changed in (
        ("takes the absolute value of the gradient", np.abs(right)),
        (f"clips the gradient at {limit:.6g}", np.clip(right, -limit, limit)),
        ("divides the gradient by its length", right / np.linalg.norm(right, axis=1, keepdims=True)),
    ):
        if e.fits(changed, answers):
            yield "not linear", f"it is not linear in the cotangent: it {text}"
            return
    yield "not linear", "it is not linear in the cotangent: of two cotangents' sum it is not the sum"
