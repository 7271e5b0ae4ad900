"""The maps of a network while it runs on an image, read off what the engine recorded: boxes and arrows.

A box is what a convolution, a pool, an enlargement, a junction (concatenation, sum, maximum), a border or a
crop makes; layers that work pixel by pixel, such as rectifiers, belong to the box that they change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor
from ...core.node import Node
from ...nn.convolution import as_tuple
from .windows import saved, window_of

JUNCTIONS = {"join": "concat", "add": "sum", "maximum": "max"}
KINDS = {"conv2d": "conv", "conv2d_input": "up-conv", "stamp": "up-conv", "linear": "full"}
KINDS |= {"max_pool": "pool", "avg_pool": "mean", "upsample_nearest": "resize", "upsample_bilinear": "resize"}


@dataclass
class Map:
    """A box: one map, or the numbers of a fully connected layer.

    Attributes
    ----------
    kind : "image", "conv", "pool", "mean", "up-conv", "resize", "full", "concat", "sum", "max", "border" or
        "crop".
    shape : (C, H, W), or (C,).
    layer : path of the layer that made it; "" if no layer did.
    window : its kernel, as "3×3"; with "d 2" for a dilation and "/ 2" for a stride.
    parents : numbers of the boxes that it is made of.
    """

    kind: str
    shape: tuple[int, ...]
    layer: str = ""
    window: str = ""
    parents: list[int] = field(default_factory=list)


def maps_of(net: nn.Module, x: Any) -> list[Map]:
    """Return the maps of a network for images x (N, C, H, W), the image first, in the order of their making.

    The network runs once, as in evaluation, and is left as it was.
    """
    image = Tensor(np.asarray(getattr(x, "data", x))).requires_grad_()
    layers: dict[Node, str] = {}
    frozen = [(p, p.requires_grad) for p in net.parameters()]
    modes = [(module, module.training) for module in net.modules()]
    leaves = [(path, each) for path, each in net.named_modules() if not list(each.children())]
    removers = [each.register_forward_hook(_noting(path, layers)) for path, each in leaves]
    try:
        output = net.eval().requires_grad_(False)(image)
    finally:
        for remove in removers:
            remove()
        for p, wanted in frozen:
            p.requires_grad = wanted
        for module, mode in modes:
            object.__setattr__(module, "training", mode)
    return _boxes(output.node, layers)


def _noting(path: str, layers: dict[Node, str]) -> Any:
    def note(module: Any, inputs: tuple, output: Any) -> None:
        if isinstance(output, Tensor) and output.node is not None:
            layers.setdefault(output.node, path)

    return note


def _boxes(last: Node, layers: dict[Node, str]) -> list[Map]:
    maps: list[Map] = []
    place: dict[Node, int] = {}
    for node in _in_order(last):
        if node.is_leaf:
            place[node] = len(maps)
            maps.append(Map("image", tuple(node.shape[1:])))
            continue
        parents = list(dict.fromkeys(place[parent] for parent in node.parents))
        kind, changed = _kind(node, len(parents)), maps[parents[0]]
        if kind in ("", "border") and kind in ("", changed.kind):  # rows and columns of a border are one box
            place[node] = parents[0]
            changed.layer = changed.layer or layers.get(node, "")
            changed.shape = tuple(node.shape[1:]) if kind else changed.shape
            continue
        place[node] = len(maps)
        maps.append(Map(kind, tuple(node.shape[1:]), layers.get(node, ""), _window(node), parents))
    return maps


def _kind(node: Node, parents: int) -> str:
    """Return what kind of box an op makes; "" if it only changes the values of one."""
    name = node.plan.op.name
    if name in JUNCTIONS:
        return JUNCTIONS[name] if parents > 1 else ""
    before, after = node.parents[0].shape[2:], node.shape[2:]
    if name in ("pad_zero", "take", "getitem") and len(before) == len(after) == 2 and before != after:
        return "border" if sum(after) > sum(before) else "crop"
    return KINDS.get(name, "")


def _in_order(last: Node) -> list[Node]:
    seen, stack = {last}, [last]
    while stack:
        for parent in stack.pop().parents:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return sorted(seen, key=lambda node: (not node.is_leaf, node.order))


def _window(node: Node) -> str:
    rows, columns = (window_of(node, axis) for axis in (0, 1)) if len(node.shape) == 4 else (None, None)
    if rows is None or columns is None or node.plan.op.name.startswith("upsample"):
        return ""
    text = f"{rows.kernel}×{columns.kernel}"
    text += f" d {rows.dilation}" if rows.dilation > 1 else ""
    text += f" / {rows.stride}" if rows.stride > 1 else ""
    groups = saved(node).get("groups", 1)
    return text + (f" g {as_tuple(groups, 1)[0]}" if groups != 1 else "")
