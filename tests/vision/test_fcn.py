"""Fully convolutional networks: sizes, crops, conversion, stages."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.vision import AlexNet, FCN8s
from cutaway.vision.networks.convolutional import fully_convolutional
from cutaway.vision.networks.enlarge import enlarging
from cutaway.vision.networks.fcn import AT_ONCE, FCN16s, FCN32s
from cutaway.vision.networks.fcn_alexnet import FCNAlexNet
from cutaway.vision.networks.vgg import vgg16

SMALL = {"channels": (2, 3, 4, 5, 6), "hidden": 8}
NETS = (FCN32s, FCN16s, FCN8s)


def image(rng, *size: int) -> cutaway.Tensor:
    return cutaway.tensor(rng.normal(size=(1, 3, *size)).astype(np.float32))


def test_crops_meet_at_every_size():
    """The arithmetic of the authors' networks for sizes 1 to 600: each crop lies inside, the output is the image."""
    for size in range(1, 601):
        n, pooled = size + 2 * 100 - 2, []
        for _ in range(5):
            n = -(-n // 2)
            pooled.append(n)
        up2 = 2 * (n - 6 - 1) + 4
        up4 = 2 * (up2 - 1) + 4
        assert n - 6 >= 1
        assert 5 + up2 <= pooled[3]
        assert 9 + up4 <= pooled[2]
        assert 31 + size <= 8 * (up4 - 1) + 16
        assert 27 + size <= 16 * (up2 - 1) + 32
        assert 19 + size <= 32 * (n - 6 - 1) + 64
    assert (pooled[2], pooled[3], n) == (100, 50, 25)  # of 600


def test_the_sizes_of_the_paper_for_an_image_of_500():
    net = FCN8s(2, channels=(1,) * 5, hidden=1, rng=0).eval()
    seen = {}
    for name in ("pool3", "pool4", "pool5", "fc7", "upscore2", "upscore_pool4", "upscore8"):
        net.get_submodule(name).register_forward_hook(
            lambda module, inputs, output, name=name: seen.__setitem__(name, output.shape[2])
        )
    with cutaway.no_grad():
        assert net(cutaway.zeros(1, 3, 500, 500)).shape == (1, 2, 500, 500)
    sizes = {"pool3": 88, "pool4": 44, "pool5": 22, "fc7": 16}
    assert seen == {**sizes, "upscore2": 34, "upscore_pool4": 70, "upscore8": 568}


@pytest.mark.parametrize("up", ["bilinear", "learned", "nearest"])
@pytest.mark.parametrize("net", [*NETS, FCNAlexNet])
def test_scores_have_the_size_of_the_image(net, up, rng):
    options = {"hidden": 8} if net is FCNAlexNet else SMALL
    model = net(5, up=up, rng=0, **options).eval()
    scores = [layer for name, layer in model.named_children() if name.startswith("score_")]
    with cutaway.no_grad():
        assert not model(image(rng, 17, 30)).data.any()  # the scoring layers begin at zero
        for score in scores:
            score.bias.data[...] = [0, 1, 2, 3, 4]
        y = model(image(rng, 17, 30))
    assert y.shape == (1, 5, 17, 30)
    np.testing.assert_array_equal(y.data.argmax(1), 4)
    # the stamps add up to 1, or less at the map's margin, where one of them is missing
    most = 4 * len(scores)
    assert y.data[0, 4].min() >= most * (1 if up == "nearest" else 0.2)
    assert y.data[0, 4].max() <= most * (1 + 1e-5)


def test_names_are_those_of_the_authors(unfilled):
    net = FCN8s(3)
    paths = net.state_dict()
    convs = [
        f"conv{stage}_{i}" for stage, count in enumerate((2, 2, 3, 3, 3), 1) for i in range(1, count + 1)
    ]
    ours = [*convs, "fc6", "fc7", "score_fr", "score_pool4", "score_pool3"]
    assert set(paths) == {f"{name}.{kind}" for name in ours for kind in ("weight", "bias")} | {
        "upscore2.weight",
        "upscore_pool4.weight",
        "upscore8.weight",
    }
    assert paths["fc6.weight"].shape == (4096, 512, 7, 7)
    frozen = [path for path, p in net.named_parameters() if not p.requires_grad]
    assert frozen == ["upscore2.weight", "upscore_pool4.weight", "upscore8.weight"]
    assert paths["upscore8.weight"].shape == (3, 3, 16, 16)
    assert all(p.requires_grad for p in FCN8s(3, up="learned", **SMALL).parameters())
    assert FCNAlexNet(3).state_dict()["upscore.weight"].shape == (3, 3, 63, 63)


@pytest.mark.parametrize("size", [224, 256])
def test_a_converted_classifier_gives_the_same_scores(size, rng):
    """At the classifier's own size it is the classifier; on a larger image a map, the first of whose pixels
    are the classifier's answers for the windows of the image.
    """
    net = vgg16(7, rng=0, **SMALL).eval()
    whole = fully_convolutional(net).eval()
    x = image(rng, size, size)
    with cutaway.no_grad():
        maps = whole(x).data
        assert maps.shape == (1, 7, size // 32 - 6, size // 32 - 6)
        if size == 224:
            np.testing.assert_allclose(maps[:, :, 0, 0], net(x).data, rtol=1e-4, atol=1e-6)
        else:
            features = net.features(x)
            for i in range(2):
                for j in range(2):
                    window = features[:, :, i : i + 7, j : j + 7].reshape(1, -1)
                    given = net.classifier(window).data
                    np.testing.assert_allclose(maps[:, :, i, j], given, rtol=1e-4, atol=1e-6)


def test_alexnet_converts_as_well(rng, unfilled):
    net = AlexNet(6)
    with cutaway.no_grad():
        for p in net.parameters():
            p.data[...] = rng.normal(scale=0.02, size=p.shape[:1] + (1,) * (len(p.shape) - 1))
    net.eval()
    x = image(rng, 224, 224)
    with cutaway.no_grad():
        maps = fully_convolutional(net).eval()(x)
        np.testing.assert_allclose(maps.data[:, :, 0, 0], net(x).data, rtol=1e-3, atol=1e-4)


def test_the_trunk_comes_from_a_classifier(rng):
    vgg = vgg16(7, rng=3, **SMALL)
    net = FCN16s.from_classifier(vgg, 4, rng=0)
    np.testing.assert_array_equal(net.conv1_1.weight.data, vgg.features[0].weight.data)
    np.testing.assert_array_equal(net.conv5_3.bias.data, vgg.features[28].bias.data)
    np.testing.assert_array_equal(net.fc6.weight.data.reshape(8, -1), vgg.classifier[0].weight.data)
    np.testing.assert_array_equal(net.fc7.weight.data[:, :, 0, 0], vgg.classifier[3].weight.data)
    assert net.score_fr.out_channels == 4
    from cutaway.vision.networks.fcn_surgery import transplanted_classifier
    from cutaway.vision.networks.vgg import vgg11

    with pytest.raises(ValueError, match="from_classifier: VGG has"):
        transplanted_classifier(net, vgg11(7, rng=3, **SMALL))


def test_stages_hand_over_what_they_share(rng):
    """A finer network begins with the coarser one's trunk and scores, and adds zero: almost the same picture."""
    coarse = FCN32s(3, rng=0, **SMALL)
    cutaway.nn.init.normal(coarse.score_fr.weight, 0.1, rng=1)
    x, trunk = image(rng, 40, 40), 13 + 2  # convolutions, fc6 and fc7
    before = coarse.eval()(x).data
    for net, more in ((FCN16s, {"score_fr"}), (FCN8s, {"score_fr", "score_pool4", "upscore2"})):
        finer = net(3, rng=9, **SMALL)
        shared = finer.take_over(coarse)
        assert {path.split(".")[0] for path in shared} >= more
        assert len([path for path in shared if path.startswith(("conv", "fc"))]) == 2 * trunk
        after = finer.eval()(x).data
        np.testing.assert_allclose(after, before, atol=0.3 * np.abs(before).max())
        assert np.corrcoef(after.ravel(), before.ravel())[0, 1] > 0.97
        coarse = finer
    with pytest.raises(ValueError, match="share no parameter"):
        coarse.take_over(cutaway.nn.Linear(2, 3))


def test_at_once_scales_what_joins(rng):
    nets = {at_once: FCN8s(3, at_once=at_once, rng=0, **SMALL).eval() for at_once in (False, True)}
    x = image(rng, 33, 33)
    for name, factor in AT_ONCE.items():
        given = {}
        for at_once, net in nets.items():
            score = net.get_submodule(f"score_{name}")
            cutaway.nn.init.normal(score.weight, 1.0, rng=1)
            given[at_once] = net(x).data
            cutaway.nn.init.constant(score.weight, 0.0)
        np.testing.assert_allclose(given[True], factor * given[False], rtol=1e-3, atol=1e-6)
        assert given[False].any()


def test_every_activation_is_a_layer_that_can_be_replaced(rng):
    net = FCN8s(3, up="nearest", rng=0, **SMALL).eval()
    cutaway.nn.init.constant(net.score_fr.bias, 1.0)
    rectifiers = [layer for layer in net.modules() if isinstance(layer, cutaway.nn.ReLU)]
    assert len(rectifiers) == 15
    for layer in rectifiers:
        layer.register_forward_hook(lambda module, inputs, output: output * 0)
    cutaway.nn.init.normal(net.score_fr.weight, 1.0, rng=0)
    np.testing.assert_allclose(net(image(rng, 9, 9)).data, 1.0, rtol=1e-5)


@pytest.mark.parametrize(("factor", "kernel"), [(2, 4), (8, 16), (32, 63)])
def test_replication_lies_where_interpolation_does(factor, kernel):
    x = cutaway.tensor(
        np.arange(1.0, 6.0, dtype=np.float32).reshape(1, 1, 1, 5) * np.ones((1, 1, 5, 1), np.float32)
    )
    near, smooth = (enlarging(way, 1, factor, kernel)(x).data for way in ("nearest", "bilinear"))
    assert near.shape == smooth.shape == (1, 1, 4 * factor + kernel, 4 * factor + kernel)
    inside = slice(factor, -factor)
    assert np.abs(near - smooth)[..., inside, inside].max() <= 0.5 + 0.5 / factor


def test_other_ways_of_enlarging_are_named():
    with pytest.raises(ValueError, match="expected up to be 'bilinear', 'learned', 'nearest', got 'cubic'"):
        FCN32s(3, up="cubic", **SMALL)
    with pytest.raises(cutaway.ShapeError, match=r"one image is x\[None\]"):
        FCN32s(3, rng=0, **SMALL)(cutaway.zeros(3, 40, 40))
