"""Augmentation: what happens to an image happens to its mask.

All that moves pixels is one map of coordinates, sampled once: y(p) = x(A (p - centre) + centre + d(p)), with
A scaling and turning, and d the elastic deformation of the U-Net paper (Ronneberger et al. 2015, section
3.1).
The image is interpolated, a mask has the label of the nearest pixel, never one between two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Item = tuple[np.ndarray, np.ndarray]  # image (C, H, W), mask (H, W)
VOID = 255


def flipped(item: Item, rng: np.random.Generator) -> Item:
    """Return an image and its mask, mirrored left to right half of the time."""
    image, mask = item
    return (image[:, :, ::-1], mask[:, ::-1]) if rng.random() < 0.5 else (image, mask)


class Augment:
    """A random transform ``f(item, rng)`` of (image (C, H, W) in [0, 1], mask (H, W)); seeded by ``rng``.

    Parameters
    ----------
    flip, flip_vertical : how often an item is mirrored left to right, top to bottom.
    scale : (least, most) factor of enlargement, drawn evenly on a logarithmic scale.
    rotate : degrees, at most, either way.
    elastic : standard deviation, in pixels, of the displacements at the points of a coarse grid; 10 in the
        U-Net paper.  Between them they are interpolated by cubic splines.
    grid : points of that grid to a side.
    crop : (height, width) of a random piece; images that are smaller are filled up as borders are.
    colour : how much brightness, contrast and saturation vary, as a share; 0.3 is usual.
    border : what lies outside: "mirror", the image and its mask mirrored; or "void", black and label 255.

    Examples
    --------
    >>> augment = Augment(flip=1.0)
    >>> image, mask = augment((np.zeros((1, 1, 2)), np.array([[1, 2]])), np.random.default_rng(0))
    >>> mask.tolist()
    [[2, 1]]
    """

    def __init__(
        self,
        *,
        flip: float = 0.0,
        flip_vertical: float = 0.0,
        scale: tuple[float, float] = (1.0, 1.0),
        rotate: float = 0.0,
        elastic: float = 0.0,
        grid: int = 3,
        crop: tuple[int, int] | None = None,
        colour: float = 0.0,
        border: str = "mirror",
    ):
        for name, value in (("flip", flip), ("flip_vertical", flip_vertical)):
            if not 0 <= value <= 1:
                raise ValueError(f"Augment: {name} is a probability, 0 to 1, got {value}")
        if not 0 < scale[0] <= scale[1]:
            raise ValueError(f"Augment: scale is (least, most), both above 0, got {scale}")
        if min(rotate, elastic, colour) < 0 or colour >= 1 or grid < 2:
            raise ValueError(
                "Augment: expected rotate and elastic from 0, colour from 0 to below 1 and grid from 2, got "
                f"rotate={rotate}, elastic={elastic}, colour={colour}, grid={grid}"
            )
        if border not in ("mirror", "void"):
            raise ValueError(f"Augment: expected border 'mirror' or 'void', got {border!r}")
        self.flips = flip_vertical, flip
        self.scale, self.rotate, self.elastic, self.grid = scale, rotate, elastic, grid
        self.crop, self.colour, self.border = crop, colour, border

    def __call__(self, item: Item, rng: np.random.Generator) -> Item:
        image, mask = item
        for axis, chance in enumerate(self.flips):
            if rng.random() < chance:
                image, mask = np.flip(image, axis + 1), np.flip(mask, axis)
        size = self.crop or mask.shape
        if self.scale != (1.0, 1.0) or self.rotate or self.elastic:
            image, mask = _sampled((image, mask), self._places(mask.shape, size, rng), self.border)
        elif tuple(size) != mask.shape:
            image, mask = _cropped((image, mask), size, rng, self.border)
        if self.colour:
            image = _recoloured(image, self.colour, rng)
        return np.ascontiguousarray(image, np.float32), np.ascontiguousarray(mask)

    def _places(self, shape: Any, size: Any, rng: np.random.Generator) -> np.ndarray:
        """Where each pixel of the result, (height, width), comes from: (2, height, width)."""
        factor = np.exp(rng.uniform(*np.log(self.scale)))
        angle = np.deg2rad(rng.uniform(-self.rotate, self.rotate))
        places = np.stack(np.meshgrid(*map(np.arange, size), indexing="ij")).astype(float)
        places -= (np.array(size)[:, None, None] - 1) / 2
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / factor
        places = np.tensordot(turn, places, 1)
        centre = [(n - 1) / 2 + _slack(n, m / factor, rng) for n, m in zip(shape, size, strict=True)]
        places += np.array(centre)[:, None, None]
        return places + self._displacements(size, rng) if self.elastic else places

    def _displacements(self, size: Any, rng: np.random.Generator) -> np.ndarray:
        """A smooth random field (2, height, width), in pixels."""
        from scipy.ndimage import map_coordinates

        points = rng.normal(0, self.elastic, (2, self.grid, self.grid))
        at = np.meshgrid(*(np.linspace(0, self.grid - 1, n) for n in size), indexing="ij")
        return np.stack([map_coordinates(each, at, order=3, mode="nearest") for each in points])


def _slack(length: int, window: float, rng: np.random.Generator) -> float:
    """A random shift that keeps a window of that length inside, 0 if it is the longer one."""
    free = max(length - window, 0) / 2
    return float(rng.uniform(-free, free))


def _sampled(item: Item, places: np.ndarray, border: str) -> Item:
    """The item at those places: the image between its four neighbours, the mask at the nearest."""
    from scipy.ndimage import map_coordinates

    image, mask = item
    how: dict[str, Any] = {"mode": "mirror"} if border == "mirror" else {"mode": "constant"}
    image = np.stack([map_coordinates(each, places, order=1, **how) for each in image])
    labels = map_coordinates(mask, np.rint(places), order=0, cval=VOID, **how)
    return image, labels


def _cropped(item: Item, size: Any, rng: np.random.Generator, border: str) -> Item:
    """A random piece."""
    image, mask = item
    missing = [max(m - n, 0) for n, m in zip(mask.shape, size, strict=True)]
    if any(missing):
        sides = [(n // 2, n - n // 2) for n in missing]
        if border == "mirror":
            image, mask = np.pad(image, [(0, 0), *sides], "reflect"), np.pad(mask, sides, "reflect")
        else:
            image, mask = np.pad(image, [(0, 0), *sides]), np.pad(mask, sides, constant_values=VOID)
    top, left = (int(rng.integers(n - m + 1)) for n, m in zip(mask.shape, size, strict=True))
    where = slice(top, top + size[0]), slice(left, left + size[1])
    return image[(slice(None), *where)], mask[where]


def _recoloured(image: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast and saturation, each changed by a factor of 1 - share to 1 + share."""
    brightness, contrast, saturation = rng.uniform(1 - share, 1 + share, 3)
    grey = image.mean(0, keepdims=True)
    image = grey + saturation * (image - grey)
    return np.clip(brightness * (contrast * (image - image.mean()) + image.mean()), 0, 1)
