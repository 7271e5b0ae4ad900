"""The training loop: batches, loss, backward, step; validation after each epoch.

Started by ``mpiexec -n 4 python train.py``, it is one training on four ranks, each with its part of every
batch (``parallel.py``).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..core import Tensor, ranks
from .data import DataLoader
from .epochs import train_epochs
from .generators import draw_apart, put_states, states
from .module import Module
from .optim import Optimiser
from .parallel import AllReduce
from .schedule import Schedule
from .shares import expect_enough, own_cores, shared_out
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
    comm: Any = None,
    sync_batch_norm: bool = False,
) -> list[dict[str, float]]:
    """Train a model; from a checkpoint, if there is one, to the bit as if there had been no interruption.

    Parameters
    ----------
    model : called on the first part of each batch, in training mode.
    loader : its batches are pairs (inputs, targets).
    loss : of (outputs, targets), averaged over the batch; one that divides by something else says so by
        ``loss.normaliser(outputs, targets)`` (None: it is a sum), by which ranks weigh their parts.
    optimiser : its rates are multiplied by ``schedule(step)``.
    epochs : passes over the data.
    validate : called on the model in evaluation mode after each epoch, without recording; returns named
        numbers.
    callbacks : called with the `Training` after each epoch (see `nn.callbacks`).
    clip : largest norm of all gradients together.
    checkpoint : file name ending in ".safetensors": written after each epoch, and every ``checkpoint_every``
        steps.
    show : show a progress bar.
    comm : an MPI communicator; None for all the ranks that mpiexec started, if it did, False for training on
        each alone.  The loader's batch size is then that of each rank, N ranks are one process with N times
        as much, and with as many times fewer steps (for schedules: ``loader.part(rank, N)`` counts them).
        All begin as rank 0.  Rank 0 validates, reads and writes checkpoints, shows the progress;
        callbacks run on every rank, so that what they change changes everywhere, and print or write only if
        ``training.speaks``.  What fails on one rank fails on all.  Dropout draws other numbers on each.
    sync_batch_norm : whether batch norms take mean and variance over the batches of all ranks; see
        `nn.parallel.AllReduce`.

    Returns
    -------
    The history: one dictionary an epoch.

    Raises
    ------
    GradientError : if the loss is not finite.
    TypeError : for arguments that are not what they should be, before anything is trained.
    RankError : what failed on another rank, or differs between them.
    """
    callbacks = list(callbacks)
    comm = optimiser.comm if isinstance(optimiser, AllReduce) else ranks.chosen(comm)
    with ranks.ending_together(comm), contextlib.ExitStack() as during:
        with ranks.together(comm):
            _expect(model, loader, loss, optimiser, schedule)
        cores = during.enter_context(own_cores(comm))
        if comm is not None:
            same = {"epochs": epochs, "clip": clip, "checkpoint_every": checkpoint_every}
            same |= {"has_a_checkpoint": checkpoint is not None, "callbacks": len(callbacks)}
            loader = shared_out(comm, loader, sync_batch_norm, **same)
            optimiser = _all_reduced(during, optimiser, comm, model, sync_batch_norm)
            put_states(model, comm.bcast(states(model)))
            during.callback(lambda: put_states(model, comm.bcast(states(model))))
        during.enter_context(ranks.ending_together(comm))  # before the others wait for what comes above
        state = Training(
            model, optimiser, schedule, comm=comm, items_a_step=getattr(loader, "items_a_step", 0)
        )
        if checkpoint is not None and ranks.by_first(comm, Path(checkpoint).exists):
            state.recount(state.load(checkpoint, callbacks), len(loader))
            expect_enough(comm, loader, sync_batch_norm, state.batch, state.skip)
        elif comm is not None:
            draw_apart(model, comm.rank)
        try:
            how = (validate, callbacks, clip, checkpoint, checkpoint_every, show, cores)
            train_epochs(state, loader, loss, epochs, *how)
        finally:  # the schedule's last factor is not the rate of what is trained next
            for group, rate in zip(optimiser.groups, state.rates, strict=True):
                group["lr"] = rate
        for callback in callbacks:
            if hasattr(callback, "finish"):
                with ranks.together(comm):
                    callback.finish(state)
    return state.history


def _all_reduced(
    during: contextlib.ExitStack, optimiser: Optimiser, comm: Any, model: Module, sync_batch_norm: bool
) -> AllReduce:
    """Return the optimiser as one of all ranks, ``during`` the training; or itself, if it is that already."""
    if not isinstance(optimiser, AllReduce):
        made = AllReduce(optimiser, comm, model, sync_batch_norm=sync_batch_norm)
        during.callback(made.close)
        return made
    with ranks.together(comm):
        if sync_batch_norm and not optimiser.sync_batch_norm:
            raise ValueError("fit: expected sync_batch_norm=True of the AllReduce, which has the batch norms")
    if optimiser.model is not model:
        optimiser.adopt(model)
    return optimiser


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
