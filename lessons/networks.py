"""The networks that chapters about images share: what they learn from, their training, its checkpoint."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import core, ext, nn, vision
from ..nn import Module
from ..vision import CLASSES, SceneDataset, SegmentationFolder, UNet, train_segmentation
from ..vision.data.transforms import flipped


@dataclass
class Task:
    """What is to be learned: data, the network's size, and for how long.

    ``kind`` is "scenes" or "camvid".
    """

    kind: str
    train: Any
    test: Any
    classes: tuple[str, ...]
    base: int
    depth: int
    epochs: int
    batch_size: int
    lr: float

    @property
    def title(self) -> str:
        return "CamVid" if self.kind == "camvid" else "generated scenes"


@dataclass
class Trained:
    """A network after its training.

    Attributes
    ----------
    history : one dictionary an epoch, as `nn.fit` returns them.
    earlier : how many of the epochs an earlier run has done.
    """

    task: Task
    model: Module
    history: list[dict[str, float]]
    earlier: int


def generated(epochs: int = 11) -> Task:
    """Return the task of the tour: 400 scenes to learn from, 100 others to judge by."""
    train, test = SceneDataset(400, 64, seed=1), SceneDataset(100, 64, seed=2)
    return Task("scenes", train, test, CLASSES, 16, 3, epochs, 8, 4e-3)


def camvid(root: str | os.PathLike, epochs: int = 14) -> Task:
    """Return the task on a folder laid out as CamVid is: ``train`` to learn from, ``test`` to judge by."""
    train, test = SegmentationFolder(root, "train"), SegmentationFolder(root, "test")
    return Task("camvid", train, test, train.classes, 32, 4, epochs, 4, 2e-3)


def unet(task: Task, folder: Path, show: bool) -> Trained:
    """Train a U-Net on the task, or take over what an earlier run has trained in this folder."""
    model = UNet(3, len(task.classes), task.base, task.depth, norm=True, rng=0)
    return train(task, model, folder, lambda checkpoint: train_segmentation(
        model, task.train, task.test, task.classes, epochs=task.epochs, batch_size=task.batch_size,
        lr=task.lr, transform=flipped, checkpoint=checkpoint, show=show,
    ))  # fmt: skip


def train(task: Task, model: Module, folder: Path, fit: Callable[[Path], list[dict[str, float]]]) -> Trained:
    """Call ``fit`` with a checkpoint that no other data, no other network and no other code can have."""
    checkpoint = folder / f"{task.kind}-{type(model).__name__}-{fingerprint(task, model)}.safetensors"
    earlier = nn.checkpoint.load(checkpoint)[1]["epoch"] if checkpoint.exists() else 0
    return Trained(task, model, fit(checkpoint), earlier)


def told_training(trained: Trained) -> str:
    """Say whether the network was trained now or in an earlier run; "" if now."""
    epochs = len(trained.history)
    if not trained.earlier:
        return ""
    which = "All" if trained.earlier == epochs else f"{trained.earlier} of"
    return f" {which} {epochs} epochs were trained in an earlier run, whose checkpoint was kept."


def fingerprint(task: Task, model: Module) -> str:
    """Return a few letters that change with data, settings, network, and the code that trains it."""
    digest = hashlib.sha256(repr((task.classes, task.epochs, task.batch_size, task.lr, model)).encode())
    for data in (task.train, task.test):
        digest.update(str(len(data)).encode())
        for i in np.linspace(0, len(data) - 1, 8).astype(int):
            for array in data[int(i)]:
                digest.update(np.ascontiguousarray(array).tobytes())
    for package in (core, ext, nn, vision):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    for path in (__file__, inspect.getfile(type(model))):
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:12]
