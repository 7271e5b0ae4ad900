"""The kernels that do little arithmetic: passes over memory, each with its speed in bytes a second.

For these the roof is the memory, not the registers: a pass is as good as the bytes it does not move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ext import dispatch, fused, kernels, pool, upsample
from ..ext.peak import bandwidth, best_time
from .page import Section

SHAPE = (4, 64, 128, 128)
CLASSES = (4, 16, 128, 128)


@dataclass(frozen=True)
class Pass:
    """What was measured of one kernel on one rung: bytes a second, and the largest difference from float64,
    relative to the largest value.
    """

    kernel: str
    rung: str
    speed: float
    error: float


def passes(
    shape: tuple = SHAPE, classes: tuple = CLASSES
) -> dict[str, tuple[Callable, list[np.ndarray], float]]:
    """Return by kernel a call, its arrays, and how many arrays' worth of the first it must move."""
    rng = np.random.default_rng(0)
    x, g = (rng.normal(size=shape).astype(np.float32) for _ in range(2))
    w, b = (rng.normal(size=shape[1]).astype(np.float32) for _ in range(2))
    half, double = shape[2] // 2, (2 * shape[2], 2 * shape[3])
    scores = rng.normal(size=classes).astype(np.float32)
    target = rng.integers(0, classes[1], (classes[0], *classes[2:]))
    ones = np.ones(target.shape, np.float32)
    return {
        "max_pool2d": (lambda x: pool.max_pool2d(x, 2)[0], [x], 1.25 + 0.0625),
        "avg_pool2d": (lambda x: pool.avg_pool2d(x, 2), [x[:, :, : 2 * half]], 1.25),
        "upsample_nearest2d": (lambda x: upsample.upsample_nearest2d(x, double), [x], 5.0),
        "upsample_bilinear2d": (lambda x: upsample.upsample_bilinear2d(x, double), [x], 5.0),
        "relu": (fused.relu, [x], 2.0),
        "relu_backward": (fused.relu_backward, [g, x], 3.0),
        "batch_norm": (lambda x, w, b: fused.batch_norm(x, w, b, 1e-5)[0], [x, w, b], 3.0),
        "batch_norm, rectified": (
            lambda x, w, b: fused.batch_norm(x, w, b, 1e-5, relu=True)[0],
            [x, w, b],
            3.0,
        ),
        "channel_sum": (fused.channel_sum, [g], 1.0),
        "cross_entropy": (lambda x, s: fused.cross_entropy(x, target, s), [scores, ones], 1 + 3 / classes[1]),
        "adam": (_adam, [g, x], 7.0),
    }


def _adam(g: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Make a step from fresh moments, on copies, which all rungs pay alike."""
    p, m, v = p.copy(), np.zeros_like(p), np.zeros_like(p)
    fused.adam(g, p, m, v, rate=1e-3, size=1.0, eps=1e-8, b1=0.9, b2=0.999, decay=0.0, shrink=1.0)
    return p


def measure_passes(attempts: int = 5, **shapes: Any) -> tuple[list[Pass], float]:
    """Measure every kernel on every rung of this machine; return that and the bytes a second of a copy."""
    found = []
    rungs = [rung for rung in dispatch.LADDER[::-1] if rung != "c" or kernels.status().c_missing is None]
    for name, (call, arrays, moved) in passes(**shapes).items():
        with kernels.use("reference"):
            truth = call(*(each.astype(np.float64) for each in arrays))
        for rung in rungs:
            with kernels.use(rung):
                seconds = best_time(lambda call=call, arrays=arrays: call(*arrays), attempts)
                error = np.abs(call(*arrays) - truth).max() / np.abs(truth).max()
            found.append(Pass(name, rung, moved * arrays[0].nbytes / seconds, float(error)))
    return found, bandwidth() * kernels.get_num_threads()


def passes_table(found: list[Pass], memory: float) -> list[list[str]]:
    """Return kernel, rung, GB/s, share of the memory's speed and error, as text."""
    return [
        [p.kernel, p.rung, f"{p.speed / 1e9:.3g}", f"{p.speed / memory:.3g}", f"{p.error:.1e}"] for p in found
    ]


def passes_section(found: list[Pass], memory: float) -> Section:
    """Return the story of the passes."""
    section = Section("Passes over memory", "passes")
    section.text(
        f"A rectifier does one comparison for eight bytes: its roof is the memory, about {memory / 1e9:.0f} "
        "GB/s on this machine. NumPy makes a pass for each `+` and `*` of a formula; the compiled kernels "
        "make one or two for the whole of it, so here the ladder counts bytes. What stays in the cache from "
        "one call to the next may pass the roof.",
        "Read them in this order: `ext/fused/reference.py`, `ext/fused/jit.py`, `ext/fused/pointwise.c`, "
        "`ext/fused/batch_norm.c`; `ext/pool/reference.py`, `ext/pool/max.c`; `ext/upsample/reference.py`, "
        "`ext/upsample/upsample.c`.",
    )
    head = ["kernel", "rung", "GB/s", "of the memory", "error"]
    section.table(head, passes_table(found, memory))
    return section
