"""What other gradient checkers find of the same mutants: torch.autograd.gradcheck, JAX's and HIPS' check_grads.

Each mutant is given to them as their own users would: an autograd.Function, a custom_vjp, a primitive with a
defvjp, whose forward and backward call the same NumPy code.  Run by ``gradcheck.py``; prints JSON.
"""

from __future__ import annotations

import collections
import contextlib
import io
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))


def by_cutaway(fn, vjp, inputs, places) -> bool:
    from cutaway import gradcheck

    return gradcheck(fn, *inputs, vjp=vjp, form="pair").verdict != "fail"


def by_torch(fn, vjp, inputs, places, told=False) -> bool:
    import torch

    def whole(xs):
        every = list(inputs)
        for place, x in zip(places, xs, strict=True):
            every[place] = x.detach().numpy()
        return every

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *xs):
            ctx.save_for_backward(*xs)
            return torch.tensor(np.asarray(fn(*whole(xs))))

        @staticmethod
        def backward(ctx, g):
            found = vjp(g.numpy(), *whole(ctx.saved_tensors))
            return tuple(torch.tensor(np.asarray(found[place])) for place in places)

    xs = [torch.tensor(inputs[place], requires_grad=True) for place in places]
    return torch.autograd.gradcheck(Function.apply, xs, raise_exception=told)


def by_jax(fn, vjp, inputs, places, told=False) -> bool:
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    shape = jax.ShapeDtypeStruct(np.shape(fn(*inputs)), np.float64)

    def whole(xs):
        every = list(inputs)
        for place, x in zip(places, xs, strict=True):
            every[place] = np.asarray(x)
        return every

    @jax.custom_vjp
    def function(*xs):
        return jax.pure_callback(lambda *xs: np.asarray(fn(*whole(xs))), shape, *xs)

    def backward(xs, g):
        shapes = tuple(jax.ShapeDtypeStruct(np.shape(x), np.float64) for x in xs)

        def pulled(g, *xs):
            found = vjp(np.asarray(g), *whole(xs))
            return tuple(np.asarray(found[place]) for place in places)

        return jax.pure_callback(pulled, shapes, g, *xs)

    function.defvjp(lambda *xs: (function(*xs), xs), backward)
    try:
        check_grads(function, [inputs[place] for place in places], order=1, modes=["rev"])
    except AssertionError:
        if told:
            raise
        return False
    return True


def by_autograd(fn, vjp, inputs, places) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    def whole(xs):
        every = list(inputs)
        for place, x in zip(places, xs, strict=True):
            every[place] = x
        return every

    function = primitive(lambda *xs: np.asarray(fn(*whole(xs))))
    rules = [
        (lambda ans, *xs, place=place: lambda g: np.asarray(vjp(np.asarray(g), *whole(xs))[place]))
        for place in places
    ]
    defvjp(function, *rules)
    try:
        which = tuple(range(len(places)))  # it checks the first argument alone, unless told
        check_grads(function, which, modes=["rev"], order=1)(*[inputs[place] for place in places])
    except AssertionError:
        return False
    return True


CHECKERS = {
    "cutaway": (by_cutaway, "which entry, and what mistake accounts for all of them"),
    "torch.autograd.gradcheck": (by_torch, "the two Jacobians"),
    "jax.test_util.check_grads": (by_jax, "two numbers along a random direction"),
    "autograd check_grads (HIPS)": (by_autograd, "two numbers along a random direction"),
}


def measured(ops: list[str]) -> dict:
    """Return what each checker finds of the mutants of the first sample of each op, and of the right gradients."""
    from gradcheck_mutants import cases, mutants

    first, total = {}, collections.Counter()
    for case in cases(1.0):
        if (not ops or case.op in ops) and case.kinds is None and case.op not in first:
            first[case.op] = case
    labels: collections.Counter = collections.Counter()
    rows = {
        name: {"noticed": 0, "refused": 0, "seconds": 0.0, "says": says, "by label": collections.Counter()}
        for name, (_, says) in CHECKERS.items()
    }
    for case in first.values():
        total["right"] += 1
        right = _right(case)
        for name, (checker, _) in CHECKERS.items():
            rows[name]["refused"] += not _passes(checker, case, right)[0]
        for mutant in mutants(case):
            total["mutants"] += 1
            labels[mutant.label] += 1
            for name, (checker, _) in CHECKERS.items():
                passes, seconds = _passes(checker, case, mutant.vjp)
                rows[name]["noticed"] += not passes
                rows[name]["seconds"] += seconds
                rows[name]["by label"][mutant.label] += passes
    for row in rows.values():
        row["seconds"] /= max(total["mutants"], 1)
    return {**total, "checkers": rows, "labels": labels}


def _right(case):
    def vjp(g, *xs):
        every = [None] * len(xs)
        for place, each in zip(case.places, case.pull(g, *xs), strict=True):
            every[place] = each
        return tuple(every)

    return vjp


def _passes(checker, case, vjp) -> tuple[bool, float]:
    """Return whether a checker lets a gradient pass, and the seconds; an error of its own is a refusal."""
    start = time.perf_counter()
    np.random.seed(0)  # noqa: NPY002  JAX's and HIPS' directions are drawn from it
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            passes = bool(checker(case.fn, vjp, case.inputs, case.places))
        except Exception:
            passes = False
    return passes, time.perf_counter() - start


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(measured(sys.argv[1:])))
