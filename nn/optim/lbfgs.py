"""L-BFGS, for small problems whose whole loss is evaluated at once; the work is SciPy's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...core import Tensor
from ...core.node import mark_changed
from .base import Optimiser


class LBFGS(Optimiser):
    """Minimise by the curvature that the last gradients show (Liu & Nocedal 1989); one `step` is a whole run.

    Parameters
    ----------
    parameters : tensors, in one group.
    max_iter : iterations of one `step`.
    max_eval : evaluations of one `step`; None for 1.25 max_iter.
    tolerance_grad : it ends when no entry of the gradient is larger.
    tolerance_change : it ends when the loss falls by less than this part of its size.
    history_size : pairs of steps and changes of the gradient that are remembered, within one `step`.

    The length of each iteration is found by SciPy's line search (``scipy.optimize``, "L-BFGS-B"), so there
    is no rate; PyTorch's remembers its pairs over several calls of `step`, this one does not.

    Examples
    --------
    >>> import cutaway
    >>> x = cutaway.tensor([3.0, -2.0], requires_grad=True)
    >>> optimiser = LBFGS([x])
    >>> def closure():
    ...     optimiser.zero_grad()
    ...     loss = ((x - 1) ** 4).sum()
    ...     loss.backward()
    ...     return loss
    >>> first = optimiser.step(closure)
    >>> np.allclose(x.numpy(), 1, atol=0.02)
    True
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
    ):
        super().__init__(
            parameters,
            max_iter=max_iter,
            max_eval=max_eval,
            tolerance_grad=tolerance_grad,
            tolerance_change=tolerance_change,
            history_size=history_size,
        )
        if len(self.groups) > 1:
            raise ValueError("LBFGS: expected one group of parameters: it measures all of them together")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Minimise what ``closure()`` returns; it also forgets the gradients before, and calls backward.

        Returns
        -------
        The loss before the first iteration.
        """
        from scipy.optimize import minimize

        if closure is None:
            raise TypeError("LBFGS.step: expected a closure: zero_grad, loss, backward, and return the loss")
        group = self.groups[0]
        free = [p for p in group["params"] if p.requires_grad]
        ends = np.cumsum([p.size for p in free])
        losses: list[Any] = []

        def put(values: np.ndarray) -> None:
            for p, piece in zip(free, np.split(values, ends[:-1]), strict=True):
                p.data = piece.reshape(p.shape).astype(p.dtype)
                mark_changed(p.data)

        def evaluate(values: np.ndarray) -> tuple[float, np.ndarray]:
            put(values)
            losses.append(closure())
            return float(losses[-1].item()), _together(_gradient(p) for p in free)

        found = minimize(
            evaluate,
            _together(p.data for p in free),
            jac=True,
            method="L-BFGS-B",
            options={
                "maxiter": group["max_iter"],
                "maxfun": group["max_eval"] or max(1, group["max_iter"] * 5 // 4),
                "maxcor": group["history_size"],
                "gtol": group["tolerance_grad"],
                "ftol": group["tolerance_change"],
            },
        )
        put(found.x)
        return losses[0]


def _together(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """One vector of all entries, float64, as SciPy counts in."""
    return np.concatenate([np.ravel(array).astype(np.float64) for array in arrays])


def _gradient(p: Tensor) -> np.ndarray:
    return np.zeros(p.shape) if p.grad is None else p.grad.data
