"""The training loop: batches, loss, backward, step; validation after each epoch."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..core import GradientError, Tensor, no_grad
from .data import DataLoader
from .module import Module
from .optim import Optimiser, clip_grad_norm_
from .progress import progress
from .schedule import Schedule
from .training import Training


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
    TypeError : for arguments that are not what they should be, before anything is trained.
    """
    callbacks = list(callbacks)
    _expect(model, loader, loss, optimiser, schedule)
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


def _expect(model: Any, loader: Any, loss: Any, optimiser: Any, schedule: Any) -> None:
    """TypeError for the first argument that is not what it should be."""
    loader_hint = "nn.DataLoader(nn.ArrayDataset(x, y), batch_size=32, shuffle=True)"
    schedule_hint = "nn.schedule has some; the objects of lr_scheduler are for loops of your own"
    for name, given, fits, expected in (
        ("model", model, isinstance(model, Module), "a Module"),
        ("loader", loader, callable(getattr(loader, "epoch", None)), f"a loader: {loader_hint}"),
        (
            "loss",
            loss,
            callable(loss) and not isinstance(loss, Optimiser),
            "a function of (outputs, targets); the order is fit(model, loader, loss, optimiser)",
        ),
        ("optimiser", optimiser, isinstance(optimiser, Optimiser), "an optimiser: nn.optim.Adam(...)"),
        ("schedule", schedule, schedule is None or callable(schedule), f"a function: {schedule_hint}"),
    ):
        if not fits:
            raise TypeError(f"fit: {name} is a {type(given).__name__}; expected {expected}")
    if not all("lr" in group for group in optimiser.groups):
        raise TypeError("fit: LBFGS measures the whole loss several times: call optimiser.step(closure)")


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
