"""Small classifiers of the objects in generated scenes: trained in seconds, to look into."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import nn
from ..core import Tensor, no_grad
from ..nn import functional as F
from ..vision.data.scenes import CLASSES, draw_scene
from ..vision.data.transforms import flipped
from ..vision.networks.preprocess import Preprocess

KINDS = CLASSES[1:]  # the ground is none
SIDE, COUNT, EPOCHS, RATE = 32, 1000, 6, 5e-3  # pixels; pictures to learn from; passes; of Adam
JUDGE = 300  # other pictures
SHOWN = Preprocess(SIDE, None, "RGB", 1.0, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


class KindNet(nn.Sequential):
    """x (N, 3, H, W) -> scores of the kinds (N, 4): three convolutions, a mean over the places, scores."""

    preprocess = SHOWN

    def __init__(self, rng: np.random.Generator):
        super().__init__(
            nn.Conv2d(3, 16, 5, padding=2, rng=rng), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1, rng=rng), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 48, 3, padding=1, rng=rng), nn.BatchNorm2d(48), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, len(KINDS), rng=rng),
        )  # fmt: skip


def pieces(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pieces of scenes around an object, (count, 3, 32, 32) in 0 .. 1, and the objects' kinds."""
    rng = np.random.default_rng(seed)
    images, kinds = [], []
    while len(images) < count:
        scene = draw_scene(rng, 2 * SIDE, 3)
        for kind, top, left, bottom, right in scene.boxes[: count - len(images)]:
            row, column = (
                int(np.clip((a + b - SIDE) // 2, 0, SIDE)) for a, b in ((top, bottom), (left, right))
            )
            images.append(scene.image[:, row : row + SIDE, column : column + SIDE])
            kinds.append(int(kind) - 1)
    return np.stack(images), np.array(kinds)


def trained(seed: int, show: bool) -> KindNet:
    """Return a network trained on pieces of its own: two with different seeds share nothing."""
    net = KindNet(np.random.default_rng(seed))
    images, kinds = pieces(COUNT, 100 + seed)
    data: Any = nn.Mapped(nn.ArrayDataset(SHOWN.normalised(images), kinds), flipped_piece)
    loader = nn.DataLoader(data, 32, shuffle=True, seed=seed)
    nn.fit(net, loader, F.cross_entropy, nn.optim.Adam(net.parameters(), RATE), epochs=EPOCHS, show=show)
    net.eval()
    return net


def flipped_piece(item: Any, rng: np.random.Generator) -> Any:
    """Return a piece, or its mirror image, and its kind."""
    image, kind = item
    return flipped((image, np.zeros(image.shape[1:])), rng)[0], kind


def accuracy(net: nn.Module, images: np.ndarray, kinds: np.ndarray) -> float:
    """Return the share of pieces (N, 3, H, W) of 0 .. 1 whose kind the network names."""
    with no_grad():
        scores = net.eval()(Tensor(SHOWN.normalised(images))).data
    return float((scores.argmax(1) == kinds).mean())
