"""Normalising layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ops
from ..core.ops.fuse import cut
from ..core.tensor import raw
from ..ext.fused import limit
from . import functional as F
from .module import Module, Parameter


class _BatchNorm(Module):
    """y = weight (x - mean) / sqrt(var + eps) + bias for each channel (Ioffe & Szegedy 2015).

    While training mean and var are the batch's, and the running ones move towards them by ``momentum``, or
    for None are the means of all batches so far; in evaluation the running ones are used.

    Attributes
    ----------
    comm : an MPI communicator: while training, the batches of all its ranks count as one; None for the own
        batch alone.  `nn.parallel.AllReduce` sets it.
    """

    rank: tuple[int, ...] = (2, 3)
    comm: Any = None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(np.ones(num_features, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_features, np.float32)) if affine else None
        self.register_buffer(
            "running_mean", np.zeros(num_features, np.float32) if track_running_stats else None
        )
        self.register_buffer(
            "running_var", np.ones(num_features, np.float32) if track_running_stats else None
        )
        self.register_buffer("num_batches_tracked", np.array(0, np.int64) if track_running_stats else None)

    def forward(self, x: Any, relu: bool | float = False) -> Any:
        if len(x.shape) not in self.rank:
            expected = f"{' or '.join(map(str, self.rank))} axes (N, C, ...)"
            raise ValueError(f"{type(self).__name__}: expected {expected}, got shape {tuple(x.shape)}")
        if self.training and self.num_batches_tracked is not None:
            if not raw(self._buffers["running_mean"]).flags.writeable:
                problem = "the running statistics are read-only, as in a network from nn.fold"
                hint = "    hint: train the network, fold it again"
                raise ValueError(f"{type(self).__name__}: {problem}\n{hint}")
            self.num_batches_tracked += 1
        running = self._buffers["running_mean"], self._buffers["running_var"]
        training = self.training or not self.track_running_stats
        momentum = self.momentum
        if momentum is None:
            momentum = 1 / max(1, int(self.num_batches_tracked or 0))
        if self.training and self.comm is not None:
            over_all = (x, *running, self.weight, self.bias, momentum, self.eps, self.comm)
            return cut(ops.batch_norm_over_ranks(*over_all), limit("batch_norm", relu))
        given = (x, *running, self.weight, self.bias, training, momentum, self.eps)
        return ops.batch_norm_relu(*given, limit("batch_norm", relu)) if relu else F.batch_norm(*given)

    def extra_repr(self) -> str:
        kept = f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, {kept}"


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L)."""


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images (N, C, H, W)."""

    rank = (4,)


def synchronise(model: Module | None, comm: Any) -> None:
    """Have the model's batch norms take statistics over all ranks of ``comm``; None for their own batch's."""
    for module in () if model is None else model.modules():
        if isinstance(module, _BatchNorm):
            module.comm = comm


class LocalResponseNorm(Module):
    """x / (k + alpha/size sum of x^2 over neighbouring channels)^beta (Krizhevsky et al. 2012, sec. 3.3)."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, x: Any) -> Any:
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
