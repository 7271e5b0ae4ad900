"""Dilated convolutions for segmentation (Yu & Koltun 2016): a front end that keeps more pixels.

The front end is VGG-16 with its last two pools taken out.  What they would have halved stays large; the
layers behind them look at every 2nd and every 4th pixel instead, so that their weights see what they were
trained on:

    conv1 ... conv3 with pools     1/8 of the image, 256 channels
    conv4                          no pool behind it
    conv5            dilation 2    no pool behind it
    fc6 7 x 7        dilation 4
    fc7, final       1 x 1         (N, classes, (H - 372) / 8, (W - 372) / 8) of what is given to conv1_1

All is valid: nothing pads inside.  The image itself is mirrored at its border by 186 pixels, so that the
scores are an 8th of its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...nn import init
from .crop import check_size, cropped
from .enlarge import enlarging
from .fcn_surgery import transplanted_classifier
from .layers import convolution
from .part import part
from .vgg import CHANNELS, COUNTS, VGG

BORDER = 186  # pixels on each side: 372 in all are lost by valid convolutions
DILATION = (1, 1, 1, 1, 2)  # of each stage
FINAL_STD = 0.001  # of the scoring layer's first weights


class FrontEnd(nn.Module):
    """x (N, 3, H, W), at least 187 x 187 -> scores (N, classes, ceil(H / 8), ceil(W / 8)).

    Parameters
    ----------
    classes : of the scores; 21 for PASCAL VOC.
    dropout : behind fc6 and fc7.
    border : mirror the image at its border; without, as in the paper's tables of sizes, x has the border
        already: 900 -> 66, 500 -> 16.
    upsample : enlarge the scores 8 times, to (N, classes, H, W), by a transposed convolution that
        interpolates (kernel 16, padding 4).
    context : a `ContextModule` for the scores, before they are enlarged.
    channels, hidden : of VGG's stages, of fc6 and fc7.

    Parameters have the authors' names (``conv1_1``, ``fc6``, ``final``).
    """

    def __init__(
        self,
        classes: int = 21,
        dropout: float = 0.5,
        *,
        border: bool = True,
        upsample: bool = False,
        context: nn.Module | None = None,
        channels: Sequence[int] = CHANNELS,
        hidden: int = 4096,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        self.pad = nn.ReflectionPad2d(BORDER) if border else nn.Identity()
        inputs = 3
        plan = zip(COUNTS["D"], channels, DILATION, strict=True)
        for stage, (count, width, dilation) in enumerate(plan, 1):
            for i in range(1, count + 1):
                conv = convolution(inputs, width, 3, dilation=dilation, rng=rng)
                self.add_module(f"conv{stage}_{i}", conv)
                self.add_module(f"relu{stage}_{i}", nn.ReLU())
                inputs = width
            if stage <= 3:
                self.add_module(f"pool{stage}", nn.MaxPool2d(2))
        self.fc6, self.relu6 = convolution(inputs, hidden, 7, dilation=4, rng=rng), nn.ReLU()
        self.drop6 = nn.Dropout(dropout, rng=rng)
        self.fc7, self.relu7 = convolution(hidden, hidden, 1, rng=rng), nn.ReLU()
        self.drop7 = nn.Dropout(dropout, rng=rng)
        self.final = convolution(hidden, classes, 1, std=FINAL_STD, rng=rng)
        self.context = nn.Identity() if context is None else context
        self.upsample = enlarging("bilinear", classes, 8) if upsample else None

    def forward(self, x: Any) -> Any:
        """Return the scores of images x (N, 3, H, W)."""
        border = isinstance(self.pad, nn.ReflectionPad2d)
        reason = f"it is mirrored by {BORDER} pixels" if border else f"{2 * BORDER} pixels are lost"
        check_size(self, x, BORDER + 1 if border else 2 * BORDER + 8, reason)
        size = x.shape[2:]
        x = self.pad(x)
        if border:  # the last row and column of scores belong to what is left of the image
            rest = [-n % 8 for n in size]
            x = nn.functional.pad(x, (0, rest[1], 0, rest[0]), "replicate") if any(rest) else x
        x = self.context(part(self, "conv1_1", "final")(x))
        if self.upsample is None:
            return x
        return cropped(self.upsample(x), 4, size if border else [8 * n for n in x.shape[2:]])

    @classmethod
    def from_classifier(cls, vgg: VGG, classes: int = 21, **options: Any) -> FrontEnd:
        """Return a front end that begins with the weights of a VGG-16; the scoring layer is new."""
        channels = [layer.out_channels for layer in vgg.features if isinstance(layer, nn.Conv2d)]
        stages = [channels[sum(COUNTS["D"][: i + 1]) - 1] for i in range(5)]
        net = cls(classes, channels=stages, hidden=vgg.classifier[0].out_features, **options)
        return transplanted_classifier(net, vgg)
