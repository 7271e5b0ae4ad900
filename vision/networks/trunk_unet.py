"""U-Net's way up (Ronneberger et al. 2015, Fig. 1) behind any classifier: what it found, and where it was.

    image ------------------------------------------------------ copy --> concat -> [double] -> 1x1 -> scores
      | features, 1/2 ----------------------- copy --> concat -> [double] ---^ x 2
      | features, 1/4 ---- copy --> concat -> [double] ---^ x 2
      | features, 1/8 -> ...          ^ x 2

The way down is the classifier's convolutions, with their trained weights; its maps are copied where they are
about to become smaller.  Maps are enlarged by 2 x 2 up-convolutions and brought to the size of the copy,
since trunks without padding have maps of odd sizes.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...core import ops
from ...nn import init
from .backbones import LEAST, taps
from .crop import check_size, cropped, filled
from .enlarge import Resize
from .unet import DoubleConv

DEEPEST = 16  # the stride of the bottom
NARROWEST, WIDEST = 16, 128  # channels of the decoder's levels


class TrunkUNet(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W), for images of any size.

    Parameters
    ----------
    features : the convolutional part of a classifier; its layers behind stride 16 are left out.
    classes : of the scores.
    dropout : at the end of the contracting path.
    norm : batch norm after every convolution of the way up.
    copies : lay what was there on the way down beside the way up.
    """

    def __init__(
        self,
        features: nn.Sequential,
        classes: int,
        dropout: float = 0.5,
        *,
        norm: bool = True,
        copies: bool = True,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        at = {stride: tap for stride, tap in taps(features).items() if stride <= DEEPEST}
        self.ends, widths = [count for count, _ in at.values()], [width for _, width in at.values()]
        self.features = nn.Sequential(dict(list(features.named_children())[: self.ends[-1]]))
        if 1 not in at:  # the image itself is the finest level
            self.ends, widths = [0, *self.ends], [3, *widths]
        self.copies, self.dropout, self.resize = copies, nn.Dropout(dropout, rng=rng), Resize()
        self.up, self.decoder, inputs = nn.ModuleList(), nn.ModuleList(), widths[-1]
        for width in widths[-2::-1]:
            outputs = min(max(width, NARROWEST), WIDEST)
            self.up.append(nn.ConvTranspose2d(inputs, outputs, 2, stride=2, rng=rng))
            beside = outputs + width if copies else outputs
            self.decoder.append(DoubleConv(beside, outputs, norm=norm, padded=True, rng=rng))
            inputs = outputs
        self.head = nn.Conv2d(inputs, classes, 1, rng=rng)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size = x.shape[2:]
        x = filled(x, DEEPEST, LEAST)
        maps, start = [], 0
        for end in self.ends:
            x = self.features[start:end](x) if end else x
            maps.append(x)
            start = end
        x = self.dropout(maps.pop())
        for up, block in zip(self.up, self.decoder, strict=True):
            copy = maps.pop()
            x = up(x)
            x = x if x.shape[2:] == copy.shape[2:] else self.resize(x, copy.shape[2:])
            x = block(ops.concat([copy, x], axis=1) if self.copies else x)
        return cropped(self.head(x), 0, size)
