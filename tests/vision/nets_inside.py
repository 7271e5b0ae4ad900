"""Small networks to look into, and one that has learnt two colours."""

from __future__ import annotations

import numpy as np
from cutaway import nn
from cutaway.core import Tensor
from cutaway.nn import functional as F
from cutaway.vision.networks.preprocess import Preprocess

SHOWN = Preprocess(24, None, "RGB", 1.0, (0.5, 0.4, 0.3), (0.25, 0.25, 0.25))


def plain(classes=3, padding=0):
    """conv relu pool conv relu, mean, scores; without padding unless asked."""
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=padding, rng=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 3, padding=padding, rng=2), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, classes, rng=3),
    )  # fmt: skip
    object.__setattr__(net, "preprocess", SHOWN)
    return net.eval()


def stripes(rng, count=48):
    """Images (N, 3, 24, 24) in 0 .. 1 with stripes: class 0 across, class 1 along, and their classes."""
    labels = np.arange(count) % 2
    wave = 0.5 + 0.4 * np.sin(np.arange(24) * 2 * np.pi / 6 + rng.uniform(0, 6, (count, 1)))
    images = np.where(labels[:, None, None] == 0, wave[:, :, None], wave[:, None, :])
    noisy = images[:, None] + rng.normal(0, 0.05, (count, 3, 24, 24))
    return np.clip(noisy, 0, 1).astype(np.float32), labels


def learnt(seed=1, epochs=40):
    """The small network after it has learnt the stripes."""
    rng = np.random.default_rng(seed)
    net = plain(2)
    for parameter in net.parameters():
        parameter.data[...] += rng.normal(0, 0.1, parameter.shape)
    pixels, labels = stripes(rng)
    x, optimiser = SHOWN.normalised(pixels), nn.optim.Adam(net.parameters(), 0.02)
    for _ in range(epochs):
        optimiser.zero_grad()
        F.cross_entropy(net(Tensor(x)), labels).backward()
        optimiser.step()
    return net.eval()
