"""What an op says of itself, read from its class and checked once; `core.op` shows such a class.

`forward` works on plain arrays: its positional parameters are *operands*, its keyword-only ones *options*.

`vjp_x` is the vector-Jacobian product for operand ``x``: given ``g``, the gradient of some scalar in ``y``,
it returns the gradient in ``x``.  After ``g`` it names what it needs, and nothing else is saved: an operand
(``b``), the result (``y``), the shape of an operand (``b_shape``), an option, or one of the op's ``aux``
(further results of `forward` that have no gradient: indices, masks).  An operand without a rule has no
gradient.  Where the operands' gradients share work, one `vjp` returns them all, a tuple in the order of the
operands.  Rules are written with ops, hence differentiate again; a rule returns an array of its own, or ``g``
or a part of it, and never writes into any.  Broadcasting is undone elsewhere.

A class `fast` inside may give other forms of `forward` and of the rules, with the same meaning, for the
arrays on which its ``serves(*arrays)`` is true: of `forward` the operands, of a rule ``g`` and the saved
values that it names.  They get plain arrays alone, and it is the engine that chooses.  Its `samples` are
calls that it serves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Samples = Callable[[Any], Iterator["Case"]]  # of a numpy.random.Generator, which is not loaded for its name


class Case(NamedTuple):
    """One sample call of an op."""

    operands: tuple
    options: dict


def case(*operands: Any, **options: Any) -> Case:
    """Return a sample call ``op(*operands, **options)``; what `samples` yields."""
    return Case(operands, options)


class Fast(NamedTuple):
    """What the class `fast` of an op declares: the forms that it has, and the arrays that they serve."""

    serves: Callable[..., bool]
    samples: Samples
    forward: Callable | None
    rules: dict[str, Callable]
    joint: Callable | None


class Declaration:
    """An op as declared.

    Attributes
    ----------
    name, formula, source : what it is called, what it computes, who says so.
    declaration : the class.
    operands, variadic, defaults : the operands' names, or the one name of any number; the options' defaults.
    forward, aux, samples : as declared.
    rules : for each operand with a gradient, its rule.
    joint : the one rule for all operands, if it is declared so; then it is the rule of each.
    fast : the fast forms, if any.
    """

    def __init__(self, declaration: type, formula: str, source: str | None):
        own = declaration.__dict__
        self.name = self.__name__ = declaration.__name__
        self.__module__ = declaration.__module__
        self.__doc__ = formula + (
            "\n\n" + inspect.cleandoc(declaration.__doc__) if declaration.__doc__ else ""
        )
        self.formula, self.source, self.declaration = formula, source, declaration
        self.forward: Callable = own["forward"]
        self.samples: Samples = own["samples"]
        self.aux: tuple[str, ...] = own.get("aux", ())
        parameters = inspect.signature(self.forward).parameters.values()
        self.operands = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        self.variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self.joint, self.rules = self._rules(own)
        fast: Any = own["fast"].__dict__ if "fast" in own else {"serves": lambda *arrays: False}
        joint, rules = self._rules(fast)
        samples = fast.get("samples", self.samples)
        self.fast = Fast(fast["serves"], samples, fast.get("forward"), rules, joint)

    def __repr__(self) -> str:
        return f"<op {self.name}: {self.formula}>"

    def _rules(self, own: Any) -> tuple[Callable | None, dict[str, Callable]]:
        """Return the joint rule, if any, and the rule for each operand; TypeError if one asks too much."""
        names = (*self.operands, *filter(None, [self.variadic]))
        joint: Callable | None = own.get("vjp")
        rules: dict[str, Callable] = {key[4:]: rule for key, rule in own.items() if key.startswith("vjp_")}
        if joint is not None:
            rules = dict.fromkeys(names, joint)
        known = {*names, *(f"{name}_shape" for name in names), *self.defaults, *self.aux, "y", "which"}
        for operand, rule in rules.items():
            if operand not in names:
                raise TypeError(f"op {self.name}: vjp_{operand} names no operand of forward")
            for name in arguments(rule):
                if name not in known:
                    asked = f"op {self.name}: vjp_{operand} asks for {name!r}"
                    raise TypeError(f"{asked}; it may ask for {sorted(known)}")
        return joint, rules


def arguments(rule: Callable) -> tuple[str, ...]:
    """Return what a rule asks for beside ``g``."""
    return tuple(inspect.signature(rule).parameters)[1:]
