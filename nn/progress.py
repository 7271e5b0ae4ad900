"""Progress bars that stay readable when the output is a pipe or a log file: there, a line now and then
instead of a redrawn bar.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

PIPE_SECONDS = 15  # between two lines of a log


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

    if sys.stderr.isatty():
        options = {"mininterval": 0.1, "leave": False, "dynamic_ncols": True, **options}
    else:
        options = {
            "mininterval": PIPE_SECONDS,
            "maxinterval": PIPE_SECONDS,
            "ncols": 100,
            "ascii": " -#",
            "delay": PIPE_SECONDS,
            **options,
        }
    return tqdm(iterable, desc=desc, total=total, unit=unit, disable=not enabled, file=sys.stderr, **options)
