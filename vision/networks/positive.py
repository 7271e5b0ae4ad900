"""A network in which nothing cancels: positive weights, means for maxima; so gradients show what it sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad
from ...nn import functional as F

Call = tuple[str, nn.Module, Tensor]  # path, layer, output


@contextmanager
def positive(net: nn.Module) -> Iterator[list[Call]]:
    """Inside, a network has weights 1 / fan_in and no biases, max-pools take means, and layers are recorded.

    Weights that average keep small values small, so that no rectifier is cut off above either.  Yields the
    list of the calls of its innermost layers, in their order.  Behind it everything is as before.
    """
    state = {path: values.copy() for path, values in net.state_dict().items()}
    wanted = [(p, p.requires_grad, p.dtype) for p in net.parameters()]
    modes = [(module, module.training) for module in net.modules()]
    calls: list[Call] = []
    removers = [
        each.register_forward_hook(_averaged) for each in net.modules() if isinstance(each, nn.MaxPool2d)
    ]
    for path, module in net.named_modules():
        if not list(module.children()):
            removers.append(module.register_forward_hook(_recorder(path, calls)))
    try:
        net.eval().requires_grad_(False).astype(np.float64)
        for path, values in net.state_dict().items():
            values[...] = _plain(path, values)
        yield calls
    finally:
        for remove in removers:
            remove()
        net.astype(next((dtype for _, _, dtype in wanted), np.float32)).load_state_dict(state)
        for p, trained, _ in wanted:
            p.requires_grad = trained
        for module, mode in modes:
            object.__setattr__(module, "training", mode)


def _plain(path: str, values: np.ndarray) -> Any:
    """Return what a parameter is set to: 1 / fan_in; batch norms leave what comes as it is."""
    if path.endswith("weight"):
        return 1 / max(1, values[0].size) if values.ndim > 1 else 1
    return 1 if path.endswith("running_var") else 0


def _averaged(pool: Any, inputs: tuple, output: Any) -> Any:
    """The mean of each window that a max-pool has: the maximum would have a gradient at one pixel only."""
    return F.avg_pool2d(inputs[0], pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode)


def _recorder(path: str, calls: list[Call]) -> Any:
    def record(module: Any, inputs: tuple, output: Any) -> None:
        calls.append((path or type(module).__name__, module, output))

    return record


def measured(y: Tensor, x: Tensor, pixel: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the first and last row, and column, of x where one pixel of y (1, C, P, Q) has a gradient."""
    seen = np.abs(grad(y[(0, slice(None), *pixel)].sum(), x).data[0]).sum(0) > 0
    rows, columns = (np.flatnonzero(seen.any(axis)) for axis in (1, 0))
    return (int(rows[0]), int(rows[-1])), (int(columns[0]), int(columns[-1]))
