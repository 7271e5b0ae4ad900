"""Losses of segmentation: by hand, by their gradients, and void pixels without effect."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.vision import border_weights, class_weights
from cutaway.vision.segmentation.losses import dice_loss, focal_loss, pixel_cross_entropy

MASKS = np.array([[[0, 1, 2], [255, 2, 1]]])


@pytest.fixture
def scores(rng):
    return rng.normal(size=(1, 3, 2, 3))


def log_softmax(scores):
    shifted = scores - scores.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def test_cross_entropy_is_minus_the_slide(scores):
    """The slide has sum_i sum_k [y_i = k] log a_ik, without the minus sign."""
    a = log_softmax(scores)
    slide = sum(a[0, MASKS[0, i, j], i, j] for i in range(2) for j in range(3) if MASKS[0, i, j] != 255)
    assert pixel_cross_entropy(scores, MASKS, reduction="sum") == pytest.approx(-slide)
    assert pixel_cross_entropy(scores, MASKS) == pytest.approx(-slide / 5)
    ones = np.ones(MASKS.shape)
    assert pixel_cross_entropy(scores, MASKS, pixel_weights=ones) == pytest.approx(-slide / 5)
    weight = np.array([1.0, 2.0, 0.5])
    plain = pixel_cross_entropy(scores, MASKS, weight)
    assert pixel_cross_entropy(scores, MASKS, weight, ones) == pytest.approx(plain)


def test_its_gradient_is_softmax_minus_one_hot(scores):
    x = cutaway.tensor(scores, requires_grad=True)
    pixel_cross_entropy(x, MASKS, reduction="sum").backward()
    one_hot = MASKS[:, None] == np.arange(3)[None, :, None, None]
    expected = (np.exp(log_softmax(scores)) - one_hot) * (MASKS != 255)[:, None]
    np.testing.assert_allclose(x.grad.data, expected, atol=1e-12)
    assert not x.grad.data[0, :, 1, 0].any(), "void"


@pytest.mark.parametrize(
    "loss",
    [
        lambda s: pixel_cross_entropy(s, MASKS, np.array([1.0, 2, 0.5]), np.arange(6.0).reshape(1, 2, 3)),
        lambda s: pixel_cross_entropy(s, MASKS, None, np.arange(6.0).reshape(1, 2, 3), "sum"),
        lambda s: dice_loss(s, MASKS),
        lambda s: dice_loss(s, MASKS, background=False, smooth=0.1),
        lambda s: focal_loss(s, MASKS),
        lambda s: focal_loss(s, MASKS, 1.0, np.array([1.0, 2, 0.5])),
    ],
)
def test_gradients(loss, scores):
    cutaway.gradcheck(loss, scores).raise_if_failed()
    changed = scores.copy()
    changed[0, :, 1, 0] = 7, -3, 1  # the void pixel
    assert float(loss(changed)) == pytest.approx(float(loss(scores)), rel=1e-12)


def test_dice_by_hand(scores):
    sure = 50.0 * (MASKS[:, None] == np.arange(3)[None, :, None, None])
    assert dice_loss(sure, MASKS, smooth=1e-9) == pytest.approx(0, abs=1e-6)
    half = np.zeros((1, 2, 1, 2))  # a = 1/2 everywhere; truth 0, 0: class 0 has 2*1 / (1+2), class 1 has 0
    assert dice_loss(half, np.array([[[0, 0]]]), smooth=0) == pytest.approx(1 - (2 / 3 + 0) / 2)
    absent = np.full((1, 2, 1, 2), [[[[60.0, 60]], [[0, 0]]]])
    assert dice_loss(absent, np.array([[[0, 0]]])) == pytest.approx(0, abs=1e-6), (
        "absent and not predicted: 1"
    )


def test_focal_is_cross_entropy_for_gamma_0_and_forgives_what_is_easy(scores):
    assert focal_loss(scores, MASKS, 0.0) == pytest.approx(pixel_cross_entropy(scores, MASKS))
    assert (
        focal_loss(scores, MASKS, 2.0) < focal_loss(scores, MASKS, 1.0) < pixel_cross_entropy(scores, MASKS)
    )
    one = np.array([0.3, -0.2]).reshape(1, 2, 1, 1)
    a = 1 / (1 + np.exp(-0.5))
    assert focal_loss(one, np.array([[[0]]])) == pytest.approx(-((1 - a) ** 2) * np.log(a))


def test_mistakes_are_told(scores):
    void = np.full_like(MASKS, 255)
    for loss in (focal_loss, lambda s, m: pixel_cross_entropy(s, m, None, np.ones(m.shape))):
        with pytest.raises(ValueError, match="no pixel counts: all are void, or of weight 0"):
            loss(scores, void)
    with pytest.raises(ValueError, match="expected reduction 'mean' or 'sum', got 'none'"):
        pixel_cross_entropy(scores, MASKS, reduction="none")
    with pytest.raises(ValueError, match=r"expected gamma 0, or from 1 on, got 0\.5"):
        focal_loss(scores, MASKS, 0.5)


def test_class_weights_by_hand():
    np.testing.assert_allclose(class_weights([8, 2, 0, 1], "median"), [0.25, 1, 0, 2])
    np.testing.assert_allclose(class_weights([4, 1], "inverse"), [0.4, 1.6])
    assert class_weights([4, 1], "none").tolist() == [1, 1]
    with pytest.raises(ValueError, match="expected how to be one of"):
        class_weights([1], "log")


def test_border_weights_are_the_papers_formula():
    """Two objects of a pixel each, 4 apart: between them d1 + d2 = 4, to the side it grows."""
    mask = np.zeros((1, 9), int)
    mask[0, [2, 6]] = 1
    weights = border_weights(mask, balance=False)[0]
    np.testing.assert_allclose(weights[3:6], 1 + 10 * np.exp(-16 / 50), rtol=1e-6)
    np.testing.assert_allclose(weights[0], 1 + 10 * np.exp(-((2 + 6) ** 2) / 50), rtol=1e-6)
    assert weights[[2, 6]].tolist() == [1, 1], "objects themselves keep w_c"
    balanced = border_weights(mask)[0]
    assert balanced[2] == pytest.approx(9 / (2 * 2))
    assert border_weights(np.array([[0, 1, 0]]), balance=False).tolist() == [[1, 1, 1]], (
        "one object: no border"
    )
