"""Normalising layers that look at each example by itself: the same while training and afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import functional as F
from .module import Module, Parameter


class LayerNorm(Module):
    """y = weight (x - mean) / sqrt(var + eps) + bias over the last axes (Ba et al. 2016, eq. 3 and 4).

    weight and bias have the shape of those axes, ``normalized_shape``.
    """

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True
    ):
        super().__init__()
        shape = (normalized_shape,) if np.ndim(normalized_shape) == 0 else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.weight = Parameter(np.ones(shape, np.float32)) if elementwise_affine else None
        self.bias = Parameter(np.zeros(shape, np.float32)) if elementwise_affine and bias else None

    def forward(self, x: Any) -> Any:
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """y = weight (x - mean) / sqrt(var + eps) + bias over groups of channels (Wu & He 2018, eq. 1 to 6).

    x (N, C, ...), weight and bias (C,).
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True):
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(f"GroupNorm: {num_channels} channels do not divide into {num_groups} groups")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.weight = Parameter(np.ones(num_channels, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_channels, np.float32)) if affine else None

    def forward(self, x: Any) -> Any:
        if len(x.shape) < 2 or x.shape[1] != self.num_channels:
            raise ValueError(
                f"GroupNorm: expected x (N, {self.num_channels}, ...), got shape {tuple(x.shape)}"
            )
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class _InstanceNorm(Module):
    """y = weight (x - mean) / sqrt(var + eps) + bias of each channel of each example.

    Ulyanov et al. 2016, eq. 2.  weight and bias (C,) with affine alone, as in PyTorch.
    """

    rank = 4

    def __init__(self, num_features: int, eps: float = 1e-5, *, affine: bool = False):
        super().__init__()
        self.num_features, self.eps, self.affine = num_features, eps, affine
        self.weight = Parameter(np.ones(num_features, np.float32)) if affine else None
        self.bias = Parameter(np.zeros(num_features, np.float32)) if affine else None

    def forward(self, x: Any) -> Any:
        if len(x.shape) != self.rank or x.shape[1] != self.num_features:
            expected = f"{self.rank} axes (N, {self.num_features}, ...)"
            raise ValueError(f"{type(self).__name__}: expected {expected}, got shape {tuple(x.shape)}")
        return F.instance_norm(x, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, affine={self.affine}"


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of sequences (N, C, L)."""

    rank = 3


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images (N, C, H, W)."""
