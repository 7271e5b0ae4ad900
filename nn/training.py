"""A training as it stands, and its checkpoints, from which it resumes to the bit."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.errors import CutawayError
from . import checkpoint as files
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
        """Take over a checkpoint; `CheckpointError` or `ShapeError` if it is damaged or of another model, and
        then the model and the optimiser are as they were.
        """
        arrays, header = files.load(path)
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
                for i, (callback, numbers) in enumerate(zip(callbacks, header["callbacks"], strict=True)):
                    if hasattr(callback, "load_state_dict"):
                        own = {
                            k.split(".", 1)[1]: v
                            for k, v in parts["callback"].items()
                            if k.startswith(f"{i}.")
                        }
                        callback.load_state_dict(numbers, own)
                for name, rng in generators(self.model):
                    rng.bit_generator.state = header["generators"][name]
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
    for name in ("groups", "callbacks"):
        if not (isinstance(header[name], list) and all(isinstance(each, dict) for each in header[name])):
            raise ValueError(f"expected {name}, a list of objects, came {header[name]!r:.60}")


def _is_rate(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < math.inf


def generators(model: Module) -> list[tuple[str, np.random.Generator]]:
    """Return the random generators that belong to modules (dropout), by path."""
    return [
        (path, module.__dict__["rng"])
        for path, module in model.named_modules()
        if isinstance(module.__dict__.get("rng"), np.random.Generator)
    ]
