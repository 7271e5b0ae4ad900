"""What can be done after each epoch: stop early, print a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from .training import Training


class EarlyStopping:
    """Stop when a number has not improved for ``patience`` epochs, and go back to the best parameters.

    Parameters
    ----------
    monitor : a key of the history: "loss", or what `validate` returns.
    patience : epochs without improvement before it stops.
    mode : "min" or "max": which way is better.
    restore : whether the model gets the best epoch's parameters in the end.
    later : whether of epochs that are equally good the last is the best.
    """

    def __init__(
        self,
        monitor: str = "loss",
        patience: int = 5,
        mode: str = "min",
        restore: bool = True,
        later: bool = False,
    ):
        if mode not in ("min", "max"):
            raise ValueError(f"EarlyStopping: expected mode 'min' or 'max', got {mode!r}")
        self.monitor, self.patience, self.mode, self.restore = monitor, patience, mode, restore
        self.later, self.best = later, None
        self.best_epoch = 0
        self.best_state: dict[str, np.ndarray] = {}

    def __call__(self, training: Training) -> None:
        latest = training.history[-1]
        if self.monitor not in latest:
            missing = f"the history has no {self.monitor!r}, only {sorted(latest)}"
            raise KeyError(f"EarlyStopping: {missing}; should validate return it?")
        value = latest[self.monitor]
        best = self.best
        better = best is None or (value < best if self.mode == "min" else value > best)
        if value == value and (better or (self.later and value == best)):  # not NaN
            self.best, self.best_epoch = value, training.epoch
            if self.restore:
                self.best_state = {k: v.copy() for k, v in training.model.state_dict().items()}
        elif training.epoch - self.best_epoch >= self.patience:
            training.stop = True

    def finish(self, training: Training) -> None:
        """Give the model its best parameters back."""
        if self.best_state:
            training.model.load_state_dict(self.best_state)

    def state_dict(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"best": self.best, "best_epoch": self.best_epoch}, self.best_state

    def load_state_dict(self, numbers: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.best, self.best_epoch, self.best_state = numbers["best"], numbers["best_epoch"], arrays


class PrintEpochs:
    """Print one line an epoch: every number of the history."""

    def __init__(self, every: int = 1):
        self.every = every

    def __call__(self, training: Training) -> None:
        if training.speaks and (training.epoch % self.every == 0 or training.stop):
            entry = training.history[-1]
            shown = [f"{k} {v:.4g}" for k, v in entry.items() if k not in ("epoch", "seconds")]
            print(f"epoch {training.epoch:3d}  {'  '.join(shown)}  ({entry['seconds']:.1f} s)", flush=True)
