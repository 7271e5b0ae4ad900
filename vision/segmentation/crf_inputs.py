"""What a dense CRF is given, checked before it works: probabilities, an image, scales.

K classes, H W image, n = H W pixels, F further features.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import Tensor

EPSILON = 1e-5  # a probability of 0 counts as this: no class is ruled out, to take one costs 11.5
SUM_TOLERANCE = 1e-3  # what rounding to 16 bits may do to a sum over classes
OP = "dense_crf"


def unary_of(probabilities: Any) -> tuple[np.ndarray, tuple[int, int]]:
    """Return U = -log P, (n, K) float32, and (H, W), for probabilities (K, H, W).

    Raises
    ------
    ValueError : they are no three axes, not finite, negative, or do not sum to 1 over the classes.
    """
    P = _numbers("probabilities", probabilities)
    if P.ndim != 3 or not P.size:
        hint = "; take one image of the batch" if P.ndim == 4 else ""
        raise ValueError(f"{OP}: expected probabilities (K, H, W), got shape {P.shape}{hint}")
    if P.min() < 0:
        raise ValueError(
            f"{OP}: expected probabilities of at least 0, got {P.min():.6g}\n"
            "    hint: of a network's scores, take the softmax over the classes first"
        )
    total = P.sum(0, dtype=np.float64)
    worst = total.flat[np.abs(total - 1).argmax()]
    if abs(worst - 1) > SUM_TOLERANCE:
        if np.abs(P.sum(-1) - 1).max() <= SUM_TOLERANCE:
            hint = "they sum to 1 over the last axis: np.moveaxis(probabilities, -1, 0)"
        else:
            hint = "take the softmax over the classes first"
        raise ValueError(
            f"{OP}: expected probabilities that sum to 1 over the classes, the first axis, got a sum of "
            f"{worst:.6g}\n    hint: {hint}"
        )
    K, H, W = P.shape
    unary = -np.log(np.maximum(P.reshape(K, H * W).T, EPSILON), dtype=np.float32)
    return np.ascontiguousarray(unary), (H, W)


def colours_of(image: Any, size: tuple[int, int]) -> np.ndarray:
    """Return the colours (C, H, W) float64 from 0 to 255 of an image.

    image : (H, W, 3) or (H, W) uint8, as `read_image` gives it, or (3, H, W) or (1, H, W) floats in [0, 1].

    Raises
    ------
    TypeError : it is of another type.
    ValueError : its shape is another, or its floats are not in [0, 1].
    """
    image = np.asarray(image.data if isinstance(image, Tensor) else image)
    if image.dtype == np.uint8:
        kinds = (*size, 3), (*size, 1), size
        colours = np.moveaxis(image, -1, 0) if image.ndim == 3 else image[None]
        scale = 1
    elif image.dtype.kind == "f":
        kinds = (3, *size), (1, *size)
        colours, scale = image, 255
    else:
        raise TypeError(
            f"{OP}: expected an image (H, W, 3) uint8 or (3, H, W) floats in [0, 1], got {image.dtype}"
        )
    if image.shape not in kinds:
        raise ValueError(
            f"{OP}: probabilities have {size[0]} x {size[1]} pixels, so expected an image {kinds[0]} of "
            f"{image.dtype}, got {image.shape}\n    hint: resize the probabilities to the image's size"
        )
    if scale != 1 and not ((colours >= 0) & (colours <= 1)).all():  # false for NaN, too
        raise ValueError(
            f"{OP}: expected floats in [0, 1], got {image.min():.6g} to {image.max():.6g}\n"
            "    hint: divide by 255; undo the network's normalisation"
        )
    return colours.astype(np.float64) * scale


def features_of(features: Any, scales: Any, size: tuple[int, int]) -> np.ndarray:
    """Return further features (F, H, W) float64, each divided by its scale: one for all, or F.

    Raises
    ------
    ValueError : shapes do not fit, or values are not finite, or a scale is not positive.
    """
    given = _numbers("features", features)
    if given.ndim != 3 or given.shape[1:] != size:
        raise ValueError(f"{OP}: expected features (F, {size[0]}, {size[1]}), got shape {given.shape}")
    scale = _numbers("feature_scales", scales)
    if scale.shape not in ((), (len(given),)) or not (scale > 0).all():
        raise ValueError(
            f"{OP}: expected feature_scales to be one positive number or {len(given)}, got {scales!r}"
        )
    return given / np.broadcast_to(scale, len(given))[:, None, None]


def compatibility_of(compat: Any, classes: int) -> np.ndarray | None:
    """Return the costs (K, K) float32 of two labels side by side; None for Potts' model.

    Raises
    ------
    ValueError : it is not (K, K), or not finite.
    """
    if compat is None:
        return None
    matrix = _numbers("compat", compat)
    if matrix.shape != (classes, classes):
        raise ValueError(
            f"{OP}: expected compat ({classes}, {classes}), a cost for two classes, got {matrix.shape}"
        )
    return matrix.astype(np.float32)


def number(name: str, value: Any, least: float, whole: bool = False) -> Any:
    """Return a finite number above ``least``; a whole one may equal it.

    Raises
    ------
    ValueError : it is something else.
    """
    kinds = (int, np.integer) if whole else (int, float, np.integer, np.floating)
    fits = isinstance(value, kinds) and not isinstance(value, bool) and np.isfinite(value)
    if not fits or (value < least if whole else value <= least):
        expected = f"a whole number of at least {least}" if whole else f"a finite number above {least}"
        raise ValueError(f"{OP}: expected {name} to be {expected}, got {value!r}")
    return value


def weight(name: str, value: Any) -> float:
    """Return the weight of a kernel: a finite number of at least 0; 0 leaves the kernel out."""
    return 0.0 if isinstance(value, int | float | np.number) and value == 0 else float(number(name, value, 0))


def _numbers(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value.data if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{OP}: expected {name} to be numbers, got {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{OP}: expected finite {name}, got NaN or an infinity")
    return array if array.dtype == np.float32 else array.astype(np.float64)
