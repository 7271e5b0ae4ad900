"""The classical networks: sizes of the published ones."""

from __future__ import annotations

import cutaway
import numpy as np
from cutaway.vision.networks.fcn import STAGES


def test_alexnet_has_the_published_number_of_parameters():
    model = cutaway.vision.AlexNet(rng=0).eval()
    assert sum(p.size for p in model.parameters()) == 61_100_840
    with cutaway.no_grad():
        assert model(cutaway.tensor(np.zeros((1, 3, 224, 224), np.float32))).shape == (1, 1000)
    assert model.features[0].weight.shape == (64, 3, 11, 11)


def test_fcn_crops_meet_at_every_size():
    """The arithmetic of the authors' network for sizes 1 to 600: each crop lies inside, the output is the image."""
    for size in range(1, 601):
        n, pooled = size + 2 * 100 - 2, []
        for _ in STAGES:
            n = -(-n // 2)
            pooled.append(n)
        up2 = 2 * (n - 6 - 1) + 4
        up4 = 2 * (up2 - 1) + 4
        assert n - 6 >= 1
        assert 5 + up2 <= pooled[3]
        assert 9 + up4 <= pooled[2]
        assert 31 + size <= 8 * (up4 - 1) + 16
    assert (pooled[2], pooled[3], n) == (100, 50, 25)  # of 600


def test_fcn_scores_have_the_size_of_the_image(monkeypatch, rng):
    monkeypatch.setattr("cutaway.vision.networks.fcn.STAGES", ((4, 1), (4, 1), (256, 1), (512, 1), (512, 1)))
    monkeypatch.setattr("cutaway.vision.networks.fcn.FULL", 8)
    model = cutaway.vision.FCN8s(5, rng=0).eval()
    x = cutaway.tensor(rng.normal(size=(1, 3, 17, 30)).astype(np.float32))
    assert not model(x).data.any()  # the scoring layers begin at zero
    for score in (model.score_fr, model.score_pool4, model.score_pool3):
        score.bias.data[...] = [0, 1, 2, 3, 4]
    y = model(x)
    assert y.shape == (1, 5, 17, 30)
    np.testing.assert_array_equal(y.data.argmax(1), 4)


def test_fcn_enlarges_by_frozen_weights_that_are_stored_all_the_same():
    model = cutaway.vision.FCN8s(3, rng=0)
    frozen = [path for path, p in model.named_parameters() if not p.requires_grad]
    assert frozen == ["upscore2.weight", "upscore_pool4.weight", "upscore8.weight"]
    assert model.state_dict()["upscore8.weight"].shape == (3, 3, 16, 16)
