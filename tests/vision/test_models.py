"""The classical networks: sizes of the published ones."""

from __future__ import annotations

import cutaway
import numpy as np


def test_alexnet_has_the_published_number_of_parameters():
    model = cutaway.vision.AlexNet(rng=0).eval()
    assert sum(p.size for p in model.parameters()) == 61_100_840
    with cutaway.no_grad():
        assert model(cutaway.tensor(np.zeros((1, 3, 224, 224), np.float32))).shape == (1, 1000)
    assert model.features[0].weight.shape == (64, 3, 11, 11)
