"""Story 2: one scene, four questions.  Classification, detection, semantic and instance segmentation ask
different things of one image.
"""

from __future__ import annotations

import numpy as np

from ..vision import CLASSES, draw_scene, overlay
from ..vision.data.palette import colourise, voc_palette
from .page import Section


def scenes() -> Section:
    """Run the story."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.patches import Rectangle

    section = Section("One scene, four kinds of label", "scenes")
    section.text(
        "Is there a ring? Where? Which pixels are it? And which ring is which? These are four tasks with "
        "four kinds of label. The scenes of this tour "
        "are generated: textured objects that cover each other on a textured ground. The instance mask is "
        "painted first and the other three labels are "
        "read off it, so they can never disagree. Colour says nothing about the class; shape and pattern do."
    )
    picked = [draw_scene(np.random.default_rng([7, i]), 96) for i in (0, 3)]
    figure, axes = plt.subplots(len(picked), 4, figsize=(9.6, 5.3), layout="constrained")
    for row, scene in zip(axes, picked, strict=True):
        picture = np.moveaxis(scene.image, 0, -1)
        for axis, title in zip(
            row,
            ("classification", "detection", "semantic segmentation", "instance segmentation"),
            strict=True,
        ):
            axis.set_title(title if row is axes[0] else "", fontsize=11)
            axis.set_xticks([])
            axis.set_yticks([])
        row[0].imshow(picture)
        row[0].set_xlabel(f"“{CLASSES[scene.image_class]}”", fontsize=11)
        row[1].imshow(picture)
        for kind, top, left, bottom, right in scene.boxes:
            colour = voc_palette()[kind] / 255
            row[1].add_patch(
                Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, lw=3, ec="white")
            )
            row[1].add_patch(
                Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, lw=1.8, ec=colour)
            )
        row[1].set_xlabel(f"{len(scene.boxes)} boxes", fontsize=11)
        row[2].imshow(overlay(scene.image, scene.semantic))
        row[2].set_xlabel(", ".join(CLASSES[k] for k in np.unique(scene.semantic) if k), fontsize=11)
        row[3].imshow(colourise(np.where(scene.instance, scene.instance + 8, 0)))
        row[3].set_xlabel(f"{scene.instance.max()} objects", fontsize=11)
    section.figure(
        figure,
        "Two scenes with their four labels. Class colours are those of PASCAL VOC; in the last column each "
        "object has a colour of its own.",
    )
    plt.close(figure)
    section.code(draw_scene)
    return section
