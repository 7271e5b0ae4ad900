"""Generated scenes: textured objects that overlap on a textured ground, with all four kinds of label.

The instance mask is painted first, from back to front; everything else is read off it, so the four
labels cannot disagree:

    instance mask -> semantic mask (the class of each object) -> boxes (the visible extent) -> image class
    (the largest visible object)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

CLASSES = ("ground", "disc", "square", "triangle", "ring")
LEAST_VISIBLE = 20  # pixels; objects that are hidden beyond that are left out


@dataclass
class Scene:
    """One scene with its labels.

    Attributes
    ----------
    image : (3, H, W) float32 in [0, 1].
    instance : (H, W) int32: 0 ground, i the i-th object.
    semantic : (H, W) uint8: 0 ground, else the class of the object.
    boxes : (objects, 5) int32: class, top, left, bottom, right (the last two excluded) of the visible part of
        each object.
    image_class : the class with the largest visible object; 0 if there is none.
    """

    image: np.ndarray
    instance: np.ndarray
    semantic: np.ndarray
    boxes: np.ndarray
    image_class: int


def draw_scene(rng: np.random.Generator, size: int = 64, most_objects: int = 5) -> Scene:
    """Return a random scene of ``size`` x ``size`` pixels with 1 to ``most_objects`` objects."""
    if size < 16:
        raise ValueError(f"draw_scene: expected a size of at least 16 pixels, got {size}")
    image = _ground(rng, size)
    instance = np.zeros((size, size), np.int32)
    kinds = rng.integers(1, len(CLASSES), size=rng.integers(1, most_objects + 1))
    for number, kind in enumerate(kinds, start=1):
        inside = _shape(rng, size, CLASSES[kind])
        instance[inside] = number
        image[:, inside] = _texture(rng, size, CLASSES[kind])[:, inside]
    instance, kinds, image = _only_visible(rng, instance, kinds, image)
    semantic = np.concatenate([[0], kinds]).astype(np.uint8)[instance]
    image = np.clip(image + rng.normal(0, 0.03, image.shape), 0, 1).astype(np.float32)
    boxes = np.array(
        [(kind, *_extent(instance == i)) for i, kind in enumerate(kinds, start=1)], np.int32
    ).reshape(-1, 5)
    areas = np.bincount(instance.ravel(), minlength=len(kinds) + 1)[1:]
    return Scene(image, instance, semantic, boxes, int(kinds[np.argmax(areas)]) if len(kinds) else 0)


def _only_visible(rng: np.random.Generator, instance: np.ndarray, kinds: np.ndarray, image: np.ndarray):
    """Return the scene without objects that are almost covered: their remaining pixels become ground."""
    areas = np.bincount(instance.ravel(), minlength=len(kinds) + 1)
    hidden = np.isin(instance, [i for i in range(1, len(areas)) if areas[i] < LEAST_VISIBLE])
    if hidden.any():
        image[:, hidden] = _ground(rng, len(instance))[:, hidden]
        instance = np.where(hidden, 0, instance)
    kept = [i for i in range(1, len(areas)) if areas[i] >= LEAST_VISIBLE]
    renumber = np.zeros(len(areas), np.int32)
    renumber[kept] = np.arange(1, len(kept) + 1)
    return renumber[instance], kinds[[i - 1 for i in kept]], image


def _extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _shape(rng: np.random.Generator, size: int, name: str) -> np.ndarray:
    """Return where an object of that class is: a random place, extent and turn."""
    radius = rng.uniform(0.12, 0.26) * size
    cy, cx = rng.uniform(0.1, 0.9, 2) * size
    y, x = np.mgrid[:size, :size] + 0.5
    turn = rng.uniform(0, 2 * np.pi)
    u, v = (
        np.cos(turn) * (x - cx) + np.sin(turn) * (y - cy),
        -np.sin(turn) * (x - cx) + np.cos(turn) * (y - cy),
    )
    far = np.hypot(u, v)
    if name == "disc":
        return far < radius
    if name == "square":
        return np.maximum(np.abs(u), np.abs(v)) < 0.85 * radius
    if name == "ring":
        return (far < 1.1 * radius) & (far > 0.55 * radius)
    corners = 2 * np.pi / 3 * np.arange(3)  # triangle: inside all three half-planes
    return np.max([np.cos(c) * u + np.sin(c) * v for c in corners], axis=0) < 0.6 * radius


def _smooth(rng: np.random.Generator, size: int, cells: int) -> np.ndarray:
    """Return (size, size) noise that varies over size / cells pixels, in [0, 1]: bilinear
    between random values.
    """
    grid = rng.random((cells + 1, cells + 1))
    at = np.linspace(0, cells, size, endpoint=False)
    i, f = at.astype(int), at % 1
    rows = grid[i] * (1 - f)[:, None] + grid[i + 1] * f[:, None]
    return rows[:, i] * (1 - f) + rows[:, i + 1] * f


def _ground(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return a background (3, size, size): two colours mixed by coarse and fine noise."""
    mix = 0.6 * _smooth(rng, size, 4) + 0.4 * _smooth(rng, size, 16)
    a, b = rng.uniform(0.2, 0.8, (2, 3, 1, 1))
    return a * mix + b * (1 - mix)


def _texture(rng: np.random.Generator, size: int, name: str) -> np.ndarray:
    """Return the surface (3, size, size) of a class in two random colours: each class has its own pattern,
    none its own colour.
    """
    y, x = np.mgrid[:size, :size]
    turn, period = rng.uniform(0, np.pi), rng.uniform(4, 7)
    along, across = np.cos(turn) * x + np.sin(turn) * y, -np.sin(turn) * x + np.cos(turn) * y
    wave, other = np.sin(2 * np.pi * along / period), np.sin(2 * np.pi * across / period)
    pattern = {
        "disc": wave,
        "square": np.sign(wave * other),
        "triangle": 2 * (along / (2.2 * period) % 1) - 1,
        "ring": np.maximum(wave, other),
    }[name]
    mix = 0.5 + 0.5 * pattern
    a = rng.uniform(0, 1, (3, 1, 1))
    b = (a + rng.uniform(0.35, 0.65, (3, 1, 1))) % 1  # far from a in every channel
    return a * mix + b * (1 - mix)


class SceneDataset:
    """Scenes by number: item i is (image, semantic mask) of the scene drawn from (seed, i); the same on every
    machine and every time.
    """

    def __init__(self, count: int, size: int = 64, seed: int = 0):
        self.count, self.size, self.seed = count, size, seed

    def __len__(self) -> int:
        return self.count

    def scene(self, i: int) -> Scene:
        """Return scene ``i`` with all its labels."""
        if not 0 <= i < self.count:
            raise IndexError(f"scene {i} of {self.count}")
        return draw_scene(np.random.default_rng([self.seed, i]), self.size)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        scene = self.scene(i)
        return scene.image, scene.semantic.astype(np.int64)
