"""Convolutional layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import ops
from . import functional as F
from . import init
from .borders import same_width
from .linear import bias_like
from .module import Module, Parameter

PADDING = ("zeros", "reflect", "replicate", "circular")


def as_tuple(value: Any, rank: int) -> tuple[int, ...]:
    """Return a number as that of each axis, several as they are."""
    return (int(value),) * rank if np.ndim(value) == 0 else tuple(int(v) for v in value)


class Convolution(Module):
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
        padding_mode: str = "zeros",
        *,
        rng: init.Rng = None,
    ):
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            channels = f"{in_channels} input and {out_channels} output channels"
            raise ValueError(f"{type(self).__name__}: {channels} do not divide into {groups} groups")
        rng = init.generator(rng)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = as_tuple(kernel_size, self.rank), as_tuple(stride, self.rank)
        self.padding = padding if isinstance(padding, str) else as_tuple(padding, self.rank)
        self.dilation, self.padding_mode = as_tuple(dilation, self.rank), padding_mode
        if padding_mode not in PADDING:
            known = ", ".join(map(repr, PADDING))
            raise ValueError(f"{type(self).__name__}: expected padding_mode {known}, got {padding_mode!r}")
        if padding not in ("same", "valid") and isinstance(padding, str):
            expected = "expected padding as numbers, 'same' or 'valid'"
            raise ValueError(f"{type(self).__name__}: {expected}, got {padding!r}")
        if padding == "same" and self.stride != (1,) * self.rank:
            raise ValueError(f"{type(self).__name__}: padding='same' needs stride 1, got stride {stride}")
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        weight = Parameter(np.empty((outer, inner // groups, *self.kernel_size), np.float32))
        self.weight = init.he_uniform(weight, rng, slope=math.sqrt(5))
        self.bias = bias_like(out_channels, init.fans(weight.shape)[0], rng) if bias else None

    def _bordered(self, x: Any) -> tuple[Any, Any]:
        """Return x and the padding that is left to do: if it is no zeros, the border is drawn first."""
        if self.padding_mode == "zeros":
            return x, self.padding
        width = [(n, n) for n in self.padding if isinstance(n, int)]
        if self.padding == "same":
            width = same_width(self.kernel_size, self.dilation)
        return ops.pad(x, width, self.padding_mode) if width else x, (0,) * self.rank

    def extra_repr(self) -> str:
        shown = [str(self.in_channels), str(self.out_channels), f"kernel_size={self.kernel_size}"]
        defaults = {"stride": 1, "padding": 0, "dilation": 1}
        shown += [
            f"{name}={getattr(self, name)!r}"
            for name, value in defaults.items()
            if getattr(self, name) != (value,) * self.rank
        ]
        shown += [f"padding_mode={self.padding_mode!r}"] if self.padding_mode != "zeros" else []
        shown += [f"groups={self.groups}"] if self.groups > 1 else []
        shown += ["bias=False"] if self.bias is None else []
        return ", ".join(shown)

    def flops(self, x_shape: tuple[int, ...], y_shape: tuple[int, ...]) -> int:
        """Return multiplications and additions: each weight meets each pixel of the smaller grid."""
        pixels = x_shape if self.transposed else y_shape
        return 2 * self.weight.size * pixels[0] * math.prod(pixels[2:])


class Conv2d(Convolution):
    """Convolution of images:  x (N, C, H, W), weight (K, C / groups, R, S), bias (K,) -> (N, K, P, Q).

    Attributes
    ----------
    kept : KeptWeights or None
        In a network from `cutaway.nn.fold`: the weights as they are laid out once.
    """

    kept: Any = None

    def forward(self, x: Any, relu: bool = False) -> Any:
        w, b = (self.kept and self.kept.of(self)) or (self.weight, self.bias)
        return self.convolved(x, w, b, relu)

    def convolved(self, x: Any, weight: Any, bias: Any, relu: bool = False) -> Any:
        """Return the convolution of x with other weights and biases of the same shapes."""
        x, padding = self._bordered(x)
        return F.conv2d(x, weight, bias, self.stride, padding, self.dilation, self.groups, relu=relu)


class Conv1d(Convolution):
    """Convolution of sequences:  x (N, C, L), weight (K, C / groups, S), bias (K,) -> (N, K, Q)."""

    rank = 1

    def forward(self, x: Any) -> Any:
        x, padding = self._bordered(x)
        steps = (self.stride, padding, self.dilation, self.groups)
        return F.conv1d(x, self.weight, self.bias, *steps)
