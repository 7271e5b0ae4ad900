"""An optimiser around another one: what that has, it has."""

from __future__ import annotations

from typing import Any

from .base import Optimiser


class Wrapper(Optimiser):
    """Passes everything on to ``optimiser``; what is to be different a subclass defines."""

    def __init__(self, optimiser: Optimiser):
        self.optimiser = optimiser

    groups = property(lambda self: self.optimiser.groups)  # type: ignore[assignment]
    state = property(lambda self: self.optimiser.state)  # type: ignore[assignment]
    defaults = property(lambda self: self.optimiser.defaults)  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.optimiser!r})"

    def add_group(self, group: dict[str, Any]) -> None:
        self.optimiser.add_group(group)

    def zero_grad(self) -> None:
        self.optimiser.zero_grad()

    def step(self, closure: Any = None) -> Any:
        return self.optimiser.step(closure)

    def state_dict(self) -> dict[str, Any]:
        return self.optimiser.state_dict()

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.optimiser.load_state_dict(saved)
