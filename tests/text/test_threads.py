"""Threads side by side: who reads what, and how a v' of each thread's own becomes one."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import combiner
from cutaway.text import FastText, Word2Vec, own_copies
from cutaway.text.hogwild import read_once
from cutaway.text.own_copies import CURVATURE, NEAR, OwnCopies
from cutaway.text.rounds import lengthening
from hypothesis import given
from hypothesis import strategies as some


@given(some.integers(0, 300), some.integers(1, 5), some.integers(1, 40))
def test_every_token_is_read_once(count, threads, chunk):
    parts = []
    read_once(count, threads, lambda thread, start, stop: parts.append((start, stop)), lambda: None, chunk)
    parts.sort()
    assert [0, *(stop for _, stop in parts)] == [*(start for start, _ in parts), count]
    assert all(0 < stop - start <= chunk for start, stop in parts)


def test_one_thread_reads_in_order():
    parts = []
    read_once(1000, 1, lambda thread, start, stop: parts.append((start, stop)), lambda: None, 300)
    assert parts == [(0, 300), (300, 600), (600, 900), (900, 1000)]


def test_a_fast_thread_reads_what_a_slow_one_has_left():
    parts = []
    finished = threading.Event()

    def read(thread, start, stop):
        if thread == 0:
            assert finished.wait(20), "the other thread waits, too"
        parts.append((thread, start))
        if len(parts) == 19:
            finished.set()

    read_once(200, 2, read, lambda: None, 10)
    assert [start for thread, start in parts if thread == 0] == [0]
    assert sorted(start for _, start in parts) == list(range(0, 200, 10))


def test_an_error_ends_the_other_threads():
    parts = []

    def read(thread, start, stop):
        if thread == 1:
            raise OSError("the disk is gone")
        time.sleep(0.01)
        parts.append(start)

    with pytest.raises(OSError, match="the disk is gone"):
        read_once(10_000, 2, read, lambda: None, 10)
    assert len(parts) < 1000


def test_compiled_meeting_is_the_reference(rng):
    matrices = rng.normal(size=(3, 9, 32)).astype(np.float32)
    matrices[:2, 4] = matrices[2, 4]  # a row that nobody moved
    rows, share = np.array([7, 0, 4, 2]), rng.uniform(0.5, 1, 4).astype(np.float32)
    results = []
    for rung in ("numba", "reference"):
        mine = matrices.copy()
        with dispatch.use(rung):
            combiner().meet(*mine, rows, share)
        results.append(mine)
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
    for found in results:
        assert np.array_equal(found[0, rows], found[1, rows])
        assert np.array_equal(found[0, rows], found[2, rows])
        assert np.array_equal(found[:, [1, 3, 5, 6, 8]], matrices[:, [1, 3, 5, 6, 8]]), "other rows"


def test_rows_meet_the_more_often_the_more_they_move(rng):
    words = 5 * NEAR
    steps = rng.permutation(words) + 1.0
    shared = np.zeros((words, 16), np.float32)
    copies = OwnCopies(shared, 2, steps)
    met = np.zeros(words, int)
    for _ in range(8):
        copies.own[1] += 1
        copies.meet(0, 0.025)
        copies.meet(1, 0.025)
        met += (shared == copies.own[1]).all(1)
    rank = np.argsort(np.argsort(-steps))
    assert (met[rank < NEAR] == 8).all()
    assert (met[(rank >= NEAR) & (rank < 2 * NEAR)] == 4).all()
    assert (met[(rank >= 2 * NEAR) & (rank < 4 * NEAR)] == 2).all()
    assert (met[rank >= 4 * NEAR] == 1).all()


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("steps", [1e-6, 30, 1e6])
def test_ways_are_put_together_as_a_quadratic_would_go(threads, steps, rng):
    """Each thread goes the share 1 - q of the way to one target; so would all their steps in one go."""
    start, target = rng.normal(size=(2, 6, 16))
    rate = 0.05
    q = np.exp(-steps * rate * CURVATURE)
    shared = start.astype(np.float32)
    copies = OwnCopies(shared, threads, np.full(6, float(steps)))
    for own in copies.own:
        own += (1 - q) * (target - start)
    copies.finish(rate)
    expected = target + q**threads * (start - target)
    # of three threads with rows half on their way, the third meets what two have become: nearly the same
    close = 0.02 if threads == 3 and steps == 30 else 1e-5
    np.testing.assert_allclose(shared, expected, rtol=1e-3, atol=close)
    assert np.array_equal(copies.own[-1], shared)
    assert lengthening(np.zeros(1), rate, threads)[0] == pytest.approx(threads)


def test_large_matrices_are_not_copied(monkeypatch):
    shared = np.zeros((50, 16), np.float32)
    monkeypatch.setattr(own_copies, "LARGEST", 4 * shared.nbytes)
    assert len({id(own) for own in OwnCopies(shared, 3, np.ones(50)).own}) == 3
    copies = OwnCopies(shared, 4, np.ones(50))
    assert {id(own) for own in copies.own} == {id(shared)}
    copies.meet(3, 0.1)
    copies.finish(0.1)
    assert not shared.any()


@pytest.mark.parametrize(
    "model",
    [
        Word2Vec(dim=16, min_count=1, epochs=3, threads=3, sample=0, seed=1),
        Word2Vec(dim=16, min_count=1, epochs=3, threads=3, sample=0, seed=1, cbow=True, hs=True, alpha=0.05),
        FastText(dim=16, min_count=1, epochs=3, threads=3, sample=0, seed=1, buckets=500, shared=True),
    ],
    ids=["skip-gram", "CBOW hs", "FastText shared"],
)
def test_threads_learn_what_one_learns(model, rng):
    """Pairs of words: at any number of threads the loss falls as far."""
    pairs = rng.integers(0, 50, 12_000)
    text = [[f"a{n}", f"b{n}"] * 3 for n in pairs.tolist()]
    side_by_side = model.fit(text, progress=False).history[-1]["loss"]
    model.threads = 1
    alone = model.fit(text, progress=False).history[-1]["loss"]
    assert side_by_side == pytest.approx(alone, rel=0.06)
