"""The page about a network that was taught new classes: what was learnt, what is like what, its mistakes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.files import replacing
from .classify_report import curves, mistakes

if TYPE_CHECKING:
    from ..lessons.page import Section
    from ..vision.data.class_folders import ClassFolders
    from ..vision.networks.classifier import Classifier
    from ..vision.transfer.probe import Probe

ASKED, ALIKE = 4, 4  # photos that ask for those like them, and answers to each


def write_report(
    path: Path,
    net: Classifier,
    arguments: argparse.Namespace,
    photos: ClassFolders,
    found: dict[str, Any],
) -> dict[str, Any]:
    """Write the page, one HTML file which needs no network; return the numbers of the run."""
    from ..lessons.page import Section, render
    from ..nn import functional as F
    from ..vision.classification.train import scores_of

    scores, numbers = scores_of(net, photos.val, arguments.batch)  # of the network that was saved
    accuracy = float((scores.argmax(1) == numbers).mean())
    line: dict[str, Any] = {"net": arguments.net, "mode": arguments.mode, "classes": list(photos.classes)}
    line |= {"train_photos": len(photos.train), "validation_photos": len(photos.val)}
    line |= {"validation_accuracy": accuracy, "validation_loss": float(F.cross_entropy(scores, numbers))}
    learnt = Section("What was learnt", "learnt")
    learnt.facts = {"accuracy": f"{100 * accuracy:.1f} %", "of photos that judge": str(len(numbers))}
    right = int((scores.argmax(1) == numbers).sum())
    learnt.text(
        f"*{100 * accuracy:.1f} %* of the photos that judge are named rightly: {right} of {len(numbers)}."
    )
    if "probe" in found:
        line |= _probe(learnt, found["probe"], photos)
    else:
        line |= _tuned(learnt, found, arguments)
    sections = [learnt, mistakes(net, photos, scores, numbers)]
    size = net.preprocess.size
    lead = f"{arguments.net}, {len(photos.classes)} classes, {len(photos.train)} photos to train on, "
    page = render(
        "A network taught new classes",
        f"{lead}{size} x {size} pixels.",
        sections,
        "Made by cutaway transfer.",
    )
    with replacing(path, "w") as file:
        file.write(page)
    return line


def _probe(learnt: Section, probe: Probe, photos: ClassFolders) -> dict[str, Any]:
    """Add what a probe found to the page; return its numbers."""
    learnt.text(
        f"Every photo became {probe.features.shape[1]:,} numbers, what the network computes before its last "
        "layer. The last layer is new: logistic regression on these numbers, with one minimum. All other "
        "weights are as they were."
    )
    learnt.figure(
        _sweep_picture(probe),
        "How much the weights may grow, and how training photos held out were judged. Least loss at "
        f"C = {probe.C:g}, which the model has.",
    )
    names = ("logistic regression, training photos", "logistic regression, photos that judge")
    shares = (probe.train_accuracy, probe.validation_accuracy, probe.neighbours_accuracy)
    rows = [
        (name, f"{100 * share:.1f} %")
        for name, share in zip((*names, "nearest neighbours, photos that judge"), shares, strict=True)
    ]
    learnt.table(("on the same numbers", "right"), rows)
    learnt.figure(
        _alike(probe, photos),
        "In each row a photo that judges, and the training photos whose numbers point most in its direction.",
    )
    found = {"C": probe.C, "train_accuracy": probe.train_accuracy}
    return found | {"neighbours_accuracy": probe.neighbours_accuracy}


def _sweep_picture(probe: Probe) -> Any:
    from ..lessons.drawing import COLOURS, INK, new_figure, open_axes

    figure, axes = new_figure(9, 3.2, 1, 2)
    Cs, losses, shares = zip(*probe.sweep, strict=True)
    for axis, values, name in (
        (axes[0, 0], losses, "cross-entropy, held out"),
        (axes[0, 1], [100 * share for share in shares], "right, held out, %"),
    ):
        axis.plot(Cs, values, ".-", color=COLOURS[0])
        axis.axvline(probe.C, color=INK, linestyle=":")
        axis.set(xscale="log", xlabel="C", ylabel=name)
        open_axes(axis)
    return figure


def _alike(probe: Probe, photos: ClassFolders) -> Any:
    from ..lessons.drawing import SMALL, bare, new_figure
    from ..vision.data.images import read_image
    from ..vision.transfer.retrieval import ranked

    x = probe.features[: len(photos.train)]
    asked = np.linspace(0, len(photos.val) - 1, min(ASKED, len(photos.val))).astype(int)
    orders = ranked(x, probe.judged[asked])[:, :ALIKE]
    figure, axes = new_figure(1.9 * (orders.shape[1] + 1), 1.9 * len(asked), len(asked), orders.shape[1] + 1)
    rows = np.asarray(axes, object).reshape(len(asked), -1)
    for row, number, order in zip(rows, asked, orders, strict=True):
        shown = [photos.val[number], *(photos.train[i] for i in order)]
        for axis, (path, kind) in zip(row, shown, strict=True):
            axis.imshow(_square(read_image(path)))
            axis.set_title(photos.classes[kind], fontsize=SMALL)
            bare(axis)
            axis.set_frame_on(False)
    return figure


def _square(image: np.ndarray) -> np.ndarray:
    """Return the middle of an image."""
    side = min(image.shape[:2])
    top, left = ((n - side) // 2 for n in image.shape[:2])
    return image[top : top + side, left : left + side]


def _tuned(learnt: Section, found: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """Add how a fine-tuning went to the page; return its numbers."""
    history = found["history"]
    learnt.figure(
        curves(history),
        "Left: the loss of what is trained on and of the photos that judge; right: how many are right.",
    )
    moved = found["moved"]
    learnt.figure(
        _moved_picture(moved),
        "How far the weights of each layer went: the change's length in per cent of theirs.",
    )
    rows = [
        (path, f"{count:,}", f"{rate:.2g}" if count else "frozen", f"{100 * moved[path]:.2f} %")
        for path, count, rate in found["rates"]
    ]
    head = ("layer, from the input", "numbers that learn", "highest rate", "moved by")
    learnt.table(head, rows, _of_decay(arguments.decay, arguments.gradual))
    last = history[-1]
    return {"epochs": len(history), "loss": last["loss"], "moved": {k: round(v, 6) for k, v in moved.items()}}


def _of_decay(decay: float, gradual: bool) -> str:
    """Say how rates go with depth."""
    rates = "All layers have one rate" if decay == 1 else f"Each layer has {decay:g} times the rate before it"
    return f"{rates}{'; one more layer learns in each epoch' if gradual else ''}."


def _moved_picture(moved: dict[str, float]) -> Any:
    from ..lessons.drawing import COLOURS, SMALL, new_figure, open_axes

    names: Sequence[str] = list(moved)
    figure, axis = new_figure(9, 0.9 + 0.27 * len(names))
    axis.barh(range(len(names)), [100 * share for share in moved.values()], color=COLOURS[0])
    axis.set_yticks(range(len(names)), names, fontsize=SMALL)
    axis.invert_yaxis()
    if any(moved.values()):
        axis.set_xscale("log")
    axis.set_xlabel("moved, %")
    open_axes(axis, "x")
    return figure
