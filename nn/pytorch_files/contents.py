"""What every format of PyTorch's comes down to: a value with windows in it, and the storages behind them."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tensors import StorageId


@dataclass(frozen=True)
class Contents:
    """Of one file.

    Attributes
    ----------
    value : what the pickle says; tensors are `Window`s.
    fetch : reads the bytes of a whole storage; FileError if there are not as many as its id says.
    big : whether the largest byte of a number comes first.
    """

    value: Any
    fetch: Callable[[StorageId], bytes]
    big: bool = False


class Bounded(io.BufferedReader):
    """A file of which a read takes memory for what is there, whatever length it is asked for."""

    def __init__(self, path: Path):
        super().__init__(io.FileIO(path))
        self.size = os.path.getsize(path)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return super().read()
        return super().read(min(size, max(0, self.size - self.tell())))
