"""Batches, checkpoints, schedules and callbacks in unusual company."""

from __future__ import annotations

from typing import NamedTuple

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.ext.dispatch import in_charge
from cutaway.nn import checkpoint
from cutaway.nn.callbacks import EarlyStopping
from cutaway.nn.data import DataLoader, collate
from cutaway.nn.datasets import ArrayDataset
from cutaway.nn.training import Training


class Pair(NamedTuple):
    image: np.ndarray
    label: int


def test_named_tuples_stay_named_and_ragged_items_are_refused():
    batch = collate([Pair(np.zeros(2), 1), Pair(np.ones(2), 0)])
    assert isinstance(batch, Pair)
    np.testing.assert_array_equal(batch.label, [1, 0])
    with pytest.raises(ValueError, match=r"tuples of one length, got lengths \[1, 2\]"):
        collate([(1,), (2, 3)])
    with pytest.raises(ValueError, match=r"not every item of a batch has the keys \['b'\]"):
        collate([{"a": 1}, {"a": 1, "b": 2}])


@pytest.mark.parametrize("prefetch", [0, 3])
def test_batches_are_made_in_the_modes_of_the_loop(prefetch):
    seen = []

    def note(items):
        seen.append((cutaway.is_grad_enabled(), in_charge()))
        return items

    loader = DataLoader(ArrayDataset(np.arange(4)), prefetch=prefetch, collate_fn=note)
    with cutaway.no_grad(), cutaway.kernels.use("reference"):
        list(loader)
    assert seen == [(False, "reference")] * 4


def fitted(**options):
    p = nn.Linear(1, 1, rng=0)
    optimiser = nn.optim.SGD(p.parameters(), lr=0.5)
    loader = DataLoader(ArrayDataset(np.ones((4, 1), np.float32), np.ones((4, 1), np.float32)), batch_size=2)
    history = nn.fit(p, loader, nn.functional.mse_loss, optimiser, show=False, **options)
    return optimiser, history


def test_a_schedule_gives_the_rate_back():
    optimiser, _ = fitted(epochs=2, schedule=lambda t: 0.1**t)
    assert optimiser.groups[0]["lr"] == 0.5


def test_early_stopping_recovers_from_a_first_nan():
    values = iter([np.nan, 3.0, 2.0, np.nan, 2.5, 2.5, 2.5])
    stopping = EarlyStopping("score", patience=3)
    _, history = fitted(epochs=7, validate=lambda model: {"score": next(values)}, callbacks=[stopping])
    assert (stopping.best, stopping.best_epoch, len(history)) == (2.0, 3, 6)


def test_checkpoints_hold_numpys_numbers(tmp_path):
    path = tmp_path / "run.safetensors"
    _, history = fitted(epochs=1, validate=lambda model: {"score": np.float32(0.5)}, checkpoint=path)
    assert history[0]["score"] == 0.5
    assert checkpoint.load(path)[1]["history"][0]["score"] == 0.5


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64"])
def test_checkpoints_hold_generators_of_every_kind(kind, tmp_path):
    path = tmp_path / "run.safetensors"

    def training():
        rng = np.random.Generator(getattr(np.random, kind)(5))
        model = nn.Sequential(nn.Linear(2, 2, rng=0), nn.Dropout(rng=rng))
        return Training(model, nn.optim.SGD(model.parameters(), lr=0.1)), rng

    first, rng = training()
    rng.random(3)
    first.save(path)
    expected = rng.random(4)
    second, other = training()
    second.load(path)
    np.testing.assert_array_equal(other.random(4), expected)


def test_checkpoints_beside_each_other_share_no_file(tmp_path):
    for name in ("model", "model.v2", "model.safetensors.old"):
        nn.checkpoint.save(tmp_path / name, {"x": np.zeros(1)}, {"name": name})
    nn.checkpoint.save(tmp_path / "run.safetensors", {}, {})
    names = {path.name for path in tmp_path.iterdir()}
    assert {"model.json", "model.v2.json", "model.safetensors.old.json", "run.json"} < names
    assert len(names) == 8
