"""Data sets made from others, and the words of PyTorch's loader that are answered."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn


class Squares(nn.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        return np.float32(i), np.float32(i * i)


def noisy(item, rng):
    return item[0] + rng.integers(1000)


@pytest.mark.parametrize(
    "lengths", [[4, 2], [0.5, 0.5], [1 / 3, 1 / 3, 1 / 3], [0.7, 0.3], [6, 0], [0.99, 0.01]]
)
def test_random_split_gives_every_item_once(lengths):
    parts = nn.random_split(Squares(), lengths, generator=1)
    assert sorted(part[i][0] for part in parts for i in range(len(part))) == list(range(6))
    wanted = [each if isinstance(each, int) else each * 6 for each in lengths]
    assert all(abs(len(part) - size) < 1 for part, size in zip(parts, wanted, strict=True))
    again = nn.random_split(Squares(), lengths, generator=1)
    assert [list(part.indices) for part in parts] == [list(part.indices) for part in again]


def test_the_common_seed_governs_the_split():
    def split():
        cutaway.manual_seed(5)
        return [list(part.indices) for part in nn.random_split(range(20), [10, 10])]

    assert split() == split()


@pytest.mark.parametrize("lengths", [[3, 4], [0.5, 0.6], [7, -1], [0.5, 3]])
def test_lengths_that_do_not_fit(lengths):
    with pytest.raises(ValueError, match="sum to 6 items"):
        nn.random_split(Squares(), lengths)


def test_parts_and_sums_of_data_sets():
    both = Squares() + nn.Subset(Squares(), [5, 3])
    assert [both[i][1] for i in range(8)] == [0, 1, 4, 9, 16, 25, 25, 9]
    assert both[-1] == both[7]
    assert len(both) == 8
    x, y = next(iter(nn.DataLoader(both, batch_size=8)))
    assert x.shape == y.shape == (8,)
    for number in (8, -9):
        with pytest.raises(IndexError, match="it has 8 items"):
            both[number]
    with pytest.raises(IndexError, match="has 6 items, there is no 6"):
        nn.Subset(Squares(), [0, 6])


def test_augmentation_inside_parts_is_new_in_every_epoch():
    mapped = nn.Mapped(Squares(), noisy)
    for dataset in (
        nn.Subset(mapped, [0, 1]),
        nn.ConcatDataset([mapped]),
        nn.Mapped(mapped, lambda item: item),
    ):
        loader = nn.DataLoader(dataset, batch_size=2)
        assert (loader.batch(0, 0) != loader.batch(1, 0)).any()
        assert (loader.batch(0, 0) == loader.batch(0, 0)).all()


def test_tensors_as_a_data_set():
    x, y = cutaway.tensor([[1.0], [2.0]]), cutaway.tensor([0, 1])
    dataset = nn.TensorDataset(x, y)
    assert dataset[1][0].tolist() == [2.0]
    assert dataset[1][1] == 1


def test_a_data_set_without_items_says_what_it_needs():
    class Empty(nn.Dataset):
        pass

    with pytest.raises(TypeError, match="Empty defines no __len__"):
        len(Empty())


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("num_workers", 2, "prefetch"),
        ("pin_memory", True, "no device"),
        ("sampler", None, "shuffle"),
        ("sed", 1, "seed"),
    ],
)
def test_loader_answers_pytorchs_options(name, value, hint):
    with pytest.raises(TypeError, match=f"DataLoader: no option '{name}'.*{hint}"):
        nn.DataLoader(Squares(), **{name: value})


def test_repr_says_what_it_is():
    assert repr(nn.DataLoader(Squares(), batch_size=4)) == "DataLoader(6 items, in order, 2 batches of 4)"
    w = nn.Linear(2, 1).parameters()
    assert repr(nn.optim.SGD(w, lr=0.5)).startswith("SGD(2 parameters, lr=0.5, momentum=0.0")
