"""What a gradient must also do, beside having the right values: seven properties, each with a small check.

A check returns None if the property holds, else what is wrong; "not applicable: ..." where the function does
not allow the question, "inconclusive: ..." where rounding hides the answer.
"""

from __future__ import annotations

import numpy as np

from ..errors import CutawayError, DtypeError
from ..tensor import Tensor
from .differences import Arrays
from .subject import Subject
from .tensors import TensorSubject

GROSS = 0.1  # of the largest entry: what no order of summation explains
SUM_TOLERANCE = 1e-10  # of the largest entry: float64 sums of a few thousand terms in another order


def check_properties(
    subject: Subject, drawn: list[Arrays], rng: np.random.Generator
) -> dict[str, str | None]:
    """Run every check below; of gradients that are not the engine's, those that they can be asked."""
    c = drawn[0]
    found = {
        "dtype and shape of each gradient": _dtype_and_shape(subject, c),
        "inputs unmutated": None,  # or the check would have ended there
        "same result twice": _same_twice(subject, c),
        "linear in the cotangent": _linear(subject, drawn, rng),
    }
    if isinstance(subject, TensorSubject):
        found["gradients of f(x, x) add up"] = _accumulates(subject, c)
    found["non-contiguous and broadcast inputs"] = _strided(subject, c)
    if isinstance(subject, TensorSubject):
        found["zero-size inputs"] = _zero_size(subject)
    return found


def _differ(
    found: Arrays, expected: Arrays, exact: bool = False, tolerance: float = SUM_TOLERANCE
) -> str | None:
    """Return which gradient differs, beyond what another order of summation explains."""
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        if a.shape != b.shape:
            return f"gradient {i} has shape {a.shape}, expected {b.shape}"
        limit = (
            0.0 if exact else tolerance * float(np.max(np.abs(b), initial=0.0)) + np.finfo(np.float64).tiny
        )
        with np.errstate(invalid="ignore"):  # equal infinities do not differ
            worst = float(
                np.max(np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b)), initial=0.0)
            )
        if not worst <= limit:
            return f"gradient {i} differs by {worst:.3g}"
    return None


def _dtype_and_shape(subject: Subject, c: Arrays) -> str | None:
    if not isinstance(subject, TensorSubject):  # a pair may compute in float64 whatever it is given
        for x, g, label in zip(subject.xs, subject.gradients(subject.xs, c), subject.labels, strict=True):
            if g.shape != x.shape:
                return f"{label} has shape {x.shape}, its gradient {g.shape}"
        return None
    for dtype in (np.float64, np.float32):
        xs = [x.astype(dtype) for x in subject.xs]
        try:
            found = subject.gradients(xs, c)
        except DtypeError as error:
            return (
                f"not applicable to {np.dtype(dtype)}: the function refuses it ({str(error).splitlines()[0]})"
            )
        for i, (x, g) in enumerate(zip(xs, found, strict=True)):
            if g.shape != x.shape or g.dtype != dtype:
                return f"input {i} is {x.shape} {x.dtype}, its gradient {g.shape} {g.dtype}"
    return _in_float32(subject, c)


def _in_float32(subject: Subject, c: Arrays) -> str | None:
    """In float32 the gradients are those in float64, as far as the inputs' rounding lets one know them."""
    rounded = [x.astype(np.float32) for x in subject.xs]
    eps = float(np.finfo(np.float32).eps)
    with np.errstate(all="ignore"):
        exact = subject.gradients([x.astype(np.float64) for x in rounded], c)
        moved = [
            subject.gradients([x.astype(np.float64) * (1 + s * eps) for x in rounded], c) for s in (-1, 1)
        ]
        found = subject.gradients(rounded, c)
        for i, (f, e, lower, upper) in enumerate(zip(found, exact, *moved, strict=True)):
            scale = float(np.max(np.abs(e), initial=0.0))
            unsure = 100 * np.maximum(np.abs(lower - e), np.abs(upper - e)) + 0.02 * scale + 1e-30
            wrong = np.isfinite(e) & np.isfinite(f) & ~(np.abs(f - e) <= unsure)
            if wrong.any():
                at = int(np.argmax(np.where(wrong, np.abs(f - e), -1)))
                return f"in float32 gradient {i} has {f.flat[at]:.4g} where float64 has {e.flat[at]:.4g}"
    return None


def check_unmutated(subject: Subject) -> str | None:
    """Return None if neither the call nor its backward pass writes to its inputs or its result."""
    xs = [x.copy() for x in subject.xs]
    cs = [np.ones_like(y) for y in subject.values(xs)]
    subject.gradients(xs, cs)
    for i, (x, before) in enumerate(zip(xs, subject.xs, strict=True)):
        if not np.array_equal(x, before, equal_nan=True):
            return f"input {i} was changed by the call; work on a copy"
    if not all((c == 1).all() for c in cs):
        return "the cotangent was changed by the backward pass; work on a copy"
    return (
        "the result was changed by the backward pass; work on a copy" if subject.spoils_its_result() else None
    )


def _same_twice(subject: Subject, c: Arrays) -> str | None:
    values = _differ(subject.values(subject.xs), subject.values(subject.xs), exact=True)
    if values:
        return f"two calls differ ({values}); is it random? pass a seeded generator"
    return _differ(subject.gradients(subject.xs, c), subject.gradients(subject.xs, c), exact=True)


def _linear(subject: Subject, drawn: list[Arrays], rng: np.random.Generator) -> str | None:
    """Compare the gradients of a c + b d, and of -c, with those of c and d."""
    c, d = drawn[0], drawn[-1]
    one, other = subject.gradients(subject.xs, c), subject.gradients(subject.xs, d)
    largest = max((float(np.max(np.abs(each), initial=0.0)) for each in (*c, *d)), default=0.0)
    steep = max(1.0, *(_largest(subject.values(subject.xs)) / max(_largest([x]), 1e-300) for x in subject.xs))
    cancelled = 256 * subject.eps * largest * steep  # of softmax at 1e3 all that is left is rounding
    hidden: list[str] = []
    for a, b in (rng.uniform(0.5, 2, size=2) * np.array([1, -1]), (-1.0, 0.0)):
        combined = subject.gradients(subject.xs, [a * p + b * q for p, q in zip(c, d, strict=True)])
        for i, (g, p, q) in enumerate(zip(combined, one, other, strict=True)):
            large = float(np.max(np.abs(a * p) + np.abs(b * q), initial=0.0))
            worst = float(np.max(np.abs(g - (a * p + b * q)), initial=0.0))
            if not worst <= SUM_TOLERANCE * large + cancelled:
                return f"gradient {i} of a c + b d is off by {worst:.3g}: does the rule use the cotangent?"
            if large <= cancelled and not worst <= GROSS * large:
                small = f"gradient {i}, all of it below {cancelled:.1g}"
                hidden.append(f"inconclusive: {small}, is not linear, or rounded")
    return hidden[0] if hidden else None


def _largest(arrays: Arrays) -> float:
    return max((float(np.max(np.abs(each), initial=0.0)) for each in arrays), default=0.0)


def _accumulates(subject: TensorSubject, c: Arrays) -> str | None:
    """Use one tensor in two places: two inputs of one shape, or else two calls."""
    same = [
        (i, j) for i in range(len(subject.xs)) for j in range(i) if subject.xs[i].shape == subject.xs[j].shape
    ]
    if not same:
        (one, *_), x = subject.gradients(subject.xs, c), Tensor(subject.xs[0]).requires_grad_()
        for _ in range(2):
            for y, each in zip(subject.call([x, *subject.xs[1:]]), c, strict=True):
                if y.node is not None:
                    y.backward(each)
        twice = np.zeros_like(one) if x.grad is None else np.asarray(x.grad.data)
        return _differ([twice], [one + one], tolerance=4 * subject.eps)
    i, j = same[0]
    xs = list(subject.xs)
    xs[i] = xs[j]
    separate = subject.gradients(xs, c)
    tensors = [Tensor(x).requires_grad_() for x in xs]
    tensors[i] = tensors[j]
    for y, each in zip(subject.call(tensors), c, strict=True):
        if y.node is not None:
            y.backward(each)
    shared = tensors[j].grad
    found = np.zeros_like(xs[j]) if shared is None else np.asarray(shared.data)
    tolerance = subject.eps * SUM_TOLERANCE / np.finfo(np.float64).eps
    return _differ([found], [separate[i] + separate[j]], tolerance=tolerance)


def _strided(subject: Subject, c: Arrays) -> str | None:
    spread = [
        np.repeat(x[..., None], 2, axis=-1)[..., 0] for x in subject.xs
    ]  # every second element of a larger array
    turned = [np.array(x, order="F") for x in subject.xs]
    plain = subject.gradients(subject.xs, c)
    tolerance = subject.eps * SUM_TOLERANCE / np.finfo(np.float64).eps
    wrong = _differ(subject.gradients(spread, c), plain, tolerance=tolerance)
    wrong = wrong or _differ(subject.gradients(turned, c), plain, tolerance=tolerance)
    if wrong:
        return f"for non-contiguous inputs {wrong}"
    for k, x in enumerate(subject.xs):
        if x.ndim and x.shape[0] > 1:
            view = np.broadcast_to(x[:1], x.shape)  # stride 0, read-only
            with_view, with_copy = (
                subject.gradients([*subject.xs[:k], each, *subject.xs[k + 1 :]], c)
                for each in (view, view.copy())
            )
            wrong = _differ(with_view, with_copy, tolerance=tolerance)
            if wrong:
                return f"for a broadcast input {k} {wrong}"
    return None


def _zero_size(subject: Subject) -> str | None:
    first = subject.xs[0]
    if not first.ndim:
        return "not applicable: the first input has no axes"
    xs = [x[:0] if x.ndim == first.ndim and x.shape[0] == first.shape[0] else x for x in subject.xs]
    try:
        cotangents = [np.ones_like(y) for y in subject.values(xs)]
    except (CutawayError, ValueError, IndexError) as error:
        return f"not applicable: the function refuses them ({str(error).splitlines()[0]})"
    try:
        found = subject.gradients(xs, cotangents)
    except (CutawayError, ValueError, IndexError) as error:
        return f"the function accepts them, its gradient does not ({str(error).splitlines()[0]})"
    for i, (x, g) in enumerate(zip(xs, found, strict=True)):
        if g.shape != x.shape or not np.isfinite(g).all():
            return (
                f"input {i} of shape {x.shape} got a gradient of shape {g.shape}, or one that is not finite"
            )
    return None
