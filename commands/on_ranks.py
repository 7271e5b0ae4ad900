"""Commands under ``mpiexec``: all ranks work, rank 0 speaks and writes; trainings go on from checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from .. import __version__
from ..core import ranks
from .flags import Flag

Model = TypeVar("Model")
MPI = Flag("mpi", 1, "under mpiexec, 1: all ranks train one model, 0: each works alone")
SYNC = Flag("sync", "frequent", "how the ranks' vectors meet: frequent, rounds or merge")
CHECKPOINT = Flag(
    "checkpoint", "", "name.safetensors, written after each epoch; the same command goes on from it"
)
FREE = ("threads", "sync")  # options that may change between two runs


def join(flags: dict[str, Any], threads: str, given: set[str]) -> Any:
    """The communicator of the ranks that train together, or None; each has its share of the cores.

    Parameters
    ----------
    threads : str
        The flag that says how many threads each has, if it is in ``given``.
    """
    comm = ranks.world(bool(flags["mpi"]))
    if comm is not None:
        ranks.introduce(comm)
        if threads not in given:  # those of the smallest machine: a generator of random numbers has a place
            flags[threads] = min(comm.allgather(ranks.threads_each(comm)))
        ranks.expect_same(comm, version_of_cutaway=__version__, **{f"-{each}": flags[each] for each in flags})
    return comm


def expect_alone(flags: dict[str, Any], what: str) -> None:
    """ValueError if this process is one of several ranks that are to do together what only one can."""
    if flags["mpi"] and ranks.launched():
        raise ValueError(
            f"{what} does not train on several ranks\n    hint: -mpi 0 has each process work alone"
        )


def expect_checkpoint(path: str, sync: str) -> None:
    """ValueError for a checkpoint that could not be written, or not be gone on from."""
    if path and Path(path).suffix != ".safetensors":
        raise ValueError(f"-checkpoint expects a name ending in .safetensors, came {path}")
    if path and sync == "merge":
        hint = "hint: -sync frequent, or no -checkpoint"
        raise ValueError(f"-checkpoint: with -sync merge ranks meet at the end alone\n    {hint}")


def begun(model: Model, path: str, words: list[str], flag_of: Mapping[str, str], comm: Any) -> Model:
    """The model of the checkpoint, with this run's threads; or ``model``, if there is no checkpoint yet.

    Rank 0 reads it, so it need not be on other machines.

    Raises
    ------
    ValueError
        It was begun with other options, or on another text: in the words of the flags.
    """
    kept: Any = None
    with ranks.together(comm):
        if path and ranks.speaks(comm) and Path(path).exists():
            kept = type(model).load(path)  # type: ignore[attr-defined]
            _expect_same(kept, model, path, words, flag_of)
    if comm is not None:
        kept = comm.bcast(kept)
    if kept is None:
        return model
    for name in FREE:
        setattr(kept, name, getattr(model, name))
    kept.comm = comm
    return kept


def _expect_same(kept: Any, model: Any, path: str, words: list[str], flag_of: Mapping[str, str]) -> None:
    hint = "hint: the same command goes on with it; another -checkpoint begins a training"
    before, now = asdict(kept.options), asdict(model.options)
    for name in before.keys() - {*FREE}:
        if before[name] != now[name]:
            flag = flag_of.get(name, name)
            came = f"-{flag} {before[name]}, came {now[name]}"
            raise ValueError(f"-checkpoint {path} was begun with {came}\n    {hint}")
    if kept.vocabulary.words != words:
        raise ValueError(f"-checkpoint {path} was begun on another text\n    {hint}")
