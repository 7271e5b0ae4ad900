"""What PyTorch has and cutaway has not, or calls otherwise: each name with what to write instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_LINALG = "there is no linear algebra with gradients; numpy.linalg works on x.detach().numpy()"
_DEVICE = "everything is computed on the processor; leave it out"
CHANGE = "in-place changes lose gradients; write y = x.{}(...) and go on with y"

TENSOR = {
    "clamp_min": "write x.clamp(min=...)",
    "clamp_max": "write x.clamp(max=...)",
    "tile": "called x.repeat(...) here",
    "addmm": "write x + a @ b",
    "baddbmm": "write x + a @ b",
    "addcmul": "write x + value * a * b",
    "addcdiv": "write x + value * a / b",
    "expm1": "write x.exp() - 1",
    "exp2": "write 2 ** x",
    "sinh": "write (x.exp() - (-x).exp()) / 2",
    "cosh": "write (x.exp() + (-x).exp()) / 2",
    "fmod": "x.remainder(...) has the sign of the divisor",
    "frac": "write x - x.sign() * x.abs().floor()",
    "softplus": "called cutaway.nn.functional.softplus",
    "gelu": "called cutaway.nn.functional.gelu",
    "mode": "numpy.unique(x.numpy(), return_counts=True) counts values",
    "unique": "numpy.unique(x.numpy()) has no gradient either",
    "bincount": "numpy.bincount(x.numpy()) has no gradient either",
    "histc": "numpy.histogram(x.numpy()) has no gradient either",
    "kthvalue": "write x.sort(dim=...).values, and take the k-th",
    "quantile": "x.sort() and a mean of two of its values has a gradient",
    "cummax": "numpy.maximum.accumulate(x.numpy()) has no gradient",
    "cummin": "numpy.minimum.accumulate(x.numpy()) has no gradient",
    "index_add": "write x + cutaway.core.ops.give(src, index, axis=dim, size=x.shape[dim])",
    "index_fill": "write x.masked_fill(mask, value)",
    "put_along_axis": "write x.scatter_add(dim, index, src)",
    "take_along_axis": "called x.gather(dim, index) here",
    "take": "write x.ravel()[index], or x.index_select(dim, index)",
    "diag": "write x.diagonal(), or cutaway.eye(n) * x",
    "trace": "write x.diagonal().sum()",
    "cross": "write it with x.roll(...) and *, or cutaway.einsum",
    "bernoulli": "write (cutaway.rand(*x.shape) < x).float()",
    "multinomial": "numpy.random.Generator.choice draws by probabilities",
    "normal_": "called cutaway.nn.init.normal(w, std)",
    "uniform_": "called cutaway.nn.init.uniform(w, low, high)",
    "detach_": "write x = x.detach()",
    "copy": "called x.clone() here",
    "stride": "an array's order in memory is no matter here; x.numpy().strides",
    "is_contiguous": "every op takes any order in memory",
    "storage": "x.numpy() shares the memory",
    "data_ptr": "x.numpy().ctypes.data is the address",
    "untyped_storage": "x.numpy() shares the memory",
    "is_cuda": _DEVICE,
    "cuda": _DEVICE,
    "mps": _DEVICE,
    "pin_memory": _DEVICE,
    "share_memory_": _DEVICE,
    "is_sparse": "there are no sparse tensors",
    "to_dense": "there are no sparse tensors",
    "to_sparse": "there are no sparse tensors",
    "complex": "there are no complex numbers",
    "real": "there are no complex numbers",
    "bfloat16": "the floating types are float16, float32 and float64",
    "nan_to_num": "write cutaway.where(x.isnan(), 0.0, x)",
    "unfold": "write x[:, start:end] for each, and cutaway.stack",
    "stack": "called cutaway.stack",
    "short": "write x.to(cutaway.int16)",
    "byte": "write x.to(cutaway.uint8)",
    "char": "write x.to(cutaway.int8)",
    "sgn": "called x.sign() here",
    "logit": "write (x / (1 - x)).log()",
    "heaviside": "write (x > 0).float()",
    "xlogy": "called cutaway.core.ops.xlogy",
    "tensor_split": "called x.split(sizes) here",
    "ndimension": "called x.dim() or x.ndim here",
    "grad_fn": "called x.node here; cutaway.graph(x) shows all of it",
    **dict.fromkeys(
        ("det", "logdet", "inverse", "pinverse", "svd", "qr", "cholesky", "matrix_power"), _LINALG
    ),
}

TOP = {
    "device": _DEVICE,
    "cuda": _DEVICE,
    "backends": _DEVICE,
    "optim": "called cutaway.nn.optim",
    "utils": "data sets and loaders are in cutaway.nn: cutaway.nn.DataLoader",
    "autograd": "gradients are cutaway.grad and x.backward(); an op of your own is declared with cutaway.op",
    "linalg": _LINALG,
    "fft": "there is none; numpy.fft has no gradient",
    "jit": "there is nothing to compile",
    "compile": "there is nothing to compile",
    "FloatTensor": "write cutaway.tensor(...)",
    "LongTensor": "write cutaway.tensor(..., dtype=cutaway.int64)",
    "Size": "shapes are tuples",
    "dtype": "types are NumPy's: cutaway.float32 is numpy.dtype('float32')",
    "Generator": "generators are NumPy's: numpy.random.default_rng(seed)",
    "bfloat16": "the floating types are float16, float32 and float64",
    "complex64": "there are no complex numbers",
    "empty": "write cutaway.zeros(...)",
    "empty_like": "write cutaway.zeros_like(...)",
    "logspace": "write 10 ** cutaway.linspace(...)",
    "set_grad_enabled": "write `with cutaway.enable_grad():` or `with cutaway.no_grad():`",
    "set_default_dtype": "the type of numbers is float32; give dtype=, or call .double()",
    "vstack": "write cutaway.cat(tensors, dim=0)",
    "hstack": "write cutaway.cat(tensors, dim=1)",
    "concatenate": "called cutaway.concat or cutaway.cat",
    "tile": "called x.repeat(...) here",
    "diag": "write x.diagonal(), or cutaway.eye(n) * x",
    "unique": "numpy.unique(x.numpy()) has no gradient either",
    "set_printoptions": "numpy.set_printoptions holds here as well",
    "meshgrid": "numpy.meshgrid gives the arrays; wrap them in cutaway.tensor",
}


class Missing:
    """An attribute that is not there, and says what to write instead.

    (A ``__getattr__`` would say it as well, and make every look at an attribute a third slower.)
    """

    def __init__(self, name: str, hint: str):
        self.name, self.hint = name, hint

    def __get__(self, instance: Any, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__} has no attribute {self.name!r}: {self.hint}")


def missing(owner: str, name: str, hints: Mapping[str, str], known: Collection[str]) -> str:
    """Return the message of an AttributeError: what is written instead, or the names that are nearest.

    >>> missing("cutaway", "cuda", TOP, [])
    "cutaway has no attribute 'cuda': everything is computed on the processor; leave it out"
    >>> missing("cutaway", "sofmax", TOP, ["softmax", "sum"])
    "cutaway has no attribute 'sofmax': did you mean softmax?"
    """
    said = f"{owner} has no attribute {name!r}"
    if name in hints:
        return f"{said}: {hints[name]}"
    import difflib  # only now: it takes a while to load

    near = difflib.get_close_matches(name, [each for each in known if not each.startswith("_")], n=3)
    return f"{said}: did you mean {', '.join(near)}?" if near else said
