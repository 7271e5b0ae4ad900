"""Which piece of the image a place of a layer's map sees: exact, for any place of any layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor
from .positive import positive
from .receptive_field import TINY, span


class FieldBoxes:
    """The receptive fields of one layer's places.

    Parameters
    ----------
    net : any network of images; it is run once, as in evaluation, and left as it was.
    layer : path of a module whose output is (N, C, P, Q).
    size : of the image, (H, W).
    channels : of the image.

    Attributes
    ----------
    map_size : (P, Q).

    Raises
    ------
    KeyError : there is no such layer.
    ValueError : it is not called, or gives no maps; or an op on the way has no rule in ``windows.py``.

    >>> chain = nn.Sequential(nn.Conv2d(1, 1, 3, stride=2, padding=1), nn.Conv2d(1, 1, 3))
    >>> boxes = FieldBoxes(chain, "1", (20, 30), channels=1)
    >>> boxes.box(2, 0), boxes.box(0, 0)
    ((3, 10, 0, 6), (0, 6, 0, 6))
    """

    def __init__(self, net: nn.Module, layer: str, size: tuple[int, int], channels: int = 3):
        modules = dict(net.named_modules())
        if layer not in modules:
            raise KeyError(f"FieldBoxes: no layer {layer!r}; there are {', '.join(filter(None, modules))}")
        self.size = (int(size[0]), int(size[1]))
        found: list[Any] = []
        x = Tensor(np.full((1, channels, *self.size), TINY)).requires_grad_()
        plain, _ = positive(net)
        plain.get_submodule(layer).register_forward_hook(lambda module, inputs, y: found.append(y))
        plain(x)
        if not found or len(found[-1].shape) != 4:
            came = f"of shape {tuple(found[-1].shape)}" if found else "never called"
            raise ValueError(f"layer {layer!r}: expected maps (N, C, P, Q), it is {came}")
        self._node = found[-1].node
        self.map_size = tuple(found[-1].shape[2:])
        self._spans: dict[tuple[int, int, bool], tuple[int, int]] = {}

    def box(self, row: int, column: int, *, cut: bool = True) -> tuple[int, int, int, int]:
        """Return (top, bottom, left, right) of what a place sees, half open.

        Parameters
        ----------
        cut : at the border of the image; if not, the box may reach beyond it, into padding.
        """
        (top, bottom), (left, right) = self._along(row, 0, cut), self._along(column, 1, cut)
        return top, bottom + 1, left, right + 1

    def lies_inside(self, row: int, column: int) -> bool:
        """Whether a place sees nothing beyond the image's border, and no padding of a map before it."""
        return self.box(row, column, cut=False) == self.box(row, column)

    def _along(self, pixel: int, axis: int, cut: bool) -> tuple[int, int]:
        if not 0 <= pixel < self.map_size[axis]:
            side = ("row", "column")[axis]
            raise ValueError(f"box: expected a {side} from 0 to {self.map_size[axis] - 1}, got {pixel}")
        key = (pixel, axis, cut)
        if key not in self._spans:
            self._spans[key] = span(self._node, pixel, axis, cut)
        return self._spans[key]
