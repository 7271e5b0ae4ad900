"""What a pixel of a map can see of the image: the receptive field of every layer, of any network.

By formula: from a pixel back to the image, op by op, through all branches (``windows.py``).  In a chain of
layers with kernels k, dilations d and strides s that is the well-known

    r = r' + (k - 1) d j'      j = j' s       r' and j' of the layer before: its field, and how far apart the
                                              fields of neighbours lie; 1 and 1 in the image

By measurement: the gradient of that pixel has to be 0 outside of the field, and, if all weights are positive
so that nothing cancels, not 0 at its ends.  The two must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor
from ...core.node import Node
from .positive import measured, positive
from .windows import Window, looked_at, window_of

Span = tuple[int, int]  # the first and the last pixel
COLUMNS = ("layer", "kind", "map", "kernel", "stride", "dilation", "jump", "field", "measured")
TINY = 1e-6  # values that no rectifier cuts off above, however many residuals add them up


@dataclass(frozen=True)
class Field:
    """A layer's receptive field; pairs are (rows, columns).

    Attributes
    ----------
    layer, kind : path and class.
    size : of its map.
    window : its own kernel, stride and dilation along the rows; None for a sum of branches.
    jump : how many pixels of the image lie between the fields of neighbours, along the rows.
    spans : the first and last pixel that the middle pixel of the map sees, were the image endless.
    inside : the same within the image.
    measured : the first and last pixel with a gradient; None if it was not asked for.
    """

    layer: str
    kind: str
    size: tuple[int, int]
    window: Window | None
    jump: Fraction
    spans: tuple[Span, Span]
    inside: tuple[Span, Span]
    measured: tuple[Span, Span] | None

    @property
    def field(self) -> tuple[int, int]:
        """Rows and columns that are seen."""
        return tuple(last - first + 1 for first, last in self.spans)  # type: ignore[return-value]


class FieldTable(list[Field]):
    """A list of fields that prints as a table."""

    def __str__(self) -> str:
        cells: list[tuple[str, ...]] = [COLUMNS]
        for each in self:
            own = each.window or ("", "", "")
            seen = "" if each.measured is None else _shown([b - a + 1 for a, b in each.measured])
            cut = " (at the border)" if each.measured and each.inside != each.spans else ""
            numbers = (*own, each.jump, _shown(each.field), seen + cut)
            cells.append((each.layer, each.kind, _shown(each.size), *map(str, numbers)))
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        lines = ["  ".join(v.ljust(w) for v, w in zip(row, widths, strict=True)).rstrip() for row in cells]
        return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])

    __repr__ = __str__


def receptive_field(
    net: nn.Module, size: int | tuple[int, int] = 64, *, channels: int | None = None, measure: bool = False
) -> FieldTable:
    """Return the receptive field of each layer that looks at more than one pixel, and of the output.

    Parameters
    ----------
    net : any network of images; it is run once, as in evaluation.
    size : of the image, (H, W) or one number for both.  Fields may be larger: they are those of the middle
        pixel of each map, in an endless image.
    channels : of the image; those of the first convolution, if not given.
    measure : also by gradients, one backward pass a layer.

    >>> chain = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3))
    >>> print(receptive_field(chain, 20))
    layer  kind       map    kernel  stride  dilation  jump  field  measured
    ------------------------------------------------------------------------
    0      Conv2d     18x18  3       1       1         1     3x3
    2      MaxPool2d  9x9    2       2       1         2     4x4
    3      Conv2d     7x7    3       1       1         2     8x8
    """
    shape = (size, size) if isinstance(size, int) else tuple(size)
    channels = channels or next(each for each in net.modules() if isinstance(each, nn.Conv2d)).in_channels
    x = Tensor(np.full((1, channels, *shape), TINY)).requires_grad_()
    plain, calls = positive(net)
    output = plain(x)
    table, last, seen = FieldTable(), None, set()
    for path, layer, y in [*calls, ("output", plain, output)]:
        if len(y.shape) != 4 or y.node in seen:  # flattened; or passed on as it came
            continue
        seen.add(y.node)
        window = _window(layer, y.node)
        if window is not None or (path == "output" and y.node is not last):
            table.append(_field(path, type(layer).__name__, y, x, window, measure))
            last = y.node
    return table


def _window(layer: nn.Module, node: Node) -> Window | None:
    """Return the window of the op that a layer is, which may have added a bias behind it."""
    window = window_of(node, 0)
    if window is None and isinstance(layer, nn.ConvTranspose2d):
        window = window_of(node.parents[0], 0)
    return window


def _field(path: str, kind: str, y: Any, x: Tensor, window: Window | None, measure: bool) -> Field:
    middle = tuple(n // 2 for n in y.shape[2:])
    spans, inside = (
        (span(y.node, middle[0], 0, cut), span(y.node, middle[1], 1, cut)) for cut in (False, True)
    )
    seen = measured(y, x, middle) if measure else None
    return Field(path, kind, tuple(y.shape[2:]), window, _jump(y.node), spans, inside, seen)


def span(node: Node, pixel: int, axis: int, cut: bool) -> Span:
    """Return the first and last pixel of the image that lead to one of a map; cut: only those in each map."""
    spans: dict[Node, Span] = {node: (pixel, pixel)}
    waiting = {node}
    while True:
        node = max(
            waiting, key=lambda each: each.order if not each.is_leaf else -1
        )  # the last made comes first
        waiting.discard(node)
        if node.is_leaf:
            return spans[node]
        a, b = looked_at(node, *spans[node], axis)
        for parent in node.parents:
            low, high = (max(a, 0), min(b, parent.shape[2 + axis] - 1)) if cut else (a, b)
            before = spans.get(parent, (low, high))
            spans[parent] = min(low, before[0]), max(high, before[1])
            waiting.add(parent)


def _jump(node: Node) -> Fraction:
    jump = Fraction(1)
    while not node.is_leaf:
        window = window_of(node, 0)
        jump *= window.stride if window else 1
        node = node.parents[0]
    return jump


def _shown(pair: Any) -> str:
    return "x".join(map(str, pair))
