"""The fully connected CRF: the lattice beside exact sums, mean field by hand, and what it is for."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import tensor
from cutaway.vision import dense_crf, search_crf
from cutaway.vision.segmentation import crf_kernels, crf_search
from cutaway.vision.segmentation.crf_kernels import NORMALISE, as_points, exact_kernel, pairwise_kernel

NEAR = {"sxy_bilateral": 8, "srgb": 20}  # for images of a dozen pixels
GREY = np.full((12, 12, 3), 90, np.uint8)


def two_halves(rng, noise=10.0, size=(12, 12)):
    """An image of two colours, red to the left, blue to the right."""
    left = np.indices(size)[1][..., None] < size[1] // 2
    image = np.where(left, [200, 60, 40], [40, 80, 190]) + rng.normal(size=(*size, 3)) * noise
    return image.clip(0, 255).astype(np.uint8)


def drawn(rng, K=3, size=(12, 12)):
    return np.moveaxis(rng.dirichlet(np.ones(K), size), -1, 0)


def features(image, sxy=8.0, srgb=20.0):
    size = image.shape[:2]
    return as_points(crf_kernels.position_features(size, sxy), np.moveaxis(image, -1, 0) / srgb)


# The lattice and the exact sums


@pytest.mark.parametrize("normalise", ["symmetric", "before", "after"])
@pytest.mark.parametrize("kind", ["gaussian", "bilateral"])
def test_messages_of_the_lattice_are_those_of_exact_sums(kind, normalise, rng):
    """Relative to the largest message: 5% in the mean and 30% at worst; 3% and 15% if symmetric.

    The worst are in corners, where there are few points to a simplex; measured 2 to 4% and 6 to 21%.
    """
    mean, worst = (0.03, 0.15) if normalise == "symmetric" else (0.05, 0.3)
    for _ in range(5):
        image = two_halves(rng)
        f = as_points(crf_kernels.position_features((12, 12), 3)) if kind == "gaussian" else features(image)
        v = drawn(rng).reshape(3, -1).T
        exact = pairwise_kernel(f, "exact", normalise)(v)
        error = np.abs(pairwise_kernel(f, "lattice", normalise)(v) - exact) / exact.max()
        assert error.mean() < mean
        assert error.max() < worst


def test_marginals_of_the_lattice_are_those_of_exact_sums(rng):
    for _ in range(5):
        P, image = 0.7 * drawn(rng), two_halves(rng)
        P[0, :, :6] += 0.3
        P[1, :, 6:] += 0.3
        mild = {**NEAR, "compat_bilateral": 2, "compat_gaussian": 1}
        q, exact = (dense_crf(P, image, **mild, method=each) for each in ("lattice", "exact"))
        assert np.abs(q - exact).max() < 0.05
        assert np.abs(q - exact).mean() < 0.01
        assert (q.argmax(0) == exact.argmax(0)).mean() > 0.95
        assert np.abs(exact - P).max() > 0.3, "nothing happened"


@pytest.mark.parametrize("normalise", NORMALISE)
def test_normalising_is_what_it_says(normalise, rng):
    f = rng.normal(size=(20, 2))
    k, v = exact_kernel(f)(np.eye(20), np.ones(20), np.ones(20)), rng.normal(size=(20, 3))
    np.testing.assert_allclose(k, np.exp(-0.5 * ((f[:, None] - f) ** 2).sum(-1)), atol=1e-12)
    inverse = np.diag(1 / k.sum(1))
    expected = {
        "symmetric": np.sqrt(inverse) @ k @ np.sqrt(inverse),
        "before": k @ inverse,
        "after": inverse @ k,
        "none": k,
    }[normalise]
    np.testing.assert_allclose(pairwise_kernel(f, "exact", normalise)(v), expected @ v, atol=1e-12)


# Mean field


def test_two_pixels_by_hand():
    """One pixel says (0.9, 0.1), the other (0.4, 0.6); k = exp(-1/2), so each hears 1 / (1 + k) of itself and
    k / (1 + k) of the other.  Two classes: Q = sigmoid of the difference.
    """
    P = np.array([[[0.9, 0.4]], [[0.1, 0.6]]])
    k, w = np.exp(-0.5), 2.0
    a, b = 0.9, 0.4  # the first class
    for _ in range(3):
        heard = [(a + k * b) / (1 + k), (b + k * a) / (1 + k)]
        a, b = (
            1 / (1 + np.exp(-(np.log(p / (1 - p)) + w * (2 * h - 1))))
            for p, h in zip((0.9, 0.4), heard, strict=True)
        )
    options = {"iterations": 3, "sxy_gaussian": 1, "compat_gaussian": w, "compat_bilateral": 0}
    q = dense_crf(P, **options, method="exact")
    np.testing.assert_allclose(q[0, 0], [a, b], atol=1e-6)
    assert q[0, 0, 1] > 0.5 > P[0, 0, 1], "the sure pixel wins the other over"


def free_energy(q, unary, k, w):
    """sum Q (U + log Q) + w/2 sum_ij k_ij (1 - Q_i . Q_j): KL divergence to the CRF, up to a constant."""
    return (q * (unary + np.log(np.maximum(q, 1e-300)))).sum() + w / 2 * (k * (1 - q @ q.T)).sum()


@pytest.mark.parametrize("normalise", ["symmetric", "none"])
@pytest.mark.parametrize("w", [1.0, 4.0, 30.0])
def test_the_free_energy_never_rises(normalise, w, rng):
    for K in (2, 5):
        P, image = drawn(rng, K), two_halves(rng)
        k = pairwise_kernel(features(image), "exact", normalise)(np.eye(144))
        options = {**NEAR, "compat_gaussian": 0, "compat_bilateral": w, "normalise": normalise}
        unary = -np.log(np.maximum(P, 1e-5)).reshape(K, -1).T
        energies = []
        for iterations in range(8):
            q = dense_crf(P, image, iterations=iterations, **options, method="exact")
            energies.append(free_energy(q.reshape(K, -1).T.astype(float), unary, k, w))
        rounding = 1e-6 * (np.abs(energies[0]) + w * 144)
        assert (np.diff(energies) <= rounding).all()
        assert energies[-1] < energies[0] - 50 * rounding


@pytest.mark.parametrize("method", ["lattice", "exact"])
def test_classes_in_another_order_are_marginals_in_that_order(method, rng):
    P, image, order = drawn(rng, 5), two_halves(rng), np.array([3, 0, 4, 2, 1])
    costs = rng.random((5, 5))
    for compat, turned in ((None, None), (costs, costs[np.ix_(order, order)])):
        q = dense_crf(P, image, compat=compat, method=method, **NEAR)
        found = dense_crf(P[order], image, compat=turned, method=method, **NEAR)
        np.testing.assert_allclose(found, q[order], atol=2e-4)


def test_potts_is_the_matrix_of_ones_off_the_diagonal(rng):
    P, image = drawn(rng), two_halves(rng)
    potts = 1 - np.eye(3)
    np.testing.assert_allclose(
        dense_crf(P, image, compat=potts, **NEAR), dense_crf(P, image, **NEAR), atol=2e-3
    )


def test_a_cost_keeps_two_classes_apart(rng):
    """Row l of the matrix is what class l pays beside the others."""
    P = np.full((2, 12, 12), 0.5)
    costs = np.array([[0.0, 0.0], [5.0, 0.0]])  # class 1 dislikes class 0 and itself not; 0 minds nothing
    q = dense_crf(P, GREY, compat=costs, **NEAR)
    assert (q[0] > 0.95).all()


@pytest.mark.parametrize("method", ["lattice", "exact"])
def test_uniform_probabilities_stay_uniform(method, rng):
    """Whatever the image is: nothing tells the classes apart."""
    for image in (GREY, two_halves(rng)):
        q = dense_crf(np.full((4, 12, 12), 0.25), image, method=method)
        np.testing.assert_allclose(q, 0.25, atol=1e-5)


def test_one_class_one_pixel_and_no_iteration(rng):
    assert (dense_crf(np.ones((1, 12, 12)), GREY) == 1).all()
    np.testing.assert_allclose(dense_crf(np.full((2, 1, 1), 0.5), GREY[:1, :1]), 0.5)
    P = drawn(rng)
    np.testing.assert_allclose(dense_crf(P, GREY, iterations=0), P, atol=1e-4)  # what is below 1e-5 is raised
    nothing = {"compat_gaussian": 0, "compat_bilateral": 0}
    np.testing.assert_allclose(dense_crf(P, **nothing), P, atol=1e-4)


def test_probabilities_of_0_are_not_for_ever(rng):
    P = np.zeros((2, 12, 12))
    P[0] = 1
    P[:, 5, 5] = 0, 1
    q = dense_crf(P, GREY, **NEAR)
    assert np.isfinite(q).all()
    assert q[0, 5, 5] > 0.5
    np.testing.assert_allclose(q.sum(0), 1, atol=1e-5)


# What it is for


def test_a_wrong_pixel_in_a_flat_region_is_corrected_and_a_pixel_of_its_own_colour_is_not():
    P = np.full((2, 24, 24), 0.15)
    P[0] = 0.85
    P[:, 12, 12] = 0.15, 0.85
    image = np.full((24, 24, 3), 90, np.uint8)
    assert not dense_crf(P, image, labels=True).any()
    image[10:15, 10:15] = 250, 30, 30
    P[:, 10:15, 10:15] = np.array([0.15, 0.85])[:, None, None]
    labels = dense_crf(P, image, compat_gaussian=0, labels=True)
    assert labels.sum() == 25
    assert labels[10:15, 10:15].all()


def test_a_blurred_border_moves_to_the_edge_of_the_colours(rng):
    """The network's border is 3 pixels off and noisy; afterwards it is where the colours change."""
    size = 30, 40
    truth = (np.indices(size)[1] >= 20).astype(int)
    sure = 0.5 + 0.3 * np.tanh((np.indices(size)[1] - 23) / 4) + rng.normal(size=size) * 0.08
    P = np.stack([1 - sure, sure]).clip(0.01, 0.99)
    P /= P.sum(0)
    before = (P.argmax(0) == truth).mean()
    after = (dense_crf(P, two_halves(rng, size=size), labels=True) == truth).mean()
    assert before < 0.95
    assert after > 0.99


def test_further_features_stand_for_colours(rng):
    """Depth knows what a grey image does not; alone it is enough, and twice the scale halves it."""
    depth = np.zeros((1, 30, 40))
    depth[..., 20:] = 5
    P = np.full((2, 30, 40), 0.5)
    P[0] += np.where(np.indices((30, 40))[1] < 20, 0.1, -0.1) + rng.normal(size=(30, 40)) * 0.1
    P[1] = 1 - P[0]
    grey = np.full((30, 40, 3), 90, np.uint8)
    truth = depth[0] > 0
    options = {"features": depth, "feature_scales": [1.0], "compat_gaussian": 0}
    for image in (grey, None):
        assert np.array_equal(dense_crf(P, image, labels=True, **options) == 1, truth)
    twice = dense_crf(P, grey, features=2 * depth, feature_scales=2, compat_gaussian=0)
    assert np.array_equal(twice, dense_crf(P, grey, **options))


def test_images_and_probabilities_in_every_form(rng):
    P, image = drawn(rng), two_halves(rng)
    q = dense_crf(P, image)
    assert q.shape == P.shape
    assert q.dtype == np.float32
    assert q.flags.c_contiguous
    as_float = np.moveaxis(image, -1, 0) / 255
    np.testing.assert_allclose(dense_crf(P, as_float), q, atol=1e-4)
    np.testing.assert_allclose(dense_crf(tensor(P), tensor(as_float)), q, atol=1e-4)
    np.testing.assert_allclose(dense_crf(P[:, ::-1, ::-1], image[::-1, ::-1])[:, ::-1, ::-1], q, atol=0.1)
    assert np.array_equal(dense_crf(P, image, labels=True), q.argmax(0))
    assert dense_crf(P, image[..., 0]).shape == dense_crf(P, as_float[:1]).shape == P.shape


# Errors, before the work

GOOD = np.full((2, 4, 6), 0.5)
IMAGE = np.zeros((4, 6, 3), np.uint8)
BAD = {
    "logits": ((GOOD * -3, IMAGE, {}), "softmax"),
    "scores": ((GOOD * 3, IMAGE, {}), "sum of 3"),
    "classes last": ((np.full((4, 6, 2), 0.5), IMAGE, {}), "np.moveaxis"),
    "batch": ((GOOD[None], IMAGE, {}), "one image of the batch"),
    "NaN": ((GOOD * np.nan, IMAGE, {}), "finite probabilities"),
    "words": ((np.full((2, 4, 6), "a"), IMAGE, {}), "numbers"),
    "other size": ((GOOD, IMAGE[:3], {}), "4 x 6 pixels"),
    "floats up to 255": ((GOOD, np.full((3, 4, 6), 200.0), {}), "divide by 255"),
    "channels first": ((GOOD, np.zeros((3, 4, 6), np.uint8), {}), "4 x 6 pixels"),
    "no image": ((GOOD, None, {}), "compat_bilateral=0"),
    "iterations": ((GOOD, IMAGE, {"iterations": -1}), "iterations"),
    "half an iteration": ((GOOD, IMAGE, {"iterations": 1.5}), "whole number"),
    "sxy": ((GOOD, IMAGE, {"sxy_gaussian": 0}), "sxy_gaussian"),
    "srgb": ((GOOD, IMAGE, {"srgb": np.nan}), "srgb"),
    "weight": ((GOOD, IMAGE, {"compat_bilateral": -1}), "compat_bilateral"),
    "compat": ((GOOD, IMAGE, {"compat": np.ones((3, 3))}), r"compat \(2, 2\)"),
    "features": ((GOOD, IMAGE, {"features": np.ones((1, 6, 4))}), r"\(F, 4, 6\)"),
    "scales": ((GOOD, IMAGE, {"features": np.ones((1, 4, 6)), "feature_scales": [1, 2]}), "or 1, got"),
    "normalise": ((GOOD, IMAGE, {"normalise": "all"}), "symmetric"),
    "method": ((GOOD, IMAGE, {"method": "magic"}), "lattice"),
    "exact": (
        (np.ones((1, 80, 80)), np.zeros((80, 80, 3), np.uint8), {"method": "exact"}),
        "method='lattice'",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_said_before_the_work(name, monkeypatch):
    (probabilities, image, options), said = BAD[name]
    monkeypatch.setattr("cutaway.vision.segmentation.dense_crf.mean_field", None)
    with pytest.raises(ValueError, match=said):
        dense_crf(probabilities, image, **options)


def test_an_image_of_whole_numbers_is_refused():
    with pytest.raises(TypeError, match="uint8"):
        dense_crf(GOOD, IMAGE.astype(np.int64))


# The search


def noisy(rng, count=2):
    for _ in range(count):
        image = two_halves(rng, size=(16, 20))
        truth = (np.indices((16, 20))[1] >= 10).astype(np.int64)
        P = (
            np.stack([1 - truth, truth]) * 0.3
            + 0.35
            + rng.normal(size=(16, 20)) * np.array([1, -1])[:, None, None] * 0.2
        )
        P = P.clip(0.01, 0.99)
        truth[0, 0] = 255
        yield P / P.sum(0), image, truth


def test_the_search_finds_what_removes_the_noise(rng):
    examples = list(noisy(rng))
    found = search_crf(
        examples, {"compat_bilateral": [0.001, 5], "srgb": [1, 20]}, compat_gaussian=0, show_progress=False
    )
    assert found.best == {"compat_gaussian": 0, "compat_bilateral": 5, "srgb": 20}
    assert found.mean_iou == max(score for _, score in found.tried) > found.before
    assert found.mean_iou > 0.98
    assert len(found.tried) == 4
    assert "without" in str(found)
    labels = [dense_crf(P, image, labels=True, **found.best) for P, image, _ in examples]
    right = np.mean([(a == t)[t != 255].mean() for a, (_, _, t) in zip(labels, examples, strict=True)])
    assert right > 0.98


def test_no_parameters_where_the_network_alone_is_as_good(rng):
    truth = (np.indices((12, 12))[1] >= 6).astype(np.int64)
    P = np.stack([1 - truth, truth]) * 0.98 + 0.01
    found = search_crf([(P, two_halves(rng), truth)], {"srgb": [13]}, show_progress=False)
    assert found.best == {}
    assert found.mean_iou == found.before == 1


def test_a_search_with_a_matrix_of_costs_and_with_a_class_less_in_the_next_image(rng):
    examples = list(noisy(rng))
    found = search_crf(examples, {"srgb": [20]}, compat=1 - np.eye(2), show_progress=False)
    assert found.mean_iou > found.before
    with pytest.raises(ValueError, match="example 1: expected 2 classes as in the first, got 1"):
        search_crf([examples[0], (np.ones((1, 16, 20)), *examples[1][1:])], {"srgb": [20]})


def test_the_grid_of_deeplab():
    assert np.prod([len(values) for values in crf_search.DEEPLAB_GRID.values()]) == 96
    assert crf_search.DEEPLAB_GRID["sxy_bilateral"] == (50, 60, 70, 80, 90, 100)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"examples": []}, "got none"),
        ({"grid": {"colour": [1]}}, "'colour'"),
        ({"grid": {"srgb": []}}, "values to try for srgb"),
        ({"grid": {"srgb": 13}}, "values to try for srgb"),
        ({"grid": {"srgb": [5, -1]}}, "srgb"),
        ({"grid": {"srgb": [5]}, "srgb": 3}, "fixed"),
        (
            {"examples": [(GOOD, IMAGE, np.zeros((4, 6), int)), (GOOD, IMAGE, np.zeros((4, 5), int))]},
            "example 1",
        ),
        ({"examples": [(GOOD, IMAGE)]}, "example 0"),
    ],
)
def test_a_search_that_cannot_be_is_refused_before_the_work(changed, said, monkeypatch):
    monkeypatch.setattr("cutaway.vision.segmentation.crf_search.progress", None)
    given = {"examples": [(GOOD, IMAGE, np.zeros((4, 6), int))], "grid": {"srgb": [5]}, **changed}
    with pytest.raises(ValueError, match=said):
        search_crf(**given)
