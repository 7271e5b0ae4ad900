"""DeepLab, and what makes a classifier dense."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.vision.networks.atrous import atrous
from cutaway.vision.networks.deeplab import ASPP, RATES, DeepLab
from cutaway.vision.networks.deeplab_multiscale import DeepLabMSc, MultiScale
from cutaway.vision.networks.mobilenet import mobilenet_v1
from cutaway.vision.networks.squeezenet import squeezenet1_0
from cutaway.vision.networks.vgg import stages

SMALL = {"channels": (2, 3, 4, 5, 6), "hidden": 8}


def image(rng, *size: int) -> cutaway.Tensor:
    return cutaway.tensor(rng.normal(size=(1, 3, *size)).astype(np.float32))


def test_large_fov_has_the_20_5_million_parameters_of_the_paper(unfilled):
    net = DeepLab(21)
    assert sum(p.size for p in net.parameters()) == 20_505_429
    assert "features.28.weight" in net.state_dict()
    convs = {path: layer for path, layer in net.named_modules() if isinstance(layer, cutaway.nn.Conv2d)}
    assert [convs[f"features.{i}"].dilation[0] for i in (21, 24, 26, 28)] == [1, 2, 2, 2]
    assert convs["head.0.fc6"].dilation == (12, 12)
    pools = [layer for layer in net.features if isinstance(layer, cutaway.nn.MaxPool2d)]
    assert [(pool.kernel_size, pool.stride, pool.padding) for pool in pools] == [(3, 2, 1)] * 3 + [
        (3, 1, 1)
    ] * 2


def test_pyramids_have_four_branches(unfilled):
    for kind, rates in (("aspp-s", (2, 4, 8, 12)), ("aspp-l", (6, 12, 18, 24))):
        net = DeepLab(21, kind)
        assert tuple(branch.fc6.dilation[0] for branch in net.head) == rates == RATES[kind]
        assert sum(p.size for p in net.parameters()) == 14_714_688 + 4 * 5_790_741
    with pytest.raises(ValueError, match="expected kind 'largefov', 'aspp-s', 'aspp-l', got 'v3'"):
        DeepLab(21, "v3")


@pytest.mark.parametrize("size", [(1, 1), (33, 41), (20, 39)])
@pytest.mark.parametrize("net", [*RATES, "msc"])
def test_scores_have_the_size_of_the_image(net, size, rng):
    options = {**SMALL, "rng": 0}
    model = DeepLabMSc(4, side=3, **options) if net == "msc" else DeepLab(4, net, **options)
    with cutaway.no_grad():
        coarse = model.features(image(rng, *size))
        assert coarse.shape[2:] == tuple(-(-n // 8) for n in size)
        assert model.eval()(image(rng, *size)).shape == (1, 4, *size)


def test_the_pyramid_adds_its_branches(rng):
    head = ASPP(3, 2, (1, 2, 3), 4, rng=0).eval()
    x = cutaway.tensor(rng.normal(size=(1, 3, 9, 8)).astype(np.float32))
    with cutaway.no_grad():
        total = sum(branch(x).data for branch in head)
        np.testing.assert_allclose(head(x).data, total, rtol=1e-5, atol=1e-7)
        assert head(x).shape == (1, 2, 9, 8)


def test_side_branches_enter_the_last_layer(unfilled):
    net = DeepLabMSc(21)
    assert net.fc8.weight.shape == (21, 1024 + 5 * 128, 1, 1)
    assert [side[0].stride[0] for side in net.side] == [8, 4, 2, 1, 1]
    assert [side[0].in_channels for side in net.side] == [3, 64, 128, 256, 512]


def test_the_largest_of_several_scales_counts(rng):
    net = DeepLab(3, rng=0, **SMALL).eval()
    x = image(rng, 24, 32)
    with cutaway.no_grad():
        one, several = net(x).data, MultiScale(net)(x).data
        half = cutaway.nn.functional.interpolate(
            net(cutaway.nn.functional.interpolate(x, size=(12, 16), mode="bilinear")),
            size=(24, 32),
            mode="bilinear",
        ).data
    assert several.shape == one.shape
    assert (several >= np.maximum(one, half) - 1e-6).all()
    np.testing.assert_array_equal(MultiScale(net, [1.0])(x).data, one)


@pytest.mark.parametrize(
    ("make", "times"),
    [
        (lambda: stages((1, 1, 1, 1, 1), (2, 2, 3, 3, 4), rng=1), 32),
        (lambda: mobilenet_v1(5, width=0.25, rng=0).features, 32),
        (lambda: squeezenet1_0(5, rng=0).features, 16),
    ],
    ids=["vgg", "mobilenet", "squeezenet"],
)
def test_a_dense_trunk_keeps_an_eighth(make, times, rng):
    size = 64
    plain, dense = make().eval(), atrous(make(), 8, keep_pools=False).eval()
    x = image(rng, size, size)
    with cutaway.no_grad():
        dense_map = dense(x).data
        shrunk = plain(x).data.shape
    assert shrunk[2] <= -(-size // times)
    assert dense_map.shape[:2] == shrunk[:2]
    assert abs(dense_map.shape[2] - size // 8) <= 1
    assert list(plain.state_dict()) == list(dense.state_dict())


def test_strided_convolutions_lose_nothing_but_pixels(rng):
    nn = cutaway.nn

    def make() -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2, padding=1, rng=0),
            nn.ReLU(),
            nn.Conv2d(4, 5, 3, stride=2, padding=1, rng=1),
            nn.ReLU(),
            nn.Conv2d(5, 6, 5, padding=2, rng=2),
        )

    x = image(rng, 41, 41)
    with cutaway.no_grad():
        plain, dense = make()(x).data, atrous(make(), 2)(x).data
    assert dense.shape[2:] == (21, 21)
    np.testing.assert_allclose(dense[:, :, ::2, ::2], plain, rtol=1e-4, atol=1e-6)
