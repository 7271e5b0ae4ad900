"""Scores and training of the segmentation networks are PyTorch's (``benchmarks/segmentation_torch.py``)."""

from __future__ import annotations

import json

import cutaway
import numpy as np
import pytest
from cutaway.nn import functional as F
from cutaway.vision import FCN8s, UNet
from cutaway.vision.networks.context import ContextModule
from cutaway.vision.networks.deeplab import DeepLab
from cutaway.vision.networks.dilated import FrontEnd
from segmentation_cases import APART, CASES, CHANNELS, CLASSES, FILE, HIDDEN, MOMENTUM, VOID, batch, weights

RECORDED = json.loads(FILE.read_text(encoding="utf-8"))
SIZE = {"channels": CHANNELS, "hidden": HIDDEN, "dropout": 0.0, "rng": 0}
NETWORKS = {
    "FCN8s": lambda **options: FCN8s(CLASSES, **SIZE, **options),
    "UNet": lambda **options: UNet(3, CLASSES, base=4, depth=2, rng=0, **options),
    "FrontEnd": lambda: FrontEnd(CLASSES, upsample=True, **SIZE),
    "ContextModule": lambda kind: ContextModule(CLASSES, kind, rng=0),
    "DeepLab": lambda kind: DeepLab(CLASSES, kind, **SIZE),
}


@pytest.mark.parametrize("name", CASES)
def test_scores_and_losses_are_those_of_pytorch(name):
    case, expected = CASES[name], RECORDED["cases"][name]
    net = NETWORKS[case.network](**(case.options or {}))
    with cutaway.no_grad():
        for path, p in net.named_parameters():
            p.copy_(weights(name, path, tuple(p.shape)))
    images, y = batch(name, tuple(expected["shape"][2:]))
    x = cutaway.tensor(images)
    with cutaway.no_grad():
        scores = net.eval()(x)
    assert list(scores.shape) == expected["shape"]
    kept, theirs = scores.data[:, :, ::APART, ::APART].ravel(), np.array(expected["scores"])
    assert np.abs(kept - theirs).max() <= 1e-4 * np.abs(theirs).max()
    net.train()
    optimiser = cutaway.nn.optim.SGD([p for p in net.parameters() if p.requires_grad], case.lr, MOMENTUM)
    losses = []
    for _ in expected["losses"]:
        loss = F.cross_entropy(net(x), y, ignore_index=VOID)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    np.testing.assert_allclose(losses, expected["losses"], rtol=1e-3)
    moved = np.ptp(expected["losses"])  # a network that stood still would agree as well
    assert moved > 0.005
    np.testing.assert_allclose(losses, expected["losses"], rtol=0, atol=0.02 * moved)


def test_the_file_says_what_made_it():
    assert RECORDED["made by"].startswith("PyTorch 2.13")
    assert FILE.stat().st_size < 100_000
