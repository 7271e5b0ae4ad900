"""Which names in a pickle mean something here, each exactly; no module is trusted as a whole.

storages    torch.FloatStorage, torch.bfloat16 ...                    say how bytes are to be read
tensors     torch._utils._rebuild_tensor_v2 ...                       numbers, sizes, strides -> array
holders     collections.OrderedDict                                   a dictionary
inert       numpy.dtype, argparse.Namespace, torch.device ...         what checkpoints hold beside weights
refused     torch._utils._rebuild_sparse_tensor, torch.float8_e5m2 ... numbers that would be lost
all others  the class of a pickled model, or harm                     refused
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...core.reading import bad_file
from .tensors import DTYPES, STORAGES, Window, window

EXPECTED = "a state_dict, which is numbers alone"
AGAIN = (
    'with PyTorch, and if you trust the file: torch.save(model.state_dict(), "weights.pth"), and read that'
)
HOLDERS = (
    "collections.OrderedDict",
    "builtins.dict",
    "__builtin__.dict",
    "builtins.list",
    "__builtin__.list",
)
TYPES = ("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer")
TYPES += tuple(name.replace("Storage", "Tensor") for name in STORAGES if "Untyped" not in name)
INERT = (
    *("numpy.dtype", "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "_codecs.encode"),
    *("argparse.Namespace", "collections.Counter", "collections.defaultdict", "torch.device"),
    *("torch.layout", "torch.strided", "torch.contiguous_format", "torch.serialization._get_layout"),
)
# What a tensor can be made of, but no array can hold, and how to make one that can.
REFUSED = {
    "torch._utils._rebuild_sparse_tensor": "a sparse tensor; store t.to_dense()",
    "torch._utils._rebuild_sparse_csr_tensor": "a sparse tensor; store t.to_dense()",
    "torch._utils._rebuild_qtensor": "a quantised tensor; store t.dequantize()",
    "torch._utils._rebuild_nested_tensor": "a nested tensor; store t.unbind()",
    "torch._utils._rebuild_meta_tensor_no_storage": "a tensor of the device meta, which has no numbers",
    "torch._utils._rebuild_wrapper_subclass": "a tensor of a class of its own; store plain tensors",
    "torch._utils._rebuild_device_tensor_from_numpy": "a tensor of another device; store t.cpu()",
    "torch._utils._rebuild_device_tensor_from_cpu_tensor": "a tensor of another device; store t.cpu()",
    **{f"torch.{kind}Storage": "a quantised tensor; store t.dequantize()" for kind in
       ("QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4")},
}  # fmt: skip


@dataclass(frozen=True)
class Name:
    """A name as a value; it is called by `call` alone."""

    name: str


def known(name: str, path: Any) -> Name:
    """Return a name that means something here.

    Raises
    ------
    FileError : for any other; it says what to do.
    """
    if name in REFUSED:
        kind, _, hint = REFUSED[name].partition("; ")
        raise bad_file(path, "dense tensors of plain numbers", f"{kind} ({name})", hint=hint)
    if name.startswith("torch.") and "." not in name[6:] and _is_odd_type(name[6:]):
        came = f"a tensor of {name}"
        raise bad_file(path, "dense tensors of plain numbers", came, hint="store t.float()")
    if name in CALLS or name in STORAGES or name in DTYPES or name in HOLDERS + TYPES + INERT:
        return Name(name)
    raise bad_file(path, EXPECTED, f"the name {name[:200]!r}: a whole model, or a program", hint=AGAIN)


def _is_odd_type(name: str) -> bool:
    """Whether this is a type of PyTorch's that NumPy lacks: float8_e4m3fn, quint8, bits8, uint4 ..."""
    odd = ("float8_", "float4_", "qint", "quint", "bits", "complex32", "uint1", "uint2", "uint4", "int4")
    return name.startswith(odd) and f"torch.{name}" not in DTYPES


def call(function: Name, arguments: tuple, path: Any) -> Any:
    """Return what a name makes of its arguments; ValueError or TypeError if it makes nothing of them."""
    name = function.name
    if name in CALLS:
        return CALLS[name](path, *arguments)
    if name in HOLDERS and not arguments:
        return [] if name.endswith("list") else {}
    if name in HOLDERS:
        (items,) = arguments
        return list(items) if name.endswith("list") else {_text(key): value for key, value in items}
    if name in INERT:
        return function
    raise TypeError(f"{name} is called")


def _text(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a text as key, a {type(key).__name__} is none")
    return key


def _tensor(
    path: Any,
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    grad: Any = None,
    hooks: Any = None,
    more: Any = None,
) -> Window:
    """A tensor of its storage's type; ``more`` says that its numbers are to be conjugated or negated."""
    if more:
        hint = "store t.resolve_conj().resolve_neg()"
        raise bad_file(path, "dense tensors of plain numbers", f"one to be changed, {more!r:.99}", hint=hint)
    return window(path, storage, offset, size, stride)


def _tensor_v3(
    path: Any,
    storage: Any,
    offset: Any,
    size: Any,
    stride: Any,
    grad: Any,
    hooks: Any,
    dtype: Any,
    more: Any = None,
) -> Window:
    """A tensor that says its type; its storage has none."""
    return window(path, storage, offset, size, stride, dtype.name)


def _parameter(path: Any, data: Any, *_: Any) -> Any:
    return data


def _from_type(path: Any, function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor with attributes of its own; its class has been looked at when it was named."""
    return call(function, arguments, path)


CALLS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch._tensor._rebuild_from_type_v2": _from_type,
    "torch.Size": lambda path, items: tuple(items),
}
