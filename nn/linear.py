"""Layers of matrix products."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import ops
from . import functional as F
from . import init
from .module import Module, Parameter


class Linear(Module):
    """y = x w^T + b.  I in, O out:  x (..., I), weight (O, I), bias (O,) -> (..., O).

    Weight and bias start as U(-a, a) with a = 1 / sqrt(I), PyTorch's default.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        self.in_features, self.out_features = in_features, out_features
        self.weight = init.he_uniform(
            Parameter(np.empty((out_features, in_features), np.float32)), rng, slope=math.sqrt(5)
        )
        self.bias = bias_like(out_features, in_features, rng) if bias else None

    def forward(self, x: Any) -> Any:
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Return multiplications and additions of one forward pass."""
        return 2 * math.prod(y_shape) * self.in_features


class Embedding(Module):
    """Row i of the table for each whole number i:  (...) -> (..., D), weight (V, D) ~ N(0, 1)."""

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None, *, rng: init.Rng = None
    ):
        super().__init__()
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.weight = init.normal(Parameter(np.empty((num_embeddings, embedding_dim), np.float32)), rng=rng)
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                problem = f"padding_idx {padding_idx} is outside the {num_embeddings} rows"
                raise ValueError(f"Embedding: {problem}")
            self.padding_idx = padding_idx % num_embeddings
            self.weight.data[padding_idx] = 0

    def forward(self, index: Any) -> Any:
        y = F.embedding(index, self.weight)
        if self.padding_idx is None:
            return y
        kept = (
            np.asarray(getattr(index, "data", index) if hasattr(index, "node") else index) != self.padding_idx
        )
        return ops.where(kept[..., None], y, y.detach())  # no gradient reaches the padding row: it stays

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}" + (
            "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        )


class EmbeddingBag(Module):
    """The sum, mean or maximum of rows of a table:  (B, L) -> (B, D), weight (V, D) ~ N(0, 1).

    See `functional.embedding_bag`; mode is "mean", "sum" or "max".
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        mode: str = "mean",
        padding_idx: int | None = None,
        rng: init.Rng = None,
    ):
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.mode, self.padding_idx = mode, padding_idx
        self.weight = init.normal(Parameter(np.empty((num_embeddings, embedding_dim), np.float32)), rng=rng)
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0

    def forward(self, index: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        return F.embedding_bag(index, self.weight, offsets, self.mode, per_sample_weights, self.padding_idx)

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}, mode={self.mode!r}{padding}"


def bias_like(size: int, fan_in: int, rng: np.random.Generator) -> Parameter:
    """Return a bias (size,) ~ U(-a, a) with a = 1 / sqrt(fan_in), PyTorch's default."""
    a = 1 / math.sqrt(fan_in) if fan_in else 0.0
    return init.uniform(Parameter(np.empty(size, np.float32)), -a, a, rng)  # type: ignore[return-value]
