"""Saved settings of an optimiser, compared with its own before they are taken over."""

from __future__ import annotations

import math
from typing import Any

NOT_NEGATIVE = ("lr", "weight_decay", "momentum", "eps")


def expect_settings(optimiser: str, group: dict[str, Any], settings: dict[str, Any]) -> None:
    """ValueError unless saved settings have the names and kinds of this group's."""
    unknown = settings.keys() ^ (group.keys() - {"params"})
    if unknown:
        raise ValueError(f"{optimiser}: saved settings and its own differ in {sorted(map(str, unknown))}")
    for name, value in settings.items():
        own = group[name]
        numbers, owned = (list(each) if isinstance(each, (list, tuple)) else [each] for each in (value, own))
        like = len(numbers) == len(owned) and all(map(_alike, numbers, owned))
        if not like or (name in NOT_NEGATIVE and not value >= 0):
            raise ValueError(f"{optimiser}: expected {name} like {own!r}, saved is {value!r:.60}")


def _alike(value: Any, own: Any) -> bool:
    """Both switches, both finite numbers, or one of them None."""
    if isinstance(own, bool) or isinstance(value, bool):
        return isinstance(own, bool) and isinstance(value, bool)
    if own is None or value is None:
        return value is None or isinstance(value, (int, float))
    if isinstance(value, str) or isinstance(own, str):
        return isinstance(value, str) and isinstance(own, str)
    return isinstance(value, (int, float)) and isinstance(own, (int, float)) and abs(value) < math.inf
