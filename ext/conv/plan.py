"""The planner: which algorithm computes a convolution or one of its gradients, and why.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.

There are two algorithms.  *Direct* multiplies every weight with every pixel it meets; it serves all shapes.
*Winograd* F(4x4, 3x3) needs 36 products for a tile of 4 x 4 outputs instead of 144, F(2x2, 5x5) 36 for 2 x 2
instead of 100, but they have to transform inputs, outputs and kernels; they serve dense kernels of these
sizes and stride 1, and with *polyphase* any dilation.

Here is what an algorithm can serve and what the program asked for.  What it costs where both could serve is a
question to the C kernels, beside whose loops the cost model stands: winograd_cost.c, and lanes.c for the two
forms of the direct convolution.  Numba, which takes their place where they are missing, is always direct.
"""

from __future__ import annotations

import os
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .. import native
from ..geometry import Pair

ALGORITHMS = ("direct", "winograd")
_asked: ContextVar[str | None] = ContextVar("cutaway_conv", default=None)


@dataclass(frozen=True)
class Shape:
    """All sizes of a convolution: x (N, C, H, W), w (K, C / groups, R, S), y (N, K, P, Q)."""

    N: int
    C: int
    K: int
    kernel: Pair
    output: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int
    dtype: Any
    packed: bool = False  # the weights are laid out, or transformed, once for many calls

    @property
    def flops(self) -> int:
        """Multiplications and additions of the definition; the same for both gradients."""
        (R, S), (P, Q) = self.kernel, self.output
        return 2 * self.N * self.K * P * Q * (self.C // self.groups) * R * S


@dataclass(frozen=True)
class Choice:
    """What runs, and why."""

    algorithm: str  # "direct" or "winograd"
    reason: str


class WinogradCost(NamedTuple):
    """What a convolution by Winograd costs, in multiply-adds."""

    products: float  # without its transforms
    all: float  # with them
    saving: float  # the direct convolution's multiply-adds / all
    filled: float  # share of its tiles that the output fills
    is_worthwhile: bool


class use_algorithm:
    """Let convolutions run "direct" or by "winograd" where it can serve; None lets the planner choose.

    It holds from the call on, in the current thread; as a context manager, until the block ends.  The
    environment variable CUTAWAY_CONV says the same for a whole program.  "direct" rounds less where pixels
    differ by many orders of magnitude (``winograd_reference.py`` states the bound).
    """

    def __init__(self, algorithm: str | None) -> None:
        if algorithm is not None:
            _check(algorithm, "use_algorithm")
        self._token: Token | None = _asked.set(algorithm)

    def __enter__(self) -> use_algorithm:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._token is not None:
            _asked.reset(self._token)
            self._token = None


def _check(algorithm: str, asked_by: str) -> str:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"{asked_by}: unknown algorithm {algorithm!r}; choose 'direct' or 'winograd'")
    return algorithm


def asked_for() -> str | None:
    """Return the algorithm that the program asked for, None if the planner may choose."""
    chosen = _asked.get() or os.environ.get("CUTAWAY_CONV")
    return _check(chosen, "CUTAWAY_CONV") if chosen else None


def choose(role: str, s: Shape, rung: str) -> Choice:
    """Return the algorithm for "conv2d", "conv2d_input" or "conv2d_weight" when this rung is in charge."""
    why_not = obstacle(s)
    if why_not:
        return Choice("direct", why_not)
    asked = asked_for()
    if asked:
        return Choice(asked, "the program asked for it")
    if rung != "c":
        return Choice("direct", f"Winograd is written in C and as a reference; {rung} is in charge")
    cost = winograd_cost(role, s)
    assert cost is not None  # the C kernels are in charge
    if not cost.is_worthwhile:
        return Choice("direct", f"Winograd would save a factor of {cost.saving:.2g} only: {_burden(s, cost)}")
    products = (tile(s) * s.kernel[0]) ** 2
    where = " outputs, on each phase of the dilation" if s.dilation != (1, 1) else " outputs"
    how = f"36 products instead of {products} for a tile of {tile(s)} x {tile(s)}{where}"
    return Choice("winograd", f"{how}; a factor of {cost.saving:.2g} in all")


def obstacle(s: Shape) -> str:
    """Return why Winograd cannot serve this shape; "" if it can."""
    if s.dtype != np.float32:
        return f"{np.dtype(s.dtype)} wants every digit: Winograd rounds about ten times as much"
    if s.groups != 1:
        return "groups: " + ("depthwise, " if s.groups == s.C else "") + "too few channels meet each other"
    if s.kernel not in ((3, 3), (5, 5)):
        return f"Winograd's kernel is 3 x 3 or 5 x 5, this one {s.kernel[0]} x {s.kernel[1]}"
    if s.stride != (1, 1):
        return f"Winograd's tiles overlap with stride 1, this one is {s.stride[0]} x {s.stride[1]}"
    return ""


def tile(s: Shape) -> int:
    """Return the outputs of a tile along one axis: with the kernel it looks at a patch of 6 x 6 inputs."""
    return 7 - s.kernel[0]


def winograd_cost(role: str, s: Shape) -> WinogradCost | None:
    """Return what Winograd would cost for a shape without an obstacle, None where there are no C kernels."""
    module = native.load()
    if module is None:
        return None
    return WinogradCost(*module.winograd_cost(role, s.N, s.C, s.K, s.kernel, s.output, s.dilation, s.packed))


def _burden(s: Shape, cost: WinogradCost) -> str:
    """Return what spoils Winograd's saving."""
    if cost.filled < 0.6:
        return f"the output fills {cost.filled:.0%} of its tiles"
    return f"with C = {s.C}, K = {s.K} the transforms cost as much as the products they save"
