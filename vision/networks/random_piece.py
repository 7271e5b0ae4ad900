"""The piece of a photo that a network is shown while it trains: its size and place are random."""

from __future__ import annotations

import numpy as np

from .preprocess import Preprocess

LEAST = 0.4  # share of a photo's area that a random piece has at least
RATIO = 4 / 3  # of its sides, at most


class RandomPiece:
    """f((image (H, W, 3) uint8, class), rng) -> (pixels (3, S, S), class): a piece, perhaps mirrored."""

    def __init__(self, preprocess: Preprocess):
        self.preprocess = preprocess
        # the piece is squeezed into the square
        self.squeezed = Preprocess(size=preprocess.size, resize=None)

    def __call__(self, item: tuple[np.ndarray, int], rng: np.random.Generator) -> tuple[np.ndarray, int]:
        image, number = item
        height, width = image.shape[:2]
        area, ratio = rng.uniform(LEAST, 1.0) * height * width, np.exp(rng.uniform(-1, 1) * np.log(RATIO))
        high = min(height, max(1, round(np.sqrt(area / ratio))))
        wide = min(width, max(1, round(np.sqrt(area * ratio))))
        top, left = int(rng.integers(height - high + 1)), int(rng.integers(width - wide + 1))
        piece = image[top : top + high, left : left + wide]
        if rng.random() < 0.5:
            piece = piece[:, ::-1]
        pixels = np.moveaxis(self.squeezed.cut(piece), -1, 0).astype(np.float32) / 255
        return self.preprocess.normalised(pixels), number
