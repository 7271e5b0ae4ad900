"""Learning rates that change, as objects with PyTorch's names: call ``step()`` after each epoch.

Each is a factor of the number of calls t, as in `nn.schedule`, whose functions `fit` takes directly; the
rates at the beginning, which it multiplies, are those of the optimiser's groups when the object is made.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import schedule
from .base import Optimiser


class LRScheduler:
    """Base of the rest: defines no rates; see `LambdaLR`.

    Attributes
    ----------
    base_lrs : rates of the groups at the beginning.
    last_epoch : calls of `step` so far.
    """

    def __init__(self, optimiser: Optimiser):
        if not isinstance(optimiser, Optimiser):
            came = type(optimiser).__name__
            raise TypeError(f"{type(self).__name__}: expected an optimiser first, came {came}")
        self.optimiser, self.last_epoch = optimiser, 0
        self.base_lrs = [group["lr"] for group in optimiser.groups]
        self._set()

    def rate(self, base: float, t: int) -> float:
        """Return the rate after ``t`` steps of a group that began with ``base``."""
        raise TypeError(f"{type(self).__name__} defines no rate(self, base, t)")

    def step(self) -> None:
        """Go to the next rate."""
        self.last_epoch += 1
        self._set()

    def _set(self) -> None:
        for group, base in zip(self.optimiser.groups, self.base_lrs, strict=True):
            group["lr"] = self.rate(base, self.last_epoch)

    def get_last_lr(self) -> list[float]:
        """Return the present rate of each group."""
        return [group["lr"] for group in self.optimiser.groups]

    def state_dict(self) -> dict[str, Any]:
        """Return what goes on from here: numbers and lists of numbers."""
        return {"base_lrs": self.base_lrs, "last_epoch": self.last_epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state and set the rates."""
        for name in self.state_dict():
            setattr(self, name, state[name])
        self._set()


class LambdaLR(LRScheduler):
    """Any function from t to a factor, such as those of `nn.schedule`.

    >>> from cutaway import nn
    >>> optimiser = nn.optim.SGD(nn.Linear(2, 1).parameters(), lr=0.8)
    >>> rates = LambdaLR(optimiser, nn.schedule.step(2, gamma=0.5))
    >>> rates.step(), rates.step(), optimiser.groups[0]["lr"]
    (None, None, 0.4)
    """

    def __init__(self, optimiser: Optimiser, lr_lambda: Callable[[int], float]):
        self.factor = lr_lambda
        super().__init__(optimiser)

    def rate(self, base: float, t: int) -> float:
        return base * self.factor(t)


class StepLR(LambdaLR):
    """gamma^floor(t / step_size)."""

    def __init__(self, optimiser: Optimiser, step_size: int, gamma: float = 0.1):
        super().__init__(optimiser, schedule.step(step_size, gamma))


class MultiStepLR(LambdaLR):
    """gamma^k, where k milestones have been reached."""

    def __init__(self, optimiser: Optimiser, milestones: Sequence[int], gamma: float = 0.1):
        reached = sorted(milestones)
        super().__init__(optimiser, lambda t: gamma ** bisect.bisect_right(reached, t))


class ExponentialLR(LambdaLR):
    """gamma^t."""

    def __init__(self, optimiser: Optimiser, gamma: float):
        super().__init__(optimiser, lambda t: gamma**t)


class ConstantLR(LambdaLR):
    """A constant factor for ``total_iters`` steps, 1 afterwards."""

    def __init__(self, optimiser: Optimiser, factor: float = 1 / 3, total_iters: int = 5):
        super().__init__(optimiser, lambda t: factor if t < total_iters else 1.0)


class LinearLR(LambdaLR):
    """From start_factor to end_factor on a straight line of ``total_iters`` steps: a warm-up."""

    def __init__(
        self,
        optimiser: Optimiser,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
    ):
        rise = end_factor - start_factor
        super().__init__(optimiser, lambda t: start_factor + rise * min(t, total_iters) / total_iters)


class PolynomialLR(LambdaLR):
    """(1 - t / total_iters)^power, 0 from there on (DeepLab's "poly")."""

    def __init__(self, optimiser: Optimiser, total_iters: int = 5, power: float = 1.0):
        super().__init__(optimiser, schedule.poly(total_iters, power))


class CosineAnnealingLR(LRScheduler):
    """Half a cosine from the first rate to eta_min in T_max steps, and back.

    Loshchilov & Hutter 2017, eq. 5.
    """

    def __init__(self, optimiser: Optimiser, T_max: int, eta_min: float = 0.0):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimiser)

    def rate(self, base: float, t: int) -> float:
        return self.on_curve(base, t / self.T_max)

    def on_curve(self, base: float, part: float) -> float:
        """Return the rate where this part of the half cosine is over."""
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * part)) / 2


class CosineAnnealingWarmRestarts(CosineAnnealingLR):
    """Half a cosine in T_0 steps, then again from the first rate, each time T_mult as long (as above)."""

    def __init__(self, optimiser: Optimiser, T_0: int, T_mult: int = 1, eta_min: float = 0.0):
        self.T_0, self.T_mult = T_0, T_mult
        super().__init__(optimiser, T_0, eta_min)

    def rate(self, base: float, t: int) -> float:
        length = self.T_0
        while t >= length:
            t -= length
            length *= self.T_mult
        return self.on_curve(base, t / length)


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by ``factor`` when a number has not improved for more than ``patience`` epochs.

    Parameters
    ----------
    mode : "min" or "max": which way is better.
    threshold : how much better counts, relative to the best so far.
    cooldown : epochs after a reduction in which nothing is counted.
    min_lr : no rate falls below it.
    """

    def __init__(
        self,
        optimiser: Optimiser,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ):
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau: expected mode 'min' or 'max', got {mode!r}")
        if not factor < 1:
            raise ValueError(f"ReduceLROnPlateau: expected a factor below 1, got {factor}")
        self.mode, self.factor, self.patience, self.min_lr = mode, factor, patience, min_lr
        self.threshold, self.cooldown = threshold, cooldown
        self.best, self.num_bad_epochs, self.cooling = math.inf if mode == "min" else -math.inf, 0, 0
        super().__init__(optimiser)

    def step(self, metrics: Any = None) -> None:
        """Count an epoch that ended with this number."""
        if metrics is None:
            raise TypeError("ReduceLROnPlateau.step: expected the number that should improve, came none")
        value = float(metrics)
        self.last_epoch += 1
        margin = 1 - self.threshold if self.mode == "min" else 1 + self.threshold
        improved = value < self.best * margin if self.mode == "min" else value > self.best * margin
        if improved:
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooling > 0:
            self.cooling -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group in self.optimiser.groups:
                group["lr"] = max(group["lr"] * self.factor, self.min_lr)
            self.cooling, self.num_bad_epochs = self.cooldown, 0

    def _set(self) -> None:
        """The rate is not a function of the number of epochs: it stays as it is."""

    def state_dict(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in ("best", "num_bad_epochs", "cooling")}
        return {**super().state_dict(), **own, "rates": self.get_last_lr()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for group, rate in zip(self.optimiser.groups, state["rates"], strict=True):
            group["lr"] = rate
        for name in self.state_dict().keys() - {"rates"}:
            setattr(self, name, state[name])
