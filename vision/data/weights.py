"""How much a class, or a pixel, counts in the loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WAYS = ("none", "inverse", "median")


def class_weights(pixels: Sequence[int] | np.ndarray, how: str = "median") -> np.ndarray:
    """Return a factor for each class from its number of pixels, float32 (K,); 0 for a class without any.

    Parameters
    ----------
    how : "inverse": 1 / frequency, with mean 1 over the classes that are there; "median": the median
        frequency divided by the class' own (Eigen & Fergus 2015, section 6.2); "none": 1.

    >>> class_weights([8, 2, 0, 1]).tolist()
    [0.25, 1.0, 0.0, 2.0]
    """
    if how not in WAYS:
        raise ValueError(f"class_weights: expected how to be one of {WAYS}, got {how!r}")
    pixels = np.asarray(pixels, np.float64)
    there = pixels > 0
    if how == "none" or not there.any():
        return np.ones(len(pixels), np.float32)
    weights = np.zeros(len(pixels))
    weights[there] = np.median(pixels[there]) / pixels[there]
    if how == "inverse":
        weights /= weights[there].mean()
    return weights.astype(np.float32)


def border_weights(
    mask: np.ndarray,
    objects: int | None = None,
    w0: float = 10.0,
    sigma: float = 5.0,
    balance: bool = True,
) -> np.ndarray:
    """Return the U-Net paper's weight of each pixel, float32 (H, W) (Ronneberger et al. 2015, equation 2):

        w(x) = w_c(x) + w0 exp(-(d1(x) + d2(x))^2 / (2 sigma^2))

    with d1 and d2 the distances to the nearest and the second nearest object: what separates two objects that
    almost touch counts most.

    Parameters
    ----------
    mask : (H, W) class numbers.
    objects : the class whose connected regions (4 neighbours) are the objects; by default all but class 0.
    balance : w_c makes up for the frequencies of the classes in this mask; else it is 1.
    """
    from scipy.ndimage import distance_transform_edt, label

    mask = np.asarray(mask)
    is_object = (mask > 0) & (mask != 255) if objects is None else mask == objects
    regions = np.zeros(mask.shape, np.int32)
    label(is_object, output=regions)
    count = int(regions.max())
    weights = np.ones(mask.shape)
    if balance:
        kinds, index, counts = np.unique(mask, return_inverse=True, return_counts=True)
        weights = (counts.sum() / (len(kinds) * counts))[index].reshape(mask.shape)
    if count >= 2:
        nearest = np.full((2, *mask.shape), np.inf)  # distances to the nearest and the second nearest
        for region in range(1, count + 1):
            far = np.asarray(distance_transform_edt(regions != region))
            nearest = np.sort(np.stack([*nearest, far]), axis=0)[:2]
        between = w0 * np.exp(-(nearest.sum(0) ** 2) / (2 * sigma**2))
        weights = weights + np.where(is_object, 0, between)
    return weights.astype(np.float32)
