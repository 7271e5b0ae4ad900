"""Check gradients against differences of the function that they belong to, whatever they are written in.

    cutaway gradcheck mypackage.mymodule:myfunction --shape 4,3 --shape 3
    cutaway gradcheck mypackage.nets:Block --shape 2,8,5,5 --order 2
    cutaway gradcheck homework.py:forward --vjp backward --shape 4,3 --shape 3,2
    cutaway gradcheck homework.py:loss --vjp True --values inputs.npz --html report.html

Without --vjp the gradients are the engine's, of a function of tensors; of a Module; of PyTorch's or JAX's, of
a function of theirs; or those of a layer class with forward and backward.  With it: backward(cotangent, *x);
backward(dout, cache), if the function returns (out, cache); or True, if it returns (value, gradient).

Each --shape is one float64 input, drawn from the normal distribution; --values takes them from a file.  An op
declared with @cutaway.op, or any object with a method samples(rng), brings its own inputs.  The exit code is
0 if everything holds, 1 if not, 2 if it could not be checked.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from .gradcheck_target import inputs, load, made
from .outputs import expect_outputs

SUMMARY = "check gradients: of a function, a layer, a homework's backward"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", help="package.module:name or file.py:name of a function, op, layer or Module"
    )
    parser.add_argument(
        "--vjp",
        help="the backward function, package.module:name, file.py:name, or a name beside the target; True if "
        "the target returns (value, gradient)",
    )
    parser.add_argument(
        "--form", help="pair, cache, gradient, layer, torch ..., where it could be two (default: recognised)"
    )
    parser.add_argument(
        "--shape",
        action="append",
        default=[],
        help="shape of an input, e.g. 2,3; repeat for further inputs; '' for a scalar",
    )
    parser.add_argument("--values", default="", help="inputs from an .npz file, instead of --shape")
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
    parser.add_argument("--json", action="store_true", help="print the reports as JSON")
    parser.add_argument("--html", default="", help="also write a page with pictures of what is wrong")


def run(arguments: argparse.Namespace) -> int:
    from ..core import gradcheck
    from ..core.gradcheck.record import as_dict

    expect_outputs([("--html", arguments.html)], [("--values", arguments.values)])
    if arguments.shape and arguments.values:
        raise ValueError("--shape draws inputs and --values reads them: expected one of the two")
    target = made(load(arguments.target), arguments.target)
    vjp = _vjp(arguments)
    rng = np.random.default_rng(arguments.seed)
    how = {"order": arguments.order, "cotangents": arguments.cotangents, "rng": arguments.seed}
    how |= {"vjp": vjp, "form": arguments.form, "name": arguments.target}
    reports = []
    for given, options in _cases(target, arguments, rng):
        function = _with_options(target, options) if options else target
        try:
            reports.append(gradcheck(function, *given, **how))
        except TypeError as error:
            if str(error).startswith("gradcheck: "):  # about what was given, not a mistake inside it
                raise ValueError(str(error).removeprefix("gradcheck: ")) from error
            raise
    if arguments.json:
        print(json.dumps([as_dict(report) for report in reports], indent=1, allow_nan=False))
    else:
        print("\n".join(map(str, reports)))
    if arguments.html:
        from .gradcheck_page import page

        Path(arguments.html).write_text(page(arguments.target, reports), encoding="utf-8")
    return 0 if all(reports) else 1


def _vjp(arguments: argparse.Namespace) -> Any:
    if arguments.vjp in (None, ""):
        return None
    return True if arguments.vjp in ("True", "true") else load(arguments.vjp, arguments.target)


def _cases(target: Any, arguments: argparse.Namespace, rng: np.random.Generator) -> list[tuple[list, dict]]:
    """Return the inputs and options to check the target on."""
    if arguments.shape or arguments.values:
        return [(inputs(target, arguments.shape, arguments.values, rng), {})]
    if hasattr(target, "samples"):
        return [(list(case.operands), case.options) for case in target.samples(rng)]
    raise ValueError(
        f"{arguments.target} brings no samples: give the shape of each input, e.g. --shape 2,3 --shape 3, or "
        "their values, --values inputs.npz"
    )


def _with_options(target: Any, options: dict) -> Any:
    return lambda *xs: target(*xs, **options)
