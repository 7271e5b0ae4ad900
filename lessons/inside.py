"""Story 4: looking inside the trained network: its first filters, its answers layer by layer, and what one
output pixel sees.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import Tensor, graph
from ..nn import Module
from ..vision.interpret.activations import activations
from ..vision.interpret.saliency import influence
from .page import Section

MAPS = 8  # shown of each layer


def inside(model: Module, test: Any) -> Section:
    """Run the story on a trained U-Net and one of its test images."""
    section = Section("Looking inside the trained network", "inside")
    image = test[0][0]
    section.text(
        "The engine can draw what it computed. Folded to one box for each block of the network, the graph "
        "of one forward pass shows the letter that gave it its name:"
    )
    scores = model(Tensor(np.asarray(image, np.float32)[None]))
    section.svg(
        graph(scores, fold=1).svg(),
        "Blocks in green, single ops in blue; the lines on the right are the copies from the way down to "
        "the way up.",
    )
    first: Any = model.encoder[0][0]  # type: ignore[attr-defined, index]
    section.text(
        "The first convolution looks at 3 x 3 pixels in three colours, so its filters can be shown as they "
        "are. Below them, the strongest answers of each level "
        "to one unseen image: fine and close to the pixels at first, coarse and about *what* further down, "
        "fine again on the way up."
    )
    section.figure(
        _filters(first.weight.data),
        "The filters of the first layer, each scaled to its own range: mid-grey is 0, a colour that stands "
        "out is what the filter answers to.",
    )
    levels = [f"encoder.{i}" for i in range(len(model.encoder))] + [
        f"decoder.{i}" for i in range(len(model.decoder))
    ]  # type: ignore[arg-type]
    seen = activations(model, image, levels)
    section.figure(
        _maps(image, seen),
        f"The {MAPS} maps of each level with the largest variation, for the image at the top left. Bright "
        "is a strong answer.",
    )
    section.text(
        "What does one output pixel look at? The gradient of its score says by how much each pixel of the "
        "image would change it. It is computed by the same backward "
        "pass that trained the network, only towards the image instead of the weights. It reaches far "
        "beyond the 3 x 3 pixels of a single filter."
    )
    section.figure(
        _influence(model, image),
        "Left: the image and three output pixels. Then for each of them |d score / d pixel|, on a "
        "logarithmic scale.",
    )
    section.code(influence)
    return section


def _filters(w: np.ndarray):
    from matplotlib import pyplot as plt

    columns = 8
    rows = -(-len(w) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(9.2, 1.15 * rows), layout="constrained", squeeze=False
    )
    for axis in axes.flat:
        axis.axis("off")
    for axis, kernel in zip(axes.flat, w, strict=False):
        axis.imshow(np.moveaxis(0.5 + 0.5 * kernel / np.abs(kernel).max(), 0, -1))
    plt.close(figure)
    return figure


def _maps(image: np.ndarray, seen: dict[str, np.ndarray]):
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        len(seen) + 1, MAPS, figsize=(9.2, 1.22 * (len(seen) + 1)), layout="constrained"
    )
    for axis in axes.flat:
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
    axes[0, 0].imshow(np.moveaxis(image, 0, -1))
    axes[0, 0].set_ylabel("image", rotation=0, ha="right", va="center", fontsize=9)
    for row, (name, maps) in zip(axes[1:], seen.items(), strict=True):
        strongest = np.argsort(-maps.std((1, 2)), kind="stable")[:MAPS]
        for axis, k in zip(row, strongest, strict=False):
            axis.imshow(maps[k], cmap="magma")
        row[0].set_ylabel(
            f"{name}\n{maps.shape[1]}×{maps.shape[2]}", rotation=0, ha="right", va="center", fontsize=9
        )
    plt.close(figure)
    return figure


def _influence(model: Module, image: np.ndarray):
    from matplotlib import pyplot as plt

    height, width = image.shape[1:]
    pixels = [(height // 4, width // 4), (height // 2, width // 2), (3 * height // 4, 5 * width // 6)]
    figure, axes = plt.subplots(1, 4, figsize=(9.2, 2.6), layout="constrained")
    axes[0].imshow(np.moveaxis(image, 0, -1))
    for pixel, axis in zip(pixels, axes[1:], strict=True):
        g = influence(model, image, pixel)
        axis.imshow(np.log10(np.maximum(g / max(g.max(), 1e-30), 1e-4)), cmap="magma", vmin=-4, vmax=0)
        axes[0].plot(pixel[1], pixel[0], "o", ms=7, mfc="none", mec="white", mew=2)
        axis.plot(pixel[1], pixel[0], "o", ms=7, mfc="none", mec="#40c0ff", mew=1.5)
        axis.set_title(f"row {pixel[0]}, column {pixel[1]}", fontsize=10)
    for axis in axes:
        axis.set_xticks([])
        axis.set_yticks([])
    scale = figure.colorbar(axes[-1].images[0], ax=axes, ticks=[-4, -2, 0], shrink=0.8)
    scale.ax.set_yticklabels(["1/10000", "1/100", "largest"], fontsize=9)
    plt.close(figure)
    return figure
