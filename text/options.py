"""Checking the options of a word-vector model before hours are spent on them."""

from __future__ import annotations

import math
import numbers
from typing import Any

# option: (whole number?, least, most, usual value)
OPTIONS = {
    "dim": (True, 1, 10_000, "50 to 300"),
    "window": (True, 1, 1000, "5"),
    "negative": (True, 1, 100, "5 to 20"),
    "epochs": (True, 1, math.inf, "5"),
    "min_count": (True, 1, math.inf, "5"),
    "threads": (True, 1, 1024, "the number of cores"),
    "seed": (True, 0, math.inf, "1"),
    "sample": (False, 0, 1, "1e-3 to 1e-5; 0 keeps every word"),
    "alpha": (False, 1e-12, 100, "0.025"),
    "power": (False, -10, 10, "0.75"),
}


def check_options(model: Any) -> None:
    """Raise ValueError if an attribute of ``model`` that OPTIONS names is out of bounds."""
    for name, (whole, least, most, usual) in OPTIONS.items():
        value = getattr(model, name)
        kind = numbers.Integral if whole else numbers.Real
        if isinstance(value, bool) or not isinstance(value, kind) or not least <= value <= most:
            expected = "a whole number" if whole else "a number"
            bounds = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
            raise ValueError(
                f"{type(model).__name__}: {name} is {expected} {bounds}, got {value!r}\n"
                f"    hint: usual is {usual}"
            )
