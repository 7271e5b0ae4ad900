"""Transposed convolutions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ops
from . import functional as F
from . import init
from .convolution import Convolution, as_tuple


class _Transposed(Convolution):
    """The order of arguments of the transposed layers, and their output_padding."""

    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        *,
        rng: init.Rng = None,
    ):
        if isinstance(padding, str):
            raise ValueError(f"{type(self).__name__}: expected padding as numbers, got {padding!r}")
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, rng=rng
        )
        self.output_padding = as_tuple(output_padding, self.rank)

    def extra_repr(self) -> str:
        given = f", output_padding={self.output_padding}" if any(self.output_padding) else ""
        return super().extra_repr() + given


class ConvTranspose1d(_Transposed):
    """Transposed convolution:  x (N, C, L), weight (C, K / groups, S), bias (K,) -> (N, K, Q).

    See `ConvTranspose2d`.
    """

    rank = 1

    def forward(self, x: Any) -> Any:
        steps = (self.stride[0], int(self.padding[0]), self.output_padding[0], self.groups, self.dilation[0])
        return F.conv_transpose1d(x, self.weight, self.bias, *steps)


class ConvTranspose2d(_Transposed):
    """Transposed convolution:  x (N, C, H, W), weight (C, K / groups, R, S), bias (K,) -> (N, K, P, Q).

    Every input value stamps the kernel on the output, ``stride`` apart; overlaps add.

        P = (H - 1) stride - 2 padding + dilation (R - 1) + 1 + output_padding
    """

    def forward(self, x: Any) -> Any:
        steps = (self.stride, self.padding, self.output_padding, self.groups, self.dilation)
        return F.conv_transpose2d(x, self.weight, self.bias, *steps)


class BilinearConvTranspose2d(ConvTranspose2d):
    """Transposed convolution that interpolates each channel by itself, x (N, C, H, W) -> (N, C, P, Q).

    Its weights are frozen, which saves most of the work: bilinear weights are a product of two tents, so the
    image is enlarged along one axis, then along the other.  Thawed by `requires_grad_`, it is an ordinary
    transposed convolution that begins so (Long et al. 2015, section 3.3); and so it is with other weights.
    """

    def __init__(self, channels: int, kernel_size: int, stride: int, padding: int = 0):
        super().__init__(channels, channels, kernel_size, stride, padding, bias=False, rng=0)
        init.bilinear(self.weight)
        self.weight.requires_grad = False
        self.interpolating = self.weight.data.copy()

    def forward(self, x: Any) -> Any:
        w, alike = self.weight, (x.shape[1], x.dtype) == (self.in_channels, self.weight.dtype)
        if w.requires_grad or not alike or not np.array_equal(w.data, self.interpolating):
            return super().forward(x)
        lines = [init.tent(size) for size in self.kernel_size]
        steps = zip(x.shape[2:], self.stride, self.padding, self.kernel_size, strict=True)
        size = tuple((n - 1) * stride - 2 * padding + kernel for n, stride, padding, kernel in steps)
        return ops.stamp(x, lines=lines, size=size, stride=self.stride, padding=self.padding)
