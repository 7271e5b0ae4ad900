"""What a fully connected CRF makes of a network's probabilities."""

from __future__ import annotations

from typing import Any

from ..nn import Module
from ..vision import ConfusionMatrix, dense_crf, overlay
from ..vision.segmentation.tiles import probabilities
from .drawing import TYPE, bare, new_figure, show_image
from .networks import Task
from .page import Section
from .segmentation import coloured

REFINED = 20  # images that the CRF refines
CRF: dict[str, Any] = {
    "sxy_gaussian": 2,
    "sxy_bilateral": 8,
    "srgb": 25,
    "compat_gaussian": 3,
    "compat_bilateral": 2,
}


def refine(section: Section, task: Task, net: Module) -> None:
    """What a fully connected CRF changes."""
    matrix = ConfusionMatrix(list(task.classes))
    shown: list[tuple[Any, ...]] = []
    count = min(REFINED, len(task.test))
    before = ConfusionMatrix(list(task.classes))
    for i in range(count):
        image, truth = task.test[i]
        chances = probabilities(net, image)
        refined = dense_crf(chances, image, **CRF).argmax(0)
        matrix.update(truth, refined)
        before.update(truth, chances.argmax(0))
        if len(shown) < 2:
            shown.append((image, chances.argmax(0), refined, truth))
    figure, axes = new_figure(8.6, 2 * 8.6 / 4 * truth.shape[0] / truth.shape[1] + 0.7, 2, 4)
    for row, (image, guess, refined, truth) in zip(axes, shown, strict=True):
        show_image(row[0], image)
        for axis, mask in zip(row[1:], (guess, refined, truth), strict=True):
            axis.imshow(overlay(image, coloured(mask, task.classes), 0.85))
            bare(axis)
    for axis, title in zip(axes[0], ("image", "FCN-8s", "with CRF", "truth"), strict=True):
        axis.set_title(title, fontsize=TYPE)
    a, b = before.mean_iou(), matrix.mean_iou()
    told = "better" if b > a else "no better"
    section.text(
        "DeepLab's second idea needs no training: a *fully connected CRF* lets every pixel ask all others, "
        "those near it and of its colour most, whether they agree. It follows the image's edges, which a "
        f"network with coarse maps does not. Over {count} unseen images FCN-8s has mean Jaccard {a:.3f}, and "
        f"{b:.3f} after the CRF: {told}. Colours are not the classes here, and the textures have edges of "
        "their own, so it is no easy case for a CRF."
    )
    section.figure(figure, "FCN-8s before and after the CRF.")
    section.code(dense_crf)
