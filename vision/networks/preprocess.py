"""What a network was shown when it was trained: the size, the piece, the channels' order, means and range.

With another preprocessing a network still answers, and worse; so it travels with the network and its weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .inputs import SQUEEZENET_MEAN, TORCHVISION_MEAN, TORCHVISION_STD


@dataclass(frozen=True)
class Preprocess:
    """From an image (H, W, 3) to the (3, size, size) float32 that a network expects.

    Attributes
    ----------
    size : pixels to a side.
    resize : to how many pixels the shorter side is brought before the middle is cut out; None: the whole
        image is squeezed into the square.
    order : "RGB" or "BGR".
    scale : of the pixels before the mean is subtracted: 1 for 0 .. 1, 255 for 0 .. 255.
    mean, std : one a channel, in the network's order.

    Examples
    --------
    >>> plain = Preprocess(size=2, resize=None, mean=(0, 0, 0), std=(1, 1, 1))
    >>> plain(np.full((4, 6, 3), 255, np.uint8)).tolist()[0]
    [[1.0, 1.0], [1.0, 1.0]]
    """

    size: int = 224
    resize: int | None = 256
    order: str = "RGB"
    scale: float = 1.0
    mean: tuple[float, float, float] = TORCHVISION_MEAN
    std: tuple[float, float, float] = TORCHVISION_STD

    def __post_init__(self) -> None:
        if self.order not in ("RGB", "BGR"):
            raise ValueError(f"Preprocess: expected order 'RGB' or 'BGR', got {self.order!r}")
        if self.size < 1 or (self.resize is not None and self.resize < self.size):
            raise ValueError(
                f"Preprocess: expected size from 1 and resize at least that, got {self.size}, {self.resize}"
            )

    def __call__(self, image: Any) -> np.ndarray:
        """Return what the network expects of one image (H, W, 3), uint8, red-green-blue."""
        image = np.asarray(image)
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            expected = "an image (H, W, 3) of uint8, as vision.read_image gives"
            raise ValueError(f"preprocess: expected {expected}, got {image.shape} {image.dtype}")
        return self.normalised(np.moveaxis(self.cut(image), -1, 0).astype(np.float32) / 255)

    def normalised(self, pixels: np.ndarray) -> np.ndarray:
        """Return red-green-blue pixels (..., 3, H, W) of 0 .. 1 in the network's order and range."""
        ordered = np.asarray(pixels, np.float32)[..., :: 1 if self.order == "RGB" else -1, :, :]
        mean, std = (np.asarray(each, np.float32)[:, None, None] for each in (self.mean, self.std))
        return (ordered * np.float32(self.scale) - mean) / std

    def pixels(self, x: np.ndarray) -> np.ndarray:
        """Return what `normalised` makes (..., 3, H, W) as red-green-blue pixels again; out of 0 .. 1, too.

        >>> x = CAFFE_ALEXNET.normalised(np.full((3, 1, 1), 0.25))
        >>> CAFFE_ALEXNET.pixels(x).ravel().round(6).tolist()
        [0.25, 0.25, 0.25]
        """
        mean, std = (np.asarray(each, np.float32)[:, None, None] for each in (self.mean, self.std))
        return ((np.asarray(x, np.float32) * std + mean) / self.scale)[
            ..., :: 1 if self.order == "RGB" else -1, :, :
        ]

    @property
    def grey_level(self) -> np.ndarray:
        """What a 255th of a pixel's range is for the network, channel by channel, float32 (3, 1, 1)."""
        return np.float32(self.scale / 255) / np.asarray(self.std, np.float32)[:, None, None]

    def cut(self, image: np.ndarray) -> np.ndarray:
        """Return the (size, size, 3) uint8 that the network sees of an image (H, W, 3)."""
        from PIL import Image

        picture = Image.fromarray(np.ascontiguousarray(image))
        width, height = picture.size
        if self.resize is None:
            whole = picture.resize((self.size, self.size), Image.Resampling.BILINEAR)
            return np.asarray(whole)
        factor = self.resize / min(width, height)
        wide, high = max(self.resize, int(width * factor)), max(self.resize, int(height * factor))
        left, top = (wide - self.size) // 2, (high - self.size) // 2  # torchvision rounds up half a pixel
        near = picture.resize((wide, high), Image.Resampling.BILINEAR)
        return np.asarray(near.crop((left, top, left + self.size, top + self.size)))


TORCHVISION = Preprocess()
SQUEEZENET_AUTHORS = Preprocess(227, 256, "BGR", 255, SQUEEZENET_MEAN, (1, 1, 1))
KERAS = Preprocess(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
CAFFE_ALEXNET = Preprocess(227, 256, "BGR", 255, (104.00699, 116.66877, 122.67892), (1, 1, 1))
