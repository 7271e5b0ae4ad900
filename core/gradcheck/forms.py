"""What was given: which of the forms that gradients are written in, and the subject made of it.

gradcheck(f, *x)                 f of this library's tensors; of torch's or JAX's; a layer object
gradcheck(f, *x, vjp=g)          g(cotangent, *x) -> gradients
                                 g(dout, cache) -> gradients, where f returns (out, cache)
                                 g(*x) -> gradients, where f returns one number
gradcheck(f, *x, vjp=True)       f returns (value, gradients), as scipy.optimize takes with jac=True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..tensor import Tensor
from .layer import layer_pair
from .other_engines import engine_of, jax_pair, torch_pair
from .pair import Pair, PairSubject, cached, plain, quiet, with_gradient, with_value
from .subject import Subject
from .tensors import TensorSubject
from .trees import is_floating, leaves, parameter_names, takes

CACHES = ("cache", "caches", "ctx", "context", "saved", "residuals", "res", "tape", "memory")
FORMS = ("tensors", "pair", "cache", "gradient", "value and gradient", "layer", "torch", "jax")


def recognised(fn: Any, vjp: Any, inputs: Sequence[Any], form: str | None) -> Subject:
    """Return the subject of what was given to `gradcheck`; the first call of it is made here.

    Raises
    ------
    TypeError : if it is none of the forms; says which arguments were expected.
    ValueError : if the form is unknown, or if it could be two of them; says how to decide.
    """
    if form is not None and form not in FORMS:
        raise ValueError(f"gradcheck: expected a form of {', '.join(FORMS)}, got {form!r}")
    if not callable(fn) and not _is_layer(fn):
        raise TypeError(f"gradcheck: expected a function or a layer, got a {type(fn).__name__}")
    if vjp is None or vjp is False:
        return _without_vjp(fn, inputs, form, vjp is None)
    if not callable(vjp) and vjp is not True:
        raise TypeError(
            f"gradcheck: expected vjp to be a function such as vjp(cotangent, *x), or True if {_called(fn)} "
            f"returns (value, gradient), got a {type(vjp).__name__}"
        )
    given = [np.asarray(each.data) if isinstance(each, Tensor) else each for each in inputs]
    return PairSubject(_with_vjp(fn, vjp, given, form))


def _without_vjp(fn: Any, inputs: Sequence[Any], form: str | None, ask: bool) -> Subject:
    engine = form or engine_of(fn, inputs)
    if engine == "torch":
        return PairSubject(torch_pair(fn, inputs))
    if engine == "jax":
        return PairSubject(jax_pair(fn, inputs))
    if engine == "layer" or (form is None and _is_layer(fn)):
        return PairSubject(layer_pair(fn, inputs))
    if form in ("pair", "cache", "gradient"):
        raise TypeError(f"gradcheck: the form {form!r} expects the backward function as well: pass vjp=")
    if form == "value and gradient":
        return PairSubject(with_value(fn, inputs))
    arrays = [each.data if isinstance(each, Tensor) else each for each in inputs]
    try:
        subject = TensorSubject(fn, inputs)
    except (TypeError, ValueError, AttributeError, RuntimeError):  # of a function that is not for tensors
        if _gives_value_and_gradient(fn, arrays):
            return PairSubject(with_value(fn, arrays))
        raise
    if ask and form is None and _looks_like_a_gradient(subject):
        raise ValueError(
            f"gradcheck: {_called(fn)} returns a number and a tensor of the input's shape: is that its "
            "gradient, written by hand? Then pass vjp=True; if both are results, pass vjp=False"
        )
    return subject


def _with_vjp(fn: Callable, vjp: Any, inputs: list[Any], form: str | None) -> Pair:
    if vjp is True:
        return with_value(fn, inputs)
    if form in ("pair", "cache", "gradient"):
        return {"pair": plain, "cache": cached, "gradient": with_gradient}[form](fn, vjp, inputs)
    count = len(inputs)
    with quiet():
        result = fn(*[np.array(each) if isinstance(each, np.ndarray) else each for each in inputs])
    if isinstance(result, tuple) and len(result) == 2 and takes(vjp, 2):
        second = parameter_names(vjp, 2)[1]
        holds_arrays = all(is_floating(leaf) for _, leaf in leaves(result[1])) and bool(result[1] is not None)
        if not takes(vjp, count + 1) or second in CACHES:
            return cached(fn, vjp, inputs)
        if not holds_arrays or isinstance(result[1], (tuple, dict)):
            return cached(fn, vjp, inputs)
        raise ValueError(
            f"gradcheck: {_called(fn)} returns two things: if the second is what {_called(vjp)} needs, pass "
            "form='cache'; if both are results, pass form='pair'"
        )
    if takes(vjp, count + 1):
        return plain(fn, vjp, inputs)
    if takes(vjp, count) and is_floating(result) and np.ndim(result) == 0:
        return with_gradient(fn, vjp, inputs)
    expected = f"{_called(vjp)}(cotangent, {', '.join(parameter_names(fn, count))})"
    raise TypeError(
        f"gradcheck: expected {expected}, or {_called(vjp)}(dout, cache) with (out, cache) from "
        f"{_called(fn)}; {_called(vjp)} takes neither {count + 1} arguments nor a cache"
    )


def _is_layer(fn: Any) -> bool:
    """Return whether this is an object with ``forward`` and ``backward`` that is no Module of ours."""
    ours = any(each.__module__.startswith("cutaway.") for each in type(fn).__mro__)
    both = callable(getattr(fn, "forward", None)) and callable(getattr(fn, "backward", None))
    return both and not ours and not isinstance(fn, type)


def _gives_value_and_gradient(fn: Callable, arrays: list[Any]) -> bool:
    """Return whether the function of arrays returns (a number, an array of its one input's shape)."""
    if len(arrays) != 1 or not isinstance(arrays[0], np.ndarray):
        return False
    try:
        result = fn(np.array(arrays[0], np.float64))
    except Exception:  # then what the function said of tensors is the error to be told
        return False
    pair = isinstance(result, tuple) and len(result) == 2 and all(is_floating(each) for each in result)
    return pair and np.ndim(result[0]) == 0 and np.shape(result[1]) == arrays[0].shape


def _looks_like_a_gradient(subject: TensorSubject) -> bool:
    result = subject.result([Tensor(x.copy()) for x in subject.xs]) if len(subject.xs) == 1 else None
    return (
        isinstance(result, tuple)
        and len(result) == 2
        and all(isinstance(each, Tensor) for each in result)
        and result[0].ndim == 0 < result[1].ndim
        and result[1].shape == subject.xs[0].shape
    )


def _called(fn: Any) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__))
