"""What ranks have in common before they train together, and what each gets for its own.

In common: version, network, parameters, order of the data; whatever differs is an error on every rank.  For
its own: a part of each batch, some of the machine's cores.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..core import Tensor, ranks
from ..core.node import mark_changed
from ..core.tensor import raw
from ..ext.threads import get_num_threads, set_num_threads
from .data import DataLoader
from .datasets import Mapped, item_of
from .module import Module
from .optim import Optimiser


def known(message: str) -> ranks.RankError:
    """Return an error that is raised on every rank."""
    error = ranks.RankError(message)
    error.known_to_all = True  # type: ignore[attr-defined]
    return error


def shared_out(comm: Any, loader: Any, sync_batch_norm: bool, **values: Any) -> DataLoader:
    """Return the loader of this rank's part of each batch.

    Raises
    ------
    RankError : on every rank, if version, data or any of these values differ between ranks.
    TypeError : for a loader that cannot be divided.
    ValueError : it is divided for other ranks; or the last batch has no item for one, whom others wait for
        in a synchronised batch norm.
    """
    from .. import __version__

    place = comm.rank, comm.size
    with ranks.together(comm):
        if not isinstance(loader, DataLoader):
            hint = "comm=False trains on each rank alone; without mpiexec there is one"
            raise TypeError(
                f"fit: a {type(loader).__name__} cannot be divided between ranks; expected a DataLoader\n"
                f"    hint: {hint}"
            )
        if loader.shard not in ((0, 1), place):
            raise ValueError(f"fit: expected a loader with shard={place}, got {loader.shard}; leave it out")
        loader = loader.part(*place)
        size = len(loader.dataset)
        check = fingerprint(loader.dataset, loader.seed)
        if not loader.drop_last:
            expect_enough(comm, loader, sync_batch_norm, len(loader) - 1)
    order = loader.shuffle, loader.seed, loader.drop_last
    same = {"version_of_cutaway": __version__, "number_of_items": size, "batch_size": loader.batch_size}
    same |= {"order_of_the_data": order, "items_of_the_data_set": check, "sync_batch_norm": sync_batch_norm}
    ranks.expect_same(comm, **same, **values)
    return loader


def expect_enough(comm: Any, loader: Any, sync_batch_norm: bool, number: int, skip: int = 0) -> None:
    """ValueError if a batch has no item for one rank, for whom the others would wait in a batch norm."""
    if comm is None or not sync_batch_norm:
        return
    start = number * loader.items_a_step
    items = min(loader.items_a_step, len(loader.dataset) - start) - skip
    if 0 < items < comm.size:
        error = ValueError(
            f"sync_batch_norm: batch {number + 1} has {items} items left, expected one for each of "
            f"{comm.size} ranks\n    hint: drop_last=True, another batch size, or as many ranks as began"
        )
        error.known_to_all = True  # type: ignore[attr-defined]
        raise error


def fingerprint(dataset: Any, seed: int) -> int:
    """Return a check sum of the first item, the middle one and the last; 0 if they vary."""
    while isinstance(dataset, Mapped):
        dataset = dataset.dataset
    checks = [0, 0]
    for i in sorted({0, len(dataset) // 2, len(dataset) - 1}):
        checks = [_check(item_of(dataset, i, [seed, i]), check) for check in checks]
    return checks[0] if checks[0] == checks[1] else 0


def _check(item: Any, check: int) -> int:
    """Go on with a check sum over arrays and numbers, and those in tuples, lists and dictionaries."""
    if isinstance(item, dict):
        item = list(item.values())
    if isinstance(item, list | tuple):
        for part in item:
            check = _check(part, check)
        return check
    item = item.data if isinstance(item, Tensor) else item
    if isinstance(item, np.ndarray | np.generic | int | float) and np.asarray(item).dtype != object:
        return zlib.crc32(np.ascontiguousarray(item).tobytes(), check)
    return zlib.crc32(type(item).__name__.encode(), check)


def begin_alike(comm: Any, optimiser: Optimiser, parameters: Sequence[Tensor], model: Module | None) -> None:
    """Give every rank the parameters, buffers and optimiser's state of rank 0.

    Raises
    ------
    RankError : on every rank, if what they have differs in number, name, shape or type.
    """
    paths = {} if model is None else {id(p): path for path, p in model.named_parameters()}
    named = {paths.get(id(p), f"parameter {i}"): p.data for i, p in enumerate(parameters)}
    buffers = {} if model is None else dict(model.named_buffers())
    arrays = {name: np.asarray(raw(each)) for name, each in (named | buffers).items()}
    ranks.expect_same(comm, number_of_parameters=len(named), number_of_buffers=len(buffers))
    for name, each in arrays.items():
        ranks.expect_same(comm, parameters=f"{name} {each.shape} {each.dtype}")
    for each in arrays.values():
        from_first(comm, each)
    saved = comm.bcast(optimiser.state_dict() if ranks.speaks(comm) else None)
    with ranks.together(comm):
        if not ranks.speaks(comm):
            optimiser.load_state_dict(saved)


def from_first(comm: Any, array: np.ndarray) -> None:
    """Change an array into rank 0's, on every rank."""
    given = np.ascontiguousarray(array)
    comm.Bcast(given)
    if not ranks.speaks(comm):
        array[...] = given.reshape(array.shape)
        mark_changed(array)


def still_alike(comm: Any, model: Module) -> None:
    """Give every rank rank 0's parameters and buffers.

    Parameters may have come away from them by the rounding of other processors, running statistics are those
    of each rank's own batches.

    Raises
    ------
    RankError : on every rank, if a parameter differs by more than rounding: it was changed on one rank alone.
    """
    changed = ""
    for path, p in model.named_parameters():
        own = p.data.copy()
        from_first(comm, p.data)
        if not np.allclose(own, p.data, rtol=1e-3, atol=1e-5, equal_nan=True):
            changed = changed or path
    for _, values in model.named_buffers():
        from_first(comm, np.asarray(raw(values)))
    with ranks.together(comm):
        if changed:
            raise ranks.RankError(
                f"{changed} is not what it is on rank 0: was it changed by a callback here alone?"
            )


@contextmanager
def own_cores(comm: Any) -> Iterator[int]:
    """Let the kernels of each rank use its part of the machine's cores; yields how many there were before.

    CUTAWAY_NUM_THREADS, if it is set, decides.
    """
    before = get_num_threads()
    if comm is None or os.environ.get("CUTAWAY_NUM_THREADS", "").strip():
        yield before
        return
    set_num_threads(min(before, ranks.threads_each(comm)))
    try:
        yield before
    finally:
        set_num_threads(before)
