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
from kernels_cases import tent
from kernels_contestant import answer

CHANNELS_LAST = "--channels-last" in sys.argv


def prepare(case: dict) -> Callable[[], object]:
    """Return the call to be timed; the convolutions are PyTorch's own, with the gradients that are asked for."""
    torch.manual_seed(0)
    x = torch.randn(case["x"])
    if case["kind"] == "unet":
        model = UNet(case["norm"])
        y = torch.randint(0, 11, (x.shape[0], *x.shape[2:]))
        return _step(model, torch.optim.Adam(model.parameters(), 1e-3), x, y)
    if case["kind"] == "alexnet":
        model = alexnet()
        optimiser = torch.optim.SGD(model.parameters(), 1e-2, momentum=0.9)
        return _step(model, optimiser, x, torch.randint(0, 1000, (len(x),)))
    if case["kind"] == "fcn":
        return _forward(FCN8s().eval(), x)
    if case["kind"] == "max_pool":
        return lambda: F.max_pool2d(x, case["kernel"], return_indices=True)
    w = torch.randn(case["w"])
    if case["kind"] == "bilinear":
        line = torch.tensor(tent(w.shape[2]))
        w = torch.eye(len(w))[:, :, None, None] * line[:, None] * line
    stride, padding, dilation, groups = (
        case.get(n, d) for n, d in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1))
    )
    flipped = case["kind"] in ("transposed", "bilinear")

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
    if case["kind"] == "bilinear":
        return lambda: (convolve(), back(True, False))
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


def alexnet() -> nn.Sequential:
    """The same layers as cutaway.vision.AlexNet."""
    layers: list[nn.Module] = []
    for c, k, size, stride, padding, pools in (
        (3, 64, 11, 4, 2, True),
        (64, 192, 5, 1, 2, True),
        (192, 384, 3, 1, 1, False),
        (384, 256, 3, 1, 1, False),
        (256, 256, 3, 1, 1, True),
    ):
        layers += [
            nn.Conv2d(c, k, size, stride, padding),
            nn.ReLU(),
            *([nn.MaxPool2d(3, 2)] if pools else []),
        ]
    layers += [nn.AdaptiveAvgPool2d(6), nn.Flatten()]
    layers += [nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(4096, 1000))


class FCN8s(nn.Module):
    """The same layers as cutaway.vision.FCN8s."""

    def __init__(self) -> None:
        super().__init__()
        stages, c = [], 3
        for stage, (width, count) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))):
            layers: list[nn.Module] = []
            for i in range(count):
                layers += [nn.Conv2d(c, width, 3, padding=100 if stage == i == 0 else 1), nn.ReLU()]
                c = width
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(2, ceil_mode=True)))
        self.stages = nn.ModuleList(stages)
        self.top = nn.Sequential(
            nn.Conv2d(512, 4096, 7),
            nn.ReLU(),
            nn.Dropout(),
            nn.Conv2d(4096, 4096, 1),
            nn.ReLU(),
            nn.Dropout(),
        )
        self.scores = nn.ModuleList(nn.Conv2d(width, 21, 1) for width in (4096, 512, 256))
        self.ups = nn.ModuleList(nn.ConvTranspose2d(21, 21, k, k // 2, bias=False) for k in (4, 4, 16))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size, pooled = x.shape[2:], []
        for stage in self.stages:
            x = stage(x)
            pooled.append(x)
        x = self.ups[0](self.scores[0](self.top(x)))
        x = self.ups[1](x + _cropped(self.scores[1](pooled[3]), 5, x.shape[2:]))
        x = self.ups[2](x + _cropped(self.scores[2](pooled[2]), 9, x.shape[2:]))
        return _cropped(x, 31, size)


def _cropped(x: torch.Tensor, offset: int, size: torch.Size) -> torch.Tensor:
    return x[:, :, offset : offset + size[0], offset : offset + size[1]]


def _best_layout(model: nn.Module, x: torch.Tensor) -> tuple[nn.Module, torch.Tensor]:
    if not CHANNELS_LAST or x.ndim != 4:
        return model, x
    return model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)


def _forward(model: nn.Module, x: torch.Tensor) -> Callable[[], object]:
    model, x = _best_layout(model, x)

    def forward() -> None:
        with torch.no_grad():
            model(x)

    return forward


def _step(
    model: nn.Module, optimiser: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> Callable[[], object]:
    model, x = _best_layout(model, x)

    def step() -> None:
        loss = F.cross_entropy(model(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ["CUTAWAY_NUM_THREADS"]))
    answer(prepare, f"PyTorch {torch.__version__}")
