"""The page that `cutaway segment train` leaves in a run's folder: offline, everything in one file."""

from __future__ import annotations

import platform
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..core import human
from ..core.files import replacing
from ..nn import functional as F
from ..vision import ConfusionMatrix, dense_crf, draw_network, overlay
from ..vision.data.check import Check
from ..vision.data.folders import VOID
from ..vision.segmentation.run import SegmentationRun
from ..vision.segmentation.tiles import probabilities
from ..vision.segmentation.trimap import Trimap
from .drawing import COLOURS, SMALL, TYPE, bare, new_figure, open_axes, show_image, whole_ticks
from .page import Section, render

WORST, DRAWN = 4, 256  # images shown; the largest side of an image that the network is drawn for
REFINED = 12  # images that the CRF is tried on


def report(
    run: SegmentationRun, folder: str | Path, check: Check, history: list[dict[str, float]], command: str = ""
) -> Path:
    """Write the page into a run's folder: what was trained, how it went, what it gets wrong."""
    folder = Path(folder)
    net = run.best(folder)
    val = run.split(check.layout, "val")
    matrix, trimap = ConfusionMatrix(list(run.classes), VOID), Trimap(list(run.classes))
    losses = []
    for i in range(len(val)):
        image, mask = val[i]
        chances = probabilities(net, run.recipe.prepared(image))
        labels = chances.argmax(0)
        matrix.update(mask, labels)
        trimap.update(mask, labels)
        losses.append(_loss(chances, mask))
    sections = [
        _what(run, net, val, check, history, command),
        _curves(history),
        _classes(run, matrix),
        _borders(trimap),
        _crf(run, net, val),
        _worst(run, net, val, np.array(losses)),
    ]
    best = max(entry["mean_iou"] for entry in history)
    lead = (
        f"{run.recipe.net} on {run.recipe.backbone}, {len(history)} epochs over "
        f"{len(check.layout.splits['train'])} images: mean IoU {best:.3f} on {len(val)} validation images."
    )
    path = folder / "report.html"
    with replacing(path, "w") as file:
        file.write(render("Segmentation run", lead, sections, command or "cutaway segment train"))
    return path


def _loss(chances: np.ndarray, mask: np.ndarray) -> float:
    """Mean cross-entropy of the pixels that are not void; 0 if there are none."""
    if not (mask != VOID).any():
        return 0.0
    return float(F.nll_loss(np.log(np.maximum(chances, 1e-12))[None], mask[None], ignore_index=VOID))


def _what(run: Any, net: Any, val: Any, check: Check, history: list, command: str) -> Section:
    section = Section("What was trained", "what")
    parameters = sum(p.data.size for p in net.parameters())
    seconds = sum(entry["seconds"] for entry in history)
    section.table(
        ("", ""),
        [
            ("parameters", f"{parameters:,}"),
            ("training and validation", f"{seconds:.0f} s"),
            *memory(),
            ("machine", f"{platform.machine()}, Python {platform.python_version()}"),
            *([("command", f"`{command}`")] if command else []),
        ],
    )
    recipe = {name: value for name, value in asdict(run.recipe).items() if value not in ("", {}, None)}
    section.table(("recipe", ""), [(name, str(value)) for name, value in recipe.items()])
    section.output(check)
    image = val[0][0]
    side = min(1.0, DRAWN / max(image.shape[1:]))
    shape = (1, 3, *(max(int(n * side) // 32 * 32, 32) for n in image.shape[1:]))
    section.svg(
        draw_network(net, shape).svg(),
        "The network, drawn from what the engine recorded while it ran on one image; numbers are channels "
        "and sides.",
    )
    return section


def memory() -> list[tuple[str, str]]:
    """The row that says how much memory was in use at most; none where the system does not say (Windows)."""
    with suppress(ImportError):
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return [("memory, at most", human.size(peak))]
    return []


def _curves(history: list[dict[str, float]]) -> Section:
    section = Section("How it went", "curves")
    figure, axes = new_figure(8.6, 3.6, 1, 2)
    epochs = [entry["epoch"] for entry in history]
    left, right = axes[0]
    left.plot(epochs, [entry["loss"] for entry in history], "o-", color=COLOURS[0], ms=4)
    left.set(xlabel="epoch", ylabel="loss", title="training images")
    for key, label, colour in (
        ("pixel_accuracy", "pixel accuracy", COLOURS[3]),
        ("mean_iou", "mean IoU", COLOURS[2]),
    ):
        right.plot(epochs, [entry[key] for entry in history], "o-", color=colour, ms=4, label=label)
    right.set(xlabel="epoch", ylabel="share", ylim=(0, 1), title="validation images")
    right.legend(fontsize=SMALL, loc="lower right")
    for axis in (left, right):
        open_axes(axis)
        whole_ticks(axis)
    best = max(history, key=lambda entry: entry["mean_iou"])
    last = history[-1]
    verdict = (
        "which is the last" if best is last else f"the last has {last['mean_iou']:.3f}; the best one is kept"
    )
    section.figure(figure, f"The best epoch is {best['epoch']}, mean IoU {best['mean_iou']:.3f}: {verdict}.")
    return section


def _classes(run: SegmentationRun, matrix: ConfusionMatrix) -> Section:
    section = Section("Class by class", "classes")
    scores, k = matrix.jaccard(), len(run.classes)
    figure, axis = new_figure(8.6, 1.2 + 0.34 * k)
    order = np.argsort(np.nan_to_num(scores, nan=-1))
    axis.barh(range(k), np.nan_to_num(scores)[order], color=COLOURS[0])
    axis.set_yticks(range(k), [run.classes[i] for i in order])
    for place, i in enumerate(order):
        text = "absent" if np.isnan(scores[i]) else f"{scores[i]:.2f}"
        axis.text(np.nan_to_num(scores[i]) + 0.01, place, text, va="center", fontsize=SMALL)
    axis.set(xlim=(0, 1.08), xlabel="Jaccard measure (IoU)")
    open_axes(axis, "x")
    section.figure(
        figure,
        f"Over all validation images together, as PASCAL VOC counts: mean IoU {matrix.mean_iou():.3f} over "
        f"the classes that occur, pixel accuracy {matrix.pixel_accuracy:.3f}, frequency weighted IoU "
        f"{matrix.frequency_weighted_iou():.3f}.",
    )
    shares = matrix.counts / np.maximum(matrix.counts.sum(1, keepdims=True), 1)
    figure, axis = new_figure(max(4.5, 0.42 * k + 2.5), max(4, 0.4 * k + 1.8))
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.set_xticks(range(k), run.classes, rotation=60, ha="right")
    axis.set_yticks(range(k), run.classes)
    axis.set(xlabel="named by the network", ylabel="true class")
    if k <= 14:
        for i in range(k):
            for j in range(k):
                if shares[i, j] >= 0.005:
                    ink = "white" if shares[i, j] > 0.55 else "#1d2430"
                    axis.text(
                        j, i, f"{shares[i, j]:.0%}", ha="center", va="center", color=ink, fontsize=SMALL - 2
                    )
    wrong = shares - np.diag(np.diag(shares))
    i, j = np.unravel_index(int(wrong.argmax()), wrong.shape)
    told = (
        f"Most often mistaken: {wrong[i, j]:.0%} of {run.classes[i]} is called {run.classes[j]}."
        if wrong[i, j] > 0
        else "Nothing is mistaken."
    )
    section.figure(figure, f"The confusion matrix, each row in shares of the true class' pixels. {told}")
    return section


def _borders(trimap: Trimap) -> Section:
    section = Section("Near the borders", "borders")
    figure, axis = new_figure(6.2, 3.6)
    axis.plot(trimap.widths, trimap.pixel_accuracy(), "s-", color=COLOURS[3], label="pixel accuracy")
    axis.plot(trimap.widths, trimap.mean_iou(), "o-", color=COLOURS[2], label="mean IoU")
    axis.set(xlabel="at most so many pixels from a border", ylabel="share", ylim=(0, 1))
    axis.legend(fontsize=SMALL, loc="lower right")
    open_axes(axis)
    near, far = trimap.pixel_accuracy()[0], trimap.pixel_accuracy()[-1]
    told = "worse" if near < far else "no worse"
    section.figure(
        figure,
        f"Of the pixels beside a border {near:.0%} are right, of those within {trimap.widths[-1]} pixels "
        f"{far:.0%}: the network is {told} at the borders themselves.",
    )
    return section


def _crf(run: SegmentationRun, net: Any, val: Any) -> Section:
    section = Section("With a fully connected CRF", "crf")
    before, after = (ConfusionMatrix(list(run.classes), VOID) for _ in range(2))
    count = min(REFINED, len(val))
    for i in range(count):
        image, mask = val[i]
        chances = probabilities(net, run.recipe.prepared(image))
        before.update(mask, chances.argmax(0))
        after.update(mask, dense_crf(chances, image, labels=True))
    a, b = before.mean_iou(), after.mean_iou()
    told = "better" if b > a else "no better"
    section.text(
        f"On {count} validation images `dense_crf` with its usual parameters takes mean IoU from {a:.3f} to "
        f"{b:.3f}: {told}. Parameters found on validation images may do more (`vision.search_crf`)."
    )
    return section


def _worst(run: SegmentationRun, net: Any, val: Any, losses: np.ndarray) -> Section:
    section = Section("The worst images", "worst")
    worst = np.argsort(-losses)[:WORST]
    height, width = val[int(worst[0])][1].shape
    figure, axes = new_figure(8.6, len(worst) * 8.6 / 4 * height / width + 0.8, len(worst), 4)
    axes = np.atleast_2d(axes)
    for row, i in zip(axes, worst, strict=True):
        image, truth = val[int(i)]
        guess = probabilities(net, run.recipe.prepared(image)).argmax(0)
        show_image(row[0], image)
        for axis, mask in ((row[1], truth), (row[2], guess)):
            axis.imshow(overlay(image, np.where(mask == VOID, 0, mask + 1), 0.7))
        row[3].imshow(np.where(truth == VOID, 0.5, (guess != truth) * 1.0), cmap="Greys", vmin=0, vmax=1)
        for axis in row:
            bare(axis)
        row[0].set_ylabel(f"loss {losses[i]:.2f}", fontsize=SMALL)
    for axis, title in zip(axes[0], ("image", "truth", "network", "wrong: black"), strict=True):
        axis.set_title(title, fontsize=TYPE)
    names = ", ".join(val.pairs[int(i)].name for i in worst)
    section.figure(figure, f"Validation images with the largest loss: {names}. Grey: void.")
    return section
