"""Feeding a training: a loader that shuffles by seed and prepares batches in the background.

All randomness is a function of (seed, epoch, position): no generator is carried along, so a training
that starts again in the middle of an epoch sees exactly what it would have seen, whatever the number
of background threads.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np

from ..core.random import initial_seed
from .datasets import item_of


def collate(items: Sequence[Any]) -> Any:
    """Return a batch: arrays and numbers stacked, tuples (also named ones) and dictionaries part by part.

    ValueError if the items do not have the same parts, or parts of one shape.

    >>> x, y = collate([(np.zeros(3), 1), (np.ones(3), 0)])
    >>> x.shape, y
    ((2, 3), array([1, 0]))
    """
    first = items[0]
    if isinstance(first, tuple):
        lengths = {len(item) for item in items}
        if len(lengths) > 1:
            raise ValueError(f"collate: a batch needs tuples of one length, got lengths {sorted(lengths)}")
        parts = [collate(part) for part in zip(*items, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
    if isinstance(first, dict):
        stray = {key for item in items for key in item.keys() ^ first.keys()}
        if stray:
            raise ValueError(f"collate: not every item of a batch has the keys {sorted(map(str, stray))}")
        return {key: collate([item[key] for item in items]) for key in first}
    shapes = {np.shape(item) for item in items}
    if len(shapes) > 1:
        hint = "crop or pad them in the transform, or batch_size=1"
        raise ValueError(f"collate: a batch needs items of one shape, got {sorted(shapes)}; {hint}")
    return np.stack([np.asarray(item) for item in items])


# Options of PyTorch's loader, and what does their work here.
LEFT_OUT = {
    "num_workers": "prefetch=2 prepares two batches ahead in a thread",
    "pin_memory": "there is no device to copy to",
    "sampler": "shuffle=True, or an order of your own by Subset(dataset, indices)",
    "batch_sampler": "loop over the batches that you want",
    "generator": "seed=0 gives the order of every epoch",
    "worker_init_fn": "there are no worker processes",
    "persistent_workers": "there are no worker processes",
    "timeout": "there are no worker processes",
}


class DataLoader:
    """Batches of a data set.

    Parameters
    ----------
    dataset : has ``len`` and ``[i]`` (or is `Mapped`).
    batch_size : items a batch; the last one may be smaller unless drop_last.
    shuffle : a new order each epoch, drawn from (seed, epoch).
    seed : of the order, and of the generators that transforms get; None: that of `manual_seed`, or 0.
    prefetch : how many batches are prepared ahead by a background thread; 0 for none.
    collate_fn : from a list of items to a batch.
    shard : (rank, size): batches are of ``size`` times as many items, of which this loader has one part.  All
        parts of batch k together are batch k of one loader with ``size * batch_size``.  The last batch, if it
        is smaller, is divided evenly: parts differ by one item at most, and a part without items is None.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        seed: int | None = None,
        drop_last: bool = False,
        prefetch: int = 2,
        collate_fn: Callable = collate,
        shard: tuple[int, int] = (0, 1),
        **others: Any,
    ):
        for name in others:
            hint = LEFT_OUT.get(name) or "it has seed, drop_last, prefetch, collate_fn, shard"
            raise TypeError(f"DataLoader: no option {name!r}; {hint}")
        if batch_size < 1 or prefetch < 0:
            raise ValueError(
                f"DataLoader: expected batch_size >= 1 and prefetch >= 0, got {batch_size} and {prefetch}"
            )
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle
        self.seed = (initial_seed() or 0) if seed is None else seed
        self.drop_last, self.prefetch, self.collate_fn = drop_last, prefetch, collate_fn
        self._epoch = 0
        self.shard = self._checked(shard)

    def _checked(self, shard: tuple[int, int]) -> tuple[int, int]:
        rank, size = shard
        if not 0 <= rank < size:
            raise ValueError(f"DataLoader: expected shard=(rank, size) with 0 <= rank < size, got {shard}")
        if size > 1 and len(self.dataset) < size:
            raise ValueError(
                f"DataLoader: expected at least {size} items, one for each of {size} ranks, got "
                f"{len(self.dataset)}"
            )
        return rank, size

    def part(self, rank: int, size: int) -> DataLoader:
        """Return a loader of batches ``size`` times as large, that has part ``rank`` of each."""
        one = copy.copy(self)
        one.shard = self._checked((rank, size))
        return one

    @property
    def items_a_step(self) -> int:
        """The items of a batch, all parts together."""
        return self.batch_size * self.shard[1]

    def __len__(self) -> int:
        n = len(self.dataset)
        return n // self.items_a_step if self.drop_last else -(-n // self.items_a_step)

    def __repr__(self) -> str:
        order = "shuffled" if self.shuffle else "in order"
        shown = f"{len(self.dataset):,} items, {order}, {len(self):,} batches of {self.batch_size}"
        rank, size = self.shard
        if size > 1:
            over = len(self.dataset) % self.items_a_step
            rest = f", the last of {over} in all" if over and not self.drop_last else ""
            shown += f" on each of {size} ranks{rest}; this is rank {rank}'s part"
        return f"DataLoader({shown})"

    def order(self, epoch: int) -> np.ndarray:
        """Return the order of the items in an epoch."""
        n = len(self.dataset)
        return np.random.default_rng([self.seed, epoch]).permutation(n) if self.shuffle else np.arange(n)

    def batch(self, epoch: int, number: int) -> Any:
        """Return one batch of an epoch; every batch can be made on its own."""
        return self._make(epoch, self._indices(self.order(epoch), number))

    def _indices(self, order: np.ndarray, number: int, skip: int = 0) -> np.ndarray:
        """Return the own part of a batch, of whose items the first ``skip`` are left out."""
        rank, size = self.shard
        start = number * self.items_a_step
        return np.array_split(order[start + skip : start + self.items_a_step], size)[rank]

    def _make(self, epoch: int, indices: np.ndarray) -> Any:
        if not len(indices):
            return None
        seeds = ([self.seed, epoch, int(i)] for i in indices)
        return self.collate_fn(
            [item_of(self.dataset, int(i), seed) for i, seed in zip(indices, seeds, strict=True)]
        )

    def epoch(self, epoch: int, start: int = 0, skip: int = 0) -> Iterator[Any]:
        """Yield an epoch's batches, from batch ``start`` on, of which the first ``skip`` items are done."""
        order = self.order(epoch)
        parts = [self._indices(order, i, skip if i == start else 0) for i in range(start, len(self))]
        if not self.prefetch:
            yield from (self._make(epoch, part) for part in parts)
            return
        with ThreadPoolExecutor(1, thread_name_prefix="cutaway-prefetch") as pool:
            waiting: deque[Future] = deque()
            try:
                for part in parts:
                    here = copy_context()  # no_grad and the choice of kernels hold in the thread as well
                    waiting.append(pool.submit(here.run, self._make, epoch, part))
                    if len(waiting) > self.prefetch:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:  # the consumer may stop early: do not prepare what nobody wants
                for future in waiting:
                    future.cancel()

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches of the next epoch: each loop over the loader is one."""
        epoch, self._epoch = self._epoch, self._epoch + 1
        return self.epoch(epoch)
