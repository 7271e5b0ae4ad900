"""The loop over epochs that all models of text share, and how far it has come."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from ...core.ranks import speaks, together
from ...nn.progress import progress as progress_bar
from .options import HasOptions

Callback = Callable[[Any], object]


@dataclass
class State:
    """What training changes, the numbers of the model apart.

    Attributes
    ----------
    epoch : int
        Epochs done.
    history : list of dict
        What each epoch gave: epoch, loss, seconds and more.
    stop : bool
        A callback sets it to end training early.
    text : str
        Fingerprint of the text.
    random : list of int
        States of the generators of random numbers, one for each thread or worker.
    """

    epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    stop: bool = False
    text: str = ""
    random: list[int] = field(default_factory=list)


def of_state(name: str) -> property:
    """A part of a model's ``state`` as an attribute of the model."""

    def read(model: Any) -> Any:
        return getattr(model.state, name)

    def write(model: Any, value: Any) -> None:
        setattr(model.state, name, value)

    return property(read, write)


class Trainable(HasOptions):
    """A model with ``options`` and a ``state``, whose parts are attributes of the model, too.

    A class names its dataclasses as ``Options`` and ``State``.
    """

    State: ClassVar[type[State]] = State
    FOLLOWING: tuple[str, ...] = ("_training", "_kept")  # attributes made again when they are needed
    state: Any
    epoch, history, stop, text = (of_state(name) for name in ("epoch", "history", "stop", "text"))

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.state = self.State()

    def __repr__(self) -> str:
        """The options that are not the usual ones, and how far training has come."""
        unusual = (
            f"{each.name}={getattr(self.options, each.name)!r}"
            for each in fields(self.options)
            if replace(self.options, **{each.name: each.default})
            != self.options  # a default may depend on others
        )
        done = f" after {self.epoch} of {self.options.epochs} epochs" if self.epoch else ""
        return f"{type(self).__name__}({', '.join(unusual)}){done}"

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What ``make`` returns, made once and kept until training goes on."""
        kept = vars(self).setdefault("_kept", {})
        of, made = kept.get(name, (None, None))
        if of is not self.state:
            kept[name] = self.state, (made := make())
        return made

    def forget(self) -> None:
        """Drop what is `kept`: numbers of the state have changed."""
        vars(self).pop("_kept", None)

    def __copy__(self) -> Any:
        """A copy that goes its own way: its state is no longer the model's."""
        twin = object.__new__(type(self))
        vars(twin).update(self.__getstate__(), state=copy.copy(self.state))
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """What a copy gets, also one for another process."""
        return {name: value for name, value in vars(self).items() if name not in self.FOLLOWING}


class Training(Protocol):
    """One training of a model on one text."""

    def compile(self) -> None:
        """Compile what an epoch calls: an epoch's seconds are those of its work."""
        ...

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the text once, moving ``bar``; returns what the history keeps of it."""
        ...


def run_epochs(
    model: Any, training: Training, length: int, unit: str, progress: Any, callbacks: Iterable[Callback]
) -> None:
    """Read a text until all epochs are done, or a callback stops it, on any rank.

    Parameters
    ----------
    model
        Its ``options.epochs`` and ``state``; each callback is called with it after each epoch.
    length : int
        Units of the text, which the bar counts.
    progress : bool, or callable
        A bar on stderr; or what makes one, called as `nn.progress.progress`.
    """
    callbacks, state, comm = list(callbacks), model.state, getattr(model, "comm", None)
    make: Callable[..., Any] = progress if callable(progress) else progress_bar
    scale = {"total": model.options.epochs * length, "initial": state.epoch * length}
    state.stop = False
    model.forget()
    with make(
        desc="compiling", enabled=bool(progress) and speaks(comm), unit=unit, unit_scale=True, **scale
    ) as bar:
        training.compile()
        while state.epoch < model.options.epochs and not state.stop:
            state.epoch += 1
            bar.set_description(f"epoch {state.epoch} of {model.options.epochs}", refresh=False)
            try:
                entry = training.epoch(bar)
            finally:
                model.forget()
            state.history.append({"epoch": state.epoch, **entry})
            with together(comm):
                for callback in callbacks:
                    callback(model)
            if comm is not None:
                state.stop = any(comm.allgather(state.stop))


def random_states(seed: int, streams: int) -> list[int]:
    """First states of so many generators of random numbers."""
    return [int(n) for n in np.random.SeedSequence(seed).generate_state(streams, np.uint64)]
