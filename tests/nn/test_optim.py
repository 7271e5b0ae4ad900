"""Optimisers and schedulers beyond SGD and Adam, against PyTorch's paths (record_pytorch_training.py)."""

from __future__ import annotations

import json

import cutaway
import numpy as np
import pytest
from cutaway import nn
from record_pytorch_training import (
    CURVES,
    EPOCHS,
    FILE,
    NUMBERS,
    OPTIMISERS,
    PLATEAUS,
    SCHEDULERS,
    START,
)

RECORDED = json.loads(FILE.read_text())
lr_scheduler = nn.optim.lr_scheduler


def start():
    return cutaway.tensor(np.array(START), requires_grad=True)


def loss(w):
    return (np.array(CURVES) * w**2 + cutaway.sin(w)).sum()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_follow_the_same_path(name):
    w = start()
    optimiser = getattr(nn.optim, name.split()[0])([w], **OPTIMISERS[name])
    for expected in RECORDED["optimisers"][name]:
        optimiser.zero_grad()
        loss(w).backward()
        optimiser.step()
        np.testing.assert_allclose(
            w.numpy(), expected, rtol=1e-7
        )  # PyTorch keeps a product of NAdam in float32


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_go_on_from_a_saved_state(name):
    paths = []
    for stops in (False, True):
        w = start()
        optimiser = make(name, w)
        for step in range(6):
            if stops and step == 3:
                saved, optimiser = optimiser.state_dict(), make(name, w)
                optimiser.load_state_dict(saved)
            optimiser.zero_grad()
            loss(w).backward()
            optimiser.step()
        paths.append(w.numpy().copy())
    assert (paths[0] == paths[1]).all()


def make(name, w):
    return getattr(nn.optim, name.split()[0])([w], **OPTIMISERS[name])


def rates_of(scheduler, optimiser, epochs):
    rates = [optimiser.groups[0]["lr"]]
    for _ in range(epochs):
        scheduler.step()
        rates.append(optimiser.groups[0]["lr"])
    return rates


@pytest.mark.parametrize("name", SCHEDULERS)
def test_schedulers_give_the_same_rates(name):
    optimiser = nn.optim.SGD([start()], lr=0.1)
    scheduler = getattr(lr_scheduler, name)(optimiser, **SCHEDULERS[name])
    np.testing.assert_allclose(
        rates_of(scheduler, optimiser, EPOCHS), RECORDED["schedulers"][name], atol=1e-15
    )
    assert scheduler.get_last_lr() == [optimiser.groups[0]["lr"]]


@pytest.mark.parametrize("name", PLATEAUS)
def test_plateaus_are_seen_in_the_same_epochs(name):
    optimiser = nn.optim.SGD([start()], lr=0.1)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimiser, **PLATEAUS[name])
    rates = []
    for epoch, number in enumerate(NUMBERS):
        if epoch == 5:  # as after a restart
            saved = json.loads(json.dumps(scheduler.state_dict()))
            optimiser = nn.optim.SGD([start()], lr=0.1)
            scheduler = lr_scheduler.ReduceLROnPlateau(optimiser, **PLATEAUS[name])
            scheduler.load_state_dict(saved)
        scheduler.step(number)
        rates.append(optimiser.groups[0]["lr"])
    np.testing.assert_allclose(rates, RECORDED["schedulers"][f"plateau {name}"], atol=1e-15)


def test_scheduler_keeps_the_groups_apart_and_goes_on_from_a_saved_state():
    def made():
        optimiser = nn.optim.SGD([{"params": [start()]}, {"params": [start()], "lr": 1.0}], lr=0.5)
        return lr_scheduler.ExponentialLR(optimiser, gamma=0.5)

    scheduler, again = made(), made()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.25, 0.5]
    again.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    again.step()
    assert again.get_last_lr() == [0.125, 0.25]


def test_lbfgs_finds_the_minimum_of_a_bent_valley():
    """Rosenbrock's function has its minimum, 0, at (1, 1)."""
    x = cutaway.tensor(np.array([-1.2, 1.0]), requires_grad=True)
    optimiser = nn.optim.LBFGS([x], max_iter=100)

    def closure():
        optimiser.zero_grad()
        value = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        value.backward()
        return value

    first = optimiser.step(closure)
    assert first.item() == pytest.approx(24.2)
    np.testing.assert_allclose(x.numpy(), 1, atol=1e-4)


def test_lbfgs_trains_a_network_of_float32_and_leaves_frozen_parameters():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 3)).astype(np.float32)
    y = (x @ np.array([[1.0], [-2.0], [0.5]]) + 0.25).astype(np.float32)
    model = nn.Linear(3, 1, rng=0)
    model.bias.requires_grad_(False)
    model.bias.copy_(np.array([0.25], np.float32))
    optimiser = nn.optim.LBFGS(model.parameters())

    def closure():
        optimiser.zero_grad()
        value = nn.functional.mse_loss(model(x), y)
        value.backward()
        return value

    optimiser.step(closure)
    np.testing.assert_allclose(model.weight.numpy(), [[1, -2, 0.5]], atol=1e-3)
    assert model.bias.numpy().tolist() == [0.25]
    assert model.weight.dtype == np.float32


def test_closures_and_pytorchs_names():
    w = start()
    optimiser = nn.optim.SGD([w], lr=0.1)
    assert isinstance(optimiser, nn.optim.Optimizer)
    optimiser.add_param_group({"params": [start()], "lr": 1.0})
    assert [group["lr"] for group in optimiser.param_groups] == [0.1, 1.0]

    def closure():
        optimiser.zero_grad()
        value = loss(w)
        value.backward()
        return value

    before = loss(w).item()
    assert optimiser.step(closure).item() == before
    assert loss(w).item() < before


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: nn.optim.LBFGS([start()]).step(), TypeError, "expected a closure"),
        (lambda: nn.optim.LBFGS([{"params": [start()]}, {"params": [start()]}]), ValueError, "one group"),
        (lambda: lr_scheduler.StepLR(0.1, 3), TypeError, "expected an optimiser first, came float"),
        (lambda: lr_scheduler.ReduceLROnPlateau(nn.optim.SGD([start()])).step(), TypeError, "came none"),
        (lambda: lr_scheduler.ReduceLROnPlateau(nn.optim.SGD([start()]), "up"), ValueError, "'min' or 'max'"),
    ],
)
def test_errors(call, error, says):
    with pytest.raises(error, match=says):
        call()
