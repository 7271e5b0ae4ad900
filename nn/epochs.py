"""What `fit` does in each epoch, on one rank or on several that train together."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..core import GradientError, Tensor, no_grad, ranks
from ..ext.threads import get_num_threads, set_num_threads
from .data import DataLoader
from .optim import clip_grad_norm_
from .parallel import AllReduce
from .progress import progress
from .shares import still_alike
from .training import Training

END = object()


def train_epochs(
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
    cores: int,
) -> None:
    """Train until the last epoch, or until a callback says stop; rank 0 validates with so many ``cores``."""
    while state.epoch < epochs and not state.stop:
        state.model.train()
        started = time.perf_counter()
        bar = progress(
            desc=f"epoch {state.epoch + 1}/{epochs}",
            total=len(loader),
            initial=state.batch,
            unit="batch",
            enabled=show and state.speaks,
        )
        skip = (state.skip,) if state.skip else ()
        batches = iter(loader.epoch(state.epoch, state.batch, *skip))
        with bar:
            while (value := _update(state, batches, loss, clip)) is not None:
                bar.set_postfix(loss=f"{value:.4f}", refresh=False)
                bar.update()
                if (
                    checkpoint is not None
                    and checkpoint_every
                    and state.step % checkpoint_every == 0
                    and state.batch < len(loader)
                ):
                    state.save(checkpoint, callbacks)
        _finish_epoch(state, started, validate, callbacks, cores)
        if checkpoint is not None:
            state.save(checkpoint, callbacks)


def _update(state: Training, batches: Iterator, loss: Callable, clip: float | None) -> float | None:
    """Make one step on the next batch; return the loss on this rank's part; None if there is no batch."""
    factor = state.schedule(state.step) if state.schedule else 1.0
    for group, rate in zip(state.optimiser.groups, state.rates, strict=True):
        group["lr"] = rate * factor
    together = state.optimiser if isinstance(state.optimiser, AllReduce) else None
    # subtle: synchronised batch norms wait for other ranks, hence an error among them ends the ranks
    alone = together is None or together.sync_batch_norm
    with contextlib.nullcontext() if alone else ranks.together(state.comm):
        batch = next(batches, END)
        if batch is END:
            return None
        value, number, count, divisor = _measure(state, loss, batch)
    state.optimiser.zero_grad()
    share = 1.0 if together is None else together.share(divisor)
    if value is not None:
        seed = None if share == 1 else np.full(value.shape, share, value.dtype)
        value.backward(seed, retain_graph=False)
    if clip is not None:
        clip_grad_norm_(state.model.parameters(), clip)
    state.optimiser.step()
    state.optimiser.zero_grad()
    state.loss_sum += number * count
    state.examples += count
    state.step += 1
    state.batch, state.skip = state.batch + 1, 0
    return number


def _measure(state: Training, loss: Callable, batch: Any) -> tuple[Tensor | None, float, int, float | None]:
    """Return a batch's loss, as a finite number as well, its examples, and what the loss divided by."""
    if batch is None:
        return None, 0.0, 0, 0.0
    inputs, targets = batch
    outputs = state.model(inputs)
    value = loss(outputs, targets)
    number = value.item()
    if not math.isfinite(number):
        rates = [group["lr"] for group in state.optimiser.groups]
        raise GradientError(
            f"fit: the loss is {number} at epoch {state.epoch + 1}, batch {state.batch + 1}, step "
            f"{state.step + 1}\n"
            f"    learning rates {rates}\n"
            "    hint: lower lr, pass clip=1.0, or find the op with cutaway.detect_anomaly()"
        )
    count = len(targets) if hasattr(targets, "__len__") else 1
    normaliser = getattr(loss, "normaliser", None)
    return value, number, count, count if normaliser is None else normaliser(outputs, targets)


def _finish_epoch(
    state: Training, started: float, validate: Callable | None, callbacks: list, cores: int
) -> None:
    """Enter the epoch into the history and run what comes after it."""
    entry = {"epoch": state.epoch + 1, "loss": state.mean_loss()}
    if state.comm is not None:
        still_alike(state.comm, state.model)

    def completed() -> dict[str, float]:
        if validate is not None:
            state.model.eval()
            own = get_num_threads()
            set_num_threads(cores)  # the other ranks sleep
            try:
                with no_grad():
                    entry.update(validate(state.model))
            finally:
                set_num_threads(own)
        entry["seconds"] = time.perf_counter() - started
        return entry

    state.history.append(ranks.by_first(state.comm, completed))
    state.epoch, state.batch, state.loss_sum, state.examples = state.epoch + 1, 0, 0.0, 0
    for callback in callbacks:
        with ranks.together(state.comm):
            callback(state)
    ranks.expect_same(state.comm, rates_after_callbacks=state.rates, stop_after_callbacks=state.stop)
