"""The training loop: batches, loss, backward, step; validation, and checkpoints that resume exactly."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..core import GradientError, Tensor, no_grad
from . import checkpoint as files
from .data import DataLoader
from .module import Module
from .optim import Optimiser, clip_grad_norm_
from .progress import progress
from .schedule import Schedule


@dataclass
class Training:
    """A training as it stands: what `fit` works on, what callbacks get, and what a checkpoint saves.

    Attributes
    ----------
    epoch, batch : where it stands: the next batch of the current epoch.
    step : updates made so far.
    history : one dictionary per finished epoch: "loss" (mean over the examples), "seconds", and what
        `validate` returned.
    stop : set by a callback to end after this epoch.
    """

    model: Module
    optimiser: Optimiser
    schedule: Schedule | None = None
    epoch: int = 0
    batch: int = 0
    step: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    stop: bool = False
    loss_sum: float = 0.0
    examples: int = 0
    rates: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rates = self.rates or [group["lr"] for group in self.optimiser.groups]

    def save(self, path: str | os.PathLike, callbacks: Iterable[Any] = ()) -> None:
        """Write a checkpoint; see `nn.checkpoint.save`."""
        optimiser = self.optimiser.state_dict()
        arrays = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        arrays |= {f"optimiser.{k}": v for k, v in optimiser["state"].items()}
        kept = []
        for i, callback in enumerate(callbacks):
            numbers, more = callback.state_dict() if hasattr(callback, "state_dict") else ({}, {})
            kept.append(numbers)
            arrays |= {f"callback.{i}.{k}": v for k, v in more.items()}
        header = {
            "epoch": self.epoch,
            "batch": self.batch,
            "step": self.step,
            "stop": self.stop,
            "loss_sum": self.loss_sum,
            "examples": self.examples,
            "rates": self.rates,
            "history": self.history,
            "groups": optimiser["groups"],
            "callbacks": kept,
            "generators": {name: rng.bit_generator.state for name, rng in generators(self.model)},
        }
        files.save(path, arrays, header)

    def load(self, path: str | os.PathLike, callbacks: Iterable[Any] = ()) -> None:
        """Take over a checkpoint; `CheckpointError` or `ShapeError` if it is damaged or of another model."""
        arrays, header = files.load(path)
        parts: dict[str, dict[str, np.ndarray]] = {"model": {}, "optimiser": {}, "callback": {}}
        try:
            for name, value in arrays.items():
                kind, _, rest = name.partition(".")
                parts[kind][rest] = value
            self.model.load_state_dict(parts["model"])
            self.optimiser.load_state_dict({"groups": header["groups"], "state": parts["optimiser"]})
            for name in ("epoch", "batch", "step", "stop", "loss_sum", "examples", "rates", "history"):
                setattr(self, name, header[name])
            for i, (callback, numbers) in enumerate(zip(callbacks, header["callbacks"], strict=True)):
                if hasattr(callback, "load_state_dict"):
                    own = {
                        k.split(".", 1)[1]: v for k, v in parts["callback"].items() if k.startswith(f"{i}.")
                    }
                    callback.load_state_dict(numbers, own)
            for name, rng in generators(self.model):
                rng.bit_generator.state = header["generators"][name]
        except (KeyError, TypeError, ValueError) as error:
            raise files.CheckpointError(
                f"{path}: the checkpoint does not fit this training: {error}"
            ) from error


def generators(model: Module) -> list[tuple[str, np.random.Generator]]:
    """Return the random generators that belong to modules (dropout), by path."""
    return [
        (path, module.__dict__["rng"])
        for path, module in model.named_modules()
        if isinstance(module.__dict__.get("rng"), np.random.Generator)
    ]


def fit(
    model: Module,
    loader: DataLoader,
    loss: Callable[[Any, Any], Tensor],
    optimiser: Optimiser,
    *,
    epochs: int,
    schedule: Schedule | None = None,
    validate: Callable[[Module], dict[str, float]] | None = None,
    callbacks: Iterable[Callable[[Training], Any]] = (),
    clip: float | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int | None = None,
    show: bool = True,
) -> list[dict[str, float]]:
    """Train a model; from a checkpoint, if there is one, to the bit as if there had been no interruption.

    Parameters
    ----------
    model : called on the first part of each batch, in training mode.
    loader : its batches are pairs (inputs, targets).
    loss : of (outputs, targets), averaged over the batch.
    optimiser : its rates are multiplied by ``schedule(step)``.
    epochs : passes over the data.
    validate : called on the model in evaluation mode after each epoch, without recording; returns named
        numbers.
    callbacks : called with the `Training` after each epoch (see `nn.callbacks`).
    clip : largest norm of all gradients together.
    checkpoint : file name ending in ".safetensors": written after each epoch, and every ``checkpoint_every``
        steps.
    show : show a progress bar.

    Returns
    -------
    The history: one dictionary an epoch.

    Raises
    ------
    GradientError : if the loss is not finite.
    """
    callbacks = list(callbacks)
    state = Training(model, optimiser, schedule)
    if checkpoint is not None and Path(checkpoint).exists():
        state.load(checkpoint, callbacks)
    try:
        _epochs(state, loader, loss, epochs, validate, callbacks, clip, checkpoint, checkpoint_every, show)
    finally:  # the schedule's last factor is not the rate of what is trained next
        for group, rate in zip(optimiser.groups, state.rates, strict=True):
            group["lr"] = rate
    for callback in callbacks:
        if hasattr(callback, "finish"):
            callback.finish(state)
    return state.history


def _epochs(
    state: Training,
    loader: DataLoader,
    loss: Callable,
    epochs: int,
    validate: Callable | None,
    callbacks: list,
    clip: float | None,
    checkpoint: str | os.PathLike | None,
    checkpoint_every: int | None,
    show: bool,
) -> None:
    """Train until the last epoch, or until a callback says stop."""
    while state.epoch < epochs and not state.stop:
        state.model.train()
        started = time.perf_counter()
        bar = progress(
            desc=f"epoch {state.epoch + 1}/{epochs}",
            total=len(loader),
            initial=state.batch,
            unit="batch",
            enabled=show,
        )
        with bar:
            for inputs, targets in loader.epoch(state.epoch, state.batch):
                value = _update(state, loss, inputs, targets, clip)
                bar.set_postfix(loss=f"{value:.4f}", refresh=False)
                bar.update()
                if (
                    checkpoint is not None
                    and checkpoint_every
                    and state.step % checkpoint_every == 0
                    and state.batch < len(loader)
                ):
                    state.save(checkpoint, callbacks)
        _finish_epoch(state, started, validate, callbacks)
        if checkpoint is not None:
            state.save(checkpoint, callbacks)


def _update(state: Training, loss: Callable, inputs: Any, targets: Any, clip: float | None) -> float:
    """Make one step on one batch; return its loss."""
    factor = state.schedule(state.step) if state.schedule else 1.0
    for group, rate in zip(state.optimiser.groups, state.rates, strict=True):
        group["lr"] = rate * factor
    value = loss(state.model(inputs), targets)
    number = value.item()
    if not math.isfinite(number):
        rates = [group["lr"] for group in state.optimiser.groups]
        raise GradientError(
            f"fit: the loss is {number} at epoch {state.epoch + 1}, batch {state.batch + 1}, step "
            f"{state.step + 1}\n"
            f"    learning rates {rates}\n"
            "    hint: lower lr, pass clip=1.0, or find the op with cutaway.detect_anomaly()"
        )
    state.optimiser.zero_grad()
    value.backward(retain_graph=False)
    if clip is not None:
        clip_grad_norm_(state.model.parameters(), clip)
    state.optimiser.step()
    state.optimiser.zero_grad()
    count = len(targets) if hasattr(targets, "__len__") else 1
    state.loss_sum += number * count
    state.examples += count
    state.step += 1
    state.batch += 1
    return number


def _finish_epoch(state: Training, started: float, validate: Callable | None, callbacks: list) -> None:
    """Enter the epoch into the history and run what comes after it."""
    entry = {"epoch": state.epoch + 1, "loss": state.loss_sum / max(state.examples, 1)}
    if validate is not None:
        state.model.eval()
        with no_grad():
            entry.update(validate(state.model))
    entry["seconds"] = time.perf_counter() - started
    state.history.append(entry)
    state.epoch, state.batch, state.loss_sum, state.examples = state.epoch + 1, 0, 0.0, 0
    for callback in callbacks:
        callback(state)
