"""VGG, SqueezeNet, MobileNet, and the weights that others trained for them."""

from __future__ import annotations

import os
from pathlib import Path

import cutaway
import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.vision.networks import inputs
from cutaway.vision.networks.layers import convolution
from cutaway.vision.networks.mobilenet import mobilenet_v1
from cutaway.vision.networks.mobilenet_v2 import mobilenet_v2
from cutaway.vision.networks.squeezenet import SqueezeNet, squeezenet1_0, squeezenet1_1
from cutaway.vision.networks.vgg import vgg11, vgg13, vgg16, vgg19
from cutaway.vision.networks.weights import KERAS, load_weights

PUBLISHED = {  # parameters with 1000 classes, as torchvision counts them; mobilenet_v1: Keras's trainable ones
    (vgg11, False): 132_863_336,
    (vgg13, False): 133_047_848,
    (vgg16, False): 138_357_544,
    (vgg19, False): 143_667_240,
    (vgg11, True): 132_868_840,
    (vgg13, True): 133_053_736,
    (vgg16, True): 138_365_992,
    (vgg19, True): 143_678_248,
    (squeezenet1_0, None): 1_248_424,
    (squeezenet1_1, None): 1_235_496,
    (mobilenet_v1, None): 4_231_976,
    (mobilenet_v2, None): 3_504_872,
}


@pytest.mark.parametrize(("make", "norm"), PUBLISHED, ids=lambda each: getattr(each, "__name__", str(each)))
def test_networks_have_the_published_number_of_parameters(make, norm, unfilled):
    net = make() if norm is None else make(norm=norm)
    assert sum(p.size for p in net.parameters()) == PUBLISHED[make, norm]


def test_paths_are_those_of_torchvision(unfilled):
    paths = list(vgg16(norm=True).state_dict())
    assert paths[:3] == ["features.0.weight", "features.0.bias", "features.1.weight"]
    assert {"features.40.weight", "classifier.6.bias"} <= set(paths)
    assert "features.3.expand3x3.weight" in squeezenet1_0().state_dict()
    assert "features.12.expand3x3.weight" in squeezenet1_1().state_dict()
    last = mobilenet_v2().state_dict()
    assert last["features.17.conv.1.0.weight"].shape == (960, 1, 3, 3)
    assert last["features.18.1.running_var"].shape == (1280,)


@pytest.mark.parametrize(
    "net",
    [
        vgg11(7, channels=(2, 3, 4, 5, 6), hidden=8, rng=0),
        squeezenet1_0(7, rng=0),
        squeezenet1_1(7, rng=0),
        mobilenet_v1(7, width=0.25, rng=0),
        mobilenet_v2(7, width=0.25, rng=0),
    ],
    ids=lambda net: type(net).__name__,
)
def test_the_smallest_images_have_scores_that_differ(net, rng):
    with cutaway.no_grad():
        y = net.eval()(cutaway.tensor(rng.normal(size=(2, 3, 32, 32)).astype(np.float32)))
    assert y.shape == (2, 7)
    assert np.abs(y.data[0] - y.data[1]).max() > 0


def squeezenet_file(net: SqueezeNet) -> dict[str, np.ndarray]:
    """The state of a network under the names of SqueezeNet's authors."""
    fires = [name for name, layer in net.features.named_children() if type(layer).__name__ == "Fire"]
    names = {"features.0": "conv1", "classifier.1": "conv10"}
    names |= {f"features.{place}": f"fire{i}" for i, place in enumerate(fires, 2)}
    return {
        names[".".join(path.split(".")[:2])] + "." + ".".join(path.split(".")[2:]): values
        for path, values in net.state_dict().items()
    }


def test_files_of_the_authors_of_squeezenet_are_read(tmp_path):
    theirs, ours = squeezenet1_0(5, rng=1), squeezenet1_0(5, rng=2)
    arrays = squeezenet_file(theirs)
    assert {"conv1.weight", "fire2.squeeze.bias", "fire9.expand3x3.weight", "conv10.bias"} <= set(arrays)
    np.savez(tmp_path / "a.npz", **arrays)
    load_weights(ours, tmp_path / "a.npz")
    for path, values in ours.state_dict().items():
        np.testing.assert_array_equal(values, theirs.state_dict()[path], err_msg=path)
    others = squeezenet1_0(3, rng=2)
    with pytest.raises(cutaway.ShapeError, match=r"classifier\.1\.weight: expected shape \(3, 512, 1, 1\)"):
        load_weights(others, tmp_path / "a.npz")
    before = others.classifier[1].weight.data.copy()
    load_weights(others, tmp_path / "a.npz", skip=("classifier.",))
    np.testing.assert_array_equal(others.classifier[1].weight.data, before)
    np.testing.assert_array_equal(others.features[0].weight.data, theirs.features[0].weight.data)


def keras_file(net: cutaway.nn.Module) -> dict[str, np.ndarray]:
    """The state of MobileNet under Keras's names, in its layouts."""
    arrays, kinds = {}, {ours: theirs for theirs, ours in KERAS.items()}
    for path, values in net.state_dict().items():
        place, _, kind = path.rpartition(".")
        if kind == "num_batches_tracked":
            continue
        if place == "classifier.1":
            name = "conv_preds"
        else:
            _, block, part = place.split(".")
            half = {"d": "_dw", "p": "_pw"}.get(part[0], "")
            name = f"conv{half}{'_' if half else ''}{block if half else 1}" + "_bn" * part.endswith("norm")
        if values.ndim == 4:
            is_deep = "_dw_" in name
            kind = "depthwise_kernel" if is_deep else "kernel"
            values = values.transpose((2, 3, 0, 1) if is_deep else (2, 3, 1, 0))
        elif name.endswith("_bn"):
            kind = kinds[kind]
        arrays[f"{name}.{kind}"] = values
    return arrays


def test_files_of_keras_are_read(tmp_path, rng):
    theirs, ours = mobilenet_v1(5, width=0.25, rng=1), mobilenet_v1(5, width=0.25, rng=2)
    for values in theirs.state_dict().values():
        values[...] = rng.normal(size=values.shape)
    arrays = keras_file(theirs)
    assert arrays["conv_dw_2.depthwise_kernel"].shape == (3, 3, 16, 1)
    assert arrays["conv_pw_13.kernel"].shape == (1, 1, 256, 256)
    np.savez(tmp_path / "a.npz", **arrays)
    load_weights(ours, tmp_path / "a.npz")
    for path, values in ours.state_dict().items():
        if not path.endswith("num_batches_tracked"):
            np.testing.assert_array_equal(values, theirs.state_dict()[path], err_msg=path)
    with pytest.raises(FileError, match="MobileNet's arrays of Keras, the network is a SqueezeNet"):
        load_weights(squeezenet1_0(5, rng=0), tmp_path / "a.npz")


def test_a_file_of_something_else_is_an_error(tmp_path):
    net = squeezenet1_0(5, rng=0)
    (tmp_path / "a.npz").write_bytes(b"nothing")
    with pytest.raises(FileError, match=r"arrays in a \.npz file"):
        load_weights(net, tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError):
        load_weights(net, tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", **{"conv1.weight": np.array(["words"])})
    with pytest.raises(FileError, match=r"numbers in conv1\.weight, came an array of <U5"):
        load_weights(net, tmp_path / "c.npz")
    with pytest.raises(FileError, match="pass max_bytes="):
        load_weights(net, tmp_path / "c.npz", max_bytes=10)
    with pytest.raises(FileError, match=r"\.npz, \.safetensors or \.pth, came '\.h5'"):
        load_weights(net, "weights.h5")


@pytest.mark.parametrize(("kind", "size"), [("squeezenet", 227), ("mobilenet", 224)])
def test_the_published_weights_recognise_an_aeroplane(kind, size):
    from PIL import Image

    root = Path(os.environ.get("CUTAWAY_DATA", ""))
    if not (os.environ.get("CUTAWAY_DATA") and (root / kind).is_dir() and (root / "voc2012_sample").is_dir()):
        pytest.skip("CUTAWAY_DATA has no weights")
    net = squeezenet1_0(final_padding=1, rng=0) if kind == "squeezenet" else mobilenet_v1(width=0.25, rng=0)
    load_weights(net, next((root / kind).glob("*.npz"))).eval()
    file = root / "voc2012_sample" / "JPEGImages" / "2007_000033.jpg"
    picture = Image.open(file).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    x = np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255
    x = inputs.for_caffe(x, inputs.SQUEEZENET_MEAN) if kind == "squeezenet" else inputs.for_keras(x)
    with cutaway.no_grad():
        assert net(cutaway.tensor(x)).data.argmax() == 404  # "airliner"


def test_convolutions_begin_with_the_variance_of_he():
    conv = convolution(32, 64, 3, rng=0)
    assert conv.weight.data.std() == pytest.approx(np.sqrt(2 / (32 * 9)), rel=0.02)
    assert not conv.bias.data.any()
    assert not convolution(3, 4, 1, std=0.0).weight.data.any()
