"""Sums and means of the rows of a table: an embedding of sets of words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ops
from ..core.tensor import raw


def embedding_bag(
    index: Any,
    weight: Any,
    offsets: Any = None,
    mode: str = "mean",
    per_sample_weights: Any = None,
    padding_idx: int | None = None,
) -> Any:
    """Return one row a bag, made of the rows of weight (V, D) that the bag names: (B, D).

    Parameters
    ----------
    index : (B, L) whole numbers, a bag a row; or (n,), all bags in a row, with
    offsets : (B,), where each begins.
    mode : "sum", "mean" or "max".  An empty bag gives 0.
    per_sample_weights : of the shape of index, a factor of each row; for "sum" alone.
    padding_idx : this row counts for nothing.

    Raises
    ------
    ValueError : if the shapes do not fit, or a number is no row.
    """
    index = np.asarray(raw(index))
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"embedding_bag: expected mode 'sum', 'mean' or 'max', got {mode!r}")
    if per_sample_weights is not None and (mode != "sum" or tuple(per_sample_weights.shape) != index.shape):
        expected = f"mode 'sum' and one factor for each of the index {index.shape}"
        got = f"mode {mode!r} and {tuple(per_sample_weights.shape)}"
        raise ValueError(f"embedding_bag: per_sample_weights expect {expected}, got {got}")
    if index.ndim != (2 if offsets is None else 1):
        raise ValueError(f"embedding_bag: expected index (B, L), or (n,) with offsets, got {index.shape}")
    place, inside = _places(index, offsets)  # (B, L): where each bag's numbers are
    numbers = index.reshape(-1)[place] if index.size else np.zeros(place.shape, np.intp)
    if padding_idx is not None:
        inside = inside & (numbers != padding_idx % weight.shape[0])
    rows = ops.embedding(weight, np.where(inside, numbers, 0))
    if per_sample_weights is not None:
        rows = rows * ops.unsqueeze(ops.take(ops.reshape(per_sample_weights, shape=(-1,)), place), -1)
    if mode == "max":
        rows = ops.where(inside[..., None], rows, -np.inf)
        filled = np.any(inside, axis=1, keepdims=True)
        best = ops.extreme(rows, np.argmax, 1).values if place.shape[1] else ops.sum(rows, axis=1)
        return ops.where(filled, best, 0)
    total = ops.sum(ops.where(inside[..., None], rows, 0), axis=1)
    return total if mode == "sum" else total / np.maximum(inside.sum(1), 1)[:, None].astype(weight.dtype)


def _places(index: np.ndarray, offsets: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return where each bag's numbers are in the flat index, as rows of one length, and which are inside."""
    if offsets is None:
        return np.arange(index.size).reshape(index.shape), np.ones(index.shape, bool)
    starts = np.asarray(raw(offsets))
    ends = np.append(starts[1:], index.size)
    if starts.ndim != 1 or (len(starts) and (starts[0] != 0 or (starts > ends).any())):
        raise ValueError(
            f"embedding_bag: expected offsets from 0 on, none below the one before, got {starts}"
        )
    place = starts[:, None] + np.arange(int(np.max(ends - starts, initial=0)))
    inside = place < ends[:, None]
    return np.where(inside, place, 0), inside
