"""Break every gradient rule on purpose: the checker must notice each break that changes a value."""

from __future__ import annotations

from collections.abc import Callable

import cutaway
import numpy as np
import pytest
from cutaway.core.op import REGISTRY, Op

NOTICEABLE = 1e-4  # relative to the gradient's largest entry; the checker's own tolerance is 1e-6


def _one_entry(part):
    part = np.array(part)
    if part.size:
        part.flat[part.size // 2] += 0.01 * max(np.abs(part).max(), 1e-3)
    return part


def _no_batch_sum(part):
    """The mean where the sum belongs, or only the first of a batch."""
    return np.broadcast_to(part[:1], part.shape) if np.ndim(part) and part.shape[0] > 1 else part


def _transposed(part):
    part = np.asarray(part)
    return (
        np.swapaxes(part, -1, -2)
        if part.ndim > 1 and part.shape[-1] == part.shape[-2]
        else part[..., ::-1]
        if part.ndim
        else part
    )


def _shifted(part):
    return np.roll(part, 1)


# What is done to the gradient that a rule returns.
AFTER: dict[str, Callable] = {
    "negated": lambda part: -part,
    "scaled by 2": lambda part: 2 * part,
    "scaled by 1.001": lambda part: 1.001 * part,
    "zeroed": lambda part: part * 0,
    "one entry off": _one_entry,
    "missing batch sum": _no_batch_sum,
    "transposed or reversed": _transposed,
    "shifted by one": _shifted,
    "absolute value": np.abs,
    "nan": lambda part: part * np.nan,
}

# What is done to the cotangent before a rule sees it.
BEFORE: dict[str, Callable] = {
    "ignores the cotangent": np.ones_like,
    "uses only its sign": np.sign,
    "uses its mean": lambda g: np.full_like(g, np.mean(g)) if np.size(g) else g,
    "squares it": lambda g: g * np.abs(g),
}


def _mutant(rule: Callable, before: Callable | None, after: Callable | None) -> Callable:
    def mutated(g, saved, options):
        plain = np.asarray(g.data if isinstance(g, cutaway.Tensor) else g)
        part = rule(plain if before is None else before(plain), saved, options)
        return part if after is None else np.asarray(after(np.asarray(part)))

    return mutated


def _gradients(each: Op, operands, options, cotangent):
    tensors = [cutaway.tensor(np.asarray(x), requires_grad=True) if _floating(x) else x for x in operands]
    y = each(*tensors, **options)
    y.backward(cotangent)
    return [x.grad.data for x in tensors if isinstance(x, cutaway.Tensor) and x.grad is not None]


def _changes(each: Op, operands, options, plans) -> bool:
    """Return whether the mutated plans give another gradient for some cotangent: if not, there is nothing to
    notice.
    """
    rng = np.random.default_rng(99)
    shape = np.shape(each(*operands, **options))
    for _ in range(2):
        cotangent = rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
        correct = _gradients(each, operands, options, cotangent)
        with _replaced(each, plans):
            mutated = _gradients(each, operands, options, cotangent)
        for a, b in zip(correct, mutated, strict=True):
            if not np.allclose(a, b, rtol=0, atol=NOTICEABLE * np.abs(a).max(initial=0.0)):
                return True
    return False


class _replaced:
    """Have an op use other gradient rules for a while."""

    def __init__(self, each: Op, mutate: Callable):
        self.each, self.mutate = each, mutate

    def __enter__(self):
        self.original = self.each._plan

        def plan(mask, count):
            made = self.original(mask, count)
            rules = tuple(self.mutate(rule, i) for rule, i in zip(made.rules, made.wanted, strict=True))
            return made._replace(rules=rules, joint=None)

        self.kept = dict(self.each.plans)
        self.each.plans = _Forgetful()
        self.each._plan = plan

    def __exit__(self, *_):
        del self.each._plan
        self.each.plans = self.kept


class _Forgetful(dict):
    def __setitem__(self, key, value):
        pass


@pytest.mark.parametrize("name", list(REGISTRY))
def test_every_mutant_that_changes_a_value_is_caught(name):
    each = REGISTRY[name]
    survivors, noticed = [], 0
    for number, (operands, options) in enumerate(each.samples(np.random.default_rng(1))):
        places = [
            i
            for i in range(len(operands))
            if _floating(operands[i]) and (each.variadic or each.operands[i] in each.rules)
        ]
        for label, before, after in [
            *((k, None, v) for k, v in AFTER.items()),
            *((k, v, None) for k, v in BEFORE.items()),
        ]:
            for place in places:

                def mutate(rule, i, place=place, before=before, after=after):
                    return _mutant(rule, before, after) if i == place else rule

                with np.errstate(invalid="ignore"):
                    if not _changes(each, operands, options, mutate):
                        continue
                    with _replaced(each, mutate):
                        report = cutaway.gradcheck(
                            lambda *xs, options=options: each(*xs, **options), *operands, name=name
                        )
                noticed += 1
                if report.verdict != "fail":
                    survivors.append(f"sample {number}, operand {place}, {label}: {report.verdict}")
    assert not survivors, "\n".join(survivors)
    assert noticed or name == "sign", f"no mutant of {name} changed anything: its samples test nothing"


def _floating(x) -> bool:
    return isinstance(x, (float, np.floating)) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
