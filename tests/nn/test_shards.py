"""Parts of batches: together they are the batches of one process, whatever their number."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.core import ranks
from cutaway.ext.threads import get_num_threads
from cutaway.nn.shares import fingerprint, own_cores
from hypothesis import given
from hypothesis import strategies as st


def shards(data, batch, size, **options):
    return [nn.DataLoader(data, batch, shuffle=True, seed=3, shard=(r, size), **options) for r in range(size)]


@given(st.integers(1, 5), st.integers(1, 4), st.integers(5, 40), st.booleans(), st.integers(0, 30))
def test_parts_together_are_the_batches_of_one_process(size, batch, n, drop_last, position):
    data = nn.ArrayDataset(np.arange(n))
    whole = nn.DataLoader(data, batch * size, shuffle=True, seed=3, drop_last=drop_last, prefetch=0)
    parts = shards(data, batch, size, drop_last=drop_last, prefetch=0)
    assert {len(part) for part in parts} == {len(whole)}
    start, skip = divmod(position, batch * size)
    columns = [part.epoch(2, start, skip) for part in parts]
    rows = list(zip(*columns, strict=True))
    expected = list(whole.epoch(2, start, skip))
    assert len(rows) == len(expected)
    for row, batch_of_all in zip(rows, expected, strict=True):
        lengths = [0 if part is None else len(part[0]) for part in row]
        assert max(lengths) - min(lengths) <= 1
        assert lengths == sorted(lengths, reverse=True), "rank 0 has the most"
        there = [part[0] for part in row if part is not None]
        if batch_of_all is not None:
            np.testing.assert_array_equal(np.concatenate(there), batch_of_all[0])


def test_an_epoch_goes_on_where_batches_of_another_size_left_it():
    data = nn.ArrayDataset(np.arange(50))
    before, after = (nn.DataLoader(data, size, shuffle=True, seed=1) for size in (8, 6))
    done = np.concatenate([before.batch(4, i)[0] for i in range(4)])
    rest = np.concatenate([batch[0] for batch in after.epoch(4, *divmod(32, 6))])
    np.testing.assert_array_equal(np.concatenate([done, rest]), before.order(4))


def test_a_loader_says_which_part_it_has_and_what_the_last_batch_is():
    loader = nn.DataLoader(nn.ArrayDataset(np.arange(22)), 4).part(1, 2)
    assert repr(loader) == (
        "DataLoader(22 items, in order, 3 batches of 4 on each of 2 ranks, the last of 6 in all; "
        "this is rank 1's part)"
    )
    assert [len(batch[0]) for batch in loader] == [4, 4, 3]


def test_a_part_of_too_few_items_is_refused():
    data = nn.ArrayDataset(np.arange(2))
    with pytest.raises(ValueError, match="at least 3 items, one for each of 3 ranks, got 2"):
        nn.DataLoader(data, 4, shard=(0, 3))
    with pytest.raises(ValueError, match=r"shard=\(rank, size\) with 0 <= rank < size, got \(2, 2\)"):
        nn.DataLoader(data, 4, shard=(2, 2))


def test_the_normaliser_of_a_loss_is_what_its_mean_divides_by(rng):
    scores = rng.normal(size=(6, 3, 2)).astype(np.float32)
    targets = rng.integers(0, 3, (6, 2))
    targets[:2, 0] = -100
    for weight in (None, np.array([0.5, 2.0, 1.0], np.float32)):
        for kind in (nn.CrossEntropyLoss, nn.NLLLoss):
            total, mean = kind(weight, reduction="sum"), kind(weight)
            ratio = total(scores, targets) / mean(scores, targets)
            assert mean.normaliser(scores, targets) == pytest.approx(float(ratio), rel=1e-5)
            assert total.normaliser(scores, targets) is None
    assert nn.MSELoss().normaliser(scores, scores) == 6


def test_a_fingerprint_is_that_of_the_data_behind_transforms():
    first, other = nn.ArrayDataset(np.arange(9.0), np.ones(9)), nn.ArrayDataset(np.arange(9.0), np.zeros(9))
    assert fingerprint(first, 0) != fingerprint(other, 0)
    assert fingerprint(nn.Mapped(first, lambda item, rng: rng.normal()), 0) == fingerprint(first, 0)
    rng = np.random.default_rng(0)

    class Varying(nn.Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return {"x": (rng.normal(), "name")}

    assert fingerprint(Varying(), 0) == 0
    assert fingerprint([{"x": (1.0, "name")}], 0) == fingerprint([{"x": (1.0, "name")}], 5) != 0


def test_ranks_share_the_cores_of_a_machine(monkeypatch):
    before = get_num_threads()
    monkeypatch.setattr(ranks, "threads_each", lambda comm: 1)
    monkeypatch.delenv("CUTAWAY_NUM_THREADS", raising=False)
    with own_cores("a communicator") as cores:
        assert (cores, get_num_threads()) == (before, 1)
    monkeypatch.setenv("CUTAWAY_NUM_THREADS", "3")
    with own_cores("a communicator"):
        assert get_num_threads() == before
    assert get_num_threads() == before
