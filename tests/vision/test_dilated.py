"""The front end and the context module."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.vision.networks.context import ContextModule
from cutaway.vision.networks.dilated import FrontEnd
from cutaway.vision.networks.vgg import vgg16

SMALL = {"channels": (1, 1, 1, 1, 1), "hidden": 2}


def image(rng, *size: int) -> cutaway.Tensor:
    return cutaway.tensor(rng.normal(size=(1, 3, *size)).astype(np.float32))


@pytest.mark.parametrize(("size", "scores"), [(900, 66), (500, 16), (380, 1)])
def test_the_front_end_loses_372_pixels_and_keeps_an_eighth(size, scores):
    net = FrontEnd(2, border=False, rng=0, **SMALL).eval()
    with cutaway.no_grad():
        assert net(cutaway.zeros(1, 3, size, 380)).shape == (1, 2, scores, 1)


@pytest.mark.parametrize("size", [(187, 200), (193, 240)])
def test_with_its_border_mirrored_it_scores_the_whole_image(size, rng):
    x = image(rng, *size)
    net = FrontEnd(3, rng=0, **SMALL).eval()
    with cutaway.no_grad():
        coarse = net(x)
        assert coarse.shape == (1, 3, -(-size[0] // 8), -(-size[1] // 8))
        whole = FrontEnd(3, upsample=True, rng=0, **SMALL).eval()
        whole.load_state_dict(net.state_dict(), strict=False)
        assert whole(x).shape == (1, 3, *size)
        mirrored = np.pad(x.data, ((0, 0), (0, 0), (186, 186), (186, 186)), "reflect")
        bare = FrontEnd(3, border=False, rng=0, **SMALL).eval()
        bare.load_state_dict(net.state_dict())
        inner = bare(cutaway.tensor(mirrored)).data
    np.testing.assert_allclose(coarse.data[:, :, : inner.shape[2], : inner.shape[3]], inner, atol=1e-6)


def test_the_front_end_is_a_vgg_whose_pools_are_dilations(rng):
    """Where VGG's pools are taken out of both, its convolutions with the dilations of the front end are it."""
    vgg = vgg16(5, channels=(1, 2, 1, 2, 1), hidden=3, rng=0)
    net = FrontEnd.from_classifier(vgg, 4, rng=1)
    np.testing.assert_array_equal(net.conv4_2.weight.data, vgg.features[19].weight.data)
    assert [net.get_submodule(name).dilation[0] for name in ("conv3_1", "conv4_3", "conv5_1", "fc6")] == [
        1,
        1,
        2,
        4,
    ]
    assert net.fc6.weight.shape == (3, 1, 7, 7)


def test_too_small_an_image_is_an_error():
    with pytest.raises(
        cutaway.ShapeError, match=r"186 x 300 pixels is too small: it is mirrored by 186 pixels"
    ):
        FrontEnd(2, rng=0, **SMALL)(cutaway.zeros(1, 3, 186, 300))
    with pytest.raises(cutaway.ShapeError, match="enlarge it to at least 380 x 380"):
        FrontEnd(2, border=False, rng=0, **SMALL)(cutaway.zeros(1, 3, 379, 380))


@pytest.mark.parametrize(
    ("kind", "count", "weights"), [("basic", 28_392, 28_224), ("large", 6_803_139, None)]
)
def test_the_context_module_has_the_published_number_of_parameters(kind, count, weights, unfilled):
    net = ContextModule(21, kind)
    assert sum(p.size for p in net.parameters()) == count
    if weights:
        assert sum(p.size for p in net.parameters() if len(p.shape) == 4) == weights
    widths = [layer.out_channels for layer in net if isinstance(layer, cutaway.nn.Conv2d)]
    assert widths == ([21] * 8 if kind == "basic" else [42, 42, 84, 168, 336, 672, 672, 21])


@pytest.mark.parametrize("padding", ["layer", "input"])
@pytest.mark.parametrize("kind", ["basic", "large"])
def test_it_begins_as_the_identity(kind, padding, rng):
    net = ContextModule(3, kind, padding=padding, rng=0)
    x = np.abs(rng.normal(size=(1, 3, 9, 12))).astype(np.float32)  # there are rectifiers
    with cutaway.no_grad():
        y = net(cutaway.tensor(x)).data
        for layer in net:
            if kind == "large" and isinstance(layer, cutaway.nn.Conv2d):  # without its noise it is exact
                cutaway.nn.init.identity(layer.weight, groups=3)
        exact = net(cutaway.tensor(x)).data
    np.testing.assert_allclose(exact, x, rtol=1e-5, atol=1e-5)
    assert np.abs(y - x).max() < (1e-6 if kind == "basic" else 1.0)
    assert np.corrcoef(y.ravel(), x.ravel())[0, 1] > 0.9


def test_the_noise_of_the_large_form_is_small_beside_what_passes():
    net = ContextModule(3, "large", rng=0)
    for layer in net:
        if isinstance(layer, cutaway.nn.Conv2d):
            w = layer.weight.data
            middle = w.shape[2] // 2
            passing = np.isclose(w[:, :, middle, middle], 3 / layer.out_channels)
            assert passing.sum() == layer.out_channels * layer.in_channels // 3
            noise = np.delete(w.reshape(*w.shape[:2], -1), w[0, 0].size // 2, axis=2)
            assert 0.005 < noise.std() * layer.out_channels / 3 < 0.02 if noise.size else True


def test_wrong_words_are_named():
    with pytest.raises(ValueError, match="expected kind 'basic' or 'large', got 'huge'"):
        ContextModule(3, "huge")
    with pytest.raises(ValueError, match="expected padding 'layer' or 'input', got 'none'"):
        ContextModule(3, padding="none")
