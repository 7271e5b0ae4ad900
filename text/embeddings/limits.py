"""What an option may be."""

from __future__ import annotations

import math
import numbers
from dataclasses import field
from typing import Any, NamedTuple

from .deterministic import WORKERS


class Limits(NamedTuple):
    """What a number may be, and what it usually is."""

    whole: bool
    least: float
    most: float
    usual: str

    def problem(self, value: Any) -> str:
        """What is wrong with a value; "" if nothing is."""
        kind = numbers.Integral if self.whole else numbers.Real
        is_number = isinstance(value, kind) and not isinstance(value, bool)
        if is_number and self.least <= value <= self.most:  # type: ignore[operator]
            return ""
        expected = "a whole number" if self.whole else "a number"
        bounds = (
            f"at least {self.least:g}" if self.most == math.inf else f"from {self.least:g} to {self.most:g}"
        )
        return f"is {expected} {bounds}, got {value!r}\n    hint: usual is {self.usual}"


class OneOf(tuple[Any, ...]):
    """The values that there are."""

    def problem(self, value: Any) -> str:
        """What is wrong with a value; "" if nothing is."""
        if any(value is each or (isinstance(each, str) and value == each) for each in self):
            return ""
        listed = " or ".join(map(str, self)) if len(self) == 2 else f"one of {', '.join(self)}"
        return f"is {listed}, got {value!r}"


class Slices:
    """What ``deterministic`` may be."""

    def problem(self, value: Any) -> str:
        """What is wrong with a value; "" if nothing is."""
        if isinstance(value, numbers.Integral) and 0 <= int(value) <= THREADS.most:  # True and False, too
            return ""
        most = f"{THREADS.most:g}"
        return (
            f"is False, True or a number of slices up to {most}, got {value!r}\n    hint: True is {WORKERS}"
        )


DIM = Limits(True, 1, 10_000, "50 to 300")
WINDOW = Limits(True, 1, 1000, "5")
NEGATIVE = Limits(True, 1, 100, "5 to 20")
EPOCHS = Limits(True, 1, math.inf, "5")
MIN_COUNT = Limits(True, 1, math.inf, "5")
MAX_VOCAB_SIZE = Limits(True, 1, math.inf, "21,000,000")
THREADS = Limits(True, 1, 1024, "the number of cores")
SEED = Limits(True, 0, math.inf, "1")
SAMPLE = Limits(False, 0, 1, "1e-3 to 1e-5; 0 keeps every word")
ALPHA = Limits(False, 1e-12, 100, "0.025, for CBOW 0.05")
POWER = Limits(False, -10, 10, "0.75")
MIN_N = Limits(True, 0, 100, "3; 0 has no n-grams")
MAX_N = Limits(True, 0, 100, "6; 0 has no n-grams")
BUCKETS = Limits(True, 1, 2**31 - 1, "2,000,000")


SYNC = OneOf(("frequent", "rounds", "merge"))


def within(default: Any, limits: Limits, **how: Any) -> Any:
    """A field of a dataclass: a number within limits."""
    return field(default=default, metadata={"may be": limits}, **how)


def switch(default: bool = False, **how: Any) -> Any:
    """A field of a dataclass: True or False."""
    return field(default=default, metadata={"may be": OneOf((True, False))}, **how)
