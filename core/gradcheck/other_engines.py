"""Functions of PyTorch and JAX: their own engine pulls back, differences are taken of the function.

Neither library is imported unless such a function or array was given.
"""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from .pair import Pair
from .trees import is_floating, leaves, parameter_names, rebuilt


def engine_of(fn: Any, inputs: Sequence[Any]) -> str | None:
    """Return "torch" or "jax" if the function, what it names or what it is given is theirs."""
    loaded = [name for name in ("torch", "jax") if name in sys.modules]
    things = [fn, type(fn), *_named(fn), *(type(leaf) for each in inputs for _, leaf in leaves(each))]
    if isinstance(fn, type):
        things += fn.__mro__
    else:
        things += type(fn).__mro__
    for name in loaded:
        if any(_home(each) in (name, f"{name}lib") for each in things):
            return name
    return None


def torch_pair(fn: Any, inputs: Sequence[Any]) -> Pair:
    """Return the pair of a torch function, a Module (with its parameters) or an autograd.Function."""
    import torch  # pyright: ignore[reportMissingImports]

    given = [rebuilt(each, (_array(leaf) for _, leaf in leaves(each))) for each in inputs]
    names = parameter_names(getattr(fn, "forward", fn), len(given))
    if isinstance(fn, type) and issubclass(fn, torch.autograd.Function):
        names = parameter_names(fn.forward, len(given) + 1)[1:]
        call: Callable = fn.apply
    elif isinstance(fn, torch.nn.Module):
        module = copy.deepcopy(fn).double()
        own = [name for name, _ in module.named_parameters()]
        count, names = len(given), [*names, *own]
        given = [*given, *(p.detach().numpy().copy() for p in module.parameters())]

        def of_module(*arguments: Any) -> Any:
            held = dict(zip(own, arguments[count:], strict=True))
            return torch.func.functional_call(module, held, arguments[:count])

        call = of_module
    else:
        call = fn

    def tensors(arguments: Sequence[Any], wanted: bool) -> list[Any]:
        def one(leaf: Any) -> Any:
            if not isinstance(leaf, (np.ndarray, np.generic)):
                return leaf
            made = torch.tensor(np.array(leaf))
            return made.requires_grad_() if wanted and made.is_floating_point() else made

        return [rebuilt(each, (one(leaf) for _, leaf in leaves(each))) for each in arguments]

    def forward(*arguments: Any) -> Any:
        with torch.no_grad():
            return _arrays(call(*tensors(arguments, False)))

    def pull(cotangent: Any, *arguments: Any) -> Any:
        xs = tensors(arguments, True)
        found = _torch_gradients(call(*xs), xs, [c for _, c in leaves(cotangent)], False)
        return tuple(rebuilt(x, (_array(g) for _, g in leaves(g))) for x, g in zip(xs, found, strict=True))

    def second(pair: Pair, cotangent: Any) -> Pair:
        count = len(pair.inputs)

        def first(*arguments: Any) -> Any:
            xs, cs = arguments[:count], arguments[count:]
            with torch.enable_grad():
                tied = [x if x.requires_grad or not x.is_floating_point() else x.requires_grad_() for x in xs]
                found = _torch_gradients(call(*tied), tied, list(cs), True)
            return [g for g, x in zip(found, tied, strict=True) if x.is_floating_point()]

        return torch_pair(first, [*pair.inputs, *(c for _, c in leaves(cotangent))])

    return Pair(forward, pull, given, names, "a torch function", False, second=second)


def _torch_gradients(result: Any, xs: list, cotangents: list, again: bool) -> list:
    """Return the gradients of each input, in its containers; None for what is no floating tensor."""
    import torch  # pyright: ignore[reportMissingImports]

    ys = [y for _, y in leaves(result)]
    live = [
        (y, torch.as_tensor(c).reshape(y.shape).to(y.dtype))
        for y, c in zip(ys, cotangents, strict=True)
        if isinstance(y, torch.Tensor) and y.requires_grad
    ]
    wanted = [x for each in xs for _, x in leaves(each) if isinstance(x, torch.Tensor) and x.requires_grad]
    found: list = [None] * len(wanted)
    if live:
        found = list(
            torch.autograd.grad(
                [y for y, _ in live], wanted, [c for _, c in live], allow_unused=True, create_graph=again
            )
        )
    zeros = iter(x * 0 if g is None else g for g, x in zip(found, wanted, strict=True))
    known = {id(x) for x in wanted}
    return [rebuilt(each, (next(zeros) if id(x) in known else None for _, x in leaves(each))) for each in xs]


def jax_pair(fn: Callable, inputs: Sequence[Any]) -> Pair:
    """Return the pair of a JAX function, in float64."""
    import jax  # pyright: ignore[reportMissingImports]

    given = [rebuilt(each, (_array(leaf) for _, leaf in leaves(each))) for each in inputs]
    double = jax.enable_x64 if hasattr(jax, "enable_x64") else jax.experimental.enable_x64

    def pulled(cotangent: Any, *arguments: Any) -> Any:
        at = [i for i, each in enumerate(arguments) if all(_real(leaf) for _, leaf in leaves(each))]

        def of_floating(*xs: Any) -> Any:
            every = list(arguments)
            for i, x in zip(at, xs, strict=True):
                every[i] = x
            return fn(*every)

        ys, back = jax.vjp(of_floating, *(arguments[i] for i in at))
        like = (
            jax.numpy.asarray(c, y.dtype)
            for (_, y), (_, c) in zip(leaves(ys), leaves(cotangent), strict=True)
        )
        found: list = [None] * len(arguments)
        for i, g in zip(at, back(rebuilt(ys, like)), strict=True):
            found[i] = g
        return tuple(found)

    def forward(*arguments: Any) -> Any:
        with double(True):
            return _arrays(fn(*arguments))

    def pull(cotangent: Any, *arguments: Any) -> Any:
        with double(True):
            return _arrays(pulled(cotangent, *arguments))

    def second(pair: Pair, cotangent: Any) -> Pair:
        count = len(pair.inputs)

        def first(*arguments: Any) -> Any:
            c = rebuilt(cotangent, iter(arguments[count:]))
            return [g for g in pulled(c, *arguments[:count]) if g is not None]

        return jax_pair(first, [*pair.inputs, *(c for _, c in leaves(cotangent))])

    return Pair(forward, pull, given, parameter_names(fn, len(given)), "a JAX function", False, second=second)


def _real(value: Any) -> bool:
    return is_floating(value) or (hasattr(value, "dtype") and str(value.dtype).startswith("float"))


def _arrays(result: Any) -> Any:
    return rebuilt(result, (_array(leaf) for _, leaf in leaves(result)))


def _array(value: Any) -> Any:
    """Return a tensor or array of another library as NumPy's; anything else as it is."""
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy()
    return np.asarray(value) if hasattr(value, "__array__") and not isinstance(value, np.generic) else value


def _named(fn: Any) -> list[Any]:
    """Return the modules, functions and classes that the code of a function names."""
    inner = getattr(fn, "__wrapped__", fn)
    inner = getattr(inner, "__func__", inner)
    if not isinstance(inner, FunctionType):
        return []
    named = [inner.__globals__.get(name) for name in inner.__code__.co_names]
    held = []
    for cell in inner.__closure__ or ():
        with contextlib.suppress(ValueError):  # a name that has no value yet
            held.append(cell.cell_contents)
    return [each for each in named + held if each is not None]


def _home(thing: Any) -> str:
    if type(thing).__name__ == "module":
        return thing.__name__.split(".")[0]
    return str(getattr(thing, "__module__", None) or "").split(".")[0]
