"""Modules made of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .fusing import run
from .module import Module, Parameter


class _Numbered(Module):
    """Modules under the names "0", "1", ..., as in ``features.0.weight``."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, index: int | slice) -> Any:
        members = list(self._modules.values())
        return self._part(index) if isinstance(index, slice) else members[index]

    def _part(self, index: slice) -> Any:
        return ModuleList(*list(self)[index])

    def append(self, module: Module) -> Any:
        """Add a module at the end, under the first free number from the length on; returns self."""
        number = len(self)
        while str(number) in self._modules:  # a part of a Sequential begins anywhere
            number += 1
        setattr(self, str(number), module)
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

    def _part(self, index: slice) -> Any:
        """Return some of the modules under the names that they have here, so that states fit."""
        return Sequential(dict(list(self._modules.items())[index]))

    def forward(self, x: Any) -> Any:
        return run(list(self), x)


class ModuleList(_Numbered):
    """A list whose modules are found by `Module.parameters`; it has no forward of its own."""

    def __init__(self, *modules: Module | Iterable[Module]):
        super().__init__()
        if len(modules) == 1 and not isinstance(modules[0], Module):
            modules = tuple(modules[0])
        for module in modules:
            self.append(module)  # type: ignore[arg-type]


class ModuleDict(Module):
    """A dictionary whose modules are found by `Module.parameters`; it has no forward of its own."""

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()):
        super().__init__()
        self.update(modules)

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, or put them in the place of those of the same name."""
        for name, module in dict(modules).items():
            self[name] = module

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"ModuleDict: expected modules, got {type(module).__name__} at {name}")
        setattr(self, name, module)

    def __getitem__(self, name: str) -> Module:
        return self._modules[name]

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def keys(self) -> Iterable[str]:
        return self._modules.keys()

    def values(self) -> Iterable[Module]:
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        return self._modules.items()


class ParameterList(Module):
    """A list of parameters, under the names "0", "1", ...; arrays and tensors become parameters."""

    def __init__(self, parameters: Iterable[Any] = ()):
        super().__init__()
        self.extend(parameters)

    def append(self, parameter: Any) -> ParameterList:
        """Add a parameter at the end; returns self."""
        made = parameter if isinstance(parameter, Parameter) else Parameter(parameter)
        setattr(self, str(len(self)), made)
        return self

    def extend(self, parameters: Iterable[Any]) -> ParameterList:
        """Add several at the end; returns self."""
        for each in parameters:
            self.append(each)
        return self

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())

    def __getitem__(self, index: int | slice) -> Any:
        return list(self._parameters.values())[index]

    def extra_repr(self) -> str:
        return ", ".join(str(tuple(each.shape)) for each in self)
