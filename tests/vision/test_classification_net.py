"""Classification networks by name: sizes, paths, doors, and the preprocessing that travels with them."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import gradcheck, nn, vision
from cutaway.nn import functional as F
from cutaway.vision.networks.alexnet_original import AlexNetOriginal
from cutaway.vision.networks.classification_net import NETS, classification_net, net_for_weights
from cutaway.vision.networks.classifier import FeatureMaps
from cutaway.vision.networks.preprocess import KERAS, SQUEEZENET_AUTHORS, TORCHVISION, Preprocess
from cutaway.vision.networks.resnet import BasicBlock, Bottleneck, ResNet

# Parameters with 1000 classes as torchvision counts them; alexnet-original: by the paper's layers and groups.
PARAMETERS = {
    "alexnet": 61_100_840,
    "alexnet-original": 60_965_224,
    "vgg16_bn": 138_365_992,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "squeezenet1_0": 1_248_424,
    "squeezenet1_1": 1_235_496,
    "mobilenet_v1": 4_231_976,
    "mobilenet_v2": 3_504_872,
}
LIGHT = (
    "small",
    "squeezenet1_0",
    "squeezenet1_1",
    "mobilenet_v1",
    "mobilenet_v2",
    "resnet18",
    "resnet50",
    "alexnet",
)


@pytest.fixture
def images(rng):
    return rng.normal(size=(2, 3, 64, 64)).astype(np.float32)


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_as_many_as_published(name, unfilled):
    assert sum(each.size for each in classification_net(name).parameters()) == PARAMETERS[name]


def test_paths_of_resnet_are_those_of_torchvision(unfilled):
    state = classification_net("resnet50").state_dict()
    assert state["layer1.0.downsample.0.weight"].shape == (256, 64, 1, 1)
    assert state["layer4.2.conv3.weight"].shape == (2048, 512, 1, 1)
    assert state["layer2.0.bn3.running_var"].shape == (512,)
    assert state["fc.weight"].shape == (1000, 2048)
    assert len(state) == 320
    assert len(classification_net("resnet18").state_dict()) == 122


@pytest.mark.parametrize(("block", "convolutions"), [(BasicBlock, 2), (Bottleneck, 3)])
def test_a_block_adds_to_its_input(block, convolutions, rng):
    net = block(4, 3, 2, rng=0).eval()
    for path, values in net.state_dict().items():
        if "bn" in path or "downsample.1" in path:
            values[...] = rng.uniform(0.5, 1.5, values.shape)
    x = rng.normal(size=(2, 4, 9, 8)).astype(np.float32)
    y = x
    for i in range(1, convolutions + 1):
        conv, bn = net.get_submodule(f"conv{i}"), net.get_submodule(f"bn{i}")
        y = bn(F.conv2d(y, conv.weight.data, None, conv.stride, conv.padding))
        y = np.maximum(y.data, 0) if i < convolutions else y
    around = net.downsample[1](F.conv2d(x, net.downsample[0].weight.data, None, 2, 0))
    np.testing.assert_allclose(net(x).data, np.maximum(y.data + around.data, 0), rtol=1e-5, atol=1e-5)


def test_every_rectifier_of_a_resnet_is_a_module_that_runs_once(images):
    net = classification_net("resnet18", 3, rng=0)
    seen: dict[int, int] = {}
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_hook(lambda m, x, y: seen.update({id(m): seen.get(id(m), 0) + 1}))
    net(cutaway.tensor(images))
    assert len(seen) == 1 + 2 * 8
    assert set(seen.values()) == {1}


def test_a_small_resnet_has_the_gradients_of_differences(rng):
    net = ResNet(BasicBlock, (1, 1, 1, 1), 3, widths=(2, 2, 1, 2), rng=0)
    assert gradcheck(net.double().eval(), rng.normal(size=(1, 3, 33, 17)))


def test_the_local_response_norm_of_the_paper(rng):
    """b = a / (k + alpha sum over 5 neighbours of a^2)^beta, where Caffe and PyTorch divide alpha by 5."""
    x = rng.normal(size=(2, 7, 3, 2)) * 20
    square = np.pad(x**2, [(0, 0), (2, 2), (0, 0), (0, 0)])
    around = sum(square[:, i : i + 7] for i in range(5))
    layer = nn.LocalResponseNorm(5, 5 * 1e-4, 0.75, 2.0)
    np.testing.assert_allclose(layer(x), x / (2 + 1e-4 * around) ** 0.75)
    assert gradcheck(layer, x[:1])


def test_the_original_alexnet_has_two_halves(unfilled, rng):
    net = AlexNetOriginal(4)
    assert [each.groups for each in net.features if isinstance(each, nn.Conv2d)] == [1, 2, 1, 2, 2]
    for parameter in net.parameters():
        parameter.data[...] = rng.normal(size=parameter.shape) * 0.02
    assert net.features(np.ones((1, 3, 227, 227), np.float32)).shape == (1, 256, 6, 6)
    maps = rng.normal(size=(1, 96, 27, 27)).astype(np.float32)
    other = maps.copy()
    other[:, 48:] = 0
    a, b = (net.features[4](each).data for each in (maps, other))
    np.testing.assert_array_equal(a[:, :128], b[:, :128])
    assert np.abs(a[:, 128:] - b[:, 128:]).max() > 0


@pytest.mark.parametrize("name", LIGHT)
def test_the_doors_to_the_features(name, images):
    net = classification_net(name, 5, rng=0).eval()
    x = cutaway.tensor(images)
    maps, scores = net.forward_features(x), net(x)
    assert scores.shape == (2, 5)
    np.testing.assert_array_equal(net.forward_head(maps).data, scores.data)
    net.reset_classifier(0)
    features = net(x)
    assert features.shape == (2, net.num_features)
    assert net.classes == 0
    if maps.shape[1] == net.num_features:
        np.testing.assert_allclose(features.data, maps.data.mean((2, 3)), rtol=1e-4, atol=1e-5)
    net.reset_classifier(7, rng=1)
    assert net(x).shape == (2, 7)
    assert net.classes == 7
    bare = classification_net(name, num_classes=0, rng=0).eval()
    np.testing.assert_array_equal(bare(x).data, features.data)


@pytest.mark.parametrize("name", LIGHT)
def test_the_maps_of_every_size(name, images):
    net = classification_net(name, 5, features_only=True, rng=0).eval()
    assert isinstance(net, FeatureMaps)
    maps = net(cutaway.tensor(images))
    assert [each.shape[1] for each in maps] == net.channels
    assert net.strides == sorted(set(net.strides))
    whole = classification_net(name, 5, rng=0).eval()
    np.testing.assert_array_equal(maps[-1].data, whole.forward_features(cutaway.tensor(images)).data)
    assert set(net.state_dict()) < set(whole.state_dict())


def test_the_strides_of_resnet_are_its_stages():
    net = classification_net("resnet50", features_only=True, rng=0)
    assert (net.strides, net.channels) == ([2, 4, 8, 16, 32], [64, 256, 512, 1024, 2048])
    assert net.training


@pytest.mark.parametrize(
    ("name", "hint"),
    [("resnet-18", "resnet18"), ("VGG16", "vgg16"), ("squeezenet", "squeezenet1_1"), ("smal", "small")],
)
def test_wrong_names_give_the_closest(name, hint):
    with pytest.raises(ValueError, match=f"no network '{name}', there are alexnet.*did you mean.*{hint}"):
        classification_net(name)
    with pytest.raises(ValueError, match="expected classes from 0, a whole number, got -1"):
        classification_net("small", -1)


@pytest.mark.parametrize("name", ["small", "squeezenet1_1", "mobilenet_v2", "resnet18"])
def test_a_network_for_the_classes_of_a_file(name, tmp_path, images):
    net = classification_net(name, 6, rng=1).eval()
    cutaway.save(net.state_dict(), tmp_path / "w.safetensors")
    again = net_for_weights(name, tmp_path / "w.safetensors").eval()
    np.testing.assert_array_equal(again(images).data, net(images).data)
    assert again.preprocess == TORCHVISION


def test_preprocessing_comes_with_the_weights(tmp_path):
    from .test_classifiers import keras_file, squeezenet_file

    np.savez(tmp_path / "s.npz", **squeezenet_file(classification_net("squeezenet1_0", 4, rng=0)))
    net = net_for_weights("squeezenet1_0", tmp_path / "s.npz")
    assert (net.preprocess, net.last.padding, net.classes) == (SQUEEZENET_AUTHORS, (1, 1), 4)
    np.savez(tmp_path / "k.npz", **keras_file(classification_net("mobilenet_v1", 4, width=0.25, rng=0)))
    net = net_for_weights("mobilenet_v1", tmp_path / "k.npz")
    assert (net.preprocess, net.classes, net.features[0][1].out_channels) == (KERAS, 4, 8)


def test_preprocess_cuts_the_middle_and_brings_it_into_range():
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, 20:60] = (255, 0, 51)
    whole = Preprocess(20, None, "BGR", 255, (10, 20, 30), (1, 1, 2))
    x = whole(image)
    assert x.shape == (3, 20, 20)
    np.testing.assert_allclose(x[:, 10, 10], [51 - 10, -20, (255 - 30) / 2])
    np.testing.assert_allclose(x[:, 10, 1], [-10, -20, -15])
    middle = Preprocess(20, 20, mean=(0, 0, 0), std=(1, 1, 1))(image)
    np.testing.assert_allclose(middle[:, 10, [1, 10, 18]], np.repeat([[1.0], [0.0], [0.2]], 3, 1), rtol=1e-6)
    with pytest.raises(ValueError, match=r"an image \(H, W, 3\) of uint8"):
        whole(np.zeros((3, 4, 4), np.float32))
    with pytest.raises(ValueError, match="order 'RGB' or 'BGR', got 'GBR'"):
        Preprocess(order="GBR")


def test_all_names_are_public():
    assert vision.classification_net is classification_net
    assert len(NETS) == 18
