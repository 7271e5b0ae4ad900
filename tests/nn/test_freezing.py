"""Frozen parts keep their bits while the rest learns; batch norm its statistics, too."""

from __future__ import annotations

import copy

import cutaway
import numpy as np
from cutaway import nn


def net():
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, bias=False, rng=0),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Conv2d(3, 2, 3, bias=False, rng=1),
        nn.BatchNorm2d(2),
    )


def step(model, rng):
    model.train()
    loss = cutaway.sin(model(cutaway.tensor(rng.normal(size=(4, 2, 8, 8)) + 3))).sum()
    loss.backward()
    for p in model.parameters():
        if p.grad is not None:
            p.data -= 0.1 * p.grad.data


def test_a_frozen_part_keeps_its_bits(rng):
    model = net().double()
    nn.freeze(model[:2])
    before = {path: value.copy() for path, value in model.state_dict().items()}
    step(model, rng)
    after = model.state_dict()
    kept = {path for path in before if np.array_equal(before[path], after[path])}
    assert kept == {path for path in before if path.startswith(("0.", "1."))}
    assert not model[1].training
    assert model[4].training
    assert all(model[i].weight.grad is None for i in (0, 1))


def test_unfreezing_undoes_it(rng):
    model = net().double()
    nn.freeze(model)
    assert not any(p.requires_grad for p in model.parameters())
    other = copy.deepcopy(model)
    for each in (model, other):
        each.train()
        nn.unfreeze(each)
        before = {path: value.copy() for path, value in each.state_dict().items()}
        step(each, rng)
        assert not any(np.array_equal(before[path], value) for path, value in each.state_dict().items())
        assert each[1].training
