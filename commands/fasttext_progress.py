"""What ``cutaway fasttext`` says on standard error while it trains, as the original says it."""

from __future__ import annotations

import math
import sys
import time
from typing import Any


def told(flags: dict[str, Any], line: str) -> None:
    """Print a line unless -verbose 0."""
    if flags["verbose"] > 0:
        print(line, file=sys.stderr, flush=True)


class Progress:
    """The original's line of progress in place of a bar; `begin` is called as `nn.progress.progress`."""

    def __init__(self, flags: dict[str, Any]) -> None:
        self.verbose, self.threads = flags["verbose"], flags["thread"]
        self.n, self.total, self.rate, self.loss = 0, 0, float(flags["lr"]), float("nan")
        self.first = self.shown = time.monotonic()

    def begin(self, total: int, initial: int = 0, **others: Any) -> Progress:
        self.n, self.total = initial, total
        self.first = time.monotonic()
        return self

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def set_description(self, text: str, **others: Any) -> None:
        pass

    def set_postfix(self, rate: str = "", loss: str = "", **others: Any) -> None:
        self.rate = float(rate) if rate else self.rate
        self.loss = float(loss) if loss else self.loss

    def update(self, count: int) -> None:
        self.n += count
        if self.verbose > 1 and time.monotonic() - self.shown > 0.1:
            self.shown = time.monotonic()
            print("\r" + self.line(), end="", file=sys.stderr, flush=True)

    def end(self, is_whole: bool = True) -> None:
        if self.verbose > 0 and self.total and is_whole:
            self.n, self.rate = self.total, 0.0
            print("\r" + self.line(), file=sys.stderr, flush=True)

    def line(self) -> str:
        """Share done, speed, rate, loss, time to go."""
        share, seconds = self.n / max(self.total, 1), time.monotonic() - self.first
        speed = int(self.n / max(seconds, 1e-9) / self.threads)
        left = int(seconds * (1 - share) / share) if share > 0 else 0
        clock = f"{left // 3600:3d}h{left // 60 % 60:2d}m{left % 60:2d}s"
        loss = f"{self.loss:9.6f}" if math.isfinite(self.loss) else f"{'-':>9}"  # measured after an epoch
        return (
            f"Progress: {100 * share:5.1f}% words/sec/thread: {speed:7d} lr: {self.rate:9.6f} "
            f"avg.loss: {loss} ETA: {clock}"
        )
