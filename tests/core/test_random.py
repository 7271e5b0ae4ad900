"""One seed governs what has none of its own."""

from __future__ import annotations

import copy
import pickle

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.core import random
from cutaway.nn import functional as F


@pytest.fixture(autouse=True)
def unseeded(monkeypatch):
    monkeypatch.setattr(random, "_seed", None)


DRAWS = {
    "randn": lambda: cutaway.randn(2, 3),
    "rand": lambda: cutaway.rand((2, 3), dtype=np.float64),
    "randint": lambda: cutaway.randint(-3, 3, (4, 5)),
    "randperm": lambda: cutaway.randperm(20),
    "normal": lambda: cutaway.normal(2, 3, std=2.0),
    "uniform": lambda: cutaway.uniform(5, low=-1.0),
    "weights": lambda: nn.Linear(3, 4).weight,
    "kernels": lambda: nn.Conv2d(2, 3, 3).bias,
    "rows": lambda: nn.Embedding(3, 4).weight,
    "initialiser": lambda: nn.init.he_normal(nn.Parameter(np.zeros((3, 4), np.float32))),
    "dropout": lambda: F.dropout(np.ones(50, np.float32)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_repeats_what_is_drawn(name):
    def draw():
        return np.array(getattr(found := DRAWS[name](), "data", found))

    cutaway.manual_seed(5)
    first, second = draw(), draw()
    assert not np.array_equal(first, second)
    cutaway.manual_seed(5)
    np.testing.assert_array_equal(draw(), first)
    cutaway.manual_seed(6)
    assert not np.array_equal(draw(), first)


def test_generators_of_their_own_are_not_touched():
    draws = []
    for seed in (1, 2):
        cutaway.manual_seed(seed)
        layer = nn.Dropout(rng=0)
        draws.append(
            [cutaway.randn(3, rng=7).data, nn.Linear(2, 2, rng=3).weight.data, layer(np.ones(9)).data]
        )
    for a, b in zip(*draws, strict=True):
        np.testing.assert_array_equal(a, b)


def test_dropout_follows_the_seed_that_is_set_later_and_in_copies():
    net = nn.Sequential(nn.Dropout(), nn.Dropout(0.2))
    x = np.ones(40, np.float32)
    found = []
    for each in (net, copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        cutaway.manual_seed(3)
        found.append(each(x))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_a_loader_takes_its_order_from_the_seed():
    data = nn.ArrayDataset(np.arange(30))

    def order(**options):
        return nn.DataLoader(data, shuffle=True, **options).order(0).tolist()

    plain = order()
    assert plain == order(seed=0)
    cutaway.manual_seed(4)
    assert order() == order(seed=4) != plain
    assert order(seed=0) == plain
    assert cutaway.initial_seed() == 4


def test_ranges_and_types():
    values = cutaway.rand(1000, rng=0)
    assert values.dtype == np.float32
    assert 0 <= values.min().item() < 0.01 < 0.99 < values.max().item() < 1
    assert set(cutaway.randint(3, (100,), rng=0).tolist()) == {0, 1, 2}
    assert sorted(cutaway.randperm(5, rng=0).tolist()) == [0, 1, 2, 3, 4]
    assert cutaway.randn(2, rng=0, requires_grad=True).requires_grad
    with pytest.raises(TypeError, match=r"randint: expected \(high, shape\)"):
        cutaway.randint(3, 4)
