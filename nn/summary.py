"""A table of a network: every layer with its output shape, parameters and multiply-adds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import Tensor, human, no_grad
from ..core.create import unpacked
from .module import Module


def summary(module: Module, *shape: Any) -> str:
    """Return the table for one input of that shape (zeros), in the order in which the layers run.

    ``summary(model, 1, 3, 32, 32)`` and ``summary(model, (1, 3, 32, 32))`` are the same.  FLOPs are the
    multiplications plus additions of convolutions and matrix products, for the whole batch.
    """
    shape = unpacked(shape)
    rows: list[tuple[str, str, str, int, int]] = []
    removers = []
    for path, each in module.named_modules():
        if not each._modules:
            removers.append(each.register_forward_hook(_recorder(path or type(each).__name__, rows)))
    was_training = {id(each): each.training for each in module.modules()}
    try:
        module.eval()
        with no_grad():
            module(_input(module, shape))
    finally:
        for remove in removers:
            remove()
        for each in module.modules():
            object.__setattr__(each, "training", was_training[id(each)])
    total = sum(p.size for p in module.parameters())
    trained = sum(p.size for p in module.parameters() if p.requires_grad)
    return _table(rows, shape, total, trained)


def _input(module: Module, shape: tuple[int, ...]) -> Any:
    dtype = next((p.dtype for p in module.parameters()), np.dtype(np.float32))
    return Tensor(np.zeros(shape, dtype))


def _recorder(path: str, rows: list):
    seen: set[int] = set()

    def record(module: Module, inputs: tuple, output: Any) -> None:
        first = output[0] if isinstance(output, (tuple, list)) else output
        flops = getattr(module, "flops", lambda *shapes: 0)(inputs[0].shape, first.shape)
        count = 0 if id(module) in seen else sum(p.size for p in module._parameters.values() if p is not None)
        seen.add(id(module))
        rows.append((path, type(module).__name__, str(tuple(first.shape)), count, flops))

    return record


def _table(rows: list, shape: tuple[int, ...], total: int, trained: int) -> str:
    cells = [("layer", "kind", "output", "parameters", "FLOPs")]
    cells += [
        (path, kind, out, f"{count:,}" if count else "", human.count(flops) if flops else "")
        for path, kind, out, count, flops in rows
    ]
    widths = [max(len(row[i]) for row in cells) for i in range(5)]
    lines = [
        "  ".join(
            v.ljust(w) if i < 3 else v.rjust(w) for i, (v, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    rule = "-" * max(len(line) for line in lines)
    flops = sum(row[4] for row in rows)
    end = (
        f"input {tuple(shape)}: {total:,} parameters ({trained:,} trained), {human.count(flops)}FLOP forward"
    )
    return "\n".join([lines[0], rule, *lines[1:], rule, end])
