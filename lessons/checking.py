"""Story 2: a backward function with a mistake.  What checkers say of it, and what a diagnosis says."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from .. import gradcheck
from .page import Section

# What others say of the same mistakes, in their own tolerances: recorded by
# ``benchmarks/gradcheck_lesson.py`` with PyTorch 2.13.0, JAX 0.10.2 and HIPS autograd 1.9.1.
OTHERS = ("torch.autograd.gradcheck", "jax check_grads", "HIPS check_grads")
NOTICED = {
    "the bias's gradient is one example's": (True, True, True),
    "the mask is forgotten": (True, True, True),
    "a mean for a sum": (True, True, True),
    "a cotangent of ones": (True, True, True),
    "a factor of 1.0005": (False, True, True),
}
SAID = {
    "torch": """Jacobian mismatch for output 0 with respect to input 2,
numerical:tensor([[1.0000, 0.0000, 1.0000, 0.0000, 1.0000, 0.0000, 0.0000, 0.0000],
        [0.0000, 0.0000, 0.0000, 1.0000, 0.0000, 1.0000, 0.0000, 0.0000]],
       dtype=torch.float64)
analytical:tensor([[1., 0., 0., 0., 0., 0., 0., 0.],
        [0., 0., 0., 0., 0., 0., 0., 0.]], dtype=torch.float64)""",
    "jax": """Not equal to tolerance rtol=1e-05, atol=1e-05
VJP cotangent projection
Mismatched elements: 1 / 1 (100%)
Max absolute difference among violations: 2.85726143
Max relative difference among violations: 0.38941028
 ACTUAL: array(-10.194668)
 DESIRED: array(-7.337406)""",
}
H, ENOUGH = 1e-5, 1e-4  # of a course's own check: the step, and the relative error that is let pass


def forward(x, w, b):
    """Return a layer of rectified neurons, and what its backward needs."""
    s = x @ w + b
    return np.maximum(s, 0), (x, w, s)


def backward(dout, cache):
    """Return the gradients in x, w and b."""
    x, w, s = cache
    ds = dout * (s > 0)
    return ds @ w.T, x.T @ ds, ds.sum(0)


def first_row(dout, cache):
    """Return them with the bias's gradient of the first example alone."""
    x, w, s = cache
    ds = dout * (s > 0)
    return ds @ w.T, x.T @ ds, ds[0]


def no_mask(dout, cache):
    """Return them as if every neuron were active."""
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


def mean(dout, cache):
    """Return them with the weights' gradient averaged over the batch."""
    dx, dw, db = backward(dout, cache)
    return dx, dw / len(dout), db


def ones(dout, cache):
    """Return them for a cotangent of ones, whatever the cotangent is."""
    return backward(np.ones_like(dout), cache)


def slightly(dout, cache):
    """Return them with the weights' gradient too large by a two-thousandth."""
    dx, dw, db = backward(dout, cache)
    return dx, dw * 1.0005, db


MISTAKES: dict[str, Callable] = {
    "the bias's gradient is one example's": first_row,
    "the mask is forgotten": no_mask,
    "a mean for a sum": mean,
    "a cotangent of ones": ones,
    "a factor of 1.0005": slightly,
}


def inputs() -> list[np.ndarray]:
    """Return x (4, 3), w (3, 2) and b (2,), away from every kink."""
    rng = np.random.default_rng(3)
    return [rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)]


def course_check(vjp: Callable) -> float:
    """Return what courses have one print: the largest relative error, of the sum of all outputs."""
    xs = inputs()
    y, cache = forward(*xs)
    worst = 0.0
    for k, analytic in enumerate(vjp(np.ones_like(y), cache)):
        numeric = np.zeros_like(xs[k])
        for i in np.ndindex(xs[k].shape):
            ahead, behind = ([x.copy() for x in xs] for _ in range(2))
            ahead[k][i] += H
            behind[k][i] -= H
            numeric[i] = (forward(*ahead)[0].sum() - forward(*behind)[0].sum()) / (2 * H)
        error = np.abs(analytic - numeric) / np.maximum(1e-8, np.abs(analytic) + np.abs(numeric))
        worst = max(worst, float(error.max()))
    return worst


def checking() -> Section:
    """Run the story."""
    section = Section("Is my gradient right?", "checking")
    section.text(
        "Someone writes a layer of rectified neurons, `y = max(x w + b, 0)`, and its way back by "
        "hand. `forward` returns the result and a *cache* of what `backward` needs; `backward` gets "
        "the gradient in the result, `dout`, and returns those in `x`, `w` and `b`:"
    )
    section.code(forward, first_row)
    section.text(
        "There is a mistake in it: every example moves the bias, so its gradient is a *sum* over the "
        "batch, and here it is the first example's. Nothing crashes, and a network with this layer may well "
        "learn something. What do checkers say?"
    )
    _one_mistake(section)
    _all_mistakes(section)
    _how(section)
    return section


def _one_mistake(section: Section) -> None:
    error = course_check(first_row)
    section.text(
        "*A course's check* takes the sum of all outputs, moves each input by 0.00001, and prints the "
        f"largest relative error. Here it prints {error:.3g}; a right gradient gives "
        f"{course_check(backward):.1g}. Something is wrong; where and what is for the student to find."
    )
    section.text("*PyTorch's* `gradcheck`, of the same functions in an `autograd.Function`, says:")
    section.output(SAID["torch"])
    section.text("*JAX's* `check_grads`, of the same functions in a `custom_vjp`:")
    section.output(SAID["jax"])
    section.text("*This library's:*")
    start = time.perf_counter()
    report = gradcheck(forward, *inputs(), vjp=first_row)
    seconds = time.perf_counter() - start
    section.output("\n".join(str(report).split("  dtype and shape")[0].splitlines()))
    explanation = report.inputs[2].explanation
    verdicts = ", ".join(f"`{name}` {each.verdict}" for name, each in zip("xwb", report.inputs, strict=True))
    section.text(
        f"The gradients, one by one: {verdicts}. And why: "
        f"“{explanation.text if explanation else 'nothing that was tried explains it'}”."
    )
    section.facts["what is wrong with the bias's gradient"] = explanation.text if explanation else "not found"
    section.table(("this check took",), [(f"{seconds:.2f} s",)])


def _all_mistakes(section: Section) -> None:
    section.text(
        f"*{len(MISTAKES)} mistakes.* Each is made in the same layer. A checker notices it or lets it pass; "
        "what ours then says stands beside it. Two things to look at: a check that weighs all outputs by one "
        "gives a backward function the very `dout` of ones that it may have put in its place; and a relative "
        "tolerance, a thousandth in PyTorch's checker, is how much a factor may be off."
    )
    rows, passed = [], []
    for name, vjp in MISTAKES.items():
        report = gradcheck(forward, *inputs(), vjp=vjp)
        told = [each.text for each in report.explanations]
        course = "noticed" if course_check(vjp) > ENOUGH else "passes"
        others = ["noticed" if noticed else "passes" for noticed in NOTICED[name]]
        ours = "noticed" if report.verdict == "fail" else "passes"
        rows.append((name, f"{ours}: {told[0] if told else 'not explained'}", course, *others))
        names = ("this library", "the course's check", *OTHERS)
        passed += [f"{who} lets “{name}” pass" for who, it in zip(names, (ours, course, *others), strict=True)
                   if it == "passes"]  # fmt: skip
    section.table(
        ("mistake", "this library", "course's check", *(f"`{name}`" for name in OTHERS)),
        rows,
        "The last three are recorded, with PyTorch 2.13.0, JAX 0.10.2 and HIPS autograd "
        "1.9.1 in their "
        "own tolerances, in float64; the others were run for this page.",
    )
    section.text(f"So {'; '.join(passed)}." if passed else "So every checker noticed every mistake.")
    section.facts["mistakes noticed here"] = f"{sum('noticed' in row[1] for row in rows)} of {len(rows)}"


def _how(section: Section) -> None:
    section.text(
        "*How it knows.* The checker weighs the outputs by random numbers of both signs, so that "
        "errors do not cancel and a backward function must look at them. When an input fails it "
        "computes the whole table of slopes twice, by differences and by the backward function. Then "
        "it tries explanations: is one table the other with another sign, times a constant, "
        "transposed, with rows missing, without its mask? An explanation is told only if it accounts "
        "for *every* entry. Where none does it says so, and shows the worst entries."
    )
    scattered = np.random.default_rng(0).uniform(0.5, 2, size=2)

    def no_name(dout, cache):
        dx, dw, db = backward(dout, cache)
        return dx, dw, db * scattered

    report = gradcheck(forward, *inputs(), vjp=no_name)
    section.output(report.inputs[2])
    section.text(
        "The same from the command line: `cutaway gradcheck homework.py:forward --vjp backward --shape 4,3 "
        "--shape 3,2 --shape 2`; and in pytest, as the fixture `gradcheck`."
    )
