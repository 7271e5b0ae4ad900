"""Where pooling windows lie: one table per axis, for strided and adaptive windows alike.

H image, P output.  Window p covers the pixels

    first[p] + i * step,  i = 0 .. taps - 1

Those with lo[p] <= i < hi[p] lie inside the image, the others in the padding.  `extent[p]` is what an average
divides by along this axis.

    strided    first = p stride - padding
               three taps, stride 2, padding 1, H = 5:   first -1 1 3,  lo 1 0 0,  hi 3 3 2
    adaptive   first = floor(p H / P), last = ceil((p + 1) H / P) - 1
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..geometry import AXES, Pair, pair

UINT8_TAPS = 255  # larger windows number their taps with int32


@dataclass(frozen=True, eq=False)
class Axis:
    """The windows along one axis; `table` (P, 4) int64 has the columns first, lo, hi, extent."""

    size: int  # H
    taps: int
    step: int  # dilation
    stride: int  # between windows; 0 if irregular
    table: np.ndarray
    inner: int  # windows inner .. inner_end-1 lie inside the image with all their taps
    inner_end: int

    @property
    def outputs(self) -> int:
        return len(self.table)


@dataclass(frozen=True, eq=False)
class Windows:
    """The windows of a pooling in two dimensions, shared by the kernels and their adjoints."""

    rows: Axis
    cols: Axis

    @property
    def size(self) -> Pair:
        """(H, W)"""
        return self.rows.size, self.cols.size

    @property
    def output(self) -> Pair:
        """(P, Q)"""
        return self.rows.outputs, self.cols.outputs

    @property
    def tap_type(self) -> type:
        """The integer type that numbers the taps of one window, row by row."""
        return np.uint8 if self.rows.taps * self.cols.taps <= UINT8_TAPS else np.int32


def pool_windows(
    size: Any,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Windows:
    """Return the windows of a strided pooling of an (H, W) image; stride None means stride = kernel."""
    steps = pair("pool", "kernel", kernel, 1), pair("pool", "stride", kernel if stride is None else stride, 1)
    return _strided(
        pair("pool", "size", size, 0),
        *steps,
        pair("pool", "padding", padding, 0),
        pair("pool", "dilation", dilation, 1),
        bool(ceil_mode),
        bool(count_include_pad),
    )


def adaptive_windows(size: Any, output: Any) -> Windows:
    """Return windows that divide an (H, W) image into (P, Q) parts; None keeps the size of an axis."""
    H, W = pair("adaptive_pool", "size", size, 1)
    P, Q = output if isinstance(output, tuple | list) else (output, output)
    return _adaptive(
        (H, W), pair("adaptive_pool", "output size", (H if P is None else P, W if Q is None else Q), 1)
    )


@lru_cache(maxsize=256)
def _strided(
    size: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Windows:
    return Windows(
        *(
            _strided_axis(
                i, size[i], kernel[i], stride[i], padding[i], dilation[i], ceil_mode, count_include_pad
            )
            for i in range(2)
        )
    )


@lru_cache(maxsize=256)
def _adaptive(size: Pair, output: Pair) -> Windows:
    return Windows(*(_adaptive_axis(size[i], output[i]) for i in range(2)))


def _strided_axis(
    i: int,
    size: int,
    taps: int,
    stride: int,
    padding: int,
    step: int,
    ceil_mode: bool,
    count_include_pad: bool,
) -> Axis:
    h, r, p = AXES[i]
    if 2 * padding > taps:
        raise ValueError(
            f"pool: padding {padding} along {h} is more than half of the window {r} = {taps}: "
            "some windows would see padding only"
        )
    span, reach = size + 2 * padding, step * (taps - 1) + 1
    outputs = (span - reach + (stride - 1 if ceil_mode else 0)) // stride + 1  # rounded up, one may overhang
    if size < 1 or outputs < 1:
        raise ValueError(
            f"pool: no output along {h}: "
            f"the window reaches over {reach} pixels, the padded image has {span}\n"
            f"    dilation {step} * ({r} {taps} - 1) + 1 = {reach}\n"
            f"    {h} {size} + 2 * padding {padding} = {span}"
        )
    if ceil_mode and (outputs - 1) * stride >= size + padding:
        outputs -= 1  # the last window must start inside the image or the left padding
    first = np.arange(outputs) * stride - padding
    lo = np.maximum(-(first // step), 0)  # the first i with first + i * step >= 0
    hi = np.minimum((size - 1 - first) // step + 1, taps)
    if (lo >= hi).any():
        raise ValueError(
            f"pool: window {p} = {int(np.argmax(lo >= hi))} sees only padding: "
            f"dilation {step} steps over an image of {h} = {size}"
        )
    extent = np.minimum(first + taps, size + padding) - first if count_include_pad else hi - lo
    return _axis(size, taps, step, stride, first, lo, hi, extent)


def _adaptive_axis(size: int, outputs: int) -> Axis:
    first = np.arange(outputs) * size // outputs
    count = -(-(np.arange(outputs) + 1) * size // outputs) - first
    stride = size // outputs if size % outputs == 0 else 0
    return _axis(size, int(count.max()), 1, stride, first, np.zeros_like(first), count, count)


def _axis(
    size: int,
    taps: int,
    step: int,
    stride: int,
    first: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    extent: np.ndarray,
) -> Axis:
    table = np.ascontiguousarray(np.stack([first, lo, hi, extent], axis=1), np.int64)
    table.flags.writeable = False  # shared by all poolings of this size
    whole = np.flatnonzero((lo == 0) & (hi == taps))
    return Axis(
        size, taps, step, stride, table, *((int(whole[0]), int(whole[-1]) + 1) if len(whole) else (0, 0))
    )
