"""One contestant of `benchmarks/kernels.py`: cutaway.  Reads cases from stdin, answers with seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cutaway
import numpy as np
from cutaway.ext import conv, pool, upsample
from cutaway.nn import functional as F
from cutaway.nn.optim import SGD, Adam

sys.path.insert(0, str(Path(__file__).parent))
from kernels_cases import tent
from kernels_contestant import answer


def prepare(case: dict) -> Callable[[], object]:
    """Return the call to be timed."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=case["x"]).astype(np.float32)
    if case["kind"] == "unet":
        model = cutaway.vision.UNet(3, 11, base=32, depth=4, norm=case["norm"], rng=0)
        y = rng.integers(0, 11, (x.shape[0], *x.shape[2:]))
        return _step(model, Adam(model.parameters(), 1e-3), x, y)
    if case["kind"] == "alexnet":
        model = cutaway.vision.AlexNet(rng=0)
        optimiser = SGD(model.parameters(), 1e-2, momentum=0.9)
        return _step(model, optimiser, x, rng.integers(0, 1000, len(x)))
    if case["kind"] == "fcn":
        return _forward(cutaway.vision.FCN8s(rng=0).eval(), x)
    if case["kind"] == "max_pool":
        return lambda: pool.max_pool2d(x, case["kernel"])
    w = rng.normal(size=case["w"]).astype(np.float32)
    names = ("stride", "padding", "dilation", "groups")
    steps = {name: case[name] for name in names if name in case}
    size = w.shape[2:]
    if case["kind"] in ("transposed", "bilinear"):
        H, W = (
            (n - 1) * case["stride"] - 2 * case["padding"] + k for n, k in zip(x.shape[2:], size, strict=True)
        )
        if case["kind"] == "bilinear":
            lines = [np.array(tent(n)) for n in size]
            y = upsample.stamp2d(x, lines, (H, W), **steps)
            return lambda: [
                upsample.stamp2d(x, lines, (H, W), **steps),
                upsample.stamp2d_adjoint(y, lines, x.shape[2:], **steps),
            ]
        y = conv.conv2d_input(x, w, (H, W), **steps)
        return lambda: [
            conv.conv2d_input(x, w, (H, W), **steps),
            conv.conv2d(y, w, None, **steps),
            conv.conv2d_weight(x, y, size, **steps),
        ]
    g = conv.conv2d(x, w, None, **steps)
    calls = {
        "forward": lambda: conv.conv2d(x, w, None, **steps),
        "input": lambda: conv.conv2d_input(g, w, x.shape[2:], **steps),
        "weight": lambda: conv.conv2d_weight(g, x, size, **steps),
    }
    if case["kind"] == "gradients":
        return lambda: [call() for call in calls.values()]
    return calls[case["kind"]]


def _forward(model: cutaway.nn.Module, x: np.ndarray) -> Callable[[], object]:
    def forward() -> None:
        with cutaway.no_grad():
            model(cutaway.Tensor(x))

    return forward


def _step(
    model: cutaway.nn.Module, optimiser: Adam | SGD, x: np.ndarray, y: np.ndarray
) -> Callable[[], object]:
    def step() -> None:
        loss = F.cross_entropy(model(cutaway.Tensor(x)), y)
        optimiser.zero_grad()
        loss.backward(retain_graph=False)
        optimiser.step()

    return step


if __name__ == "__main__":
    answer(prepare, f"cutaway {cutaway.__version__}, NumPy {np.__version__}")
