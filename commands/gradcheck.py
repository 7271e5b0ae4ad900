"""Check the gradients of your own function, op or Module class against differences of it.

    cutaway gradcheck mypackage.mymodule:myfunction --shape 4,3 --shape 3
    cutaway gradcheck mypackage.nets:Block --shape 2,8,5,5 --order 2

Each --shape is one float64 input, drawn from the normal distribution.  An op declared with @cutaway.op, or
any object with a method samples(rng), brings its own inputs.  The exit code is 0 if everything holds, 1 if
not, 2 if it could not be checked.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import sys
from typing import Any

import numpy as np

SUMMARY = "check the gradients of your own function or Module"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", help="package.module:name of a function, an op, or a Module class")
    parser.add_argument(
        "--shape",
        action="append",
        default=[],
        help="shape of an input, e.g. 2,3; repeat for further inputs; '' for a scalar",
    )
    parser.add_argument(
        "--order",
        type=int,
        choices=(1, 2),
        default=1,
        help="2 also checks the gradient of the gradient (default 1)",
    )
    parser.add_argument(
        "--cotangents", type=int, default=2, help="random signed cotangents to pull back (default 2)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of inputs, cotangents and directions (default 0)"
    )


def run(arguments: argparse.Namespace) -> int:
    from ..core import gradcheck

    target = load(arguments.target)
    rng = np.random.default_rng(arguments.seed)
    function, cases = _subject(target, arguments, rng)
    holds = True
    for inputs, options in cases:
        report = gradcheck(
            lambda *xs, options=options: function(*xs, **options),
            *inputs,
            order=arguments.order,
            cotangents=arguments.cotangents,
            rng=arguments.seed,
            name=arguments.target,
        )
        print(report)
        holds = holds and bool(report)
    return 0 if holds else 1


def load(target: str) -> Any:
    """Import ``package.module:name``, also from the current folder."""
    module, colon, name = target.partition(":")
    if not colon or not module or not name:
        raise ValueError(f"expected package.module:name, got {target!r}")
    sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module)
    finally:
        sys.path.remove(os.getcwd())
    for part in name.split("."):
        if not hasattr(found, part):
            public = (
                [each for each in vars(found) if not each.startswith("_")]
                if hasattr(found, "__dict__")
                else []
            )
            raise ValueError(f"{module} has no {part!r}; it has {', '.join(public[:12])}")
        found = getattr(found, part)
    return found


def _subject(target: Any, arguments: argparse.Namespace, rng: np.random.Generator) -> tuple[Any, list]:
    """Return the function to check, and its cases as (inputs, options)."""
    from ..nn import Module

    if inspect.isclass(target) and issubclass(target, Module):
        try:
            target = target().double()
        except TypeError as error:
            raise ValueError(
                f"{arguments.target}: the Module needs arguments ({error}); write a function that builds "
                "it, and check that"
            ) from error
    elif isinstance(target, Module):
        target = target.double()
    if arguments.shape:
        return target, [([rng.normal(size=_shape(text)) for text in arguments.shape], {})]
    if hasattr(target, "samples"):
        samples = target.samples(rng)  # type: ignore[attr-defined]
        return target, [(case.operands, case.options) for case in samples]
    raise ValueError(
        f"{arguments.target} brings no samples: give the shape of each input, e.g. --shape 2,3 --shape 3"
    )


def _shape(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(
            f"--shape: expected whole numbers with commas between, such as 2,3, got {text!r}"
        ) from None
