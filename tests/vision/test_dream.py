"""DeepDream: the layer answers more, octave by octave; a guide decides what with."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.core import Tensor
from cutaway.vision.interpret.dream import dream, guided_by, middle, noise, sizes, zoom
from cutaway.vision.interpret.objectives import channel, layer
from cutaway.vision.interpret.watch import grey_level, seen_by
from nets_inside import SHOWN, learnt, stripes


@pytest.fixture(scope="module")
def net():
    return learnt()


@pytest.fixture(scope="module")
def photos():
    """One of stripes across, one along, larger than the network was trained on."""
    pixels, _ = stripes(np.random.default_rng(5), 2)
    return SHOWN.normalised(np.tile(pixels, (1, 1, 3, 2)))


def of(net, objective, x):
    return float(objective(seen_by(net, Tensor((x / grey_level(net))[None]), objective.layers)).data[0])


def test_the_layer_answers_more_and_pixels_stay_pixels(net, photos):
    found = dream(net, photos[0], "3", seed=1)
    assert found.shape == photos[0].shape == (3, 72, 48)
    assert of(net, layer("3"), found) > 1.5 * of(net, layer("3"), photos[0])
    assert -1e-5 < SHOWN.pixels(found).min() < SHOWN.pixels(found).max() < 1 + 1e-5
    np.testing.assert_array_equal(found, dream(net, photos[0], "3", seed=1))
    assert np.abs(found - dream(net, photos[0], "3", seed=2)).mean() > 0.01


def test_a_step_moves_a_pixel_by_so_many_grey_levels(net, photos):
    within = 0.5 * photos[0]  # far from black and white
    found = dream(net, within, "3", octaves=1, steps=1, step=2.0)
    moved = np.abs(found - within) / SHOWN.grey_level
    assert moved.mean() == pytest.approx(2.0, rel=1e-3)


def test_octaves_make_larger_structures(net, photos):
    """What low frequencies the dream adds, in 4 x 4 means, as a share of all it adds."""

    def coarse(added):
        means = added.reshape(3, 18, 4, 12, 4).mean((2, 4))
        return 16 * (means**2).sum() / (added**2).sum()

    one, four = (dream(net, 0.3 * photos[0], "3", octaves=n, jitter=4) - 0.3 * photos[0] for n in (1, 4))
    assert coarse(four) > 1.2 * coarse(one), (coarse(one), coarse(four))


def test_sizes_of_octaves():
    assert sizes((224, 300), 4, 1.4) == [(82, 109), (114, 153), (160, 214), (224, 300)]
    assert sizes((40, 40), 4, 1.4) == [(40, 40)], "29 pixels are too few"


def test_a_guide_decides_what_the_dream_is_of(net, photos):
    start = noise(net, (48, 48), seed=4)
    one, other = (dream(net, start, guided_by(net, photo, "4"), octaves=1, steps=15) for photo in photos)
    scores = np.array([[of(net, guided_by(net, photo, "4"), x) for x in (one, other)] for photo in photos])
    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 1] > scores[1, 0]


def test_the_film_zooms_in(net):
    ramp = np.broadcast_to(np.linspace(-1, 1, 40, dtype=np.float32), (3, 40, 40))
    inner = middle(ramp, 0.5)
    assert inner.shape == (3, 40, 40)
    np.testing.assert_allclose([inner.min(), inner.max()], [ramp[0, 0, 10], ramp[0, 0, 29]], atol=1e-6)
    film = list(zoom(net, noise(net, (40, 40)), channel("4", 1), 3, octaves=1, steps=2, jitter=2))
    assert len(film) == 3
    again = dream(net, middle(film[1], 0.05), channel("4", 1), octaves=1, steps=2, jitter=2, seed=2)
    np.testing.assert_array_equal(film[2], again)


def test_mistakes_are_told(net, photos):
    with pytest.raises(KeyError, match="no layer '33'"):
        dream(net, photos[0], "33")
    with pytest.raises(ValueError, match="expected 1 to 20 octaves and a scale above 1"):
        dream(net, photos[0], "3", scale=1)
    with pytest.raises(ValueError, match=r"expected an image \(C, H, W\), got shape \(2, 3, 72, 48\)"):
        dream(net, photos, "3")
    with pytest.raises(ValueError, match="expected a share above 0"):
        list(zoom(net, photos[0], "3", 1, by=1))
