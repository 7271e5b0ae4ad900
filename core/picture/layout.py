"""Placing boxes on a page: layers, few crossings, straight columns (after Sugiyama et al. 1981).

1. layer    = 1 + the deepest operand's; a leaf goes right above its first user
2. long edges get an empty place in every layer they pass, so that they run between the boxes
3. order    = sort each layer by the mean position of its neighbours, down and up a few times
4. x        = move each box towards the mean of its neighbours, never closer to the next than the gap
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

SWEEPS = 6
MOST_PLACES = 30_000  # for long edges; beyond it they are drawn straight


@dataclass
class Layout:
    """Where everything is, in units of one box width or one layer.

    Attributes
    ----------
    x, layer : of each box: centre and row.
    edges : for each (operand, user): the x of the way in each row from the operand's to the user's.
    """

    x: np.ndarray
    layer: np.ndarray
    edges: list[tuple[int, int, list[float]]]


def place(parents: list[list[int]]) -> Layout:
    """Lay out a graph whose box i has the operands ``parents[i]``, all with smaller numbers."""
    layer = _layers(parents)
    rows: list[list[int]] = [[] for _ in range(int(layer.max(initial=-1)) + 1)]
    for i, row in enumerate(layer):
        rows[row].append(i)
    above, below, chains = _links(parents, layer, rows)
    for sweep in range(SWEEPS):
        for r in range(len(rows)) if sweep % 2 == 0 else range(len(rows) - 1, -1, -1):
            _sort_row(rows, r, above if sweep % 2 == 0 else below)
    x = _columns(rows, above, below)
    edges = [(a, b, [float(x[p]) for p in chain]) for (a, b), chain in chains.items()]
    return Layout(x[: len(parents)], layer, edges)


def _layers(parents: list[list[int]]) -> np.ndarray:
    layer = np.zeros(len(parents), int)
    for i, operands in enumerate(parents):
        layer[i] = 1 + max((layer[p] for p in operands), default=-1)
    first_use = np.full(len(parents), -1)
    for i, operands in enumerate(parents):
        for p in operands:
            first_use[p] = layer[i] if first_use[p] < 0 else min(first_use[p], layer[i])
    for i, operands in enumerate(parents):
        if not operands and first_use[i] > 0:
            layer[i] = first_use[i] - 1
    return layer


def _links(parents: list[list[int]], layer: np.ndarray, rows: list[list[int]]):
    """Return the neighbours above and below of every box and place, and the chain of places of every edge."""
    above: list[list[int]] = [[] for _ in parents]
    below: list[list[int]] = [[] for _ in parents]
    lengths = sum(int(layer[i] - layer[p]) - 1 for i, operands in enumerate(parents) for p in operands)
    chains = {}
    for i, operands in enumerate(parents):
        for p in dict.fromkeys(operands):
            chain = [p]
            for row in range(layer[p] + 1, layer[i]) if lengths <= MOST_PLACES else ():
                chain.append(len(above))
                above.append([])
                below.append([])
                rows[row].append(chain[-1])
            chain.append(i)
            for upper, lower in pairwise(chain):
                below[upper].append(lower)
                above[lower].append(upper)
            chains[p, i] = chain
    return above, below, chains


def _sort_row(rows: list[list[int]], r: int, neighbours: list[list[int]]) -> None:
    position = {}
    for other in (r - 1, r + 1):
        if 0 <= other < len(rows):
            position.update({i: k for k, i in enumerate(rows[other])})
    own = {i: k for k, i in enumerate(rows[r])}

    def wish(i: int) -> float:
        near = [position[n] for n in neighbours[i] if n in position]
        return sum(near) / len(near) if near else own[i]

    rows[r].sort(key=wish)


def _columns(rows: list[list[int]], above: list[list[int]], below: list[list[int]]) -> np.ndarray:
    x = np.zeros(len(above))
    for row in rows:
        x[row] = np.arange(len(row)) - (len(row) - 1) / 2
    for sweep in range(2 * SWEEPS):
        order = rows if sweep % 2 == 0 else rows[::-1]
        near = above if sweep % 2 == 0 else below
        for row in order:
            wish = np.array([np.mean(x[near[i]]) if near[i] else x[i] for i in row])
            x[row] = _apart(wish)
    return x - x.min(initial=0)


def _apart(wish: np.ndarray) -> np.ndarray:
    """Return the positions closest to ``wish`` in this order and at least 1 apart (pool adjacent violators).

    >>> _apart(np.array([0.0, 0.0, 5.0]))
    array([-0.5,  0.5,  5. ])
    """
    free = wish - np.arange(len(wish))  # then "at least 1 apart" means "not decreasing"
    blocks: list[list[float]] = []
    for value in free:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            b, a = blocks.pop(), blocks.pop()
            blocks.append([(a[0] * a[1] + b[0] * b[1]) / (a[1] + b[1]), a[1] + b[1]])
    return np.concatenate([np.full(int(n), v) for v, n in blocks]) + np.arange(len(wish)) if blocks else wish
