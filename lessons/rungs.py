"""The rungs of the ladder: one convolution from seven loops to Winograd, measured.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from ..ext import conv, kernels, native
from ..ext.peak import best_time, peak_flops

LOOPS = 400_000  # multiply-adds that the loops are given: Python makes some million a second
ROLES = {"conv2d": "forward", "conv2d_input": "input gradient", "conv2d_weight": "weight gradient"}


@dataclass(frozen=True)
class Case:
    """One convolution to be climbed.

    Attributes
    ----------
    title : how the table is headed.
    role : "conv2d", "conv2d_input" or "conv2d_weight".
    x, w : shapes (N, C, H, W) and (K, C, R, S).
    steps : stride, padding and dilation.
    """

    title: str
    role: str
    x: tuple[int, int, int, int]
    w: tuple[int, int, int, int]
    steps: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rung:
    """What was measured: `flops` a second, and `error`: the root mean square difference from float64,
    relative to the result's.
    """

    name: str
    flops: float
    error: float


def _case(title: str, role: str, x: tuple, K: int, kernel: int, **steps: int) -> Case:
    return Case(
        title, role, x, (K, x[1], kernel, kernel), {"stride": 1, "dilation": 1, "padding": 0, **steps}
    )


WIDE = (4, 128, 56, 56)
CASES = (
    _case("3x3", "conv2d", WIDE, 128, 3, padding=1),
    _case("3x3, input gradient", "conv2d_input", WIDE, 128, 3, padding=1),
    _case("3x3, weight gradient", "conv2d_weight", WIDE, 128, 3, padding=1),
    _case("3x3, dilation 4", "conv2d", WIDE, 128, 3, padding=4, dilation=4),
    _case("3x3, stride 2", "conv2d", WIDE, 128, 3, padding=1, stride=2),
    _case("5x5", "conv2d", (8, 64, 27, 27), 192, 5, padding=2),
    _case("1x1", "conv2d", (4, 256, 56, 56), 64, 1),
    _case("11x11, stride 4 (AlexNet's first)", "conv2d", (8, 3, 224, 224), 64, 11, padding=2, stride=4),
    _case("transposed 2x2, stride 2", "conv2d_input", (4, 64, 112, 112), 128, 2, stride=2),
)


def loops(role, x, w, y, stride, padding, dilation):
    """Seven loops and one statement: the definition.  x (N,C,H,W), w (K,C,R,S), y (N,K,P,Q); the role says
    which of the three is the result, and it is added to.
    """
    (N, C, H, W), (K, _, R, S), (_, _, P, Q) = x.shape, w.shape, y.shape
    for n, k, p, q in product(range(N), range(K), range(P), range(Q)):
        for c, r, s in product(range(C), range(R), range(S)):
            i, j = p * stride + r * dilation - padding, q * stride + s * dilation - padding
            if 0 <= i < H and 0 <= j < W:
                if role == "conv2d":
                    y[n, k, p, q] += x[n, c, i, j] * w[k, c, r, s]
                elif role == "conv2d_input":
                    x[n, c, i, j] += y[n, k, p, q] * w[k, c, r, s]
                else:
                    w[k, c, r, s] += y[n, k, p, q] * x[n, c, i, j]


def im2col(role, x, w, y, stride, padding, dilation):
    """One matrix product: what each output sees is copied into a column, (N, C R S, P Q)."""
    (N, C, H, W), (K, _, R, S), (_, _, P, Q) = x.shape, w.shape, y.shape
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), x.dtype)
    inner = padded[:, :, padding : padding + H, padding : padding + W]
    columns = np.empty((N, C, R, S, P, Q), x.dtype)
    flat = columns.reshape(N, C * R * S, P * Q)
    windows = [
        (
            r,
            s,
            np.s_[:, :, r * dilation :, s * dilation :],
            np.s_[:, :, : P * stride : stride, : Q * stride : stride],
        )
        for r, s in product(range(R), range(S))
    ]
    if role == "conv2d_input":
        np.matmul(w.reshape(K, -1).T, y.reshape(N, K, -1), out=flat)
        for r, s, corner, every in windows:
            padded[corner][every] += columns[:, :, r, s]
        x += inner
        return
    inner[...] = x
    for r, s, corner, every in windows:
        columns[:, :, r, s] = padded[corner][every]
    if role == "conv2d":
        y += np.matmul(w.reshape(K, -1), flat).reshape(y.shape)
    else:
        w += np.matmul(y.reshape(N, K, -1), flat.transpose(0, 2, 1)).sum(0).reshape(w.shape)


def climb(case: Case, rng: np.random.Generator) -> list[Rung]:
    """Measure every rung that this machine has, slowest first."""
    x, w = (rng.normal(size=shape).astype(np.float32) for shape in (case.x, case.w))
    y = rng.normal(size=_output(case.x, case)).astype(np.float32)
    y *= np.float32(1 / 16)
    truth = _through_door(case, x.astype(np.float64), w.astype(np.float64), y.astype(np.float64))()
    flops = 2 * y.size * w[0].size
    found = []

    def add(name: str, call: Callable[[], Any], expected: np.ndarray, work: float, attempts: int = 3) -> None:
        seconds = best_time(call, attempts)
        difference = np.asarray(call(), np.float64) - expected
        error = np.sqrt(np.mean(difference**2) / np.mean(expected**2))
        found.append(Rung(name, work / seconds, float(error)))

    part, arrays = _part(case, x, w)
    add("seven loops in Python", _by_hand(loops, part, arrays), *_part_truth(part, arrays), attempts=1)
    add("NumPy: im2col and a matrix product", _by_hand(im2col, case, (x, w, y)), truth, flops)
    for name, rung, algorithm, lanes in _compiled(case):
        with kernels.use(rung), kernels.use_algorithm(algorithm):
            if rung == "c":
                native.load().set_lanes(lanes)  # type: ignore[union-attr]
            try:
                add(name, _through_door(case, x, w, y), truth, flops, 7)
            finally:
                if rung == "c":
                    native.load().set_lanes("best")  # type: ignore[union-attr]
    return found


def measure(titles: str = "") -> tuple[dict[str, list[Rung]], float]:
    """Climb the cases whose title contains `titles`; return their rungs, and the peak operations a second."""
    chosen = [case for case in CASES if titles in case.title]
    if not chosen:
        raise ValueError(
            f"no convolution is called {titles!r}; there are: {'; '.join(c.title for c in CASES)}"
        )
    measured, peaks = {}, []
    for case in chosen:
        peaks.append(peak_flops())  # again and again: on a busy machine the first may be low
        measured[case.title] = climb(case, np.random.default_rng(0))
    return measured, max(peaks)


def _output(x: tuple, case: Case) -> tuple[int, int, int, int]:
    reach = case.steps["dilation"] * (case.w[2] - 1) + 1
    P, Q = ((n + 2 * case.steps["padding"] - reach) // case.steps["stride"] + 1 for n in x[2:])
    return x[0], case.w[0], P, Q


def _through_door(case: Case, x: np.ndarray, w: np.ndarray, y: np.ndarray) -> Callable[[], np.ndarray]:
    if case.role == "conv2d":
        return lambda: conv.conv2d(x, w, None, **case.steps)
    if case.role == "conv2d_input":
        return lambda: conv.conv2d_input(y, w, x.shape[2:], **case.steps)
    return lambda: conv.conv2d_weight(y, x, w.shape[2:], **case.steps)


def _by_hand(function: Callable, case: Case, arrays: tuple) -> Callable[[], np.ndarray]:
    place = {"conv2d": 2, "conv2d_input": 0, "conv2d_weight": 1}[case.role]

    def call() -> np.ndarray:
        mine = [np.zeros_like(array) if i == place else array for i, array in enumerate(arrays)]
        function(case.role, *mine, **case.steps)
        return mine[place]

    return call


def _part(case: Case, x: np.ndarray, w: np.ndarray) -> tuple[Case, tuple]:
    """Return a part of the case, few channels of one image's corner, small enough for the loops."""
    C, reach = min(8, x.shape[1]), case.steps["dilation"] * (w.shape[2] - 1) + 1
    size = min(x.shape[2], reach + 3 * case.steps["stride"])
    x, w = x[:1, :C, :size, :size].copy(), w[:, :C].copy()
    P, Q = _output(x.shape, case)[2:]
    w = w[: max(1, LOOPS // (P * Q * w[0].size))]
    part = Case(case.title, case.role, x.shape, w.shape, case.steps)
    y = np.random.default_rng(1).normal(size=_output(x.shape, part)).astype(x.dtype)
    return part, (x, w, y)


def _part_truth(part: Case, arrays: tuple) -> tuple[np.ndarray, float]:
    x, w, y = (each.astype(np.float64) for each in arrays)
    return _through_door(part, x, w, y)(), 2.0 * y.size * w[0].size


def _compiled(case: Case) -> list[tuple[str, str, str, str]]:
    """Return name, rung, algorithm and lanes of what is compiled here."""
    rungs = [("Numba, four rows at once", "numba", "direct", "best")]
    if native.load() is None:
        return rungs
    level = native.level()
    rungs += [(f"C, pixels in the lanes ({level})", "c", "direct", "pixels")]
    rungs += [(f"C, channels in the lanes ({level})", "c", "direct", "channels")]
    size = case.w[2]
    if size in (3, 5) and case.steps["stride"] == 1:
        polyphase = ", on each phase" if case.steps["dilation"] > 1 else ""
        form = f"F({7 - size}x{7 - size}, {size}x{size})"
        rungs += [(f"C, Winograd {form}{polyphase} ({level})", "c", "winograd", "best")]
    return rungs
