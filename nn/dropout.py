"""Dropout, reshaping and what changes nothing, as modules."""

from __future__ import annotations

from typing import Any

from ..core import ops
from ..core.tensor import Tensor
from . import functional as F
from . import init
from .module import Module


class Dropout(Module):
    """Zero each value with probability p while training, divide the rest by 1 - p.

    The generator ``rng`` belongs to the module, or is the common one that `manual_seed` sets: checkpoints
    save its state, so a resumed training drops the same values.
    """

    def __init__(self, p: float = 0.5, *, rng: init.Rng = None):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: expected a probability in [0, 1], got {p}")
        self.p, self.rng = p, init.generator(rng)

    def forward(self, x: Any) -> Any:
        return F.dropout(x, self.p, self.training, self.rng)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout1d(Dropout):
    """Zero whole channels of x (N, C, L) while training."""

    def forward(self, x: Any) -> Any:
        return F.dropout1d(x, self.p, self.training, self.rng)


class Dropout2d(Dropout):
    """Zero whole channels of x (N, C, H, W) while training (Tompson et al. 2015, section 3.2)."""

    def forward(self, x: Any) -> Any:
        return F.dropout2d(x, self.p, self.training, self.rng)


class Identity(Module):
    """x."""

    def forward(self, x: Any) -> Any:
        return x


class Flatten(Module):
    """The axes from ``start_dim`` to ``end_dim`` made one: (N, C, H, W) -> (N, C H W)."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Any:
        return ops.flatten(x, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One axis made several: ``Unflatten(1, (16, 7, 7))``."""

    def __init__(self, dim: int, unflattened_size: Any):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, x: Any) -> Any:
        y = (x if isinstance(x, Tensor) else Tensor(x)).unflatten(self.dim, self.unflattened_size)
        return y if isinstance(x, Tensor) else y.data

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
