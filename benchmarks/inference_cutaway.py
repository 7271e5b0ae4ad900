"""One contestant of `benchmarks/inference.py`: cutaway.  Reads cases from stdin, answers with seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import cutaway
import numpy as np
from cutaway import nn
from cutaway.nn.optim import SGD, Adam
from cutaway.vision.networks.mobilenet import mobilenet_v1
from cutaway.vision.networks.resnet import resnet18
from cutaway.vision.networks.squeezenet import squeezenet1_0

sys.path.insert(0, str(Path(__file__).parent))
from kernels_contestant import answer
from kernels_cutaway import _forward, _step

NETS = {
    "U-Net base 32": lambda: cutaway.vision.UNet(3, 11, base=32, depth=4, norm=True, rng=0),
    "FCN-8s on VGG-16": lambda: cutaway.vision.FCN8s(rng=0),
    "SqueezeNet 1.0": lambda: squeezenet1_0(rng=0),
    "MobileNet v1": lambda: mobilenet_v1(rng=0),
    "ResNet-18": lambda: resnet18(rng=0),
    "Three convolutions": lambda: three_convolutions(),
    "Two layers": lambda: nn.Sequential(nn.Linear(2, 64, rng=0), nn.Tanh(), nn.Linear(64, 10, rng=1)),
}


def three_convolutions() -> nn.Module:
    """Return a classifier of 32 x 32 images, with batch norm."""
    layers: list[nn.Module] = []
    for k, (inputs, outputs) in enumerate(((3, 32), (32, 64), (64, 128))):
        layers += [
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False, rng=k),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]
        layers += [nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, 10, rng=3))


def prepare(case: dict) -> Callable[[], object]:
    """Return the call to be timed."""
    rng = np.random.default_rng(0)
    x, net = rng.normal(size=case["x"]).astype(np.float32), NETS[case["net"]]()
    if case["kind"] == "step":
        momentum = SGD(net.parameters(), 1e-2, momentum=0.9)
        optimiser = Adam(net.parameters(), 1e-3) if case.get("optimiser") == "Adam" else momentum
        return _step(net, optimiser, x, rng.integers(0, 10, len(x)))
    return _forward(cutaway.nn.fold(net), x)


if __name__ == "__main__":
    answer(prepare, f"cutaway {cutaway.__version__}, NumPy {np.__version__}")
