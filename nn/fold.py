"""A network for inference: batch norm in the convolution before it, and weights laid out once.

In evaluation batch norm is an affine map of each channel, and a convolution is linear, so the two are one:

    s (w * x + b) + t  =  (s w) * x + (s b + t)          s = gamma / sqrt(var + eps),  t = beta - s mean

x (N, C, H, W), w (K, C / groups, R, S), b, s, t (K,).  Each weight and bias of channel k is scaled by s_k: a
layer less, and a pass over memory less.  The rectifier behind it is part of the same pass.  What is scaled
once may be laid out once, too, in the order in which the kernels read it (``ext/conv/packed.py``).
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..core.tensor import raw
from ..ext.conv import PackedWeights
from .convolution import Conv2d
from .module import Module

Net = TypeVar("Net", bound=Module)


def fold(net: Net) -> Net:
    """Return a copy of a network that computes the same in evaluation, faster; it is not to be trained.

    Its parameters and running statistics are read-only and have no gradients; gradients in the input are
    there as before.  Layers keep their names, and one that is watched by a hook runs alone.

    Parameters
    ----------
    net : Module
        Stays as it is.

    Examples
    --------
    >>> from cutaway import nn
    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
    >>> x = np.ones((1, 3, 5, 5), np.float32)
    >>> bool(np.allclose(nn.fold(net)(x).data, net.eval()(x).data, atol=1e-6))
    True
    """
    folded = copy.deepcopy(net)
    folded.eval().requires_grad_(False)
    for values in (*folded.parameters(), *folded.buffers()):
        if values is not None:
            raw(values).flags.writeable = False  # what is laid out once can never be out of date
    for module in folded.modules():
        if type(module) is Conv2d:
            module.kept = KeptWeights()
    return folded


def folded_weights(conv: Any, norm: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return weights (K, C / groups, R, S) and biases (K,) of a convolution that normalises, too."""
    mean, var = statistics(norm)
    w = raw(conv.weight)
    scale = 1 / np.sqrt(var + norm.eps)
    shift = -scale * mean
    if norm.affine:
        scale, shift = scale * raw(norm.weight), shift * raw(norm.weight) + raw(norm.bias)
    if conv.bias is not None:
        shift = shift + scale * raw(conv.bias)
    return w * scale.astype(w.dtype)[:, None, None, None], shift.astype(w.dtype)


def statistics(norm: Any) -> list[np.ndarray]:
    """Return the running mean and variance of a batch norm, (K,) each."""
    return [raw(norm._buffers[name]) for name in ("running_mean", "running_var")]


class Entry(NamedTuple):
    """Weights of a convolution, and the arrays that they were made of."""

    sources: list[np.ndarray]
    w: PackedWeights
    b: np.ndarray | None


class KeptWeights:
    """The weights of one convolution of a folded network, alone and with the batch norm behind it."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, float] | None, Entry] = {}  # by the batch norm and its eps

    def of(self, conv: Any, norm: Any = None) -> tuple[PackedWeights, np.ndarray | None] | None:
        """Return weights and biases; None if an array that they are made of can be written."""
        layers = [conv] if norm is None else [conv, norm]
        sources = [raw(p) for layer in layers for p in layer._parameters.values() if p is not None]
        sources += [] if norm is None else statistics(norm)
        if any(array.flags.writeable for array in sources):
            return None
        key = None if norm is None else (id(norm), norm.eps)
        entry = self._entries.get(key)
        if entry is None or list(map(id, entry.sources)) != list(map(id, sources)):
            w, b = (conv.weight, conv.bias) if norm is None else folded_weights(conv, norm)
            entry = Entry(sources, PackedWeights(raw(w)), None if b is None else raw(b))
            self._entries[key] = entry
        return entry.w, entry.b

    def __reduce__(self) -> tuple:
        return KeptWeights, ()  # copies and files make their own
