"""One contestant of `benchmarks/kernels.py`: PyTorch.  Reads cases from stdin, answers with seconds."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parent))
from kernels_contestant import answer

CHANNELS_LAST = "--channels-last" in sys.argv


def prepare(case: dict) -> Callable[[], object]:
    """Return the call to be timed; the convolutions are PyTorch's own, with the gradients that are asked for."""
    torch.manual_seed(0)
    x = torch.randn(case["x"])
    if case["kind"] == "unet":
        return _step(x, case["norm"])
    if case["kind"] == "max_pool":
        return lambda: F.max_pool2d(x, case["kernel"], return_indices=True)
    w = torch.randn(case["w"])
    stride, padding, dilation, groups = (
        case.get(n, d) for n, d in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1))
    )
    flipped = case["kind"] == "transposed"

    def convolve() -> torch.Tensor:
        if flipped:
            return F.conv_transpose2d(x, w, None, stride, padding)
        return F.conv2d(x, w, None, stride, padding, dilation, groups)

    g = torch.randn_like(convolve())

    def back(wants_x: bool, wants_w: bool) -> object:
        pair = [[n, n] for n in (stride, padding, dilation)]
        return torch.ops.aten.convolution_backward(
            g, x, w, None, *pair, flipped, [0, 0], groups, [wants_x, wants_w, False]
        )

    if case["kind"] in ("gradients", "transposed"):
        return lambda: (convolve(), back(True, True))
    return {"forward": convolve, "input": lambda: back(True, False), "weight": lambda: back(False, True)}[
        case["kind"]
    ]


class UNet(nn.Module):
    """The same layers as cutaway.vision.UNet(3, 11, base=32, depth=4)."""

    def __init__(self, norm: bool) -> None:
        super().__init__()
        widths = [32, 64, 128, 256, 512]
        self.encoder = nn.ModuleList(_double(a, b, norm) for a, b in zip([3, *widths], widths, strict=False))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, 2) for width in widths[-2::-1])
        self.decoder = nn.ModuleList(_double(2 * width, width, norm) for width in widths[-2::-1])
        self.head = nn.Conv2d(32, 11, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        copies = []
        for level, block in enumerate(self.encoder):
            x = block(x if level == 0 else F.max_pool2d(x, 2))
            copies.append(x)
        copies.pop()
        for up, block in zip(self.up, self.decoder, strict=True):
            x = block(torch.cat([copies.pop(), up(x)], 1))
        return self.head(x)


def _double(a: int, b: int, norm: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for c in (a, b):
        layers += [
            nn.Conv2d(c, b, 3, padding=1, bias=not norm),
            *([nn.BatchNorm2d(b)] if norm else []),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


def _step(x: torch.Tensor, norm: bool) -> Callable[[], object]:
    model, y = UNet(norm), torch.randint(0, 11, (x.shape[0], *x.shape[2:]))
    if CHANNELS_LAST:
        model, x = (
            model.to(memory_format=torch.channels_last),
            x.contiguous(memory_format=torch.channels_last),
        )
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)

    def step() -> None:
        loss = F.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ["CUTAWAY_NUM_THREADS"]))
    answer(prepare, f"PyTorch {torch.__version__}")
