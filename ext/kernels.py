"""Which kernels run, and on how many threads: the public face, `cutaway.kernels`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from . import native
from .conv.explain import explain
from .conv.plan import use_algorithm
from .dispatch import KERNELS, LADDER, in_charge, use
from .threads import get_num_threads, set_num_threads

__all__ = [
    "Status",
    "explain",
    "get_num_threads",
    "in_charge",
    "set_num_threads",
    "status",
    "use",
    "use_algorithm",
]

PACKAGES = ("conv", "embeddings", "fused", "linear", "max_over_time", "permutohedral", "pool", "upsample")


@dataclass(frozen=True)
class Status:
    """What `cutaway doctor` shows about the kernels."""

    chosen: str  # the rung in charge
    kernels: dict[str, tuple[str, ...]]  # the implementations of each kernel that are live, fastest first
    c_missing: str | None  # why the C kernels are not there; None if they are
    instruction_set: str | None  # what the C kernels use: avx512, avx2 or baseline
    threads: int
    not_kept: str | None = None  # why compiled forms are not kept after this process; None if they are

    def __str__(self) -> str:
        if self.c_missing is None:
            c = f"C kernels: {self.instruction_set}"
        else:
            c = f"C kernels: not available: {self.c_missing}\n    hint: {native.HINT}"
        width = max(len(name) for name in self.kernels)
        rows = [
            f"    {name:{width}}  {'  '.join(_mark(rung, self.chosen, live) for rung in live)}"
            for name, live in self.kernels.items()
        ]
        note = [f"note: {self.not_kept}"] if self.not_kept else []
        return "\n".join([f"kernels: {self.chosen} in charge, {self.threads} threads", c, *rows, *note])


def _mark(rung: str, chosen: str, live: tuple[str, ...]) -> str:
    runs = next(each for each in live if LADDER.index(each) >= LADDER.index(chosen))
    return f"[{rung}]" if rung == runs else rung


def status() -> Status:
    """Return which kernels are live, which run, and if C is missing, why."""
    for package in PACKAGES:
        import_module(f".{package}", __package__)
    c = native.load()
    rungs = [rung for rung in LADDER if rung != "numba" or find_spec("numba") is not None]
    live = {
        name: tuple(rung for rung in rungs if kernel.find(rung) is not None)
        for name, kernel in sorted(KERNELS.items())
    }
    not_kept = import_module(".numba_cache", __package__).why_not_kept() if "numba" in rungs else None
    return Status(
        in_charge(),
        live,
        None if c else native.why_not(),
        native.level() if c else None,
        get_num_threads(),
        not_kept,
    )
