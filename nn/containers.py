"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..core import Tensor
from ..core.node import note_module, tick
from .activation import ReLU
from .convolution import Conv2d
from .module import Module
from .normalisation import BatchNorm1d, BatchNorm2d

# layers that can do the work of a ReLU behind them in the same pass
FUSED = (Conv2d, BatchNorm1d, BatchNorm2d)


class _Numbered(Module):
    """Modules under the names "0", "1", ..., as in ``features.0.weight``."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, index: int | slice) -> Any:
        members = list(self._modules.values())
        return type(self)(*members[index]) if isinstance(index, slice) else members[index]

    def append(self, module: Module) -> Any:
        """Add a module at the end; returns self."""
        setattr(self, str(len(self)), module)
        return self


class Sequential(_Numbered):
    """Modules called in turn: ``Sequential(Linear(2, 8), ReLU(), Linear(8, 1))``, or a dictionary."""

    def __init__(self, *modules: Module | dict[str, Module]):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):
            named = modules[0].items()
        else:
            named = ((str(i), module) for i, module in enumerate(modules))
        for name, module in named:
            if not isinstance(module, Module):
                raise TypeError(f"Sequential: expected modules, got {type(module).__name__} at {name}")
            setattr(self, name, module)

    def forward(self, x: Any) -> Any:
        modules = list(self)
        for i, module in enumerate(modules):
            before = modules[i - 1] if i else None
            if before is not None and _fuses(before, module):
                continue
            after = modules[i + 1] if i + 1 < len(modules) else None
            x = _rectified(module, x) if after is not None and _fuses(module, after) else module(x)
        return x


def _fuses(module: Module, after: Module) -> bool:
    """Return whether the two may run as one: nobody watches what passes from one to the other."""
    return type(module) in FUSED and type(after) is ReLU and not (module._hooks or after._hooks)


def _rectified(module: Any, x: Any) -> Any:
    """Return max(module(x), 0), with both modules noted in the graph as if they had been called in turn."""
    start = tick()
    y = module.forward(x, relu=True)
    if isinstance(y, Tensor) and y.node is not None and y.node.order > start:
        (inner,) = y.node.parents
        note_module(inner, type(module).__name__, start)
        note_module(y.node, ReLU.__name__, inner.order)
    return y


class ModuleList(_Numbered):
    """A list whose modules are found by `Module.parameters`; it has no forward of its own."""

    def __init__(self, *modules: Module | Iterable[Module]):
        super().__init__()
        if len(modules) == 1 and not isinstance(modules[0], Module):
            modules = tuple(modules[0])
        for module in modules:
            self.append(module)  # type: ignore[arg-type]
