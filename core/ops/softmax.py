"""Probabilities from scores, and the loss that judges them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ext import fused
from ..errors import ShapeError, message
from ..op import case, op
from ..tensor import raw, values_of
from .exponential import exp
from .index import gather, scatter
from .reduce import sum
from .select import where
from .shape import reshape, unsqueeze


@op("y_k = exp(x_k) / sum_j exp(x_j) along one axis")
class softmax:
    def forward(x, *, axis=-1):
        # shift-invariant, and exp never overflows
        e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
        return e / np.sum(e, axis=axis, keepdims=True)

    def vjp_x(g, y, axis):  # dy_k/dx_j = y_k ([k=j] - y_j)
        return y * (g - sum(g * y, axis=axis, keepdims=True))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(np.array([[1000.0, 999.0, 0.0]]))
        yield case(rng.normal(size=(2, 3, 2)), axis=1)


@op("y_k = x_k - log sum_j exp(x_j) along one axis")
class log_softmax:
    def forward(x, *, axis=-1):
        shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
        return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))

    def vjp_x(g, y, axis):  # dy_k/dx_j = [k=j] - softmax(x)_j
        return g - exp(y) * sum(g, axis=axis, keepdims=True)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)))
        yield case(np.array([[1000.0, 999.0, 0.0]]))
        yield case(rng.normal(size=(2, 3, 2)), axis=1)


@op(
    "y_n = -w_t log softmax(x_n)_t with t the target of n; 0 where t is ignored",
    source="lecture: CCE, with its minus sign",
)
class cross_entropy_each:
    """N batch, K classes, ... pixels:  x (N, K, ...) scores, target (N, ...) whole numbers -> y (N, ...)."""

    def forward(x, target, *, weight=None, ignore_index=-100):
        x = np.asarray(x)
        if np.shape(target) != x.shape[:1] + x.shape[2:]:
            raise ValueError("expected targets (N, ...) for x (N, K, ...)")
        t, scale = _scale(x, target, weight, ignore_index)
        shifted = x - np.max(x, axis=1, keepdims=True)
        total = np.log(np.sum(np.exp(shifted), axis=1))
        picked = np.take_along_axis(shifted, t[:, None], axis=1)[:, 0]
        return np.where(scale == 0, 0, (total - picked) * scale)  # an ignored pixel may be infinite

    def vjp_x(g, x, target, weight, ignore_index):  # w_t (softmax(x) - onehot(t))
        t, scale = _scale(x, target, weight, ignore_index)
        none, g = (scale == 0)[:, None], unsqueeze(g * scale, 1)
        return where(none, 0, softmax(x, axis=1) * g - scatter(g, t[:, None], axis=1, shape=tuple(x.shape)))

    def samples(rng):
        yield case(rng.normal(size=(4, 3)), np.array([0, 2, 1, 1]))
        yield case(
            rng.normal(size=(2, 3, 2, 2)),
            rng.integers(0, 3, size=(2, 2, 2)),
            weight=np.array([1.0, 2.0, 0.5]),
            ignore_index=1,
        )

    class fast:
        serves = fused.serves

        def forward(x, target, *, weight, ignore_index):
            return fused.cross_entropy(x, *_scale(x, target, weight, ignore_index))

        def vjp_x(g, x, target, weight, ignore_index):
            t, scale = _scale(x, target, weight, ignore_index)
            return fused.cross_entropy_backward(x, t, where(scale == 0, 0, g * scale))

        def samples(rng):
            x, target = rng.normal(size=(3, 5, 17, 19)), rng.integers(0, 5, size=(3, 17, 19))
            yield case(x, target)
            yield case(x, target, weight=rng.uniform(size=5), ignore_index=1)


def _scale(x: Any, target: Any, weight: Any, ignore_index: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets, ignored ones as 0, and the factor of each: its class weight, 0 where ignored."""
    target = np.asarray(target)
    kept = target != ignore_index
    t = np.where(kept, target, 0)
    return t, kept.astype(x.dtype) if weight is None else (np.asarray(weight)[t] * kept).astype(x.dtype)


def cross_entropy(
    x: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> Any:
    """Return the cross-entropy between scores and class numbers, one an example or one a pixel.

    Parameters
    ----------
    x : (N, K) or (N, K, ...) scores before the softmax.
    target : (N,) or (N, ...) class numbers in [0, K).
    weight : (K,) factor of each class.
    ignore_index : targets of this value count for nothing, neither in the sum nor in the mean (255 in PASCAL
        VOC).
    reduction : "mean" (over the weights of what is not ignored), "sum" (the lecture's formula) or "none".

    Raises
    ------
    ShapeError : if the shapes do not fit, or a target is no class.
    """
    weight = values_of(weight, "cross_entropy, weight of the classes")
    x, target = x if hasattr(x, "shape") else np.asarray(x), np.asarray(raw(target))
    _check("cross_entropy", x, target, weight, ignore_index, reduction)
    each = cross_entropy_each(x, target, weight=weight, ignore_index=ignore_index)
    return each if reduction == "none" else _total(each, x, target, weight, ignore_index, reduction)


def nll_loss(
    x: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> Any:
    """Return -w_t x_t, the negative log-likelihood of log-probabilities x (N, K, ...).

    The parameters are those of `cross_entropy`, which is that of ``log_softmax(x)``; here x is taken as it
    is, normalised or not.
    """
    weight = values_of(weight, "nll_loss, weight of the classes")
    x, target = x if hasattr(x, "shape") else np.asarray(x), np.asarray(raw(target))
    _check("nll_loss", x, target, weight, ignore_index, reduction)
    t, scale = _scale(x, target, weight, ignore_index)
    picked = reshape(gather(x, t[:, None], axis=1), shape=target.shape)
    each = where(scale == 0, 0, picked * -scale)
    return each if reduction == "none" else _total(each, x, target, weight, ignore_index, reduction)


def _total(each: Any, x: Any, target: np.ndarray, weight: Any, ignore_index: int, reduction: str) -> Any:
    """Return the sum of the losses, or their mean over the weights of what is not ignored."""
    total = sum(each)
    if reduction == "sum":
        return total
    _, scale = _scale(x, target, weight, ignore_index)
    count = float(np.sum(scale, dtype=np.float64))
    return total / count if count else total * 0.0


def _check(name: str, x: Any, target: np.ndarray, weight: Any, ignore_index: int, reduction: str) -> None:
    def complain(problem: str, hint: str = "") -> ShapeError:
        return ShapeError(message(name, problem, [("x", x), ("target", target)], hint))

    if target.dtype.kind not in "iu":
        hint = "use target.argmax(1) for one-hot targets"
        raise complain(f"expected class numbers, got {target.dtype} targets", hint)
    if len(x.shape) < 2 or target.shape != (x.shape[0], *x.shape[2:]):
        expected = (x.shape[0], *x.shape[2:]) if x.shape else ()
        raise complain(f"expected targets of shape {expected} = (N, ...) for x (N, K, ...)")
    K = x.shape[1]
    wrong = (target != ignore_index) & ((target < 0) | (target >= K))
    if wrong.any():
        bad = target[wrong][0]
        hint = f"pass ignore_index={bad} if it means 'no label'"
        if bad == 255:
            hint = "void pixels of PASCAL VOC are 255: pass ignore_index=255"
        raise complain(f"target {bad} is no class: x has K = {K} classes, 0 to {K - 1}", hint)
    if weight is not None and np.shape(weight) != (K,):
        raise complain(f"expected one weight a class, shape ({K},), got {np.shape(weight)}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{name}: expected reduction 'mean', 'sum' or 'none', got {reduction!r}")
