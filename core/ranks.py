"""Ranks: processes that ``mpiexec`` started to work on one thing, each with a number, from 0.

    mpiexec -n 4 cutaway word2vec -train text ...

MPI (Message Passing Interface) brings their messages; mpi4py speaks it, and is imported only when mpiexec
has started this process.  What MPI leaves to us is here: whoever waits for a message of a rank that has
failed waits for ever, so what fails on one rank must fail on all.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .errors import CutawayError

# how many ranks there are, or that there are some, as MPICH, Open MPI and Slurm's PMIx tell a process
LAUNCHED = ("PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK")
_joined: Any = None
_is_alone = False


class RankError(CutawayError, RuntimeError):
    """What failed on another rank, or differs between ranks; its message names the rank."""


def launched() -> bool:
    """Whether mpiexec, or a scheduler, started this process as one of several ranks."""
    return any(os.environ.get(name, "1") != "1" for name in LAUNCHED[:2]) or LAUNCHED[2] in os.environ


def world(wanted: bool = True) -> Any:
    """The communicator of all ranks; None if this process works alone, or is to (``wanted`` false).

    Raises
    ------
    ImportError
        mpi4py is missing, though mpiexec started this process.
    RankError
        mpi4py belongs to another MPI than mpiexec.
    """
    if not wanted or _is_alone or not launched():
        return None
    hint = "pip install 'cutaway[mpi]', or have each process work alone: -mpi 0"
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise ImportError(f"mpiexec started several processes, but {error}\n    hint: {hint}") from None
    comm = MPI.COMM_WORLD
    expected = os.environ.get("PMI_SIZE", os.environ.get("OMPI_COMM_WORLD_SIZE", str(comm.size)))
    if str(comm.size) != expected:
        raise RankError(
            f"mpiexec started {expected} processes, but mpi4py sees {comm.size}: it was made for another MPI "
            f"({MPI.Get_library_version().splitlines()[0]})\n    hint: take the mpiexec beside this Python"
        )
    global _joined
    _joined = comm if comm.size > 1 else None
    return _joined


@contextlib.contextmanager
def working_alone() -> Iterator[None]:
    """In this block `world` finds no other ranks, whoever started this process."""
    global _is_alone
    before, _is_alone = _is_alone, True
    try:
        yield
    finally:
        _is_alone = before


def joined() -> Any:
    """What `world` has returned in this process; None if it was not asked."""
    return _joined


def chosen(comm: Any) -> Any:
    """Return what an argument ``comm`` stands for: None for `world`, False for None, a process alone."""
    return world() if comm is None else comm or None


def speaks(comm: Any) -> bool:
    """Whether this rank is the one that prints, shows progress and writes files."""
    return comm is None or comm.rank == 0


def name(comm: Any) -> str:
    """How messages call this rank.

    >>> name(None)
    'rank 0 of 1'
    """
    return "rank 0 of 1" if comm is None else f"rank {comm.rank} of {comm.size} on {socket.gethostname()}"


@contextlib.contextmanager
def together(comm: Any) -> Iterator[None]:
    """What fails in this block on one rank is raised on every rank, after it.

    Nothing in the block may wait for another rank.  Where it failed the error is raised as it is, elsewhere
    as a `RankError` that names the rank.  With ``comm=None`` there are no others.
    """
    error: BaseException | None = None
    try:
        yield
    except BaseException as raised:
        error = raised
    if comm is not None:
        failed = np.array([error is not None], np.int32)
        everywhere = np.zeros_like(failed)
        comm.Allreduce(failed, everywhere)
        if everywhere[0]:
            told = comm.allgather(None if error is None else f"{name(comm)}: {_told(error)}")
            error = error or RankError(next(text for text in told if text))
            error.known_to_all = True  # type: ignore[attr-defined]
    if error is not None:
        raise error


def expect_same(comm: Any, **values: Any) -> None:
    """`RankError`, on every rank, unless each value is the same on all ranks; ``_`` in a name is a blank."""
    for what, value in values.items():
        shown = [] if comm is None else comm.allgather(repr(value))
        for rank, other in enumerate(shown):
            if other != shown[0]:
                error = RankError(
                    f"ranks differ in {what.replace('_', ' ')}: rank 0 has {shown[0]:.80}, "
                    f"rank {rank} {other:.80}\n    hint: the same command and the same version everywhere"
                )
                error.known_to_all = True  # type: ignore[attr-defined]
                raise error


def by_first(comm: Any, work: Callable[[], Any]) -> Any:
    """Return on every rank what ``work()`` returned on rank 0; what fails there is raised on every rank.

    The others sleep meanwhile: to wait for a message is work for a processor, which rank 0 may need.
    """
    if comm is None:
        return work()
    found, error = None, None
    if comm.rank == 0:
        try:
            found = work()
        except BaseException as raised:
            error = raised
    done = comm.Ibarrier()
    while not done.Test():
        time.sleep(0.001)
    with together(comm):
        if error is not None:
            raise error
    return comm.bcast(found)


def threads_each(comm: Any) -> int:
    """Cores for each of the ranks that share this machine, at least 1."""
    cores = os.cpu_count() or 1
    if comm is None:
        return cores
    here = comm.allgather(socket.gethostname()).count(socket.gethostname())
    return max(1, cores // here)


def introduce(comm: Any) -> None:
    """Print which process is which rank: when one is killed, MPI's own message names its process alone."""
    places = comm.gather((socket.gethostname(), os.getpid()))
    if places:
        who = ", ".join(f"{rank} is PID {process} on {host}" for rank, (host, process) in enumerate(places))
        print(f"{comm.size} ranks: {who}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def ending_together(comm: Any) -> Iterator[None]:
    """An error in this block that the other ranks do not know of ends them all, with a message.

    Without it they would wait for this rank for ever.  ``comm`` may be a function that returns it when it is
    needed, such as `joined`.
    """
    try:
        yield
    except BaseException as error:
        comm = comm() if callable(comm) else comm
        if comm is None or getattr(error, "known_to_all", False):
            raise
        if not isinstance(error, CutawayError | KeyboardInterrupt | OSError | ValueError):
            traceback.print_exc()
        print(f"{name(comm)}: {_told(error)}", file=sys.stderr, flush=True)
        time.sleep(0.5)  # mpiexec drops what it has not passed on when it is told to end
        comm.Abort(130 if isinstance(error, KeyboardInterrupt) else 2)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
