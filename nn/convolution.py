"""Convolutional layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import ops
from . import functional as F
from . import init
from .linear import bias_like
from .module import Module, Parameter


def _tuple(value: Any, rank: int) -> tuple[int, ...]:
    return (int(value),) * rank if np.ndim(value) == 0 else tuple(int(v) for v in value)


class _Convolution(Module):
    """What the three layers share: sizes, and weights ~ U(-a, a), a = 1 / sqrt(fan_in), PyTorch's default."""

    rank = 2
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: init.Rng = None,
    ):
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            channels = f"{in_channels} input and {out_channels} output channels"
            raise ValueError(f"{type(self).__name__}: {channels} do not divide into {groups} groups")
        rng = init.generator(rng)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = _tuple(kernel_size, self.rank), _tuple(stride, self.rank)
        self.padding, self.dilation = _tuple(padding, self.rank), _tuple(dilation, self.rank)
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        weight = Parameter(np.empty((outer, inner // groups, *self.kernel_size), np.float32))
        self.weight = init.he_uniform(weight, rng, slope=math.sqrt(5))
        self.bias = bias_like(out_channels, init.fans(weight.shape)[0], rng) if bias else None

    def extra_repr(self) -> str:
        shown = [str(self.in_channels), str(self.out_channels), f"kernel_size={self.kernel_size}"]
        defaults = {"stride": 1, "padding": 0, "dilation": 1}
        shown += [
            f"{name}={getattr(self, name)}"
            for name, value in defaults.items()
            if getattr(self, name) != (value,) * self.rank
        ]
        shown += [f"groups={self.groups}"] if self.groups > 1 else []
        shown += ["bias=False"] if self.bias is None else []
        return ", ".join(shown)

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Return multiplications and additions: each weight meets each pixel of the smaller grid."""
        pixels = x_shape if self.transposed else y_shape
        return 2 * self.weight.size * pixels[0] * math.prod(pixels[2:])


class Conv2d(_Convolution):
    """Convolution of images:  x (N, C, H, W), weight (K, C / groups, R, S), bias (K,) -> (N, K, P, Q)."""

    def forward(self, x: Any, relu: bool = False) -> Any:
        steps = (self.stride, self.padding, self.dilation, self.groups)
        return F.conv2d(x, self.weight, self.bias, *steps, relu=relu)


class Conv1d(_Convolution):
    """Convolution of sequences:  x (N, C, L), weight (K, C / groups, S), bias (K,) -> (N, K, Q)."""

    rank = 1

    def forward(self, x: Any) -> Any:
        steps = (self.stride[0], self.padding[0], self.dilation[0], self.groups)
        return F.conv1d(x, self.weight, self.bias, *steps)


class ConvTranspose2d(_Convolution):
    """Transposed convolution:  x (N, C, H, W), weight (C, K / groups, R, S), bias (K,) -> (N, K, P, Q).

    Every input value stamps the kernel on the output, ``stride`` apart; overlaps add.

        P = (H - 1) stride - 2 padding + dilation (R - 1) + 1 + output_padding
    """

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
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, rng=rng
        )
        self.output_padding = _tuple(output_padding, 2)

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
