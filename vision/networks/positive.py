"""A network in which nothing cancels: positive weights, means for maxima; so gradients show what it sees."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad
from ...nn import functional as F

Call = tuple[str, nn.Module, Tensor]  # path, layer, output


def positive(net: nn.Module) -> tuple[nn.Module, list[Call]]:
    """Return a copy with weights 1 / fan_in and no biases, whose max-pools take means, and a list.

    Weights that average keep small values small, so that no rectifier is cut off above either.  When the copy
    is called, the list is filled with the calls of its innermost layers, in their order.
    """
    other, calls = copy.deepcopy(net), []
    for module in other.modules():
        if isinstance(module, nn.MaxPool2d):
            module.register_forward_hook(_averaged)
    for path, module in other.named_modules():
        if not list(module.children()):
            module.register_forward_hook(_recorder(path, calls))
    other.eval().requires_grad_(False).astype(np.float64)
    for path, values in other.state_dict().items():
        values[...] = _plain(path, values)
    return other, calls


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
