"""Methods that make one value of many: along axes, or of all.

``axis`` (or ``dim``) is None for all axes, a number, or several; ``keepdims`` (or ``keepdim``) keeps the
reduced axes with size 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import ops
from ..spelling import bilingual, respelled
from ..tensor import Tensor, raw

PYTORCH = {"dim", "keepdim"}
DIVISOR = {"ddof", "correction", "unbiased"}


class Reductions:
    """Sums, means, extremes, norms, and what is normalised by them."""

    __slots__ = ()

    if TYPE_CHECKING:
        data: Any
        shape: Any

    def sum(self, axis: Any = None, keepdims: Any = False, **spelled: Any) -> Tensor:
        """Return the sum over axes."""
        return ops.sum(self, axis=axis, keepdims=keepdims, **spelled)

    def mean(self, axis: Any = None, keepdims: Any = False, **spelled: Any) -> Tensor:
        """Return the mean over axes."""
        return ops.mean(self, axis=axis, keepdims=keepdims, **spelled)

    def prod(self, *axis: Any, **options: Any) -> Tensor:
        """Return the product: ``prod(axis=None, keepdims=False)``."""
        return ops.prod(self, *axis, **options)

    def logsumexp(self, *axis: Any, **options: Any) -> Tensor:
        """Return log sum exp(x): ``logsumexp(axis=None, keepdims=False)``; it never overflows."""
        return ops.logsumexp(self, *axis, **options)

    def norm(self, p: Any = 2, *axis: Any, **options: Any) -> Tensor:
        """Return the p-norm, p >= 1 or ``inf``: ``norm(p=2, axis=None, keepdims=False)``."""
        return ops.norm(self, 2 if p == "fro" else p, *axis, **options)

    def var(self, *axis: Any, **options: Any) -> Tensor:
        """Return the variance: ``var(axis=None, ddof=0, keepdims=False)``, the sum over n - ddof.

        As NumPy's it is that of the values themselves, ddof = 0; in PyTorch's words, ``dim=``, ``keepdim=``,
        the unbiased estimate, ddof = 1, unless ``correction=`` (or ``unbiased=``) says otherwise.
        """
        return variance(self, *axis, **options)

    def std(self, *axis: Any, **options: Any) -> Tensor:
        """Return the standard deviation: ``std(axis=None, ddof=1, keepdims=False)``, as in PyTorch unbiased.

        It is the root of ``var(ddof=1)``; for that of the values themselves, as NumPy's, pass ddof=0.
        """
        return deviation(self, *axis, **options)

    # Extremes

    def max(self, *axis: Any, **options: Any) -> Any:
        """Return the largest value: ``max(axis=None, keepdims=False)``; they share the gradient.

        In PyTorch's words, ``max(dim=1)`` or ``max(1, keepdim=True)``, return (values, indices), and the
        first of several has the whole gradient; ``max(other)`` is `maximum`.
        """
        if options.keys() & PYTORCH or (axis and not isinstance(axis[0], int)):
            return largest(self, *axis, **options)
        return ops.max(self, *axis, **options)

    def min(self, *axis: Any, **options: Any) -> Any:
        """Return the smallest value, as `max` the largest."""
        if options.keys() & PYTORCH or (axis and not isinstance(axis[0], int)):
            return smallest(self, *axis, **options)
        return ops.min(self, *axis, **options)

    def amax(self, *axis: Any, **options: Any) -> Tensor:
        """Return the largest value, whatever the spelling; several that are largest share the gradient."""
        return ops.max(self, *axis, **options)

    def amin(self, *axis: Any, **options: Any) -> Tensor:
        """Return the smallest value, whatever the spelling."""
        return ops.min(self, *axis, **options)

    def argmax(self, *axis: Any, **options: Any) -> Tensor:
        """Return the index of the largest value: ``argmax(axis=None, keepdims=False)``, without gradient."""
        return ops.argmax(self, *axis, **options)

    def argmin(self, *axis: Any, **options: Any) -> Tensor:
        """Return the index of the smallest value: ``argmin(axis=None, keepdims=False)``, without gradient."""
        return ops.argmin(self, *axis, **options)

    def median(self, *axis: Any, **options: Any) -> Any:
        """Return the median, or along one axis, ``median(axis, keepdims=False)``, (values, indices)."""
        if axis or options:
            return ops.median(self, *axis, **options)
        return ops.median(ops.reshape(self, shape=(-1,))).values

    def any(self, *axis: Any, **options: Any) -> Any:
        """Return whether any value is true: a bool, or a tensor along ``any(axis, keepdims=False)``."""
        return truth(np.any, self, *axis, **options)

    def all(self, *axis: Any, **options: Any) -> Any:
        """Return whether all values are true: a bool, or a tensor along ``all(axis, keepdims=False)``."""
        return truth(np.all, self, *axis, **options)

    def count_nonzero(self, *axis: Any, **options: Any) -> Tensor:
        """Return how many values are not 0: ``count_nonzero(axis=None, keepdims=False)``."""
        return ops.sum(Tensor(self.data != 0), *axis, **options)

    # Of the same shape

    def softmax(self, *axis: Any, **options: Any) -> Tensor:
        """Return exp(x) / sum exp(x) along an axis: ``softmax(axis=-1)``."""
        return ops.softmax(self, *axis, **options)

    def log_softmax(self, *axis: Any, **options: Any) -> Tensor:
        """Return x - log sum exp(x) along an axis: ``log_softmax(axis=-1)``."""
        return ops.log_softmax(self, *axis, **options)

    def cumsum(self, *axis: Any, **options: Any) -> Tensor:
        """Return the running sums along an axis: ``cumsum(axis)``."""
        return ops.cumsum(self, *axis, **options)

    def cumprod(self, *axis: Any, **options: Any) -> Tensor:
        """Return the running products along an axis: ``cumprod(axis)``."""
        return ops.cumprod(self, *axis, **options)


def variance(x: Any, *axis: Any, **options: Any) -> Any:
    """Return ``var(axis=None, ddof=0, keepdims=False)``; see `Reductions.var`."""
    if len(axis) < 2 and options.keys() & PYTORCH and not options.keys() & DIVISOR:
        options = {**options, "ddof": 1}
    return ops.var(x, *_no_truths("var", axis), **_counted(options))


def deviation(x: Any, *axis: Any, **options: Any) -> Any:
    """Return ``std(axis=None, ddof=1, keepdims=False)``; see `Reductions.std`."""
    if len(axis) < 2 and not options.keys() & DIVISOR:
        options = {**options, "ddof": 1}
    return ops.std(x, *_no_truths("std", axis), **_counted(options))


def _no_truths(name: str, axis: tuple) -> tuple:
    """Return ``axis``; TypeError for ``std(False)``, which in PyTorch is no axis but `unbiased`."""
    if axis and isinstance(axis[0], (bool, np.bool_)):
        raise TypeError(
            f"{name}: expected an axis, got {axis[0]}; for the divisor n - ddof pass ddof=0 or ddof=1"
        )
    return axis


def _counted(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options with ``unbiased=True`` as the number 1."""
    return {word: int(value) if word == "unbiased" else value for word, value in options.items()}


def largest(x: Any, *axis: Any, **options: Any) -> Any:
    """Return ``max(axis=None, keepdims=False)``, or in PyTorch's words (values, indices)."""
    return _extreme(x, ops.max, ops.maximum, np.argmax, axis, options)


def smallest(x: Any, *axis: Any, **options: Any) -> Any:
    """Return ``min(axis=None, keepdims=False)``, or in PyTorch's words (values, indices)."""
    return _extreme(x, ops.min, ops.minimum, np.argmin, axis, options)


def _extreme(x: Any, op: Any, of_two: Any, pick: Any, axis: tuple, options: dict) -> Any:
    if axis and isinstance(axis[0], (Tensor, np.ndarray)) and not options:
        return of_two(x, *axis)
    if options.keys() & PYTORCH:
        return ops.extreme(x, pick, *axis, **respelled(op.name, options, ("axis", "keepdims")))
    return op(x, *axis, **options)


def truth(how: Any, x: Any, *axis: Any, **options: Any) -> Any:
    """Return ``how`` (`numpy.any` or `numpy.all`) of x: a bool of everything, a tensor along axes."""
    return _truth(x, how, *axis, **options)


@bilingual
def _truth(x: Any, how: Any, axis: Any = None, keepdims: bool = False) -> Any:
    answer = how(raw(x), axis=axis, keepdims=keepdims)
    return bool(answer) if axis is None and not keepdims else Tensor(answer)
