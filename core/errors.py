"""What cutaway raises.  A message says what was expected, what came, and what to type next.

Every error is also the built-in that a Python programmer would catch (`ValueError`, `TypeError`, ...).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class CutawayError(Exception):
    """The base of every error below."""


class ShapeError(CutawayError, ValueError):
    """Shapes (or sizes, axes, indices) that do not fit together."""


class DtypeError(CutawayError, TypeError):
    """A type that the op cannot work on."""


class GradientError(CutawayError, RuntimeError):
    """A gradient that cannot be computed, or that would be silently wrong."""


class AnomalyError(CutawayError, FloatingPointError):
    """A NaN or an infinity, found under `detect_anomaly()`."""


class FileError(CutawayError, ValueError):
    """A file that is damaged, or of another kind, or that would take too much memory.

    Attributes
    ----------
    path : str, the file; "" if it has no name.
    expected : str, what should have been there.
    byte, line : int or None, where; a byte of a compressed text is one of the unpacked text.
    """

    def __init__(
        self,
        problem: str,
        path: Any = "",
        expected: str = "",
        byte: int | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(problem)
        self.path, self.expected, self.byte, self.line = str(path), expected, byte, line


def describe(value: Any) -> str:
    """Return how an operand is shown in a message: its shape and type, or its value when it is no array.

    >>> import numpy as np
    >>> describe(np.zeros((2, 3), np.float32)), describe(2.5)
    ('(2, 3) float32', '2.5')
    """
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{tuple(value.shape)} {value.dtype}"
    if isinstance(value, (list, tuple)) and len(value) > 4:
        return f"{type(value).__name__} of {len(value)}"
    return repr(value)


def message(op: str, problem: str, operands: Iterable[tuple[str, Any]] = (), hint: str = "") -> str:
    """Compose an error message: the op and the problem, one line an operand, and the next step.

    >>> import numpy as np
    >>> print(message("linear", "x has 3 features, w expects 5", [("x", np.ones((2, 3)))], "try w.T"))
    linear: x has 3 features, w expects 5
        x (2, 3) float64
        hint: try w.T
    """
    lines = [f"{op}: {problem}"]
    lines += [f"    {name} {describe(value)}" for name, value in operands]
    if hint:
        lines.append(f"    hint: {hint}")
    return "\n".join(lines)
