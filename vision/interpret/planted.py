"""Scenes whose class is decided by a planted cue, and a network that decides by just that rule.

An object is a square, red or blue; whatever else is in a scene is noise, a large disc, and a decoy.

    corner   class 1 if a red square is in the upper left corner; one elsewhere decides nothing
    or       class 1 if there is a red square, or a blue one, or both
    and      class 1 if there are both

The weights are set by hand, so what the network looks at is known, and with it the right map (the idea of
Arras et al. 2022 and of Yang & Kim 2019, without training).  r, b: how much red and blue, about 0.8 a square.

    corner   S_1 = r in the corner          S_0 = 1/2          (times `GAIN`)
    or       S_1 = min(1, r + b)            S_0 = 1/2          = 1 - relu(1 - r - b): saturated by two
    and      S_1 = relu(r + b - 1)          S_0 = 1/4
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ... import nn
from ..networks.preprocess import Preprocess

RULES = ("corner", "or", "and")
SIDE, SQUARE, CORNER, CELL = 32, 5, 8, 4  # pixels: of a scene, an object, the corner, and of a map's cell
GAIN = 8.0  # of both scores: p(class 1) is 0.98 or more for a cue, and 0.02 without
SHOWN = Preprocess(SIDE, None, "RGB", 1.0, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
COLOURS = {"red": (0.9, 0.1, 0.1), "blue": (0.1, 0.1, 0.9)}
DISCS = ((0.8, 0.8, 0.1), (0.2, 0.2, 0.2), (0.1, 0.7, 0.7), (0.9, 0.9, 0.9))  # red is no more than green ...
FAINT = 0.15  # of a difference of colours, over 3 x 3 pixels: less is none
AMOUNT = 0.8  # r or b of one square
LAYER = "2"  # whose maps the class activation maps weigh


class Scene(NamedTuple):
    """A scene and what decides its class.

    Attributes
    ----------
    pixels : (3, H, W) of 0 .. 1.
    label : 1 if the rule holds.
    objects : masks (H, W) of bool of what makes it hold; none for class 0.
    """

    pixels: np.ndarray
    label: int
    objects: tuple[np.ndarray, ...]

    @property
    def cue(self) -> np.ndarray:
        """(H, W) bool: all of what decides."""
        return np.logical_or.reduce(self.objects) if self.objects else np.zeros((SIDE, SIDE), bool)


def draw(rule: str, present: tuple[bool, bool], rng: np.random.Generator) -> Scene:
    """Return a scene.

    Parameters
    ----------
    rule : one of `RULES`.
    present : of "or" and "and" whether the red and the blue square are there; of "corner" whether the corner
        has a square, and whether there is a decoy elsewhere.

    >>> scene = draw("and", (True, True), np.random.default_rng(0))
    >>> scene.label, len(scene.objects), int(scene.cue.sum())
    (1, 2, 50)
    """
    expect_rule(rule)
    pixels = 0.5 + rng.normal(0, 0.03, (1, SIDE, SIDE)) + rng.normal(0, 0.01, (3, SIDE, SIDE))
    if rule == "corner":
        places = [_place(rng, 1, CORNER), _place(rng, 2 * CORNER)]
        kinds = ("red", "red")
        label = int(present[0])
    else:
        places, kinds = [_place(rng), _place(rng)], ("red", "blue")
        while np.abs(np.subtract(places[0], places[1])).max() < SQUARE + 3:
            places[1] = _place(rng)
        label = int(all(present) if rule == "and" else any(present))
    disc = _disc(places, rng)
    pixels[:, disc] = np.array(DISCS[rng.integers(len(DISCS))])[:, None]
    masks = []
    for (row, column), kind, there in zip(places, kinds, present, strict=True):
        if there:
            mask = np.zeros((SIDE, SIDE), bool)
            mask[row : row + SQUARE, column : column + SQUARE] = True
            pixels[:, mask] = np.array(COLOURS[kind])[:, None]
            masks.append(mask)
    deciding = tuple(masks[:1] if rule == "corner" else masks) if label else ()
    return Scene(np.clip(pixels, 0, 1).astype(np.float32), label, deciding)


def scenes(rule: str, count: int, seed: int = 0) -> list[Scene]:
    """Return scenes of a rule, each of the four combinations of what may be there equally often."""
    rng = np.random.default_rng(seed)
    return [draw(rule, (bool(i & 1), bool(i & 2)), rng) for i in range(count)]


class PlantedNet(nn.Sequential):
    """x (N, 3, 32, 32) -> scores (N, 2), by a rule of `RULES` and by nothing else.

    0 convolution  red - green, blue - green, brightness, darkness: means over 3 x 3 pixels, less `FAINT`
    1 rectifier
    2 mean over cells of 4 x 4 pixels              maps (N, 4, 8, 8)
    4 linear       the amounts r and b that the rule asks for, into one number; the rest has weight 0
    5 rectifier
    6 linear       both scores
    """

    preprocess = SHOWN

    def __init__(self, rule: str):
        expect_rule(rule)
        cells = SIDE // CELL
        super().__init__(
            nn.Conv2d(3, 4, 3, padding=1, rng=0), nn.ReLU(), nn.AvgPool2d(CELL), nn.Flatten(),
            nn.Linear(4 * cells**2, 1, rng=0), nn.ReLU(), nn.Linear(1, 2, rng=0),
        )  # fmt: skip
        detect, rule_of, scores = (self.get_submodule(path) for path in ("0", "4", "6"))
        colours = np.array([[1, -1, 0], [0, -1, 1], [1 / 3] * 3, [-1 / 3] * 3])
        detect.weight.data[...] = (SHOWN.std[0] * colours / 9)[:, :, None, None]
        detect.bias.data[...] = [-FAINT, -FAINT, 0, 0]
        w = np.zeros((4, cells, cells))
        w[[0] if rule == "corner" else [0, 1]] = AMOUNT / one_square()
        if rule == "corner":
            w[:, CORNER // CELL :], w[:, :, CORNER // CELL :] = 0, 0
        sign, start, threshold = {"corner": (1, 0, 0.5), "or": (-1, 1, 0.5), "and": (1, -1, 0.25)}[rule]
        rule_of.weight.data[...] = sign * w.reshape(1, -1)
        rule_of.bias.data[...] = start
        scores.weight.data[...] = [[0], [sign * GAIN]]
        scores.bias.data[...] = [threshold * GAIN, GAIN if rule == "or" else 0]
        self.eval()


def one_square() -> float:
    """Return what the detector of a square's colour adds up to over all cells, for one square on grey.

    Of the mean over 3 x 3 pixels of a difference of 0.8, less `FAINT`: in the middle, at edges, at corners.
    """
    row = np.convolve(np.ones(SQUARE), np.ones(3) / 3)
    strong = (COLOURS["red"][0] - COLOURS["red"][1]) * np.outer(row, row)
    return float(np.maximum(strong - FAINT, 0).sum()) / CELL**2


def expect_rule(rule: str) -> None:
    """ValueError for a rule that there is not."""
    if rule not in RULES:
        raise ValueError(f"planted: expected a rule of {', '.join(RULES)}, got {rule!r}")


def _place(rng: np.random.Generator, least: int = 1, most: int = SIDE) -> tuple[int, int]:
    """The upper left pixel of a square; all that its detector sees lies within the scene."""
    row, column = rng.integers(least, most - SQUARE, 2)
    return int(row), int(column)


def _disc(places: list[tuple[int, int]], rng: np.random.Generator) -> np.ndarray:
    """A disc (H, W) of bool, also cut by the border, that no detector sees together with a square."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    while True:
        middle, radius = rng.integers(0, SIDE, 2), rng.integers(5, 8)
        disc = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 <= radius**2
        around = [disc[max(0, r - 2) : r + SQUARE + 2, max(0, c - 2) : c + SQUARE + 2] for r, c in places]
        if not any(each.any() for each in around):
            return disc
