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
    "max_vocab_size": (True, 1, math.inf, "21,000,000"),
    "threads": (True, 1, 1024, "the number of cores"),
    "seed": (True, 0, math.inf, "1"),
    "sample": (False, 0, 1, "1e-3 to 1e-5; 0 keeps every word"),
    "alpha": (False, 1e-12, 100, "0.025, for CBOW 0.05"),
    "power": (False, -10, 10, "0.75"),
    "min_n": (True, 0, 100, "3; 0 has no n-grams"),
    "max_n": (True, 0, 100, "6; 0 has no n-grams"),
    "x_max": (False, 1e-9, math.inf, "100; 10 for a small corpus"),
    "eta": (False, 1e-12, 100, "0.05"),
    "clip": (False, 1e-9, math.inf, "100"),
    "memory": (False, 1e-3, math.inf, "4, in gigabytes"),
    "buckets": (True, 1, 2**31 - 1, "2,000,000"),
    "word_ngrams": (True, 1, 100, "1 or 2"),
    "min_count_label": (True, 0, math.inf, "0"),
    "refresh": (True, 1, math.inf, "100"),
}
SWITCHES = ("cbow", "hs", "softmax", "shared", "deterministic", "symmetric", "weighted")
SWITCHES += ("dm", "dm_concat", "dbow_words")


def check_options(model: Any) -> None:
    """Raise ValueError if an attribute of ``model`` that OPTIONS or SWITCHES names is not as it should be."""
    kind = type(model).__name__
    for name, (whole, least, most, usual) in OPTIONS.items():
        value = getattr(model, name, least)
        number = numbers.Integral if whole else numbers.Real
        if isinstance(value, bool) or not isinstance(value, number) or not least <= value <= most:
            expected = "a whole number" if whole else "a number"
            bounds = f"at least {least:g}" if most == math.inf else f"from {least:g} to {most:g}"
            raise ValueError(
                f"{kind}: {name} is {expected} {bounds}, got {value!r}\n    hint: usual is {usual}"
            )
    for name in SWITCHES:
        if not isinstance(getattr(model, name, False), bool):
            raise ValueError(f"{kind}: {name} is True or False, got {getattr(model, name)!r}")
    layers = {name: getattr(model, name, False) for name in ("hs", "softmax", "shared")}
    if sum(layers.values()) > 1:
        came = ", ".join(f"{name}={value}" for name, value in layers.items())
        raise ValueError(
            f"{kind}: hs, softmax and shared exclude each other, got {came}\n"
            f"    hint: shared is a form of negative sampling, which hs and softmax replace"
        )
