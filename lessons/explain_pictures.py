"""The pictures of a network on a photo: maps of layers, pieces of photos, what a channel wants to see."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..core import Tensor, no_grad
from ..vision.interpret.kernel_work import KernelWork
from ..vision.interpret.maximise import maximise
from ..vision.interpret.objectives import channel
from ..vision.interpret.pictures import grid, heat, picture, scaled
from ..vision.interpret.settings import Settings
from ..vision.interpret.top_patches import top_patches
from ..vision.interpret.watch import watching
from .image_files import png

SIDE, PIECES, GROWN = 48, 4, 64  # pixels of a map or piece; pieces of a channel; pixels of a maximised image
ASCENT = Settings(20, rate=5.0, normalised=True, noise=10.0, jitter=4, blur=0.5, blur_every=4, clip=True)
BLUE, RED = np.array([31, 95, 168.0]), np.array([192, 39, 26.0])


class Level:
    """One layer: its path, its kind, its maps (C, P, Q), and the path of the layer that it follows."""

    def __init__(self, path: str, module: nn.Module, maps: np.ndarray, before: str | None):
        self.path, self.kind, self.maps, self.before = path, type(module).__name__, maps, before


def levels(net: nn.Module, image: np.ndarray) -> list[Level]:
    """Return all layers without layers of their own whose output for an image (C, H, W) is maps."""
    leaves = [path for path, each in net.named_modules() if path and not list(each.children())]
    producers: dict[int, str] = {}
    inputs: dict[str, str | None] = {}

    def note(path: str) -> Any:
        def hook(module: nn.Module, given: Any, output: Any) -> None:
            inputs[path] = producers.get(id(given[0])) if given else None
            producers[id(output)] = path

        return hook

    net.eval()
    removers = [net.get_submodule(path).register_forward_hook(note(path)) for path in leaves]
    try:
        with no_grad(), watching(net, leaves) as found:
            net(Tensor(np.asarray(image, np.float32)[None]))
    finally:
        for remove in removers:
            remove()
    return [
        Level(path, net.get_submodule(path), found[path].data[0], inputs[path])
        for path in found if found[path].data.ndim == 4
    ]  # fmt: skip


def signed_heat(values: np.ndarray) -> np.ndarray:
    """Return a map (H, W) as a picture: white 0, red above and blue below; `heat` if nothing is below 0.

    >>> signed_heat(np.array([[-1.0, 0.0, 2.0]])).tolist()
    [[[143, 175, 212], [255, 255, 255], [192, 39, 26]]]
    """
    if values.min() >= 0:
        return heat(values)
    share = values / max(float(np.abs(values).max()), 1e-30)
    end = np.where(share[..., None] < 0, BLUE, RED)
    return np.rint(255 + np.abs(share)[..., None] * (end - 255)).astype(np.uint8)


def strip(maps: np.ndarray, most: int) -> np.ndarray:
    """Return the maps of (C, P, Q) that vary most, side by side."""
    order = np.argsort(-maps.std((1, 2)), kind="stable")[:most]
    return grid([scaled(signed_heat(maps[c]), SIDE) for c in order], most, gap=3)


def pieces(net: Any, shown: Any, works: Sequence[KernelWork]) -> Iterator[tuple[tuple[str, int, str], str]]:
    """Yield for each kept channel the pieces of photos that it answers to most.

    Parameters
    ----------
    shown : the photos, prepared, by number and one after the other.
    """
    tops = top_patches(net, iter(shown), [work.layer for work in works], PIECES)
    for work in works:
        top = tops[work.layer]
        for unit in work.units:
            numbers = [i for i in range(PIECES) if top.images[unit.channel, i] >= 0]
            crops = [top.crop(shown[int(top.images[unit.channel, i])], unit.channel, i) for i in numbers]
            sheet = grid([scaled(picture(net, each), SIDE) for each in crops], PIECES, gap=3)
            yield (work.layer, unit.channel, "patches"), jpeg_url(sheet)


def wanted(net: Any, works: Sequence[KernelWork], count: int) -> Iterator[tuple[tuple[str, int, str], str]]:
    """Yield for the strongest channels of each layer an image that raises them."""
    size = min(GROWN, net.preprocess.size)
    for work in works:
        for unit in work.units[:count]:
            found = maximise(net, channel(work.layer, unit.channel), ASCENT, size=size)
            yield (work.layer, unit.channel, "wanted"), jpeg_url(scaled(picture(net, found.image), 2 * size))


def jpeg_url(pixels: np.ndarray) -> str:
    """Return a picture (H, W, 3) uint8 as the address of a JPEG that is its own content."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def png_url(pixels: np.ndarray) -> str:
    """Return the same as a PNG, exact."""
    return "data:image/png;base64," + base64.b64encode(png(pixels)).decode()
