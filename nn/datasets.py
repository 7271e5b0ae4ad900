"""Data sets: what has a length and gives its items by number, and ways to make one from others."""

from __future__ import annotations

import inspect
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..core import Tensor
from ..core.random import generator as made


class Dataset:
    """Base for data sets of one's own; any object with ``len`` and ``[i]`` serves as well."""

    def __getitem__(self, i: int) -> Any:
        """Return item ``i``."""
        raise TypeError(f"{type(self).__name__} defines no __getitem__(self, i)")

    def __len__(self) -> int:
        """Return the number of items."""
        raise TypeError(f"{type(self).__name__} defines no __len__(self)")

    def __add__(self, other: Any) -> ConcatDataset:
        return ConcatDataset([self, other])


class ArrayDataset(Dataset):
    """Arrays of one length: item i is the i-th entry of each."""

    def __init__(self, *arrays: Any):
        self.arrays = [array.numpy() if isinstance(array, Tensor) else np.asarray(array) for array in arrays]
        lengths = [len(array) for array in self.arrays]
        if not lengths or len(set(lengths)) > 1:
            raise ValueError(f"ArrayDataset: expected arrays of one length, got lengths {lengths}")

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, i: int) -> tuple:
        return tuple(array[i] for array in self.arrays)


class Mapped(Dataset):
    """A data set seen through ``transform(item, rng)`` (augmentation) or ``transform(item)``."""

    def __init__(self, dataset: Any, transform: Callable):
        self.dataset, self.transform = dataset, transform
        self.wants_rng = "rng" in inspect.signature(transform).parameters

    def __len__(self) -> int:
        return len(self.dataset)

    def get(self, i: int, rng: np.random.Generator) -> Any:
        """Return item ``i``, transformed with this generator."""
        item = item_of(self.dataset, i, rng)
        return self.transform(item, rng=rng) if self.wants_rng else self.transform(item)

    def __getitem__(self, i: int) -> Any:
        return self.get(i, np.random.default_rng(i))


TensorDataset = ArrayDataset  # PyTorch's name; tensors are taken as they are, and their items are arrays


class Subset(Dataset):
    """The items of a data set that have these numbers, in this order.

    >>> len(Subset("abcdef", [1, 3])), Subset("abcdef", [1, 3])[1]
    (2, 'd')
    """

    def __init__(self, dataset: Any, indices: Sequence[int]):
        size = len(dataset)
        outside = [i for i in indices if not -size <= i < size]
        if outside:
            raise IndexError(f"Subset: the data set has {size} items, there is no {outside[0]}")
        self.dataset, self.indices = dataset, indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, i: int) -> Any:
        return self.dataset[int(self.indices[i])]

    def get(self, i: int, rng: np.random.Generator) -> Any:
        """Return item ``i``, with this generator for its transform, if the data set has one."""
        return item_of(self.dataset, int(self.indices[i]), rng)


class ConcatDataset(Dataset):
    """Several data sets, one after the other.

    >>> len(ConcatDataset(["ab", "cde"])), ConcatDataset(["ab", "cde"])[2]
    (5, 'c')
    """

    def __init__(self, datasets: Iterable[Any]):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: expected data sets, got none")
        self.ends = list(accumulate(len(dataset) for dataset in self.datasets))

    def __len__(self) -> int:
        return self.ends[-1]

    def __getitem__(self, i: int) -> Any:
        dataset, inside = self._place(i)
        return dataset[inside]

    def get(self, i: int, rng: np.random.Generator) -> Any:
        """Return item ``i``, with this generator for its transform, if its data set has one."""
        return item_of(*self._place(i), rng)

    def _place(self, i: int) -> tuple[Any, int]:
        size = len(self)
        if not -size <= i < size:
            raise IndexError(f"ConcatDataset: it has {size} items, there is no {i}")
        i %= size
        number = bisect_right(self.ends, i)
        return self.datasets[number], i - (self.ends[number - 1] if number else 0)


def item_of(dataset: Any, i: int, rng: np.random.Generator | list[int]) -> Any:
    """Return item ``i`` of any data set; one that transforms gets the generator, or one from the seed."""
    get = None if isinstance(dataset, Mapping) else getattr(dataset, "get", None)
    return dataset[i] if get is None else get(i, np.random.default_rng(rng))


def random_split(dataset: Any, lengths: Sequence[float], generator: Any = None) -> list[Subset]:
    """Divide the items at random into data sets of these sizes.

    Parameters
    ----------
    lengths : numbers of items that sum to all of them; or fractions that sum to 1, of which the first parts
        get what rounding leaves.
    generator : a generator or a seed; None for the common one (`manual_seed`).

    Raises
    ------
    ValueError : for lengths that sum to something else.

    >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
    [7, 3]
    """
    size, sizes = len(dataset), list(lengths)
    if all(isinstance(each, float) for each in sizes) and math.isclose(sum(sizes), 1):
        sizes = [math.floor(size * each + 1e-9) for each in sizes]
        for number in range(size - sum(sizes)):
            sizes[number % len(sizes)] += 1
    if any(each < 0 for each in sizes) or sum(sizes) != size:
        raise ValueError(
            f"random_split: expected lengths that sum to {size} items, or fractions that sum to 1, got "
            f"{list(lengths)}"
        )
    order = made(generator).permutation(size)
    ends = list(accumulate(int(each) for each in sizes))
    return [
        Subset(dataset, order[end - int(each) : end].tolist()) for end, each in zip(ends, sizes, strict=True)
    ]
