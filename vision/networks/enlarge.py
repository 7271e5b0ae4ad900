"""Ways to enlarge a map: replication ("variant 1"), interpolation, a transposed convolution ("variant 2")."""

from __future__ import annotations

from typing import Any

from ... import nn

WAYS = ("bilinear", "learned", "nearest")


class Resize(nn.Module):
    """Maps (N, C, P, Q) at another size: ``resize(x, size)``, replicated ("nearest") or interpolated.

    With align_corners the corners' centres keep their places, as in DeepLab; the default counts pixels as
    squares.
    """

    def __init__(self, mode: str = "bilinear", align_corners: bool = False):
        super().__init__()
        self.mode, self.align_corners = mode, align_corners

    def forward(self, x: Any, size: Any) -> Any:
        corners = self.align_corners and self.mode == "bilinear"
        return nn.functional.interpolate(x, size=tuple(size), mode=self.mode, align_corners=corners)

    def extra_repr(self) -> str:
        return f"mode={self.mode!r}" + (", align_corners=True" if self.align_corners else "")


def enlarging(way: str, channels: int, factor: int, kernel: int | None = None) -> nn.Module:
    """Return the layer that enlarges (N, C, P, Q) by a factor s: to (P - 1) s + kernel rows.

    Parameters
    ----------
    way : "bilinear", a transposed convolution whose weights interpolate and stay as they are; "learned", one
        that begins so and is trained (Long et al. 2015, section 3.3); "nearest", each pixel repeated s x s
        times, with a border so that everything lies where the other two have it.
    kernel : size of the kernel, 2 s by default.
    """
    kernel = 2 * factor if kernel is None else kernel
    if way not in WAYS:
        raise ValueError(f"expected up to be {', '.join(map(repr, WAYS))}, got {way!r}")
    if way != "nearest":
        conv = nn.BilinearConvTranspose2d(channels, kernel, stride=factor)
        return conv.requires_grad_(way == "learned")
    border = kernel - factor  # its larger half in front, as a kernel's centre lies
    before, after = border - border // 2, border // 2
    return nn.Sequential(
        nn.Upsample(scale_factor=factor), nn.ReplicationPad2d((before, after, before, after))
    )
