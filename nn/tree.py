"""The modules inside a module, and their parameters, by path: ``features.0.weight``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import Parameter as Argument
from inspect import signature
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

if TYPE_CHECKING:
    from .module import Module, Parameter


# Options of PyTorch's modules that are left out, and what to do.
LEFT_OUT = {
    "inplace": "leave it out: a ReLU behind a convolution is computed in the same pass anyway",
    "device": "leave it out: everything is computed on the processor",
    "dtype": "convert the module: .double(), or .to(numpy.float64)",
}


class Tree:
    """What walks over a `Module` and all inside it."""

    _modules: dict[str, Any]

    def __new__(cls, *given: Any, **named: Any) -> Self:
        """Answer PyTorch's options that a module does not take."""
        for name in LEFT_OUT.keys() & named.keys():
            kinds = {each.name: each.kind for each in signature(cls.__init__).parameters.values()}
            if name not in kinds and Argument.VAR_KEYWORD not in kinds.values():
                raise TypeError(f"{cls.__name__}: no option {name!r}; {LEFT_OUT[name]}")
        return super().__new__(cls)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        yield from self._modules.items()

    def children(self) -> Iterator[Module]:
        yield from self._modules.values()

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield (path, module) for this module and all inside it, each once."""
        yield from self._walk(prefix, set())

    def _walk(self, prefix: str, seen: set[int]) -> Iterator[tuple[str, Module]]:
        if id(self) in seen:
            return
        seen.add(id(self))
        yield prefix, cast("Module", self)
        for name, child in self._modules.items():
            yield from child._walk(f"{prefix}.{name}" if prefix else name, seen)

    def modules(self) -> Iterator[Module]:
        return (module for _, module in self.named_modules())

    def _named(self, group: str) -> Iterator[tuple[str, Any]]:
        for path, module in self.named_modules():
            for name, member in module.__dict__[group].items():
                if member is not None:
                    yield f"{path}.{name}" if path else name, member

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (path, parameter), each parameter once, even if two modules share it."""
        seen: set[int] = set()
        for path, parameter in self._named("_parameters"):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                yield path, parameter

    def parameters(self) -> Iterator[Parameter]:
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, np.ndarray]]:
        return self._named("_buffers")

    def buffers(self) -> Iterator[np.ndarray]:
        return (values for _, values in self.named_buffers())

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call ``function`` on every module inside, then on this one; returns self."""
        for child in self.children():
            child.apply(function)
        function(cast("Module", self))
        return self

    def get_submodule(self, path: str) -> Module:
        """Return the module at a path, such as "features.0"; "" is this one.

        Raises AttributeError, which says how far the path leads.
        """
        found = cast("Module", self)
        for number, name in enumerate(path.split(".") if path else []):
            if name not in found._modules:
                so_far = ".".join(path.split(".")[:number]) or type(self).__name__
                inside = ", ".join(found._modules) or "none"
                raise AttributeError(f"no module {path!r}: in {so_far} there is no {name!r}, only {inside}")
            found = found._modules[name]
        return found

    def get_parameter(self, path: str) -> Parameter:
        """Return the parameter at a path, such as "features.0.weight"."""
        place, _, name = path.rpartition(".")
        module = self.get_submodule(place)
        if module._parameters.get(name) is None:
            inside = ", ".join(name for name, p in module._parameters.items() if p is not None) or "none"
            raise AttributeError(f"no parameter {path!r}: {place or type(self).__name__} has {inside}")
        return module._parameters[name]

    def add_module(self, name: str, module: Module | None) -> None:
        """Set a module under a name; the same as assigning an attribute, for names that are computed."""
        setattr(self, name, module)

    register_module = add_module

    def register_parameter(self, name: str, parameter: Parameter | None) -> None:
        """Set a parameter under a name; the same as assigning an attribute."""
        setattr(self, name, parameter)
