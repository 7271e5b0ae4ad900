"""Networks are trained once: kept for the same data, settings and code, and for no others."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import vision
from cutaway.lessons import first_layer, networks
from cutaway.lessons.inside import told_reach
from cutaway.lessons.networks import Trained, told_training
from cutaway.lessons.segmentation import told_scores
from cutaway.vision import ConfusionMatrix

from .small import task


def test_a_network_is_taken_over_from_an_earlier_run(tmp_path):
    first = networks.unet(task(), tmp_path, show=False)
    again = networks.unet(task(), tmp_path, show=False)
    assert (first.earlier, again.earlier) == (0, 2)
    assert again.history == first.history
    for one, other in zip(first.model.parameters(), again.model.parameters(), strict=True):
        np.testing.assert_array_equal(one.data, other.data)
    assert told_training(first) == ""
    assert "All 2 epochs were trained in an earlier run" in told_training(again)
    assert "1 of 2 epochs" in told_training(Trained(task(), first.model, first.history, 1))


def test_other_data_settings_or_networks_have_other_fingerprints():
    given = task()
    model = vision.UNet(3, 5, 4, 2, norm=True, rng=0)
    found = [networks.fingerprint(given, model)]
    assert networks.fingerprint(task(), vision.UNet(3, 5, 4, 2, norm=True, rng=1)) == found[0]
    found.append(networks.fingerprint(given, vision.UNet(3, 5, 8, 2, norm=True, rng=0)))
    for name, value in {"epochs": 3, "lr": 1e-3, "train": vision.SceneDataset(8, 32, seed=9)}.items():
        other = task()
        setattr(other, name, value)
        found.append(networks.fingerprint(other, model))
    assert len(set(found)) == len(found)


def test_the_places_of_the_first_layer_are_those_it_answers_to_most(tmp_path, monkeypatch):
    monkeypatch.setattr(first_layer, "EPOCHS", 1)
    first = first_layer.trained(task(), tmp_path, show=False)
    kernel = next(iter(first.model.parameters())).data[:, 0]
    images = [first_layer.green(task().test[i]) for i in range(4)]
    found = first_layer.strongest(first, images)
    for k in (0, 7):
        answers = []
        for image, _ in images:
            windows = np.lib.stride_tricks.sliding_window_view(image[0], kernel[k].shape)
            answers.append(float((windows * kernel[k]).sum((2, 3)).max()))
        mine = [float((piece * kernel[k]).sum()) for piece in found[k]]
        np.testing.assert_allclose(mine, sorted(answers)[::-1][:3], rtol=1e-3, atol=1e-5)


def test_how_far_a_pixel_feels():
    g = np.zeros((20, 20))
    g[10, 10] = 1.0
    assert "up to 0 rows" in told_reach(g, (10, 10))
    assert "not beyond the 3 x 3" in told_reach(g, (10, 10))
    g[10, 17], g[19, 10] = 0.01, 0.0001  # the second is less than a thousandth
    assert "up to 7 rows or columns away" in told_reach(g, (10, 10))
    assert "far beyond the 3 x 3" in told_reach(g, (10, 10))


@pytest.mark.parametrize(("mine", "verdict"), [([0, 1, 1], "better"), ([0, 0, 0], "no better")])
def test_whether_the_network_is_any_good(mine, verdict):
    truth = np.array([0, 1, 1])
    scores = []
    for guess in (np.array(mine), np.zeros(3, int)):
        matrix = ConfusionMatrix(("ground", "disc"))
        matrix.update(truth, guess)
        scores.append(matrix)
    told = told_scores(("ground", "disc"), *scores)
    assert f"the network is {verdict} than" in told
    assert ("worst on disc (0.00)" in told) == (verdict == "no better")
