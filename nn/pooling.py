"""Pooling and up-sampling as modules."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .module import Module


def _shown(pool: Any, defaults: dict[str, Any]) -> str:
    """Return kernel and stride, and what is not as usual."""
    stride = pool.kernel_size if pool.stride is None else pool.stride
    given = {name: getattr(pool, name) for name, usual in defaults.items() if getattr(pool, name) != usual}
    return ", ".join(
        [str(pool.kernel_size), f"stride={stride}", *(f"{name}={value}" for name, value in given.items())]
    )


class MaxPool2d(Module):
    """The largest value of each window; with return_indices also where it was, for `MaxUnpool2d`."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode

    def forward(self, x: Any) -> Any:
        return F.max_pool2d(
            x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return _shown(self, {"padding": 0, "dilation": 1, "ceil_mode": False, "return_indices": False})


class MaxPool1d(MaxPool2d):
    """The largest value of each window of sequences (N, C, L)."""

    def forward(self, x: Any) -> Any:
        return F.max_pool1d(
            x, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )


class MaxUnpool2d(Module):
    """Put each value back where `MaxPool2d` found it, zeros elsewhere."""

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, x: Any, indices: Any, output_size: Any = None) -> Any:
        return F.max_unpool2d(x, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return _shown(self, {"padding": 0})


class AvgPool2d(Module):
    """The mean of each window."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, x: Any) -> Any:
        return F.avg_pool2d(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )

    def extra_repr(self) -> str:
        return _shown(self, {"padding": 0, "ceil_mode": False, "count_include_pad": True})


class AvgPool1d(AvgPool2d):
    """The mean of each window of sequences (N, C, L)."""

    def forward(self, x: Any) -> Any:
        return F.avg_pool1d(
            x, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class AdaptiveAvgPool2d(Module):
    """Means over windows that are chosen so that the output has a given size, whatever the input's."""

    def __init__(self, output_size: Any):
        super().__init__()
        self.output_size = output_size

    def forward(self, x: Any) -> Any:
        return F.adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self) -> str:
        return f"{self.output_size}"


class AdaptiveMaxPool2d(AdaptiveAvgPool2d):
    """Maxima over windows that are chosen so that the output has a given size, whatever the input's."""

    def forward(self, x: Any) -> Any:
        return F.adaptive_max_pool2d(x, self.output_size)


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """Means over parts of sequences (N, C, L), of a given number."""

    def forward(self, x: Any) -> Any:
        return F.adaptive_avg_pool1d(x, self.output_size)


class AdaptiveMaxPool1d(AdaptiveAvgPool2d):
    """Maxima over parts of sequences (N, C, L), of a given number."""

    def forward(self, x: Any) -> Any:
        return F.adaptive_max_pool1d(x, self.output_size)


class Upsample(Module):
    """Enlarge images, to a size or by a factor: mode "nearest" (replication) or "bilinear"."""

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool = False
    ):
        super().__init__()
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners

    def forward(self, x: Any) -> Any:
        return F.interpolate(x, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        return (
            f"size={self.size}" if self.size else f"scale_factor={self.scale_factor}"
        ) + f", mode={self.mode!r}"
