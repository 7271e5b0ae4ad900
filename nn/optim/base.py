"""What all optimisers share: parameter groups, state that can be saved, and clipping."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...core import Tensor
from ...core.node import mark_changed
from ...ext import fused
from .settings import expect_settings

State = dict[str, np.ndarray]
MOST_STEPS = 10**15


class Optimiser:
    """Base of the optimisers.

    Parameters
    ----------
    parameters : tensors, or dictionaries {"params": tensors, "lr": ...} (groups, each with its own settings).
    defaults : the settings of groups that do not say otherwise.

    Attributes
    ----------
    groups : list of dictionaries: "params" and the settings; change ``groups[0]["lr"]`` at any time.
    """

    COUNTS = ("step", "product")  # of a parameter's state: one number, the rest has its shape

    def __init__(self, parameters: Iterable[Any], **defaults: Any):
        self.defaults = defaults
        self.groups: list[dict[str, Any]] = []
        self.state: list[State] = []  # for each parameter, in order: its running averages
        if isinstance(parameters, Tensor):
            hint = "pass a list, [p], or model.parameters()"
            raise ValueError(f"{type(self).__name__}: expected several parameters, got one tensor; {hint}")
        members = list(parameters)
        if not members:
            raise ValueError(f"{type(self).__name__}: expected parameters, got none; pass model.parameters()")
        for group in members if isinstance(members[0], dict) else [{"params": members}]:
            self.add_group(group)

    def add_group(self, group: dict[str, Any]) -> None:
        """Add parameters with settings of their own: ``{"params": [...], "lr": 0.001}``."""
        group = {**self.defaults, **group}
        unknown = set(group) - set(self.defaults) - {"params"}
        if unknown:
            raise ValueError(
                f"{type(self).__name__}: unknown settings {sorted(unknown)}; it has {sorted(self.defaults)}"
            )
        group["params"] = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        taken = {id(p) for other in self.groups for p in other["params"]}
        for p in group["params"]:
            if not isinstance(p, Tensor) or id(p) in taken:
                problem = "is in two groups" if id(p) in taken else f"is a {type(p).__name__}, not a tensor"
                raise ValueError(f"{type(self).__name__}: a parameter {problem}")
            if not p.is_leaf:
                made = f"a parameter was made by op {p.node.label}: its gradient goes on to what made it"
                raise ValueError(f"{type(self).__name__}: {made}; pass that, or p.detach().requires_grad_()")
            taken.add(id(p))
        for name in ("lr", "weight_decay", "momentum", "eps"):
            if not group.get(name, 0) >= 0:
                raise ValueError(f"{type(self).__name__}: expected {name} >= 0, got {group[name]}")
        self.groups.append(group)
        self.state += [{} for _ in group["params"]]

    def __repr__(self) -> str:
        shown = []
        for group in self.groups:
            settings = ", ".join(f"{name}={value}" for name, value in group.items() if name != "params")
            shown.append(f"{len(group['params'])} parameters, {settings}")
        return f"{type(self).__name__}({'; '.join(shown)})"

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """PyTorch's name of `groups`."""
        return self.groups

    def add_param_group(self, group: dict[str, Any]) -> None:
        """PyTorch's name of `add_group`."""
        self.add_group(group)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for group in self.groups:
            for p in group["params"]:
                p.grad = None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, in place; not those that are frozen.

        ``closure``, if given, is called first, to compute the loss and the gradients; its result is returned.
        """
        loss = closure() if closure is not None else None
        states = iter(self.state)
        for group in self.groups:
            for p in group["params"]:
                state = next(states)
                if p.requires_grad and p.grad is not None:
                    if not fused.changes(p.data):
                        p.data = _changeable(p.data)
                    g, moved = np.asarray(p.grad.data), self.averages(state, group)
                    if g.shape != p.data.shape:
                        raise ValueError(
                            f"{type(self).__name__}: a parameter has shape {p.data.shape}, its gradient "
                            f"{g.shape}\n    hint: zero_grad(), then backward() anew"
                        )
                    fast = moved and fused.serves(p.data, g, *moved) and fused.changes(p.data, *moved)
                    (self.fast_update if fast else self.update)(p.data, g, state, group)
                    mark_changed(p.data)
        return loss

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        """Change ``p`` (INOUT) by its gradient ``g`` (IN); ``state`` (INOUT) starts empty."""
        raise TypeError(f"{type(self).__name__} defines no update(p, g, state, group)")

    def averages(self, state: State, group: dict[str, Any]) -> list[np.ndarray]:
        """Return what `fast_update` would move beside ``p``; nothing before the first step."""
        return []

    def fast_update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        """Do what `update` does, in one pass over large arrays."""
        raise TypeError(f"{type(self).__name__} has averages, but defines no fast_update(p, g, state, group)")

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed training needs: {"groups": settings, "state": arrays by "index.name"}."""
        settings = [{k: v for k, v in group.items() if k != "params"} for group in self.groups]
        arrays = {f"{i}.{name}": value for i, state in enumerate(self.state) for name, value in state.items()}
        return {"groups": settings, "state": arrays}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Take over a saved state; ValueError if it was made for other parameters."""
        shapes = [p.shape for group in self.groups for p in group["params"]]
        state: list[State] = [{} for _ in shapes]
        if len(saved["groups"]) != len(self.groups):
            raise ValueError(
                f"{type(self).__name__}: the saved state has {len(saved['groups'])} groups, this optimiser "
                f"{len(self.groups)}"
            )
        for group, settings in zip(self.groups, saved["groups"], strict=True):
            expect_settings(type(self).__name__, group, settings)
        for key, value in saved["state"].items():
            index, _, name = key.partition(".")
            place = int(index) if index.isdecimal() else -1
            known = 0 <= place < len(shapes)
            # subtle: the fused update trusts shapes and types
            if not known or value.shape != (() if name in self.COUNTS else shapes[place]):
                raise ValueError(
                    f"{type(self).__name__}: saved state {key} {value.shape} fits no parameter; was it made "
                    "for another model?"
                )
            fits = 0 <= value <= MOST_STEPS if name in self.COUNTS else value.dtype.kind == "f"
            if not fits:
                came = value if name in self.COUNTS else value.dtype
                raise ValueError(f"{type(self).__name__}: saved state {key}: expected a float, got {came}")
            state[place][name] = np.array(value)
        self._expect_names(state, saved["groups"])
        for group, settings in zip(self.groups, saved["groups"], strict=True):
            group.update({k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})
        self.state = state

    def _expect_names(self, state: list[State], settings: list[dict[str, Any]]) -> None:
        """ValueError for a state that lacks what `update` makes in its first step, or has more."""
        states = iter(state)
        for group, saved in zip(self.groups, settings, strict=True):
            own = [next(states) for _ in group["params"]]
            if not any(own):
                continue
            fresh: State = {}
            with np.errstate(all="ignore"):
                self.update(np.zeros(1), np.zeros(1), fresh, {**group, **saved})
            wrong = next((each for each in own if each and each.keys() != fresh.keys()), None)
            if wrong is not None:
                expected, came = (", ".join(sorted(each)) for each in (fresh, wrong))
                raise ValueError(f"{type(self).__name__}: expected a saved state of {expected}, came {came}")


def _changeable(p: np.ndarray) -> np.ndarray:
    """Return values that can be changed in place: a copy, if they are read-only or some share one place."""
    is_repeated = any(step == 0 and size > 1 for step, size in zip(p.strides, p.shape, strict=True))
    return p if p.flags.writeable and not is_repeated else np.array(p, order="C")


def added_decay(p: np.ndarray, g: np.ndarray, group: dict[str, Any]) -> np.ndarray:
    """Return g + weight_decay p: the gradient of the loss with weight_decay / 2 |p|^2 added."""
    return g + group["weight_decay"] * p if group["weight_decay"] else g


def clip_grad_norm_(parameters: Iterable[Tensor], max_norm: float) -> float:
    """Scale all gradients together to a norm of at most ``max_norm``; return the norm before.

    Pascanu et al. 2013.
    """
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum(float(np.vdot(g.data.astype(np.float64), g.data)) for g in grads))
    if total > max_norm:
        for g in grads:
            g.data = g.data * np.asarray(max_norm / total, g.dtype)
    return total


def clip_grad_value_(parameters: Iterable[Tensor], limit: float) -> None:
    """Limit every entry of every gradient to [-limit, limit]."""
    for p in parameters:
        if p.grad is not None:
            p.grad.data = np.clip(p.grad.data, -limit, limit)
