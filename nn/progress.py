"""Progress bars that stay readable in a pipe or a log: a line now and then instead of a redrawn bar."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, TextIO

PIPE_SECONDS = 15  # between two lines of a log


class _Lines:
    """A text stream in which every redrawing of a bar becomes a line of its own."""

    def __init__(self, stream: TextIO):
        self.stream = stream

    def write(self, text: str) -> int:
        line = text.strip("\r\n ")
        if line:
            self.stream.write(line + "\n")
        return len(text)

    def flush(self) -> None:
        self.stream.flush()


def progress(
    iterable: Iterable | None = None,
    *,
    desc: str,
    total: int | None = None,
    unit: str = "it",
    enabled: bool = True,
    **options: Any,
):
    """Return a `tqdm` bar on standard error."""
    from tqdm import tqdm

    if sys.stderr.isatty() or "ipykernel" in sys.modules:  # a notebook redraws lines as a terminal does
        options = {"mininterval": 0.1, "leave": False, "dynamic_ncols": True, **options}
    else:
        quiet = {"mininterval": PIPE_SECONDS, "maxinterval": PIPE_SECONDS, "delay": PIPE_SECONDS}
        options = {
            "ncols": 100,
            "ascii": " -#",
            "leave": False,
            "file": _Lines(sys.stderr),
            **quiet,
            **options,
        }
    return tqdm(iterable, desc=desc, total=total, unit=unit, disable=not enabled, **options)
