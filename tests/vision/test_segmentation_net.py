"""All segmentation networks by name, on all trunks."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.vision import segmentation_net
from cutaway.vision.networks import segmentation_net as module
from cutaway.vision.networks.alexnet import AlexNet
from cutaway.vision.networks.backbones import CLASSIFIERS, taps
from cutaway.vision.networks.fcn_surgery import transplanted as take_over
from cutaway.vision.networks.squeezenet import squeezenet1_0
from cutaway.vision.networks.vgg import vgg16

NARROW = {"channels": (2, 2, 3, 3, 4), "hidden": 4}
LIGHT = ("small", "squeezenet", "mobilenet")
ANYWHERE = [name for name in module.NAMES if name != "context-large"]


def image(rng, *size: int) -> cutaway.Tensor:
    return cutaway.tensor(rng.normal(size=(1, 3, *size)).astype(np.float32))


@pytest.mark.parametrize("backbone", LIGHT)
@pytest.mark.parametrize("name", ANYWHERE)
def test_every_network_on_every_light_trunk_scores_every_pixel(name, backbone, rng):
    net = segmentation_net(name, 4, backbone, rng=0).eval()
    for size in ((1, 1), (70, 45)):
        with cutaway.no_grad():
            y = net(image(rng, *size))
        assert y.shape == (1, 4, *size)
    assert np.ptp(y.data, axis=1).max() > 0


@pytest.mark.parametrize("name", module.NAMES)
def test_every_network_on_vgg(name, rng):
    options = {"base": 2} if name == "unet" else NARROW
    net = segmentation_net(name, 3, "vgg16", rng=0, **options).eval()
    size = (187, 190) if name in module.FRONT_ENDS else (33, 50)
    with cutaway.no_grad():
        assert net(image(rng, *size)).shape == (1, 3, *size)


@pytest.mark.parametrize("name", ["fcn32s", "fcn8s", "frontend"])
def test_networks_on_alexnet(name, rng, unfilled):
    net = segmentation_net(name, 3, "alexnet", **({"hidden": 4} if name != "fcn8s" else {})).eval()
    with cutaway.no_grad():
        for p in net.parameters():
            p.data[...] = 0.001
        assert net(image(rng, 50, 70)).shape == (1, 3, 50, 70)


def test_a_trained_classifier_is_where_training_begins(rng):
    vgg = vgg16(7, rng=5, **NARROW)
    first = vgg.features[0].weight.data
    for name in ("fcn8s", "frontend", "context"):
        net = segmentation_net(name, 3, vgg, rng=0)
        convs = [layer for layer in net.modules() if isinstance(layer, cutaway.nn.Conv2d)]
        np.testing.assert_array_equal(convs[0].weight.data, first)
    net = segmentation_net("deeplab-aspp", 3, vgg, channels=NARROW["channels"], hidden=4, rng=0)
    np.testing.assert_array_equal(net.features[0].weight.data, first)
    squeezenet = squeezenet1_0(7, rng=5)
    net = segmentation_net("fcn16s", 3, squeezenet, rng=0)
    assert net.features[0] is squeezenet.features[0]
    assert len(squeezenet.features) == 13, "a pool was added to the network's layers alone"


@pytest.mark.parametrize("backbone", ["small", "vgg16"])
def test_a_context_module_begins_with_a_trained_front_end(backbone, rng):
    """At first the scores are the front end's, rectified."""
    options = NARROW if backbone == "vgg16" else {}
    front = segmentation_net("frontend", 3, backbone, rng=1, **options).eval()
    whole = segmentation_net("context", 3, backbone, rng=2, **options)
    copied = take_over(whole, front)
    assert set(copied) == {path for path, _ in front.named_parameters()}
    seen = []
    for net in (front, whole):
        net.context.register_forward_hook(
            lambda module, inputs, output: seen.append((inputs[0].data, output.data))
        )
    with cutaway.no_grad():
        front(image(rng, 190, 200))
        whole.eval()(image(np.random.default_rng(0), 190, 200))
        front(image(np.random.default_rng(0), 190, 200))
    np.testing.assert_array_equal(seen[1][0], seen[2][1])
    np.testing.assert_allclose(seen[1][1], np.maximum(seen[2][1], 0), atol=1e-5)
    assert seen[1][1].any()


def test_the_coarse_scores_are_refined_by_the_finer_ones(rng):
    for name, finest in (("fcn32s", 32), ("fcn16s", 16), ("fcn8s", 8)):
        net = segmentation_net(name, 2, rng=0).eval()
        assert list(net.scores.keys()) == [f"stride{s}" for s in (8, 16, 32) if s >= finest]
        for score in net.scores.values():
            cutaway.nn.init.constant(score.weight, 0.0)
            cutaway.nn.init.constant(score.bias, 1.0)
        with cutaway.no_grad():
            np.testing.assert_allclose(net(image(rng, 40, 40)).data, len(net.scores), rtol=1e-6)


@pytest.mark.parametrize("name", ["fcn8s", "context", "deeplab-largefov", "unet"])
def test_small_networks_learn(name, rng):
    """Ten steps on one batch: the loss falls by a third."""
    net = segmentation_net(name, 3, rng=0, dropout=0.0)
    x = cutaway.tensor(rng.normal(size=(2, 3, 64, 64)).astype(np.float32))
    y = np.clip(np.floor(x.data.mean(1) * 2) + 1, 0, 2).astype(np.int64)
    y = np.repeat(np.repeat(y[:, ::16, ::16], 16, 1), 16, 2)
    optimiser, losses = cutaway.nn.optim.Adam(net.parameters(), 3e-3), []
    for _ in range(10):
        loss = cutaway.nn.functional.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.67 * losses[0]


def test_what_does_not_exist_is_named():
    with pytest.raises(ValueError, match=r"no network 'fcn8', there are fcn32s, .*; did you mean 'fcn8s'\?"):
        segmentation_net("fcn8", 3)
    with pytest.raises(ValueError, match="no backbone 'resnet', there are small, vgg16, alexnet"):
        segmentation_net("fcn8s", 3, "resnet")
    with pytest.raises(ValueError, match="a Linear has no features"):
        segmentation_net("fcn8s", 3, cutaway.nn.Linear(2, 2))
    with pytest.raises(cutaway.ShapeError, match=r"expected images \(N, C, H, W\)"):
        segmentation_net("frontend", 3)(cutaway.zeros(3, 64, 64))


def test_a_unet_goes_down_a_trained_trunk_and_copies_where_its_maps_shrink(rng):
    """The copies carry what the bottom does not: with the up-convolutions at zero the image still matters."""
    squeezenet = squeezenet1_0(7, rng=5)
    net = segmentation_net("unet", 3, squeezenet, rng=0).eval()
    assert net.features[0] is squeezenet.features[0]
    assert len(net.up) == len(net.decoder) == 4, "from stride 16 to 1"
    assert isinstance(segmentation_net("unet", 3, "small", trunk=1), type(net))
    bare = segmentation_net("unet", 3, squeezenet, copies=False, rng=0).eval()
    for each in (net, bare):
        for up in each.up:
            cutaway.nn.init.constant(up.weight, 0.0)
    x = image(rng, 64, 64)
    with cutaway.no_grad():
        assert np.ptp(net(x).data, axis=(2, 3)).max() > 1e-3
        assert np.ptp(bare(x).data[:, :, 8:-8, 8:-8], axis=(2, 3)).max() < 1e-5


@pytest.mark.parametrize("backbone", LIGHT)
def test_learned_enlarging_begins_by_interpolating(backbone, rng):
    learned = segmentation_net("fcn8s", 3, backbone, up="learned", rng=0).eval()
    fixed = segmentation_net("fcn8s", 3, backbone, rng=0).eval()
    trained = [path for path, p in learned.named_parameters() if "enlarge" in path and p.requires_grad]
    assert len(trained) == 3
    x = image(rng, 128, 128)
    with cutaway.no_grad():
        a, b = (net(x).data[:, :, 48:80, 48:80] for net in (learned, fixed))
    np.testing.assert_allclose(a, b, atol=0.05 * np.abs(b).max())


def test_taps_are_where_the_strides_end(unfilled):
    small = CLASSIFIERS["small"]().features
    assert {stride: channels for stride, (_, channels) in taps(small).items()} == {
        1: 16,
        2: 32,
        4: 48,
        8: 64,
        16: 64,
        32: 64,
    }
    assert taps(AlexNet().features)[8][1] == 192
    assert small.training, "the trunk is left as it was"
