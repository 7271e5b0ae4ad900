"""U-Net (Ronneberger et al. 2015, Fig. 1): down to what is there, up to where it is, with copies across.

x -> [double] ----------------- copy -----------------> concat -> [double] -> 1x1 -> scores
       | max-pool 2                                       ^ up-convolution 2
     [double] ------------- copy -----------> concat -> [double]
       | max-pool 2                             ^
                    ...  [double]  ...
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn
from ...core import ops
from ...nn import functional as F
from ...nn import init


class DoubleConv(nn.Sequential):
    """Two 3x3 convolutions, each with a rectifier; batch norm between if wanted.  (N, C, H, W) -> (N, K, H,
    W) if padded, else 4 pixels less.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, norm: bool, padded: bool, rng: np.random.Generator
    ):
        layers: list[nn.Module] = []
        for c in (in_channels, out_channels):
            conv = nn.Conv2d(c, out_channels, 3, padding=1 if padded else 0, bias=not norm, rng=rng)
            init.he_normal(conv.weight, rng)
            if conv.bias is not None:
                init.constant(conv.bias, 0.0)
            layers += [conv, *([nn.BatchNorm2d(out_channels)] if norm else []), nn.ReLU()]
        super().__init__(*layers)


class UNet(nn.Module):
    """The network.

    Parameters
    ----------
    in_channels, classes : of the image, of the scores.
    base : channels of the first level, doubled at each further one; 64 in the paper.
    depth : how often it goes down; 4 in the paper.
    norm : batch norm after every convolution (not in the paper, which predates it).
    up : "transpose" (the paper's 2x2 up-convolution), or "nearest" or "bilinear" up-sampling with a 1x1
        convolution.
    padded : keep the size, and take images of any size (they are padded to a multiple of 2^depth, the scores
        cropped).  False is the paper's valid form: 572 -> 388 pixels, the copies cropped at the centre.
    dropout : at the end of the contracting path.
    copies : lay what was there on the way down beside the way up.  False shows what the copies do: the same
        network without them, whose decoder has only what came through the bottom.
    """

    def __init__(
        self,
        in_channels: int = 3,
        classes: int = 2,
        base: int = 64,
        depth: int = 4,
        *,
        norm: bool = False,
        up: str = "transpose",
        padded: bool = True,
        dropout: float = 0.0,
        copies: bool = True,
        rng: init.Rng = None,
    ):
        super().__init__()
        if up not in ("transpose", "nearest", "bilinear"):
            raise ValueError(f"UNet: expected up to be 'transpose', 'nearest' or 'bilinear', got {up!r}")
        rng = init.generator(rng)
        self.depth, self.padded, self.classes, self.copies = depth, padded, classes, copies
        widths = [base * 2**level for level in range(depth + 1)]
        options: dict[str, Any] = {"norm": norm, "padded": padded, "rng": rng}
        self.encoder = nn.ModuleList(
            DoubleConv(a, b, **options) for a, b in zip([in_channels, *widths], widths, strict=False)
        )
        self.pool = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.up = nn.ModuleList(_up(up, 2 * width, width, rng) for width in widths[-2::-1])
        self.decoder = nn.ModuleList(
            DoubleConv(2 * width if copies else width, width, **options) for width in widths[-2::-1]
        )
        self.head = nn.Conv2d(base, classes, 1, rng=rng)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, C, H, W)."""
        height, width = x.shape[2:]
        x = _padded_to_multiple(x, 2**self.depth) if self.padded else x
        copies = []
        for level, block in enumerate(self.encoder):
            x = block(x if level == 0 else self.pool(x))
            copies.append(x)
        x = self.dropout(x)
        copies.pop()
        for up, block in zip(self.up, self.decoder, strict=True):
            x = up(x)
            copy = copies.pop()
            x = block(ops.concat([_cropped(copy, x.shape[2:]), x], axis=1) if self.copies else x)
        x = self.head(x)
        return x[:, :, :height, :width] if self.padded and x.shape[2:] != (height, width) else x


def _up(kind: str, in_channels: int, out_channels: int, rng: np.random.Generator) -> nn.Module:
    if kind == "transpose":
        return nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2, rng=rng)
    return nn.Sequential(
        nn.Upsample(scale_factor=2, mode=kind), nn.Conv2d(in_channels, out_channels, 1, rng=rng)
    )


def _padded_to_multiple(x: Any, multiple: int) -> Any:
    """Return x with zeros at the bottom and right, so that every max-pool meets an even size."""
    rows, columns = (-n % multiple for n in x.shape[2:])
    return F.pad(x, (0, columns, 0, rows)) if rows or columns else x


def _cropped(x: Any, size: tuple[int, int]) -> Any:
    """Return the centre of x (N, C, H, W) of the given size: the paper's grey arrows, 64 -> 56."""
    top, left = ((n - m) // 2 for n, m in zip(x.shape[2:], size, strict=True))
    if min(top, left) < 0:
        raise ValueError(
            f"UNet: a copy of size {tuple(x.shape[2:])} cannot be cropped to {tuple(size)}; the valid form "
            "needs sizes such as 572"
        )
    return (
        x
        if (top, left) == (0, 0) and tuple(x.shape[2:]) == tuple(size)
        else x[:, :, top : top + size[0], left : left + size[1]]
    )
