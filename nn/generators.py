"""The random generators of a model's modules (dropout): their states, different ones on different ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from .module import Module


def generators(model: Module) -> list[tuple[str, np.random.Generator]]:
    """Return the random generators that belong to modules (dropout), by path."""
    return [
        (path, module.__dict__["rng"])
        for path, module in model.named_modules()
        if isinstance(module.__dict__.get("rng"), np.random.Generator)
    ]


def states(model: Module) -> dict[str, Any]:
    """Return the states of a model's generators."""
    return {path: rng.bit_generator.state for path, rng in generators(model)}


def put_states(model: Module, kept: dict[str, Any]) -> None:
    """Set the states of a model's generators."""
    for path, rng in generators(model):
        rng.bit_generator.state = kept[path]


def draw_apart(model: Module, rank: int) -> None:
    """Let generators that are in the same state on all ranks draw other numbers on each; on rank 0 the same.

    A rank's new state is made from a number that the common one would draw next, and its own.
    """
    for rng in {id(rng): rng for _, rng in generators(model)}.values() if rank else ():
        bits: Any = rng.bit_generator
        fork = type(bits)()
        fork.state = bits.state
        drawn = int(np.random.Generator(fork).integers(2**63))
        bits.state = type(bits)(np.random.SeedSequence([drawn, rank])).state
