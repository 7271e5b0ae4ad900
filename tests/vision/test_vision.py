"""Scenes, metrics, palettes, folders, U-Net."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import vision
from cutaway.vision import ConfusionMatrix, UNet
from cutaway.vision.interpret.activations import activations
from cutaway.vision.interpret.saliency import influence
from hypothesis import given
from hypothesis import strategies as st

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@pytest.mark.parametrize("seed", range(40))
def test_the_four_labels_of_a_scene_agree(seed):
    scene = vision.draw_scene(np.random.default_rng(seed), 64)
    objects = int(scene.instance.max())
    assert len(scene.boxes) == objects
    assert scene.image.shape == (3, 64, 64)
    assert scene.image.dtype == np.float32
    assert scene.image.min() >= 0
    assert scene.image.max() <= 1
    assert ((scene.instance == 0) == (scene.semantic == 0)).all()
    for i, (kind, top, left, bottom, right) in enumerate(scene.boxes, start=1):
        mask = scene.instance == i
        assert (scene.semantic[mask] == kind).all()
        inside = np.zeros_like(mask)
        inside[top:bottom, left:right] = True
        assert not (mask & ~inside).any()
        edges = (mask[top], mask[bottom - 1], mask[:, left], mask[:, right - 1])
        assert all(edge.any() for edge in edges)
    if objects:
        areas = [(scene.instance == i).sum() for i in range(1, objects + 1)]
        assert scene.image_class == scene.boxes[int(np.argmax(areas)), 0]


def test_scenes_are_the_same_every_time_and_overlap():
    data = vision.SceneDataset(30, 48, seed=3)
    np.testing.assert_array_equal(data[7][0], vision.SceneDataset(30, 48, seed=3)[7][0])
    assert not np.array_equal(data[7][0], data[8][0])
    counts = np.bincount(np.concatenate([data[i][1].ravel() for i in range(30)]), minlength=5)
    assert (counts > 0).all()


def test_the_examples_of_the_other_libraries():
    np.testing.assert_allclose(vision.jaccard([2, 1, 0, 0], [2, 1, 0, 1], 3), [0.5, 0.5, 1])
    assert ConfusionMatrix(3).update([2, 1, 0, 0], [2, 1, 0, 1]).mean_iou() == pytest.approx(0.6667, abs=1e-4)
    np.testing.assert_allclose(vision.jaccard([0, 0, 1, 1], [0, 1, 0, 1]), [1 / 3, 1 / 3])


def test_absent_classes():
    matrix = ConfusionMatrix(4).update(
        [0, 0, 1, 255], [0, 1, 1, 3]
    )  # 2 and 3 occur nowhere: the 3 is under void
    np.testing.assert_allclose(matrix.jaccard(), [0.5, 0.5, np.nan, np.nan])
    assert matrix.mean_iou() == 0.5
    assert np.isnan(matrix.mean_iou("nan"))
    assert matrix.mean_iou("zero") == 0.25
    assert matrix.mean_iou("one") == 0.75
    predicted_only = ConfusionMatrix(3).update([0, 0], [0, 2])
    np.testing.assert_allclose(predicted_only.jaccard(), [0.5, np.nan, 0])
    assert "absent" in str(predicted_only)
    assert "mean over 2 classes" in str(predicted_only)


@given(LABELS, LABELS)
def test_properties_of_the_measures(first, second):
    (a, b), (c, d) = (np.array(pairs).T for pairs in (first, second))
    whole = ConfusionMatrix(4).update(np.concatenate([a, c]), np.concatenate([b, d]))
    parts = ConfusionMatrix(4).update(a, b) + ConfusionMatrix(4).update(c, d)
    np.testing.assert_array_equal(whole.counts, parts.counts)  # batches add up
    one, other = ConfusionMatrix(4).update(a, b).jaccard(), ConfusionMatrix(4).update(b, a).jaccard()
    np.testing.assert_array_equal(one, other)  # symmetric
    present = ~np.isnan(one)
    assert (one[present] <= ConfusionMatrix(4).update(a, b).dice()[present] + 1e-15).all()
    order = np.random.default_rng(0).permutation(len(a))
    np.testing.assert_array_equal(
        ConfusionMatrix(4).update(a[order], b[order]).counts, ConfusionMatrix(4).update(a, b).counts
    )
    assert ConfusionMatrix(4).update(a, a).mean_iou() == 1
    ignored = ConfusionMatrix(4).update(np.append(a, 255), np.append(b, 2))
    np.testing.assert_array_equal(ignored.counts, ConfusionMatrix(4).update(a, b).counts)
    brute = [np.sum((a == k) & (b == k)) / max(np.sum((a == k) | (b == k)), 1) for k in range(4)]
    np.testing.assert_allclose(one[present], np.array(brute)[present])


def test_measures_by_hand():
    """Class 0 is true 3 times, right twice; 1 is true once, right; 2 is never true, called once; 3 is absent."""
    matrix = ConfusionMatrix(4).update([0, 0, 0, 1], [0, 0, 2, 1])
    np.testing.assert_allclose(matrix.class_accuracy(), [2 / 3, 1, np.nan, np.nan])
    np.testing.assert_allclose(matrix.jaccard(), [2 / 3, 1, 0, np.nan])
    np.testing.assert_allclose(matrix.dice(), [0.8, 1, 0, np.nan])
    assert matrix.pixel_accuracy == 0.75
    assert matrix.frequency_weighted_iou() == pytest.approx(0.75 * 2 / 3 + 0.25 * 1)
    nothing = ConfusionMatrix(4)
    assert np.isnan(nothing.class_accuracy()).all()
    assert np.isnan([nothing.frequency_weighted_iou(), nothing.pixel_accuracy, nothing.mean_iou()]).all()


def test_labels_that_are_no_class():
    with pytest.raises(
        ValueError,
        match="the truth has label 7, there are 3 classes, 0 to 2; void pixels need ignore_index=7",
    ):
        ConfusionMatrix(3).update([0, 7], [0, 0])
    with pytest.raises(ValueError, match="the prediction has label 255"):
        ConfusionMatrix(3).update([0, 1], [0, 255])
    with pytest.raises(ValueError, match=r"truth has shape \(2,\), the prediction \(3,\)"):
        ConfusionMatrix(3).update([0, 1], [0, 1, 1])


def test_the_palette_of_pascal_voc():
    palette = vision.voc_palette()
    assert palette[[0, 1, 15, 20, 255]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [192, 128, 128],
        [0, 64, 128],
        [224, 224, 192],
    ]
    picture = vision.overlay(np.full((3, 4, 4), 0.5), np.array([[0, 0, 1, 1]] * 4))
    assert (picture[:, 0] == 127).all()
    assert (picture[:, 2] == 255).all()  # the border
    assert (picture[:, 3, 0] > picture[:, 3, 1]).all()  # reddish


def test_unet_of_the_paper_trace_of_sizes():
    """572 -> 388; the copies are cropped 64 -> 56, 136 -> 104, 280 -> 200, 568 -> 392.  The channels play no
    part in that.
    """
    net = UNet(1, 2, base=1, padded=False, rng=0).eval()
    sizes = []
    for block in (*net.encoder, *net.decoder):
        block.register_forward_hook(
            lambda module, inputs, output: sizes.append((inputs[0].shape[2], output.shape[2]))
        )
    with cutaway.no_grad():
        assert net(cutaway.zeros(1, 1, 572, 572)).shape == (1, 2, 388, 388)
    assert sizes == [
        (572, 568),
        (284, 280),
        (140, 136),
        (68, 64),
        (32, 28),
        (56, 52),
        (104, 100),
        (200, 196),
        (392, 388),
    ]
    assert (
        len(
            [
                m
                for m in UNet(1, 2, base=1, rng=0).modules()
                if type(m).__name__ in ("Conv2d", "ConvTranspose2d")
            ]
        )
        == 23
    )


@pytest.mark.parametrize("size", [(16, 16), (17, 23), (5, 40), (1, 1)])
@pytest.mark.parametrize("up", ["transpose", "nearest", "bilinear"])
def test_unet_takes_any_size(size, up):
    rng = np.random.default_rng(0)
    net = UNet(3, 4, base=2, depth=3, up=up, rng=0).double()
    with cutaway.no_grad():
        for p in net.parameters():  # biases of 0 would leave a margin of zeros on the rectifier's kink
            p.add_(rng.normal(scale=0.1, size=p.shape))
    x, g = (rng.normal(size=(2, channels, *size)) for channels in (3, 4))  # g: the gradient of the scores

    def score() -> cutaway.Tensor:
        return (net(cutaway.tensor(x)) * g).sum()

    score().backward()  # fails if the scores have not the size of the image
    ways = [(p, rng.normal(size=p.shape)) for p in net.parameters()]
    slope = sum(float((p.grad.data * way).sum()) for p, way in ways)
    ends = []
    with cutaway.no_grad():
        for t in (1e-8, -2e-8):  # so small that no rectifier and no maximum switches
            for p, way in ways:
                p.add_(way, t)
            ends.append(score().item())
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-8, rel=1e-5)


def test_the_gradient_of_a_whole_unet():
    net = UNet(2, 3, base=2, depth=1, norm=True, rng=0).double()
    cutaway.gradcheck(net, np.random.default_rng(1).normal(size=(2, 2, 6, 5))).raise_if_failed()


def test_a_unet_learns_to_segment():
    train, test = vision.SceneDataset(16, 48, seed=1), vision.SceneDataset(4, 48, seed=2)
    net = UNet(3, 5, base=8, depth=2, norm=True, rng=0)
    history = vision.train_segmentation(
        net, train, test, vision.CLASSES, epochs=40, batch_size=4, lr=1e-2, show=False
    )
    assert history[-1]["loss"] < 0.5 * history[0]["loss"]
    assert (
        vision.evaluate(net, train, vision.CLASSES).mean_iou() > 0.3
    )  # the commonest class alone gives 0.15


def test_influence_stays_in_the_receptive_field():
    """One 3x3 convolution sees 3x3 pixels; two, 5x5; with a dilated one in between (Yu & Koltun 2016, Fig.
    1), 3, 7, 15.
    """
    layers = [
        cutaway.nn.Conv2d(1 if i == 0 else 4, 4, 3, padding=2**i, dilation=2**i, rng=i) for i in range(3)
    ]
    image = np.random.default_rng(0).normal(size=(1, 21, 21)).astype(np.float32)
    for count, reach in ((1, 3), (2, 7), (3, 15)):
        seen = influence(cutaway.nn.Sequential(*layers[:count]), image, (10, 10), 0) > 0
        assert (seen.any(0).sum(), seen.any(1).sum()) == (reach, reach)


def test_activations_by_path():
    net = UNet(3, 4, base=2, depth=1, rng=0)
    seen = activations(net, np.zeros((3, 8, 8), np.float32), ["encoder.0", "encoder.1.2"])
    assert {k: v.shape for k, v in seen.items()} == {"encoder.0": (2, 8, 8), "encoder.1.2": (4, 4, 4)}
    with pytest.raises(KeyError, match=r"no layer 'encoder\.9'"):
        activations(net, np.zeros((3, 8, 8)), ["encoder.9"])


def test_a_palette_mask_gives_class_numbers(tmp_path):
    from cutaway.vision.data.images import read_mask
    from PIL import Image

    image = Image.fromarray(np.array([[0, 1], [15, 255]], np.uint8), mode=None).convert("P")
    image.putpalette(vision.voc_palette().ravel().tolist())
    image.putdata([0, 1, 15, 255])
    image.save(tmp_path / "mask.png")
    assert read_mask(tmp_path / "mask.png").tolist() == [[0, 1], [15, 255]]
    Image.new("RGB", (2, 2), (9, 0, 0)).save(tmp_path / "colour.png")
    with pytest.raises(ValueError, match="expected a mask of class numbers"):
        read_mask(tmp_path / "colour.png")
