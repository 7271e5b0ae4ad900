"""`cutaway segment`: what training begins with (stages, trunks), and what a CRF refines."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway import nn
from cutaway.__main__ import main
from cutaway.vision import segmentation_net
from cutaway.vision.networks.small import SmallNet
from cutaway.vision.networks.squeezenet import squeezenet1_0
from cutaway.vision.segmentation.begin import begun
from cutaway.vision.segmentation.recipes import Recipe
from cutaway.vision.segmentation.run import SegmentationRun
from PIL import Image

from .test_segment_command import write_scenes

OPTIONS = "--names ground,disc,square,triangle,ring --epochs 1 --batch 4 --quiet --augment none --seed 2"
CLASSES = ("ground", "disc", "square", "triangle", "ring")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_scenes(tmp_path_factory.mktemp("scenes"), 12)


def trained(data, run, *flags):
    assert main(["segment", "train", str(data), "--out", str(run), *OPTIONS.split(), *flags]) == 0
    return run


@pytest.fixture(scope="module")
def coarse(data, tmp_path_factory):
    """A run of FCN-32s."""
    return trained(data, tmp_path_factory.mktemp("runs") / "fcn32s", "--net", "fcn32s", "--epochs", "6")


def run_of(net, backbone="small", **options):
    return SegmentationRun(Recipe(net=net, backbone=backbone, net_options=options), CLASSES, {})


def test_a_finer_network_begins_with_the_coarser_one(data, coarse, tmp_path, capsys):
    before = SegmentationRun.load(coarse).best(coarse).state_dict()
    finer = begun(run_of("fcn16s"), coarse)
    shared = dict(finer.named_parameters())
    assert {"scores.stride32.weight", "features.0.weight"} <= set(shared)
    for path, value in shared.items():
        if path in before:
            np.testing.assert_array_equal(value.data, before[path])
    run = trained(data, tmp_path / "fcn16s", "--net", "fcn16s", "--weights", str(coarse))
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["epochs"] == 1
    assert (run / "best.safetensors").is_file()


def test_a_network_begins_with_its_trunk(tmp_path):
    """Whatever the classes of the classifier are; in the names of its library."""
    nn.checkpoint.save(tmp_path / "small.safetensors", SmallNet(7, rng=3).state_dict(), {})
    net = begun(run_of("fcn8s"), tmp_path / "small.safetensors")
    np.testing.assert_array_equal(net.features[0].weight.data, SmallNet(7, rng=3).features[0].weight.data)
    squeezenet = squeezenet1_0(4, rng=3)
    nn.checkpoint.save(tmp_path / "squeezenet.safetensors", squeezenet.state_dict(), {})
    for name in ("unet", "deeplab-msc", "frontend"):
        net = begun(run_of(name, "squeezenet"), tmp_path / "squeezenet.safetensors")
        found = next(value for path, value in net.named_parameters() if path.startswith("features."))
        np.testing.assert_array_equal(found.data, squeezenet.features[0].weight.data)


def test_a_network_begins_with_its_own_weights(tmp_path):
    net = segmentation_net("unet", len(CLASSES), rng=9)
    nn.checkpoint.save(tmp_path / "unet.safetensors", net.state_dict(), {})
    found = begun(run_of("unet"), tmp_path / "unet.safetensors").state_dict()
    assert all(np.array_equal(found[path], value) for path, value in net.state_dict().items())


def test_a_context_module_learns_on_a_frozen_front_end(data, tmp_path, capsys):
    """All that lies before it keeps its bits, batch norm's statistics, too."""
    front = trained(data, tmp_path / "front", "--net", "frontend")
    words = ["--net", "context", "--trainable", "context", "--lr", "0.01"]
    assert (
        main(["segment", "train", str(data), "--out", str(tmp_path / "run"), *OPTIONS.split(), *words]) == 2
    )
    assert "--trainable context: the rest would stay random" in capsys.readouterr().err
    run = trained(data, tmp_path / "run", *words, "--weights", str(front))
    before, after = (SegmentationRun.load(each).best(each).state_dict() for each in (front, run))
    same = {path for path in before if np.array_equal(before[path], after[path])}
    assert same == set(before), "what the front end has"
    first = run_of("context").network().state_dict()
    learned = [path for path in after if path not in before and not np.array_equal(first[path], after[path])]
    assert learned
    assert SegmentationRun.load(run).recipe.trainable == ("context",)
    words[3] = "contxt"
    assert main(["segment", "train", str(data), "--out", str(tmp_path / "x"), *OPTIONS.split(), *words]) == 2
    assert "--trainable: no parameter begins with 'contxt', the network has features, head, context" in (
        capsys.readouterr().err
    )


def test_what_interpolates_stays_fixed_also_in_a_part_that_learns():
    net = segmentation_net("fcn16s", 3, "vgg16", channels=(2, 2, 3, 3, 4), hidden=4, rng=0)
    Recipe(trainable=("score", "upscore")).freeze(net)
    learns = {path for path, p in net.named_parameters() if p.requires_grad}
    assert learns == {f"score_{name}.{kind}" for name in ("fr", "pool4") for kind in ("weight", "bias")}


def test_weights_that_do_not_fit_are_told_before_the_work(data, coarse, tmp_path, capsys):
    nn.checkpoint.save(tmp_path / "small.safetensors", SmallNet(3, rng=0).state_dict(), {})
    nn.checkpoint.save(tmp_path / "other.safetensors", {"a.weight": np.zeros(3)}, {})
    (tmp_path / "empty").mkdir()
    for flags, complaint in (
        (f"--net unet --weights {tmp_path}/small.safetensors", "has convolutions of its own"),
        (f"--net fcn8s --weights {tmp_path}/other.safetensors", "load_state_dict"),
        (f"--net unet --weights {coarse}", "UNet and SkipNet share no parameter"),
        (f"--net unet --weights {tmp_path}/empty", "expected the folder of a run"),
    ):
        words = [
            "segment",
            "train",
            str(data),
            "--out",
            str(tmp_path / "run"),
            *OPTIONS.split(),
            *flags.split(),
        ]
        assert main(words) == 2
        assert complaint in capsys.readouterr().err
        assert not (tmp_path / "run").exists()


def test_a_crf_refines_what_a_run_predicts(data, coarse, tmp_path, capsys):
    """Of scores that have the size of a 32nd of the image it leaves other borders."""
    image = str(data / "images" / "0.png")
    words = ["segment", "predict", str(coarse), image, "--out", str(tmp_path / "a")]
    assert main(words) == 0
    assert main([*words[:-1], str(tmp_path / "b"), "--crf", "sxy_bilateral=20,srgb=20"]) == 0
    assert main([*words[:-1], str(tmp_path / "c"), "--crf", "--write", "labels,probabilities"]) == 0
    plain, refined = (np.asarray(Image.open(tmp_path / each / "0.png")) for each in "ab")
    assert plain.shape == refined.shape
    assert (plain != refined).any()
    kept = np.load(tmp_path / "c" / "0.npz")["probabilities"]
    assert (kept.argmax(0) == np.asarray(Image.open(tmp_path / "c" / "0.png"))).mean() > 0.99
    capsys.readouterr()
    how = ["segment", "evaluate", str(coarse), str(data), "--split", "test"]
    assert main(how) == 0
    without = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert main([*how, "--crf", "iterations=3"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (without["crf"], found["crf"]) == (None, {"iterations": 3})
    assert found["mean_iou"] != without["mean_iou"]
    for given, complaint in (("reach=3", "unexpected keyword argument 'reach'"), ("srgb=0", "srgb")):
        assert main([*how, "--crf", given]) == 2
        assert complaint in capsys.readouterr().err
