"""Fully convolutional networks on VGG-16 (Long, Shelhamer & Darrell 2015): a classifier as a sliding window.

The classifier's fully connected layers become convolutions, fc6 of 7 x 7 and fc7 of 1 x 1; the coarse scores
are enlarged by transposed convolutions that interpolate, and finer scores join on the way:

    pool3 (1/8) --------------------------- score_pool3 --> + --> x 8 --> scores, cropped to the image
    pool4 (1/16) ---------- score_pool4 --> + --> x 2 ------^
    fc7 (1/32) -- score_fr --> x 2 ---------^

conv1_1 pads by 100, so that small images have an output at all; each sum crops the finer map where the two
overlap (offsets 5, 9 and 31, as in the authors' network description).
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init

STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # channels, convolutions: VGG-16
FULL = 4096  # channels of what were its fully connected layers


class FCN8s(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W).

    Parameters
    ----------
    classes : of the scores; 21 for PASCAL VOC.
    dropout : after fc6 and fc7.

    The scoring layers begin at zero and the up-sampling is frozen, as the authors' are; `requires_grad_` has
    it learned.  Parameters have the authors' names (``conv1_1``, ``fc6``, ``score_pool4``, ``upscore2``).
    """

    def __init__(self, classes: int = 21, dropout: float = 0.5, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        channels = 3
        for stage, (width, count) in enumerate(STAGES, 1):
            for i in range(1, count + 1):
                padding = 100 if (stage, i) == (1, 1) else 1
                setattr(self, f"conv{stage}_{i}", nn.Conv2d(channels, width, 3, padding=padding, rng=rng))
                channels = width
        self.fc6 = nn.Conv2d(512, FULL, 7, rng=rng)
        self.fc7 = nn.Conv2d(FULL, FULL, 1, rng=rng)
        self.score_fr, self.score_pool4, self.score_pool3 = (
            nn.Conv2d(width, classes, 1, rng=rng) for width in (FULL, 512, 256)
        )
        for score in (self.score_fr, self.score_pool4, self.score_pool3):
            for parameter in score.parameters():
                init.constant(parameter, 0.0)
        self.upscore2, self.upscore_pool4, self.upscore8 = (
            nn.BilinearConvTranspose2d(classes, size, stride=size // 2) for size in (4, 4, 16)
        )
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.dropout = nn.Dropout(dropout, rng=rng)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        size = x.shape[2:]
        pooled = []
        for stage, (_, count) in enumerate(STAGES, 1):
            for i in range(1, count + 1):
                x = getattr(self, f"conv{stage}_{i}")(x, relu=True)
            x = self.pool(x)
            pooled.append(x)
        x = self.dropout(self.fc6(x, relu=True))
        x = self.dropout(self.fc7(x, relu=True))
        x = self.upscore2(self.score_fr(x))
        x = x + _cropped(self.score_pool4(pooled[3]), 5, x.shape[2:])
        x = self.upscore_pool4(x)
        x = x + _cropped(self.score_pool3(pooled[2]), 9, x.shape[2:])
        return _cropped(self.upscore8(x), 31, size)


def _cropped(x: Any, offset: int, size: Any) -> Any:
    """Return the rows and columns offset .. offset + size - 1 of x (N, K, P, Q)."""
    return x[:, :, offset : offset + size[0], offset : offset + size[1]]
