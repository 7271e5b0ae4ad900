"""Story 4: looking inside trained networks: what first filters look for, the answers layer by layer, and what
one output pixel sees.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..nn import Module
from ..vision.interpret.activations import activations
from ..vision.interpret.saliency import influence
from .drawing import SMALL, TYPE, bare, new_figure, show_image
from .first_layer import filters
from .networks import Trained
from .page import Section

MAPS = 6  # shown of each layer
FELT = 1e-3  # of the largest gradient: less is called nothing


def inside(trained: Trained, first: Trained) -> Section:
    """Run the story on a network with a large first layer, and on a U-Net and one of its test images."""
    section = Section("Looking inside the trained network", "inside")
    filters(section, first)
    model, image = trained.model, trained.task.test[0][0]
    _levels(section, model, image)
    _reach(section, model, image)
    return section


def _levels(section: Section, model: Any, image: np.ndarray) -> None:
    levels = {f"encoder.{i}": f"down {i}" for i in range(len(model.encoder))}
    levels |= {f"decoder.{i}": f"up {i + 1}" for i in range(len(model.decoder))}
    seen = activations(model, image, list(levels))
    sizes = " → ".join(f"{maps.shape[1]}" for maps in seen.values())
    section.text(
        "*What does each level answer?* Back to the U-Net. Each of its levels answers with many maps; these "
        "are the strongest, for one unseen image. Compare the rows: the maps' heights are "
        f"{sizes}. Which maps still show stripes and other patterns of the surface, and which only *that* "
        "something of a kind is there? In which row, on the way up, are the borders sharp again, with the "
        "help of the copies?"
    )
    section.figure(
        _maps(image, {levels[name]: maps for name, maps in seen.items()}),
        "First row: the image. Then for each level, from the first on the way down to the last on the way "
        f"up, the {MAPS} maps that vary most over the image. Bright is a strong answer, black none; each "
        "map has a scale of its own. Number × number: the maps' height and width.",
    )


def _reach(section: Section, model: Module, image: np.ndarray) -> None:
    height, width = image.shape[1:]
    pixels = [(height // 4, width // 4), (height // 2, width // 2), (3 * height // 4, 5 * width // 6)]
    felt = [influence(model, image, pixel) for pixel in pixels]
    section.text(
        "*What does one output pixel look at?* The gradient of its score says by how much each pixel of the "
        "image would change it. It is computed by the same backward pass that trained the network, only "
        f"towards the image instead of the weights. {told_reach(felt[1], pixels[1])}"
    )
    section.facts["rows or columns away: how far one output pixel feels others"] = (
        f"{reach(felt[1], pixels[1])}"
    )
    section.figure(
        _influence(image, pixels, felt),
        "Left: the image and three output pixels. Then for each of them |d score / d pixel|, the size of the "
        "gradient, as a share of the largest; each step of the scale is ten times the one before. The circle "
        "is the output pixel itself.",
    )
    section.code(influence)


def reach(g: np.ndarray, pixel: tuple[int, int]) -> int:
    """Return how many rows or columns away the gradient is still `FELT` of its largest."""
    rows, columns = np.nonzero(g > FELT * g.max())
    return int(max(np.abs(rows - pixel[0]).max(initial=0), np.abs(columns - pixel[1]).max(initial=0)))


def told_reach(g: np.ndarray, pixel: tuple[int, int]) -> str:
    """Say how far the pixels lie that one output pixel feels, beside the 3 x 3 of a filter."""
    far = reach(g, pixel)
    beyond = "far beyond" if far > 3 else "hardly beyond" if far > 1 else "not beyond"
    return (
        f"The pixel in the middle feels others up to {far} rows or columns away (a gradient of a thousandth "
        f"of the largest or more): {beyond} the 3 x 3 pixels of a single filter."
    )


def _maps(image: np.ndarray, seen: dict[str, np.ndarray]) -> Any:
    tall = 1.15 * image.shape[1] / image.shape[2]
    figure, axes = new_figure(8.6, (tall + 0.1) * (len(seen) + 1), len(seen) + 1, MAPS)
    beside = {"rotation": 0, "ha": "right", "va": "center", "fontsize": SMALL}
    for axis in axes.flat:
        bare(axis)
        axis.spines[:].set_visible(False)
    show_image(axes[0, 0], image)
    axes[0, 0].set_ylabel("image", **beside)
    for row, (name, maps) in zip(axes[1:], seen.items(), strict=True):
        strongest = np.argsort(-maps.std((1, 2)), kind="stable")[:MAPS]
        for axis, k in zip(row, strongest, strict=False):
            axis.imshow(maps[k], cmap="magma", aspect="auto")
        row[0].set_ylabel(f"{name}\n{maps.shape[1]} × {maps.shape[2]}", **beside)
    return figure


def _influence(image: np.ndarray, pixels: list[tuple[int, int]], felt: list[np.ndarray]) -> Any:
    figure, axes = new_figure(8.6, 2.5, 1, 4)
    axes = axes[0]
    show_image(axes[0], image)
    axes[0].set_title("image", fontsize=TYPE)
    for pixel, g, axis in zip(pixels, felt, axes[1:], strict=True):
        axis.imshow(np.log10(np.maximum(g / max(g.max(), 1e-30), 1e-4)), cmap="magma", vmin=-4, vmax=0)
        axes[0].plot(pixel[1], pixel[0], "o", ms=7, mfc="none", mec="white", mew=2)
        axis.plot(pixel[1], pixel[0], "o", ms=7, mfc="none", mec="#40c0ff", mew=1.5)
        axis.set_title(f"row {pixel[0]}, column {pixel[1]}", fontsize=SMALL)
        bare(axis)
    scale = figure.colorbar(axes[-1].images[0], ax=axes, ticks=[-4, -2, 0], shrink=0.8)
    scale.ax.set_yticklabels(["1/10000", "1/100", "largest"], fontsize=SMALL)
    return figure
