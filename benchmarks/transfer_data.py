"""Local photos for ``benchmarks/transfer.py``: ants and bees, three breeds of pets, CIFAR-10; hand-made features."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cutaway.vision import read_image
from cutaway.vision.data.class_folders import ClassFolders, Photos, find_classes
from cutaway.vision.networks.classification_net import classification_net, net_for_weights
from cutaway.vision.networks.preprocess import Preprocess

WEIGHTS = {"squeezenet1_0": "squeezenet", "mobilenet_v1": "mobilenet"}
OPTIONS: dict[str, dict[str, Any]] = {"squeezenet1_0": {}, "mobilenet_v1": {"width": 0.25}}


class Sets:
    """The sets in a folder of data; what is unpacked goes into another folder."""

    def __init__(self, root: Path, work: Path):
        self.root, self.work = root, work

    def bees(self) -> ClassFolders:
        """Ants and bees: 244 photos to train on, 153 to judge by."""
        return find_classes(self.root / "hymenoptera")

    def pets(self, seed: int = 0) -> ClassFolders:
        """Three breeds, 160 photos of each to train on, 40 to judge by: a seed draws them."""
        found: dict[str, list[Path]] = {}
        for path in sorted((self.root / "pets" / "images").glob("*.jpg")):
            found.setdefault(re.sub(r"_\d+$", "", path.stem), []).append(path)
        rng, train, val = np.random.default_rng(seed), [], []
        for number, paths in enumerate(found.values()):
            order = [paths[i] for i in rng.permutation(len(paths))]
            cut = len(order) // 5
            val += [(path, number) for path in order[:cut]]
            train += [(path, number) for path in order[cut:]]
        return ClassFolders(tuple(found), tuple(train), tuple(val))

    def cifar(self, train: int, test: int) -> ClassFolders:
        """The first photos of each of CIFAR-10's classes."""
        place = self.work / "cifar10"
        if not (place / "test").is_dir():
            with zipfile.ZipFile(next((self.root / "cifar10").glob("*.zip"))) as archive:
                archive.extractall(place)
        whole = find_classes(place)
        parts = []
        for photos, count in ((whole.train, train), (whole.val, test)):
            numbers = np.array([number for _, number in photos])
            kept = np.concatenate([np.flatnonzero(numbers == k)[:count] for k in range(len(whole.classes))])
            parts.append(tuple(photos[i] for i in kept))
        return ClassFolders(whole.classes, *parts)

    def net(self, name: str, size: int | None = None, trained: bool = True, seed: int = 0) -> Any:
        """A network with published weights, or with random ones; a size of its own."""
        net = net_for_weights(name, next((self.root / WEIGHTS[name]).glob("*.npz")))
        if not trained:
            shown = net.preprocess
            net = classification_net(name, rng=seed, **OPTIONS[name])
            net.preprocess = shown
        if size:
            net.preprocess = replace(net.preprocess, size=size, resize=size * 8 // 7)
        return net


def some_of_each(data: ClassFolders, count: int, seed: int) -> ClassFolders:
    """The set with so many photos of each class to train on."""
    rng, kept = np.random.default_rng(seed), []
    for number in range(len(data.classes)):
        photos = [photo for photo in data.train if photo[1] == number]
        kept += [photos[i] for i in rng.permutation(len(photos))[:count]]
    return replace(data, train=tuple(kept))


def pixels(photos: Any, size: int = 32) -> np.ndarray:
    """The photos themselves as features: (N, 3 size^2)."""
    shown = Preprocess(size=size, resize=None, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
    return np.stack([shown(read_image(path)).ravel() for path, _ in photos])


def gradients(photos: Any, size: int = 64, cell: int = 8, turns: int = 9) -> np.ndarray:
    """Histograms of the directions of edges in cells, each normalised with its neighbours (as HOG does)."""
    shown = Preprocess(size=size, resize=None, mean=(0, 0, 0), std=(1, 1, 1))
    rows = []
    for path, _ in photos:
        grey = shown(read_image(path)).mean(0)
        dy, dx = np.gradient(grey)
        strength, angle = np.hypot(dx, dy), np.arctan2(dy, dx) % np.pi
        bins = np.minimum((angle / np.pi * turns).astype(int), turns - 1)
        each = np.stack([np.where(bins == k, strength, 0) for k in range(turns)], -1)
        cells = each.reshape(size // cell, cell, size // cell, cell, turns).sum((1, 3))
        blocks = np.concatenate([cells[:-1, :-1], cells[1:, :-1], cells[:-1, 1:], cells[1:, 1:]], -1)
        rows.append((blocks / (np.linalg.norm(blocks, axis=-1, keepdims=True) + 1e-3)).ravel())
    return np.stack(rows).astype(np.float32)


def classes_of(photos: Any) -> np.ndarray:
    """The classes of photos."""
    return np.array([number for _, number in photos])


def arrays(photos: Any) -> tuple[np.ndarray, np.ndarray]:
    """All photos of one size as pixels (N, 3, H, W) around 0, and their classes."""
    images = [image for image, _ in (Photos(photos)[i] for i in range(len(photos)))]
    return np.stack(images).transpose(0, 3, 1, 2).astype(np.float32) / 64 - 2, classes_of(photos)
