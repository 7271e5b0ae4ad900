"""The context module (Yu & Koltun 2016, Table 1): dilations that double see far without losing a pixel.

    layer                 1     2     3     4     5     6     7     8
    kernel                3     3     3     3     3     3     3     1
    dilation              1     1     2     4     8    16     1     1
    rectifier           yes   yes   yes   yes   yes   yes   yes    no
    receptive field       3     5     9    17    33    65    67    67
    channels, basic       C     C     C     C     C     C     C     C
    channels, large      2C    2C    4C    8C   16C   32C   32C     C

Maps go in, maps of the same size and number come out.  It begins as the identity, since random weights did
not learn: basic by eq. 4, large, whose layers differ in width, by eq. 5.
"""

from __future__ import annotations

from ... import nn
from ...nn import init

DILATIONS = (1, 1, 2, 4, 8, 16, 1)
WIDTHS = {"basic": (1,) * 8, "large": (2, 2, 4, 8, 16, 32, 32, 1)}
NAMES = ("ctx_conv1_1", "ctx_conv1_2", "ctx_conv2_1", "ctx_conv3_1", "ctx_conv4_1", "ctx_conv5_1", "ctx_fc1")
BORDER = sum(DILATIONS)  # 33: half of the receptive field
STD = 0.01  # of eq. 5's noise, for a layer as wide as the classes; less for wider ones


class ContextModule(nn.Sequential):
    """x (N, C, H, W) -> (N, C, H, W).

    Parameters
    ----------
    channels : C, the number of classes; with 21 there are 28,392 parameters in the basic form, 6,803,139
        in the large one.
    kind : "basic" or "large".
    padding : "layer", each convolution pads by its dilation (the authors' networks for CamVid, KITTI and
        Cityscapes), or "input", the first pads by 33 and the others not at all (theirs for PASCAL VOC).  They
        differ in what is seen beyond the border: zeros in every layer, or zeros in the first.

    Parameters have the authors' names (``ctx_conv1_1``, ..., ``ctx_fc1``, ``ctx_final``).
    """

    def __init__(
        self, channels: int = 21, kind: str = "basic", *, padding: str = "layer", rng: init.Rng = None
    ):
        if kind not in WIDTHS:
            raise ValueError(f"ContextModule: expected kind 'basic' or 'large', got {kind!r}")
        if padding not in ("layer", "input"):
            raise ValueError(f"ContextModule: expected padding 'layer' or 'input', got {padding!r}")
        rng = init.generator(rng)
        widths = [channels, *(channels * times for times in WIDTHS[kind])]
        layers: dict[str, nn.Module] = {}
        for i, (name, dilation) in enumerate(zip(NAMES, DILATIONS, strict=True)):
            pad = dilation if padding == "layer" else 0 if i else BORDER
            conv = nn.Conv2d(widths[i], widths[i + 1], 3, padding=pad, dilation=dilation, rng=rng)
            layers |= {name: conv, f"{name}_relu": nn.ReLU()}
        layers["ctx_final"] = nn.Conv2d(widths[7], widths[8], 1, rng=rng)
        super().__init__(layers)
        self.reset(rng)

    def reset(self, rng: init.Rng = None) -> None:
        """Set every weight so that the module passes its input through (max(x, 0), as there are rectifiers).

        Eq. 4: k(t, a) = [t = 0] [a = b].  Eq. 5: C / c_out where t = 0 and floor(a C / c_in) = floor(b C /
        c_out), else noise much smaller than that.
        """
        rng = init.generator(rng)
        classes = next(iter(self.parameters())).shape[1]
        for layer in self:
            if isinstance(layer, nn.Conv2d):
                wide = layer.out_channels != classes or layer.in_channels != classes
                std = STD * classes / layer.out_channels if wide else 0.0
                init.identity(layer.weight, rng, std, classes)
                if layer.bias is not None:
                    init.constant(layer.bias, 0.0)
