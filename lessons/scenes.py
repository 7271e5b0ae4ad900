"""Story 2: one scene, four questions.  Classification, detection, semantic and instance segmentation ask
different things of one image.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..vision import CLASSES, Scene, draw_scene, overlay
from ..vision.data.palette import colourise, voc_palette
from .drawing import SMALL, TYPE, bare, new_figure, show_image
from .page import Section

SHOWN = (0, 3)  # scenes
TASKS = ("image class", "boxes", "class of\neach pixel", "object of\neach pixel")
OPAQUE = 0.8


def scenes() -> Section:
    """Run the story."""
    section = Section("One scene, four kinds of label", "scenes")
    section.text(
        "Is there a ring? Where? Which pixels are it? And which ring is which? These are four tasks with "
        "four kinds of label. The scenes of this tour are generated: textured objects that cover each other "
        "on a textured ground. The instance mask is painted first and the other three labels are read off "
        "it, so they can never disagree. Colour says nothing about the class; shape and pattern do."
    )
    section.table(
        ("task", "its question", "its label"),
        [
            ("*classification*", "what is the largest object?", "one class for the image"),
            ("*detection*", "where is which object?", "a box and a class for each object"),
            ("*semantic segmentation*", "which pixels are of which class?", "a class for each pixel"),
            ("*instance segmentation*", "which pixels are which object?", "an object for each pixel"),
        ],
    )
    picked = [draw_scene(np.random.default_rng([7, i]), 96) for i in SHOWN]
    section.figure(
        _picture(picked),
        f"{len(picked)} scenes (rows) with their four labels (columns). Boxes and pixels have the colour "
        "of their class, named below; in the last column each object has a colour and a number of its "
        "own. " + told_scene(picked[0]),
    )
    section.code(draw_scene)
    return section


def told_scene(scene: Scene) -> str:
    """Say of a scene how many objects of which classes it has, and what only the instance mask tells."""
    kinds = [int(kind) for kind in scene.boxes[:, 0]]
    counts = [
        f"{kinds.count(k)} {name}{'s' if kinds.count(k) != 1 else ''}"
        for k, name in enumerate(CLASSES)
        if k in kinds
    ]
    twice = [name for k, name in enumerate(CLASSES) if kinds.count(k) > 1]
    only = (
        f"to the semantic mask the {twice[0]}s are one colour, the instance mask tells them apart"
        if twice
        else "all of different classes, so here both masks have the same regions"
    )
    return f"The first scene has {', '.join(counts)}: {only}."


def _picture(picked: list[Scene]) -> Any:
    from matplotlib.patches import Patch

    figure, axes = new_figure(8.6, 2.45 * len(picked) + 1.1, len(picked), len(TASKS))
    palette = voc_palette() / 255
    for row, scene in zip(axes, picked, strict=True):
        show_image(row[0], scene.image)
        row[0].set_xlabel(f"“{CLASSES[scene.image_class]}”", fontsize=TYPE)
        show_image(row[1], scene.image)
        _boxes(row[1], scene, palette)
        row[1].set_xlabel(f"{len(scene.boxes)} boxes", fontsize=TYPE)
        row[2].imshow(overlay(scene.image, scene.semantic, OPAQUE))
        row[2].set_xlabel(f"{len(np.unique(scene.semantic[scene.semantic > 0]))} classes", fontsize=TYPE)
        row[3].imshow(colourise(np.where(scene.instance, scene.instance + 8, 0)))
        _numbers(row[3], scene)
        row[3].set_xlabel(f"{scene.instance.max()} objects", fontsize=TYPE)
        for axis in row[2:]:
            bare(axis)
    for axis, title in zip(axes[0], TASKS, strict=True):
        axis.set_title(title, fontsize=TYPE)
    handles = [Patch(color=palette[k], label=name) for k, name in enumerate(CLASSES) if k]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=TYPE, frameon=False)
    return figure


def _boxes(axis: Any, scene: Scene, palette: np.ndarray) -> None:
    from matplotlib.patches import Rectangle

    for kind, top, left, bottom, right in scene.boxes:
        for width, colour in ((4.5, "white"), (2.6, palette[kind])):
            corner, size = (left - 0.5, top - 0.5), (right - left, bottom - top)
            axis.add_patch(Rectangle(corner, *size, fill=False, lw=width, ec=colour))


def _numbers(axis: Any, scene: Scene) -> None:
    for number in range(1, scene.instance.max() + 1):
        rows, columns = np.nonzero(scene.instance == number)
        middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)  # a pixel of it
        style = {"color": "white", "fontsize": SMALL, "weight": "bold", "ha": "center", "va": "center"}
        axis.text(columns[middle], rows[middle], str(number), **style)
