"""`Module`: a function with parameters, under PyTorch's names and paths, so that its checkpoints load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import Tensor, as_tensor
from ..core.node import note_module, tick
from ..core.tensor import raw, values_of
from .state import load_into
from .tree import Tree

# Methods of PyTorch's modules that are left out.
ON_CPU = "everything is computed on the processor: leave the call out"
LEFT_OUT = dict.fromkeys(("cuda", "xpu", "to_empty"), ON_CPU) | {
    "half": "kernels compute in float32 and float64",
    "bfloat16": "kernels compute in float32 and float64",
    "compile": "the kernels are compiled already",
    "register_full_backward_hook": "a hook on the output does it: y.register_hook(f)",
    "share_memory": "threads share the memory of a module anyway",
}


class Parameter(Tensor):
    """A tensor that a module trains: a leaf that requires a gradient.

    Raises GradientError if ``data`` was made from others that need a gradient: they would get none.
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True):
        if isinstance(data, Tensor) and not data.is_leaf:
            values_of(data, "Parameter")
        values = data.data if isinstance(data, Tensor) else as_tensor(data).data
        super().__init__(np.asarray(values) if np.asarray(values).flags.writeable else np.array(values))
        if requires_grad:
            self.requires_grad = True


class Removal:
    """Removes a hook when it is called."""

    def __init__(self, hooks: dict[int, Callable], hook: Callable):
        self.hooks, self.key = hooks, tick()
        hooks[self.key] = hook

    def __call__(self) -> None:
        self.hooks.pop(self.key, None)

    remove = __call__  # as PyTorch's handles have it


class Module(Tree):
    """The base of networks and layers: parameters, buffers and modules are attributes; define ``forward``.

    Attributes
    ----------
    training : whether dropout drops and batch norm uses the batch; set by `train` and `eval`.
    """

    training: bool

    def __init__(self) -> None:
        for name in ("_parameters", "_buffers", "_modules", "_hooks", "_pre_hooks"):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "training", True)

    # Attributes that are parts

    def __setattr__(self, name: str, value: Any) -> None:
        if "_modules" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__}: call super().__init__() before assigning self.{name}"
            )
        for kind, group in ((Parameter, "_parameters"), (Module, "_modules")):
            if isinstance(value, kind):
                if hasattr(type(self), name):
                    problem = f"{name} is an attribute of the class, which would hide the {kind.__name__}"
                    raise TypeError(f"{type(self).__name__}: {problem}; choose another name")
                if name not in self.__dict__[group]:  # a successor takes the place of what had the name
                    self._forget(name)
                self.__dict__[group][name] = value
                return
        if name in self._buffers:
            self._buffers[name] = value
            return
        if name in self._parameters and value is not None:
            hint = "assign a Parameter, or change its values under no_grad with copy_"
            raise TypeError(f"{type(self).__name__}.{name} is a parameter; {hint}")
        self._forget(name)
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        for group in ("_parameters", "_buffers", "_modules"):
            members = self.__dict__.get(group, {})
            if name in members:
                return members[name]
        hint = f"; {LEFT_OUT[name]}" if name in LEFT_OUT else ""
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}")

    def __delattr__(self, name: str) -> None:
        self._forget(name)

    def _forget(self, name: str) -> None:
        """Remove what has this name, of whatever kind: a plain attribute would hide a parameter."""
        for group in ("_parameters", "_buffers", "_modules"):
            self.__dict__[group].pop(name, None)
        self.__dict__.pop(name, None)

    def register_buffer(self, name: str, values: np.ndarray | None) -> None:
        """Add an array that is saved with the module but not trained (running statistics)."""
        self._forget(name)
        self._buffers[name] = values

    def register_forward_hook(self, hook: Callable) -> Removal:
        """Call ``hook(module, inputs, output)`` after each forward pass; a result not None replaces it.

        Returns what removes the hook: call it, or its ``remove``.
        """
        return Removal(self._hooks, hook)

    def register_forward_pre_hook(self, hook: Callable) -> Removal:
        """Call ``hook(module, inputs)`` before each forward pass; a result not None replaces the inputs."""
        return Removal(self._pre_hooks, hook)

    # Calling

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute the output; every module defines its own."""
        raise TypeError(f"{type(self).__name__} defines no forward(self, x)")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        start = tick()
        for hook in list(self._pre_hooks.values()):
            replaced = hook(self, inputs)
            if replaced is not None:
                inputs = replaced if isinstance(replaced, tuple) else (replaced,)
        output = self.forward(*inputs, **options)
        for hook in list(self._hooks.values()):
            replaced = hook(self, inputs, output)
            output = output if replaced is None else replaced
        for each in output if isinstance(output, (tuple, list)) else (output,):
            if isinstance(each, Tensor) and each.node is not None and each.node.order > start:
                note_module(each.node, type(self).__name__, start)
        return output

    # States

    def train(self, mode: bool = True) -> Module:
        """Switch to training behaviour, by calling `train` of every child, which may have its
        own; returns self.
        """
        object.__setattr__(self, "training", bool(mode))
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Module:
        """Switch to evaluation behaviour; returns self."""
        return self.train(False)

    def requires_grad_(self, wanted: bool = True) -> Module:
        """Freeze (False) or unfreeze every parameter; returns self."""
        for parameter in self._parameters.values():
            if parameter is not None:
                parameter.requires_grad = wanted
        for child in self.children():
            child.requires_grad_(wanted)
        return self

    def zero_grad(self) -> None:
        """Forget the accumulated gradients."""
        for parameter in self.parameters():
            parameter.grad = None

    def astype(self, dtype: Any) -> Module:
        """Convert every floating parameter and buffer; returns self."""
        for parameter in self._parameters.values():
            if parameter is not None:
                wanted, parameter.requires_grad = parameter.requires_grad, False
                parameter.data = parameter.data.astype(dtype)
                parameter.requires_grad = wanted
        for name, values in self._buffers.items():
            if values is not None and values.dtype.kind == "f":
                self._buffers[name] = values.astype(dtype)
        for child in self.children():
            child.astype(dtype)
        return self

    def to(self, *wanted: Any, **options: Any) -> Module:
        """Convert to a type, as ``to(np.float64)``; ``to("cpu")`` changes nothing: all is there.

        Raises ValueError for any other device.
        """
        for each in (*wanted, *options.values()):
            if str(each) == "cpu" or isinstance(each, bool):
                continue
            try:
                dtype = np.dtype(each)
            except TypeError:
                raise ValueError(
                    f"to: expected a type or 'cpu', got {each!r}; there is no other device"
                ) from None
            self.astype(dtype)
        return self

    def cpu(self) -> Module:
        """Return self: it is there."""
        return self

    def float(self) -> Module:
        return self.astype(np.float32)

    def double(self) -> Module:
        return self.astype(np.float64)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return every parameter and buffer by path: arrays that share the module's memory.

        What is shared stands under each of its paths, as in PyTorch's files.
        """
        members = {**self._parameters, **self._buffers}
        state = {name: raw(member) for name, member in members.items() if member is not None}
        for path, child in self._modules.items():
            state |= {f"{path}.{name}": values for name, values in child.state_dict().items()}
        return state

    def load_state_dict(self, state: dict[str, Any], strict: bool = True) -> tuple[list[str], list[str]]:
        """Copy the arrays of ``state`` into this module; see `nn.state.load_into`."""
        return load_into(self, state, strict)

    # Showing

    def extra_repr(self) -> str:
        """Return what stands in the brackets of the module's `repr`."""
        return ""

    def __repr__(self) -> str:
        lines = [f"  ({name}): " + repr(child).replace("\n", "\n  ") for name, child in self.named_children()]
        inside = "\n" + "\n".join(lines) + "\n" if lines else ""
        return f"{type(self).__name__}({self.extra_repr()}{inside})"
