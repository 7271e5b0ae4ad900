"""Record what the segmentation networks give in PyTorch: ``python benchmarks/segmentation_torch.py``.

Writes the scores of a batch, and the loss over 20 steps of gradient descent, to ``tests/vision/segmentation.json``;
`tests/vision/test_segmentation_torch.py` asks the same of cutaway.  Weights and batches come from seeds.
"""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "vision"))
from segmentation_cases import (
    APART,
    CASES,
    CHANNELS,
    CLASSES,
    FILE,
    HIDDEN,
    MOMENTUM,
    STEPS,
    VOID,
    batch,
    weights,
)

COUNTS = (2, 2, 3, 3, 3)
RATES = {"largefov": (12,), "aspp-s": (2, 4, 8, 12)}


class FCN8s(nn.Module):
    def __init__(self, up: str = "bilinear") -> None:
        super().__init__()
        c = 3
        for stage, (count, width) in enumerate(zip(COUNTS, CHANNELS, strict=True), 1):
            for i in range(1, count + 1):
                pad = 100 if (stage, i) == (1, 1) else 1
                self.add_module(f"conv{stage}_{i}", nn.Conv2d(c, width, 3, padding=pad))
                c = width
        self.fc6, self.fc7 = nn.Conv2d(c, HIDDEN, 7), nn.Conv2d(HIDDEN, HIDDEN, 1)
        self.score_fr = nn.Conv2d(HIDDEN, CLASSES, 1)
        self.score_pool4, self.score_pool3 = (
            nn.Conv2d(CHANNELS[3], CLASSES, 1),
            nn.Conv2d(CHANNELS[2], CLASSES, 1),
        )
        for name, k in (("upscore2", 4), ("upscore_pool4", 4), ("upscore8", 16)):
            layer = nn.ConvTranspose2d(CLASSES, CLASSES, k, k // 2, bias=False).requires_grad_(
                up == "learned"
            )
            self.add_module(name, layer)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size, pooled = x.shape[2:], []
        for stage, count in enumerate(COUNTS, 1):
            for i in range(1, count + 1):
                x = F.relu(self.get_submodule(f"conv{stage}_{i}")(x))
            x = F.max_pool2d(x, 2, ceil_mode=True)
            pooled.append(x)
        x = F.relu(self.fc7(F.relu(self.fc6(x))))
        x = self.upscore2(self.score_fr(x))
        x = self.upscore_pool4(x + _cut(self.score_pool4(pooled[3]), 5, x.shape[2:]))
        x = self.upscore8(x + _cut(self.score_pool3(pooled[2]), 9, x.shape[2:]))
        return _cut(x, 31, size)


class UNet(nn.Module):
    def __init__(self, norm: bool = False, padded: bool = True) -> None:
        super().__init__()
        widths = (4, 8, 16)

        def double(a: int, b: int) -> nn.Sequential:
            layers: list[nn.Module] = []
            for c in (a, b):
                conv = nn.Conv2d(c, b, 3, padding=int(padded), bias=not norm)
                layers += [conv, *([nn.BatchNorm2d(b)] if norm else []), nn.ReLU()]
            return nn.Sequential(*layers)

        self.encoder = nn.ModuleList(double(a, b) for a, b in zip((3, 4, 8), widths, strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * c, c, 2, 2) for c in (8, 4))
        self.decoder = nn.ModuleList(double(2 * c, c) for c in (8, 4))
        self.head = nn.Conv2d(4, CLASSES, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.encoder[0](x)
        b = self.encoder[1](F.max_pool2d(a, 2))
        x = self.encoder[2](F.max_pool2d(b, 2))
        for up, decoder, copy in zip(self.up, self.decoder, (b, a), strict=True):
            x = up(x)
            offset = (copy.shape[2] - x.shape[2]) // 2
            x = decoder(torch.cat([_cut(copy, offset, x.shape[2:]), x], 1))
        return self.head(x)


class FrontEnd(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        c = 3
        for stage, (count, width) in enumerate(zip(COUNTS, CHANNELS, strict=True), 1):
            for i in range(1, count + 1):
                self.add_module(f"conv{stage}_{i}", nn.Conv2d(c, width, 3, dilation=2 if stage == 5 else 1))
                c = width
        self.fc6, self.fc7 = nn.Conv2d(c, HIDDEN, 7, dilation=4), nn.Conv2d(HIDDEN, HIDDEN, 1)
        self.final = nn.Conv2d(HIDDEN, CLASSES, 1)
        self.upsample = nn.ConvTranspose2d(CLASSES, CLASSES, 16, 8, bias=False).requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = x.shape[2:]
        x = F.pad(x, (186,) * 4, mode="reflect")
        x = F.pad(x, (0, -size[1] % 8, 0, -size[0] % 8), mode="replicate")
        for stage, count in enumerate(COUNTS, 1):
            for i in range(1, count + 1):
                x = F.relu(self.get_submodule(f"conv{stage}_{i}")(x))
            x = F.max_pool2d(x, 2) if stage <= 3 else x
        x = self.final(F.relu(self.fc7(F.relu(self.fc6(x)))))
        return _cut(self.upsample(x), 4, size)


class ContextModule(nn.Sequential):
    def __init__(self, kind: str) -> None:
        times = (1,) * 9 if kind == "basic" else (1, 2, 2, 4, 8, 16, 32, 32, 1)
        widths = [CLASSES * t for t in times]
        names = ("conv1_1", "conv1_2", "conv2_1", "conv3_1", "conv4_1", "conv5_1", "fc1")
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for i, (name, d) in enumerate(zip(names, (1, 1, 2, 4, 8, 16, 1), strict=True)):
            layers[f"ctx_{name}"] = nn.Conv2d(widths[i], widths[i + 1], 3, padding=d, dilation=d)
            layers[f"{name} relu"] = nn.ReLU()
        layers["ctx_final"] = nn.Conv2d(widths[7], widths[8], 1)
        super().__init__(layers)


class DeepLab(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        c = 3
        for stage, (count, width) in enumerate(zip(COUNTS, CHANNELS, strict=True), 1):
            for _ in range(count):
                d = 2 if stage == 5 else 1
                layers += [nn.Conv2d(c, width, 3, padding=d, dilation=d), nn.ReLU()]
                c = width
            layers.append(nn.MaxPool2d(3, 2 if stage <= 3 else 1, 1))
        self.features = nn.Sequential(*layers)
        self.head = nn.ModuleList(
            nn.Sequential(
                OrderedDict(
                    fc6=nn.Conv2d(c, HIDDEN, 3, padding=rate, dilation=rate),
                    relu6=nn.ReLU(),
                    fc7=nn.Conv2d(HIDDEN, HIDDEN, 1),
                    relu7=nn.ReLU(),
                    fc8=nn.Conv2d(HIDDEN, CLASSES, 1),
                )
            )
            for rate in RATES[kind]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = self.features(x)
        scores = torch.stack([branch(features) for branch in self.head]).sum(0)
        return F.interpolate(scores, x.shape[2:], mode="bilinear", align_corners=True)


def _cut(x: torch.Tensor, offset: int, size: torch.Size) -> torch.Tensor:
    return x[:, :, offset : offset + size[0], offset : offset + size[1]]


def recorded(name: str) -> dict:
    """Return the first scores and the losses of a case."""
    case = CASES[name]
    net = globals()[case.network](**(case.options or {}))
    with torch.no_grad():
        for path, p in net.named_parameters():
            p.copy_(torch.tensor(weights(name, path, tuple(p.shape))))
        scores = net.eval()(torch.zeros(case.shape))
    x, y = map(torch.tensor, batch(name, tuple(scores.shape[2:])))
    with torch.no_grad():
        scores = net(x)
    net.train()
    optimiser = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], case.lr, MOMENTUM)
    losses = []
    for _ in range(STEPS):
        loss = F.cross_entropy(net(x), y, ignore_index=VOID)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    kept = scores[:, :, ::APART, ::APART].flatten().tolist()
    return {"shape": list(scores.shape), "scores": [float(f"{v:.7g}") for v in kept], "losses": losses}


def main() -> None:
    results = {
        "made by": f"PyTorch {torch.__version__}, float32",
        "cases": {name: recorded(name) for name in CASES},
    }
    FILE.write_text(json.dumps(results) + "\n")
    for name, case in results["cases"].items():
        print(f"{name}: loss {case['losses'][0]:.4f} -> {case['losses'][-1]:.4f}")


if __name__ == "__main__":
    main()
