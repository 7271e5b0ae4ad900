"""Folding: one box for a whole module call, so that a network of thousands of nodes fits on a page."""

from __future__ import annotations

from heapq import heappop, heappush

from .collect import Vertex

PAGE = 120  # boxes that are still readable on one page


def fold(vertices: list[Vertex], depth: int | None) -> list[Vertex]:
    """Return the boxes with everything more than ``depth`` modules deep drawn together.

    Parameters
    ----------
    depth : 0 folds every outermost module, 1 its children, ...; None folds as little as needed for `PAGE`
        boxes.
    """
    if depth is None:
        deepest = max((len(v.path) for v in vertices), default=0)
        if len(vertices) <= PAGE or deepest == 0:
            return vertices
        folded = [fold(vertices, d) for d in range(deepest - 1, -1, -1)]
        return next((boxes for boxes in folded if len(boxes) <= PAGE), folded[-1])
    boxes: dict[object, list[int]] = {}
    for i, v in enumerate(vertices):
        boxes.setdefault(v.path[: depth + 1] if len(v.path) > depth else i, []).append(i)
    order = sorted(boxes.values(), key=lambda members: members[-1])
    place = {i: number for number, members in enumerate(order) for i in members}
    return _sorted([_box(vertices, members, place, depth) for members in order])


def _box(vertices: list[Vertex], members: list[int], place: dict[int, int], depth: int) -> Vertex:
    """Return one box for several: its result is the last one's, its operands those that come from outside."""
    last = vertices[members[-1]]
    number = place[members[-1]]
    parents = list(
        dict.fromkeys(place[p] for i in members for p in vertices[i].parents if place[p] != number)
    )
    folded = len(last.path) > depth
    return Vertex(
        last.path[depth][0] if folded else last.label,
        "module" if folded else last.kind,
        last.shape,
        last.dtype,
        last.value,
        last.grad,
        last.norm,
        sum(vertices[i].size for i in members),
        all(vertices[i].finite for i in members),
        last.path[:depth] if folded else last.path,
        parents,
        len(members),
    )


def _sorted(boxes: list[Vertex]) -> list[Vertex]:
    """Return the boxes with operands before results, otherwise in their old order."""
    waiting = [len(box.parents) for box in boxes]
    users: list[list[int]] = [[] for _ in boxes]
    for i, box in enumerate(boxes):
        for p in box.parents:
            users[p].append(i)
    ready = [i for i, n in enumerate(waiting) if n == 0]  # a heap: the smallest number next
    order = []
    while ready:
        i = heappop(ready)
        order.append(i)
        for user in users[i]:
            waiting[user] -= 1
            if waiting[user] == 0:
                heappush(ready, user)
    number = {old: new for new, old in enumerate(order)}
    for box in boxes:
        box.parents = [number[p] for p in box.parents]
    return [boxes[i] for i in order]
