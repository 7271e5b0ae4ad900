"""A convolution at work on one image: enough numbers to do its sums again, position by position.

    a[o,p,q] = b[o] + sum_i sum_kl w[o,i,k,l] x[i, s p + d k, s q + d l]        x already with its border

I input channels, O output channels, (P, Q) the output's size, s stride, d dilation.  Of hundreds of input
channels some are kept; what the others add to a is kept as one number a position, the `Unit.rest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import nn
from ...core import Tensor, no_grad
from ...nn import functional as F
from .watch import watching


class Unit(NamedTuple):
    """One output channel.

    Attributes
    ----------
    channel : its number.
    values : a (P, Q), float32, as the library computed it.
    inputs : numbers of the input channels whose kernels are kept, (n,).
    kernels : w (n, K, L).
    bias : b.
    rest : (P, Q), what all other input channels add; None if there are none.
    left_out : how many those are.
    """

    channel: int
    values: np.ndarray
    inputs: np.ndarray
    kernels: np.ndarray
    bias: float
    rest: np.ndarray | None
    left_out: int


class KernelWork(NamedTuple):
    """One convolution.

    Attributes
    ----------
    layer : its path.
    inputs : x, the kept channels by number, each (H, W) with its border.
    stride, dilation : (2,) each.
    padding : rows and columns of the border.
    channels : (O, I).
    units : the output channels that are kept, the strongest first.
    """

    layer: str
    inputs: dict[int, np.ndarray]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]
    channels: tuple[int, int]
    units: list[Unit]

    def sums(self, unit: Unit) -> np.ndarray:
        """Return a (P, Q) of a unit again, from the kept numbers alone, in float64."""
        total = np.full(unit.values.shape, unit.bias, np.float64)
        rows, columns = (np.arange(n) * s for n, s in zip(unit.values.shape, self.stride, strict=True))
        for i, kernel in zip(unit.inputs, unit.kernels, strict=True):
            for (k, l), w in np.ndenumerate(kernel):
                at = np.ix_(rows + k * self.dilation[0], columns + l * self.dilation[1])
                total += float(w) * self.inputs[int(i)][at].astype(np.float64)
        return total if unit.rest is None else total + unit.rest


def convolutions(net: nn.Module) -> list[str]:
    """Return the paths of the convolutions whose sums can be done again: their border is of zeros."""
    return [path for path, each in net.named_modules() if isinstance(each, nn.Conv2d) and _is_plain(each)]


def kernel_work(
    net: nn.Module,
    image: np.ndarray,
    *,
    maps: int = 8,
    budget: int = 30_000,
    layers: Sequence[str] | None = None,
) -> list[KernelWork]:
    """Return what each convolution does with an image (C, H, W), in the order in which they run.

    Parameters
    ----------
    maps : output channels kept of each at most: those whose values vary most.
    budget : numbers kept of each layer, about, of its inputs, and half as many more of its outputs; one of
        each (of the image, all) are kept whatever they take.
    layers : paths of convolutions; all by default.

    Raises
    ------
    KeyError : there is no such layer.
    """
    paths = convolutions(net) if layers is None else list(layers)
    given: dict[str, np.ndarray] = {}

    def keep(path: str) -> Any:
        return lambda module, inputs: given.__setitem__(path, np.asarray(inputs[0].data[0]))

    net.eval()
    with no_grad(), watching(net, paths) as answers:
        removers = [net.get_submodule(path).register_forward_pre_hook(keep(path)) for path in paths]
        try:
            net(Tensor(np.asarray(image, np.float32)[None]))
        finally:
            for remove in removers:
                remove()
    return [
        _work(path, net.get_submodule(path), given[path], answers[path].data[0], maps, budget)
        for path in given
    ]


def _work(path: str, conv: Any, x: np.ndarray, a: np.ndarray, maps: int, budget: int) -> KernelWork:
    top, left = (0, 0) if isinstance(conv.padding, str) else conv.padding
    x = np.pad(np.asarray(x, np.float32), ((0, 0), (top, top), (left, left)))
    cost = a[0].size * (1 if budget >= x.size or len(x) == 3 else 2)  # with what is left out, if anything is
    count = int(np.clip(1.5 * budget // cost, 1, maps))
    strongest = np.argsort(-a.std((1, 2)), kind="stable")[:count]
    most = max(3 if len(x) == 3 else 1, budget // x[0].size)
    chosen = _inputs(conv, x, strongest, most)
    units = [_unit(conv, x, a, int(o), chosen) for o in strongest]
    kept = sorted({int(i) for unit in units for i in unit.inputs})
    return KernelWork(
        path, {i: x[i] for i in kept}, conv.stride, conv.dilation, (top, left), (len(a), len(x)), units
    )


def _inputs(conv: Any, x: np.ndarray, outputs: np.ndarray, most: int) -> set[int]:
    """The input channels that matter most to some outputs: by sum |w| times the channel's largest value."""
    matter = np.zeros(len(x))
    for o in outputs:
        numbers, w = _seen(conv, int(o))
        matter[numbers] += np.abs(w).sum((1, 2)) * np.abs(x[numbers]).max((1, 2))
    return {int(i) for i in np.argsort(-matter, kind="stable")[:most]}


def _unit(conv: Any, x: np.ndarray, a: np.ndarray, o: int, chosen: set[int]) -> Unit:
    numbers, w = _seen(conv, o)
    is_kept = np.array([int(i) in chosen for i in numbers])
    if not is_kept.any():  # of a depthwise layer each output has an input of its own
        is_kept[0] = True
    rest = None
    if not is_kept.all():
        others, kernels = x[numbers[~is_kept]], w[~is_kept]
        rest = np.asarray(F.conv2d(others[None], kernels[None], None, conv.stride, 0, conv.dilation)[0, 0])
    bias = 0.0 if conv.bias is None else float(conv.bias.data[o])
    return Unit(o, np.asarray(a[o], np.float32), numbers[is_kept], w[is_kept].astype(np.float32), bias, rest,
                int((~is_kept).sum()))  # fmt: skip


def _seen(conv: Any, o: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the input channels that output o sees, (n,), and its kernels of them, (n, K, L)."""
    w = conv.weight.data[o]
    first = o // (conv.out_channels // conv.groups) * len(w)
    return np.arange(first, first + len(w)), w


def _is_plain(conv: nn.Conv2d) -> bool:
    return conv.padding_mode == "zeros" and conv.padding != "same"
