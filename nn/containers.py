"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .module import Module


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
    """Modules that are called one after another: ``Sequential(Linear(2, 8), ReLU(), Linear(8, 1))``, or a
    dictionary of named ones.
    """

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
        for module in self:
            x = module(x)
        return x


class ModuleList(_Numbered):
    """A list whose modules are found by `Module.parameters`; it has no forward of its own."""

    def __init__(self, *modules: Module | Iterable[Module]):
        super().__init__()
        if len(modules) == 1 and not isinstance(modules[0], Module):
            modules = tuple(modules[0])
        for module in modules:
            self.append(module)  # type: ignore[arg-type]
