"""Gradient ascent on an image: what does a class, a channel, a layer want to see?

    z <- z + rate g,   g = d objective / d z         z the image in grey levels off the training mean

Simonyan et al. 2013 begin at z = 0 and subtract lambda |z|^2 from the objective.  Yosinski et al. 2015 push
the score alone and work on the image between the steps, in this order (their section 3, and their program):

    decay                  z <- (1 - decay) z
    blur, every n steps    z <- Gaussian(z, blur)
    small norm             a pixel whose |z| (over its channels) is below a percentile becomes 0
    small contribution     a pixel whose |sum_c z_c g_c| is below a percentile becomes 0

Jitter (roll the image before the gradient, back after it) and several scales are of Mordvintsev et al. 2015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad, ops
from .objectives import Objective
from .settings import LEAST, Settings
from .watch import bounds, grey_level, seen_by


@dataclass
class Maximised:
    """An image that maximises something.

    Attributes
    ----------
    z : (C, H, W), grey levels off the training mean.
    image : (C, H, W), as the network expects it.
    scores : the objective before each step, and at the end.
    norms : |z| at the same moments.
    frames : z at some of the steps, for an animation.
    """

    z: np.ndarray
    image: np.ndarray
    scores: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    frames: list[np.ndarray] = field(default_factory=list)


def maximise(
    net: nn.Module,
    objective: Objective,
    settings: Settings | None = None,
    *,
    size: int | tuple[int, int] | None = None,
    start: Any = None,
    seed: int = 0,
    frames: int = 0,
    step: Callable[[int, float], Any] | None = None,
) -> Maximised:
    """Return an image that maximises an objective.

    Parameters
    ----------
    net : put into evaluation mode; its weights stay.
    settings : `Settings`; Simonyan's by default.
    size : pixels (H, W), or one number for both; by default those of the network's preprocessing.
    start : z (C, H, W) to begin with, in place of that of the settings.
    seed : of the first image's noise, and of the jitter.
    frames : about how many images to keep on the way.
    step : called after each step with its number and the objective before it.

    Raises
    ------
    KeyError, ValueError : the objective asks for what the network has not; see `Objective`.
    ValueError : the objective does not depend on the image where it begins, or is not finite.
    """
    settings = settings or Settings()
    rng = np.random.default_rng(seed)
    objective.expect_layers(net)
    z = _begun(net, settings, size, start, rng)
    full = z.shape[2:]
    scales = [each for each in settings.scales[:-1] if each * min(full) >= LEAST] + [settings.scales[-1]]
    total = settings.steps * len(scales)
    found = Maximised(z[0], z[0])
    for stage, scale in enumerate(scales):
        z = resized(z, [max(1, round(n * scale)) for n in full])
        for i in range(settings.steps):
            number = stage * settings.steps + i
            if frames and number % max(1, total // frames) == 0:
                found.frames.append(resized(z, full)[0])
            z, value, norm = stepped(net, objective, z, settings, i, rng)
            found.scores.append(value)
            found.norms.append(norm)
            if step:
                step(number, value)
    found.z = resized(z, full)[0]
    if frames:
        found.frames.append(found.z)
    found.scores.append(float(objective(seen_by(net, Tensor(found.z[None]), objective.layers)).sum()))
    found.norms.append(float(np.linalg.norm(found.z.astype(np.float64))))
    found.image = found.z * grey_level(net)
    return found


def stepped(
    net: nn.Module, objective: Objective, z: np.ndarray, settings: Settings, number: int, rng: Any
) -> tuple[np.ndarray, float, float]:
    """Return z (1, C, H, W) after one step; the objective and |z| before it."""
    before = float(np.linalg.norm(z.astype(np.float64)))
    shift = tuple(int(n) for n in rng.integers(-settings.jitter, settings.jitter + 1, 2))
    value, g = gradient(net, objective, np.roll(z, shift, (2, 3)))
    g = np.roll(g, (-shift[0], -shift[1]), (2, 3))
    size = float(np.abs(g).mean())
    if not np.isfinite(value) or not np.isfinite(size):
        raise ValueError(f"maximise: {objective} is not finite at step {number + 1}; a smaller rate may help")
    if size == 0 and number == 0:
        raise ValueError(
            f"maximise: {objective} does not depend on the image it begins with (a rectifier is off "
            "everywhere)\n    hint: begin with noise, or maximise a layer before the rectifier"
        )
    rate = settings.rate / max(size, 1e-30) if settings.normalised else settings.rate
    return regularised(z + np.float32(rate) * g, g, settings, number, bounds(net)), value, before


def gradient(net: nn.Module, objective: Objective, z: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the objective at z (1, C, H, W), and its gradient (1, C, H, W)."""
    given = Tensor(np.ascontiguousarray(z, np.float32)).requires_grad_()
    with np.errstate(over="ignore", invalid="ignore"):  # the caller looks whether it is finite
        value = objective(seen_by(net, given, objective.layers)).sum()
        g: Any = grad(value, given)
    return float(value), g.data


def regularised(
    z: np.ndarray, g: np.ndarray, settings: Settings, number: int, limits: tuple[Any, Any] | None = None
) -> np.ndarray:
    """Return z (1, C, H, W) after what Yosinski et al. do to it behind step ``number``, from 0."""
    z = z * np.float32(1 - settings.decay)
    if settings.blur and settings.blur_every and number % settings.blur_every == 0:
        from scipy.ndimage import gaussian_filter1d

        for axis in (2, 3):
            z = gaussian_filter1d(z, settings.blur, axis)
    if settings.small_norm:
        z = _without_small(z, np.sqrt((z * z).sum(1, keepdims=True)), settings.small_norm)
    if settings.small_contribution:
        z = _without_small(z, np.abs((z * g).sum(1, keepdims=True)), settings.small_contribution)
    if settings.clip and limits is not None:
        z = np.clip(z, *limits)
    return z


def resized(z: np.ndarray, size: Any) -> np.ndarray:
    """Return images (N, C, H, W) at another size, interpolated."""
    if tuple(z.shape[2:]) == tuple(size):
        return z
    return np.asarray(ops.interpolate(z, tuple(size), mode="bilinear"), np.float32)


def _without_small(z: np.ndarray, strength: np.ndarray, percentile: float) -> np.ndarray:
    return np.where(strength < np.percentile(strength, percentile), np.float32(0), z)


def _begun(net: nn.Module, settings: Settings, size: Any, start: Any, rng: Any) -> np.ndarray:
    """The first z, (1, C, H, W)."""
    if start is not None:
        z = np.array(start, np.float32)
        if z.ndim != 3 or not np.isfinite(z).all():
            raise ValueError(f"maximise: expected start (C, H, W) of finite numbers, got shape {z.shape}")
        return z[None]
    if size is None:
        shown = getattr(net, "preprocess", None)
        if shown is None:
            raise ValueError("maximise: expected size=, for the network does not say which it was shown")
        size = shown.size
    sides = (size, size) if isinstance(size, int) else tuple(size)
    channels = next((each.in_channels for each in net.modules() if isinstance(each, nn.Conv2d)), 3)
    return rng.normal(0, 1, (1, channels, *sides)).astype(np.float32) * np.float32(settings.noise)
