"""The fully connected CRF: what a network says of each pixel, made to agree with the image.

K classes, H W image, n = H W pixels, x a labelling, P the network's probabilities.

    E(x) = sum_i -log P_i(x_i) + sum_i<j mu(x_i, x_j) k(i, j)                      (1), (2)
    k(i, j) = w1 exp(-|p_i - p_j|^2 / 2 sa^2 - |I_i - I_j|^2 / 2 sb^2)  bilateral: near and of one colour
            + w2 exp(-|p_i - p_j|^2 / 2 sg^2)                           Gaussian: near          (3)

p positions, I colours, mu(l, m) = [l != m] (Potts).  Kraehenbuehl, Koltun: Efficient Inference in Fully
Connected CRFs with Gaussian Edge Potentials, 2011.  Mean field (algorithm 1) repeats

    Q_i(l) <- softmax over l of  log P_i(l) - sum_m mu(l, m) sum_j k(i, j) Q_j(m)

for all pixels at once.  With a positive semi-definite k and Potts' mu the coupling is concave in Q and each
step minimises a bound on the free energy that touches it at the old Q: it never rises.  That holds for exact
sums, normalised symmetrically or not at all; the lattice is close, but promises nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import crf_inputs as inputs
from .crf_kernels import Kernel, as_points, expect, pairwise_kernel, position_features


class Scene(NamedTuple):
    """The checked inputs: U = -log P (n, K), and the features that are divided by a scale, or not."""

    unary: np.ndarray
    size: tuple[int, int]
    colours: np.ndarray | None  # (C, H, W), 0 to 255
    features: np.ndarray | None  # (F, H, W), divided by their scales


def dense_crf(
    probabilities: Any,
    image: Any = None,
    *,
    iterations: int = 10,
    sxy_gaussian: float = 3,
    compat_gaussian: float = 3,
    sxy_bilateral: float = 80,
    srgb: float = 13,
    compat_bilateral: float = 10,
    compat: Any = None,
    features: Any = None,
    feature_scales: Any = 1,
    normalise: str = "symmetric",
    method: str = "lattice",
    labels: bool = False,
) -> np.ndarray:
    """Return how probable each class is at each pixel when the pixels agree with each other and the image.

    Parameters
    ----------
    probabilities : (K, H, W), a softmax over K classes; at least 0, sums of 1 to within 0.001.  Below 1e-5
        they count as 1e-5.
    image : (H, W, 3) uint8, or (3, H, W) or (1, H, W) floats in [0, 1]; None if ``features`` are enough.
    iterations : of mean field; 0 returns the probabilities.
    sxy_gaussian, sxy_bilateral : sg and sa, in pixels.
    srgb : sb, in steps of 1/255.
    compat_gaussian, compat_bilateral : w2 and w1; 0 leaves a kernel out.
    compat : (K, K) finite costs mu(l, m) of class l beside class m; None is Potts' model.
    features : (F, H, W) finite numbers beside the colours in the bilateral kernel, such as depth.
    feature_scales : one number or F, the standard deviations of ``features``.
    normalise : "symmetric", "before", "after" or "none": by how many pixels are near, see ``crf_kernels.py``.
    method : "lattice"; or "exact", through all pairs of at most 5,000 pixels.
    labels : return the most probable class instead.

    Returns
    -------
    Q : (K, H, W) float32, sums of 1 over the classes; or the labels, (H, W) int64.

    Raises
    ------
    TypeError : the image is of another type.
    ValueError : anything else does not fit; it is said before the work begins.

    Notes
    -----
    The published numbers are those of DeepLab (Chen et al. 2014, section 4.2): ten iterations, w2 = sg = 3,
    and w1, sa, sb found on validation images, for which there is `search_crf`.

    >>> wrong = np.full((2, 9, 9), 0.2)
    >>> wrong[0] = 0.8
    >>> wrong[:, 4, 4] = 0.2, 0.8  # one pixel against all others
    >>> dense_crf(wrong, np.zeros((9, 9, 3), np.uint8), labels=True).any()
    np.False_
    """
    inputs.number("iterations", iterations, 0, whole=True)
    scales = {"sxy_gaussian": sxy_gaussian, "sxy_bilateral": sxy_bilateral, "srgb": srgb}
    for name, value in scales.items():
        inputs.number(name, value, 0)
    w2 = inputs.weight("compat_gaussian", compat_gaussian)
    w1 = inputs.weight("compat_bilateral", compat_bilateral)
    scene = prepare(probabilities, image, features, feature_scales)
    costs = inputs.compatibility_of(compat, scene.unary.shape[1])
    expect(method, normalise, len(scene.unary))
    kernels = []
    if w2:
        near = as_points(position_features(scene.size, sxy_gaussian))
        kernels.append(pairwise_kernel(near, method, normalise, w2))
    if w1:
        alike = as_points(*bilateral_features(scene, sxy_bilateral, srgb))
        kernels.append(pairwise_kernel(alike, method, normalise, w1))
    q = mean_field(scene.unary, kernels, costs, iterations)
    if labels:
        return q.argmax(1).reshape(scene.size)
    return np.ascontiguousarray(q.T, np.float32).reshape(-1, *scene.size)


def prepare(probabilities: Any, image: Any, features: Any = None, feature_scales: Any = 1) -> Scene:
    """Return the checked inputs; raises as `dense_crf`."""
    unary, size = inputs.unary_of(probabilities)
    colours = None if image is None else inputs.colours_of(image, size)
    further = None if features is None else inputs.features_of(features, feature_scales, size)
    return Scene(unary, size, colours, further)


def bilateral_features(scene: Scene, sxy: float, srgb: float) -> list[np.ndarray]:
    """Return what the bilateral kernel compares, divided by the scales: positions, colours, features.

    Raises
    ------
    ValueError : there are positions only.
    """
    if scene.colours is None and scene.features is None:
        raise ValueError(
            "dense_crf: expected an image or features for the bilateral kernel, got None\n"
            "    hint: compat_bilateral=0 leaves the kernel out"
        )
    found = [position_features(scene.size, sxy)]
    if scene.colours is not None:
        found.append(scene.colours / srgb)
    if scene.features is not None:
        found.append(scene.features)
    return found


def mean_field(
    unary: np.ndarray, kernels: list[Kernel], compat: np.ndarray | None, iterations: int
) -> np.ndarray:
    """Return Q (n, K) after so many iterations, from Q = softmax(-U); U (n, K), kernels and mu.

    Potts needs no matrix: -sum_m [l != m] v(m) = v(l) - sum_m v(m), and softmax does not see the second term.
    """
    q = _softmax(-unary)
    for _ in range(iterations if kernels else 0):
        message = kernels[0](q)  # (n, K), ours to change
        for kernel in kernels[1:]:
            message += kernel(q)
        gain = message if compat is None else -(message @ compat.T)
        gain -= unary
        q = _softmax(gain)
    return q


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Return softmax over the last axis; the scores are written over."""
    scores -= scores.max(1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(1, keepdims=True)
    return scores
