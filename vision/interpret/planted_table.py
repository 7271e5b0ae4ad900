"""All ways to make a map, asked about planted cues: do they show what the class was decided by?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...core import Tensor, no_grad
from .methods import METHODS, attribution
from .planted import LAYER, SHOWN, PlantedNet, Scene, draw
from .score import pointing, relevance_mass

# What is there: of "corner" a square in the corner, and a decoy; else the red and the blue square.
CASES = {
    "corner": ("corner", (True, True)),
    "or, one there": ("or", (True, False)),
    "or, both there": ("or", (True, True)),
    "and": ("and", (True, True)),
}
FAIR = 0.25  # of what a map says in the cue: an object with less of it is missed


class Row(NamedTuple):
    """How one way of making maps fares with one case.

    Attributes
    ----------
    mass : mean share of what the maps say that lies in the cue, which has about a 40th of the pixels.
    pointing : share of the scenes in which the map is largest in the cue.
    both : share of the scenes in which each object has `FAIR` of what is said in the cue; None for one.
    empty : share of the scenes whose map says nothing at all.
    """

    case: str
    method: str
    mass: float
    pointing: float
    both: float | None
    empty: float


def planted_table(
    count: int = 12, methods: Sequence[str] = METHODS, seed: int = 0, cases: Sequence[str] = tuple(CASES)
) -> list[Row]:
    """Return a row for each case and method, over ``count`` scenes of class 1 each."""
    found = []
    for case in cases:
        rule, present = CASES[case]
        net, rng = PlantedNet(rule), np.random.default_rng(seed)
        drawn = [draw(rule, present, rng) for _ in range(count)]
        nothing = SHOWN.normalised(np.stack([draw(rule, (False, False), rng).pixels for _ in range(8)]))
        for method in methods:
            maps = [planted_map(method, net, scene, nothing) for scene in drawn]
            found.append(_row(case, method, maps, drawn))
    return found


def planted_map(method: str, net: PlantedNet, scene: Scene, nothing: np.ndarray) -> np.ndarray:
    """Return a map (H, W) for class 1; ``nothing``, prepared scenes (N, 3, H, W), are baselines."""
    x = SHOWN.normalised(scene.pixels)
    return attribution(method, net, x, 1, LAYER, baselines=nothing, patch=6)


def accuracy(net: PlantedNet, drawn: Sequence[Scene]) -> float:
    """Return the share of scenes whose class the network names."""
    with no_grad():
        scores = net(Tensor(SHOWN.normalised(np.stack([scene.pixels for scene in drawn])))).data
    return float((scores.argmax(1) == [scene.label for scene in drawn]).mean())


def _row(case: str, method: str, maps: Sequence[np.ndarray], drawn: Sequence[Scene]) -> Row:
    pairs = list(zip(maps, drawn, strict=True))
    mass = np.mean([relevance_mass(each, scene.cue) for each, scene in pairs])
    hits = np.mean([pointing(each, scene.cue) for each, scene in pairs])
    both = None
    if len(drawn[0].objects) > 1:
        both = float(np.mean([_finds_all(each, scene) for each, scene in pairs]))
    empty = np.mean([not each.any() for each in maps])
    return Row(case, method, float(mass), float(hits), both, float(empty))


def _finds_all(values: np.ndarray, scene: Scene) -> bool:
    whole = relevance_mass(values, scene.cue)
    return whole > 0 and all(relevance_mass(values, each) >= FAIR * whole for each in scene.objects)
