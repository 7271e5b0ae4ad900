"""One page of a network on a picture: every layer's maps, and each kernel's sums, done again by the page.

The numbers are embedded as base64 of little-endian float32; ``explain.html`` decodes them and adds up.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..vision.interpret.kernel_work import KernelWork
from .page import Section, fill

LIMIT = 10_000_000  # bytes of a page
COLOURS = ("red", "green", "blue")


def embedded(
    works: Sequence[KernelWork],
    rectified: Sequence[str] = (),
    order: str = "RGB",
    pictures: Mapping[tuple[str, int, str], str] | None = None,
) -> list[dict[str, Any]]:
    """Return what the page is told of convolutions.

    Parameters
    ----------
    rectified : paths of the convolutions that a rectifier follows.
    order : of the image's colours; the inputs of a layer with three are named by them.
    pictures : images by layer, channel and kind ("patches", "wanted"), as data URLs.
    """
    return [_layer(work, work.layer in rectified, order, pictures or {}) for work in works]


def explain_page(
    title: str, lead: str, sections: Sequence[Section], data: Sequence[Mapping[str, Any]], footer: str
) -> str:
    """Return the page; ``data`` of `embedded`, whose layer n is drawn where a block has the id layer-n."""
    return fill("explain.html", title=title, lead=lead, sections=sections, data=in_page(data), footer=footer)


def in_page(data: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it ends that.

    >>> in_page({"layer": "</script>"})
    '{"layer":"\\\\u003c/script>"}'
    """
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def packed(values: np.ndarray) -> str:
    """Return numbers as base64 of little-endian float32.

    >>> packed(np.ones(1))
    'AACAPw=='
    """
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode()


def _layer(work: KernelWork, rectified: bool, order: str, pictures: Mapping[Any, str]) -> dict[str, Any]:
    size = next(iter(work.inputs.values())).shape
    said: dict[str, Any] = {
        "layer": work.layer, "channels": work.channels, "size": work.units[0].values.shape,
        "input_size": size, "stride": work.stride, "dilation": work.dilation, "rectified": rectified,
        "inputs": {str(i): packed(each) for i, each in work.inputs.items()},
    }  # fmt: skip
    if work.channels[1] == 3:
        said["names"] = COLOURS if order == "RGB" else COLOURS[::-1]
    said["units"] = []
    for unit in work.units:
        told: dict[str, Any] = {
            "channel": unit.channel, "values": packed(unit.values), "bias": unit.bias,
            "inputs": [int(i) for i in unit.inputs], "kernels": packed(unit.kernels),
            "kernel_size": unit.kernels.shape[1:], "left_out": unit.left_out,
        }  # fmt: skip
        if unit.rest is not None:
            told["rest"] = packed(unit.rest)
        for kind in ("patches", "wanted"):
            if (work.layer, unit.channel, kind) in pictures:
                told[kind] = pictures[work.layer, unit.channel, kind]
        said["units"].append(told)
    return said
