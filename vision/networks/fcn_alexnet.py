"""FCN-AlexNet (Long et al. 2015, Table 1): the smallest of the three classifiers that the paper converts.

The network of 2012 in Caffe's form: pools before the local response normalisation, two groups in conv2, conv4
and conv5; conv1 pads by 100, the scores are enlarged 32 times by a kernel of 63 and cropped at 18.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init
from .crop import check_size, cropped
from .enlarge import enlarging
from .fcn import PADDING
from .layers import convolution
from .part import part


class FCNAlexNet(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W).

    Parameters
    ----------
    classes : of the scores; 21 for PASCAL VOC.
    dropout : behind fc6 and fc7.
    up : how the scores are enlarged, as in `FCN32s`.
    hidden : channels of fc6 and fc7.

    Parameters have the authors' names (``conv1``, ``fc6``, ``score_fr``, ``upscore``).
    """

    def __init__(
        self,
        classes: int = 21,
        dropout: float = 0.5,
        *,
        up: str = "bilinear",
        hidden: int = 4096,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        self.conv1, self.relu1 = convolution(3, 96, 11, stride=4, padding=PADDING, rng=rng), nn.ReLU()
        self.pool1, self.norm1 = nn.MaxPool2d(3, 2, ceil_mode=True), nn.LocalResponseNorm(5)
        self.conv2, self.relu2 = convolution(96, 256, 5, padding=2, groups=2, rng=rng), nn.ReLU()
        self.pool2, self.norm2 = nn.MaxPool2d(3, 2, ceil_mode=True), nn.LocalResponseNorm(5)
        self.conv3, self.relu3 = convolution(256, 384, 3, padding=1, rng=rng), nn.ReLU()
        self.conv4, self.relu4 = convolution(384, 384, 3, padding=1, groups=2, rng=rng), nn.ReLU()
        self.conv5, self.relu5 = convolution(384, 256, 3, padding=1, groups=2, rng=rng), nn.ReLU()
        self.pool5 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.fc6, self.relu6 = convolution(256, hidden, 6, rng=rng), nn.ReLU()
        self.drop6 = nn.Dropout(dropout, rng=rng)
        self.fc7, self.relu7 = convolution(hidden, hidden, 1, rng=rng), nn.ReLU()
        self.drop7 = nn.Dropout(dropout, rng=rng)
        self.score_fr = convolution(hidden, classes, 1, std=0.0)
        self.upscore = enlarging(up, classes, 32, kernel=63)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        return cropped(part(self, "conv1", "upscore")(x), 18, x.shape[2:])
