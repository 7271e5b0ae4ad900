"""How an image is maximised: the numbers of `maximise`, and those that were published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

LEAST = 32  # pixels of the shorter side of a scale or octave: below it, many networks have no map left


@dataclass(frozen=True)
class Settings:
    """Numbers of gradient ascent on an image; z is in grey levels off the training mean.

    Attributes
    ----------
    steps : at each scale.
    rate : grey levels a unit of gradient; normalised: the mean change of a pixel, in grey levels.
    normalised : divide the gradient by its mean absolute value.
    noise : standard deviation of the first image, grey levels; 0 begins at the training mean.
    decay : share of z that each step takes away.
    blur, blur_every : deviation of the Gaussian in pixels, and after how many steps.
    small_norm, small_contribution : percentiles below which a pixel becomes 0.
    jitter : pixels by which the image is rolled, at most.
    scales : sizes, one after the other, as shares of the whole; those below 32 pixels are left out, but
        for the last.
    clip : keep the pixels within what a picture can show, if the network says what that is.
    """

    steps: int = 200
    rate: float = 100.0
    normalised: bool = False
    noise: float = 0.0
    decay: float = 0.0
    blur: float = 0.0
    blur_every: int = 0
    small_norm: float = 0.0
    small_contribution: float = 0.0
    jitter: int = 0
    scales: tuple[float, ...] = (1.0,)
    clip: bool = False

    def __post_init__(self) -> None:
        for name in ("steps", "rate"):
            _expect(name, getattr(self, name) > 0, "a number above 0", getattr(self, name))
        for name in ("noise", "blur", "blur_every", "jitter"):
            _expect(name, getattr(self, name) >= 0, "a number from 0", getattr(self, name))
        _expect("decay", 0 <= self.decay < 1, "a share from 0 and below 1", self.decay)
        for name in ("small_norm", "small_contribution"):
            _expect(name, 0 <= getattr(self, name) < 100, "a percentile from 0", getattr(self, name))
        good = bool(self.scales) and all(0 < each <= 4 and math.isfinite(each) for each in self.scales)
        _expect("scales", good, "sizes above 0, at most 4", self.scales)


def _expect(name: str, good: bool, expected: str, came: object) -> None:
    if not good or (isinstance(came, float) and not math.isfinite(came)):
        raise ValueError(f"{name}: expected {expected}, got {came}")


YOSINSKI: dict[str, Any] = {
    "rate": 100.0,
    "noise": 10.0,
}  # the rate is their program's; the noise, in grey levels, is ours
PRESETS = {
    # Simonyan et al. 2013: from the zero image; lambda is a term of the objective (no number is given).
    "simonyan": Settings(),
    # Yosinski et al. 2015, the four settings of their program's documentation; the third made most figures.
    "yosinski-1": Settings(500, blur=0.5, blur_every=4, small_norm=50, **YOSINSKI),
    "yosinski-2": Settings(750, decay=0.3, small_norm=20, **YOSINSKI),
    "yosinski-3": Settings(1000, decay=1e-4, blur=1.0, blur_every=4, **YOSINSKI),
    "yosinski-4": Settings(1000, blur=0.5, blur_every=4, small_contribution=90, **YOSINSKI),
    # With a prior of many places and sizes: jitter and scales of Mordvintsev et al. 2015.
    "jitter": Settings(
        60, rate=2.0, normalised=True, noise=10.0, jitter=16, blur=0.5, blur_every=4, clip=True,
        scales=(0.5, 0.7, 1.0),
    ),
}  # fmt: skip
