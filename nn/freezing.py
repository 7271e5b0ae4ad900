"""Parts of a network that stay as they are while others learn."""

from __future__ import annotations

from typing import Any

from .module import Module
from .normalisation import BatchNorm1d, BatchNorm2d

NORMS = (BatchNorm1d, BatchNorm2d)


def freeze(module: Module) -> None:
    """Let a module's parameters learn no longer, and its batch norm keep its statistics.

    Batch norm stays in evaluation mode whatever `train` says: else the layers behind it would see other
    numbers in every batch.
    """
    module.requires_grad_(False)
    for norm in module.modules():
        if isinstance(norm, NORMS):
            norm.eval()
            object.__setattr__(norm, "train", _Stays(norm))


def unfreeze(module: Module) -> None:
    """Undo `freeze`."""
    module.requires_grad_(True)
    for norm in module.modules():
        if isinstance(norm, NORMS):
            norm.__dict__.pop("train", None)
            norm.train(module.training)


class _Stays:
    """The `train` of a frozen module: nothing changes."""

    def __init__(self, module: Any):
        self.module = module

    def __call__(self, mode: bool = True) -> Any:
        return self.module
