"""A training as it stands, and its checkpoints, from which it resumes to the bit."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core import ranks
from ..core.errors import CutawayError
from . import checkpoint as files
from .generators import draw_apart, put_states, states
from .module import Module
from .optim import Optimiser
from .schedule import Schedule

MOST = 10**15  # steps, and what is counted beside them
KINDS: dict[str, tuple[type, float, float]] = {
    "epoch": (int, 0, MOST),
    "batch": (int, 0, MOST),
    "step": (int, 0, MOST),
    "stop": (bool, 0, 1),
    "loss_sum": (float, -math.inf, math.inf),
    "examples": (int, 0, MOST),
}


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
    comm : an MPI communicator, if several ranks train together; callbacks then run on every rank.
    items_a_step : the examples of a batch, on all ranks together; 0 if that is not known.
    skip : how many of the next batch's examples are done: after a checkpoint of other batches.
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
    comm: Any = None
    items_a_step: int = 0
    skip: int = 0

    @property
    def speaks(self) -> bool:
        """Whether this is the rank that prints and writes files: rank 0, or the only one."""
        return ranks.speaks(self.comm)

    def mean_loss(self) -> float:
        """The mean over this epoch's examples so far, on all ranks."""
        loss_sum, examples = self._totals()
        return loss_sum / max(examples, 1)

    def _totals(self) -> tuple[float, int]:
        own = np.array([self.loss_sum, self.examples], np.float64)
        total = own.copy()
        if self.comm is not None:
            self.comm.Allreduce(own, total)
        return float(total[0]), int(total[1])

    def __post_init__(self) -> None:
        self.rates = self.rates or [group["lr"] for group in self.optimiser.groups]

    def save(self, path: str | os.PathLike, callbacks: Iterable[Any] = ()) -> None:
        """Write a checkpoint; see `nn.checkpoint.save`.  Every rank calls it, rank 0 writes."""
        loss_sum, examples = self._totals()
        kept = [states(self.model)] if self.comm is None else self.comm.gather(states(self.model))
        with ranks.together(self.comm):
            if self.speaks:
                self._write(path, callbacks, loss_sum, examples, kept)

    def _write(
        self, path: str | os.PathLike, callbacks: Iterable[Any], loss_sum: float, examples: int, drawing: list
    ) -> None:
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
            "loss_sum": loss_sum,
            "examples": examples,
            "items_a_step": self.items_a_step,
            "rates": self.rates,
            "history": self.history,
            "groups": optimiser["groups"],
            "callbacks": kept,
            "generators": drawing[0],
            "generators_of_other_ranks": drawing[1:],
        }
        files.save(path, arrays, header)

    def load(self, path: str | os.PathLike, callbacks: Iterable[Any] = ()) -> int:
        """Take over a checkpoint; `CheckpointError` or `ShapeError` if it is damaged or of another model, and
        then the model and the optimiser are as they were.  Every rank calls it, rank 0 reads the file.
        Returns the `items_a_step` that it was made with.
        """
        arrays, header = ranks.by_first(self.comm, lambda: files.load(path))
        with ranks.together(self.comm):
            self._take_or_leave(path, arrays, header, callbacks)
        return header.get("items_a_step", 0)

    def recount(self, before: int, steps: int) -> None:
        """Count in batches of this training what was counted in batches of ``before`` examples.

        So no example of the epoch is left out, and none comes twice.  ``steps`` are those of an epoch.
        """
        if before and self.items_a_step and before != self.items_a_step:
            self.batch, self.skip = divmod(self.batch * before, self.items_a_step)
            self.step = self.epoch * steps + self.batch

    def _draw_as(self, first: dict[str, Any], others: Sequence[dict[str, Any]]) -> None:
        """Set the generators: of as many ranks as there were to their own states, else to new ones."""
        rank, size = (0, 1) if self.comm is None else (self.comm.rank, self.comm.size)
        put_states(self.model, others[rank - 1] if rank and size == len(others) + 1 else first)
        if size != len(others) + 1:
            draw_apart(self.model, rank)

    def _take_or_leave(
        self, path: str | os.PathLike, arrays: dict[str, np.ndarray], header: dict[str, Any], callbacks: Any
    ) -> None:
        model = {name: value.copy() for name, value in self.model.state_dict().items()}
        optimiser = copy.deepcopy(self.optimiser.state_dict())
        try:
            self._take(path, arrays, header, callbacks)
        except CutawayError:
            self.model.load_state_dict(model)
            self.optimiser.load_state_dict(optimiser)
            raise

    def _take(
        self, path: str | os.PathLike, arrays: dict[str, np.ndarray], header: dict[str, Any], callbacks: Any
    ) -> None:
        parts: dict[str, dict[str, np.ndarray]] = {"model": {}, "optimiser": {}, "callback": {}}
        problem = f"{path}: the checkpoint does not fit this training"
        with files.reading_checkpoint(path):
            try:
                expect_header(header, len(self.optimiser.groups))
                for name, value in arrays.items():
                    kind, _, rest = name.partition(".")
                    parts[kind][rest] = value
                self.model.load_state_dict(parts["model"])
                self.optimiser.load_state_dict({"groups": header["groups"], "state": parts["optimiser"]})
                for name in (*KINDS, "rates", "history"):
                    setattr(self, name, header[name])
                if not self.speaks:
                    self.loss_sum, self.examples = 0.0, 0
                for i, (callback, numbers) in enumerate(zip(callbacks, header["callbacks"], strict=True)):
                    if hasattr(callback, "load_state_dict"):
                        own = {
                            k.split(".", 1)[1]: v
                            for k, v in parts["callback"].items()
                            if k.startswith(f"{i}.")
                        }
                        callback.load_state_dict(numbers, own)
                self._draw_as(header["generators"], header.get("generators_of_other_ranks", ()))
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{problem}: {error}") from error


def expect_header(header: dict[str, Any], groups: int) -> None:
    """ValueError, which names the entry, unless the header's entries are of the kinds that `Training` has."""
    for name, (kind, least, most) in KINDS.items():
        value = header[name]
        fits = type(value) is kind or (kind is float and type(value) is int)
        if not fits or not least <= value <= most:
            raise ValueError(f"expected {name}, {kind.__name__} from {least} to {most}, came {value!r:.60}")
    rates, history = header["rates"], header["history"]
    if not (isinstance(rates, list) and len(rates) == groups and all(map(_is_rate, rates))):
        raise ValueError(f"expected rates, {groups} finite numbers from 0, came {rates!r:.60}")
    if not (isinstance(history, list) and all(isinstance(entry, dict) for entry in history)):
        raise ValueError(f"expected history, a list of objects, came {history!r:.60}")
    each_step = header.get("items_a_step", 0)
    if type(each_step) is not int or not 0 <= each_step <= MOST:
        raise ValueError(f"expected items_a_step, a whole number from 0, came {each_step!r:.60}")
    header.setdefault("generators_of_other_ranks", [])
    for name in ("groups", "callbacks", "generators_of_other_ranks"):
        if not (isinstance(header[name], list) and all(isinstance(each, dict) for each in header[name])):
            raise ValueError(f"expected {name}, a list of objects, came {header[name]!r:.60}")


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf
