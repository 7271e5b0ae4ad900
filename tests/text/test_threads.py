"""Threads side by side: who reads what, and how a v' of each thread's own becomes one."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import average, average_rows, document_loop, text_loop
from cutaway.ext.embeddings.model_averaging.reference import train_and_average
from cutaway.ext.embeddings.tables import noise_table, zeros
from cutaway.text import FastText, Word2Vec, encode
from cutaway.text.embeddings import thread_copies
from cutaway.text.embeddings.hogwild import SMALLER, read_once
from cutaway.text.embeddings.thread_copies import (
    AVERAGINGS,
    CURVATURE,
    DRIFT,
    LONGEST,
    SHORTEST,
    TIER,
    ThreadCopies,
    worthwhile,
)
from cutaway.text.embeddings.training import EmbeddingTraining
from hypothesis import given
from hypothesis import strategies as some

LONG = 10**7  # tokens of a text that is worth copies


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
        parts.append((thread, start, stop))
        if sum(stop - start for _, start, stop in parts) == 190:
            finished.set()

    read_once(200, 2, read, lambda: None, 10)
    assert [(start, stop) for thread, start, stop in parts if thread == 0] == [(0, 10)]
    edges = sorted(part[1:] for part in parts)
    assert [0, *(stop for _, stop in edges)] == [*(start for start, _ in edges), 200]


def test_the_last_chunks_are_small():
    parts = []
    read_once(100_000, 2, lambda thread, start, stop: parts.append((start, stop)), lambda: None, 1600)
    sizes = [stop - start for start, stop in parts]
    assert max(sizes) == 1600
    assert sum(sizes) == 100_000
    assert sizes.count(1600 // SMALLER) >= 4, "each part ends in small ones"


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
    rows, step_rate = np.array([7, 0, 4, 2]), np.array([0.0, 1e-3, 0.1, 30])
    results = []
    for rung in ("numba", "reference"):
        mine = matrices.copy()
        with dispatch.use(rung):
            average_rows(*mine, rows, step_rate, 20, 7)
        results.append(mine)
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
    for found in results:
        assert np.array_equal(found[0, rows], found[1, rows])
        assert np.array_equal(found[0, rows], found[2, rows])
        assert np.array_equal(found[:, [1, 3, 5, 6, 8]], matrices[:, [1, 3, 5, 6, 8]]), "other rows"


def test_rows_meet_the_more_often_the_more_they_move(rng):
    words = 5 * TIER
    step_rate = rng.permutation(words) + 1.0
    shared = np.zeros((words, 16), np.float32)
    copies = ThreadCopies(shared, 2, step_rate, LONG, 0.05)
    met = np.zeros(words, int)

    def loop(tokens, start, stop, random, v, own, *_):
        assert (stop - start, random) == (copies.states[1].period, start)
        met[:] += (shared == own).all(1) & (start > 0)  # since the last period
        own += 1
        return stop

    period = copies.states[1].period
    place = np.zeros(1), np.zeros(2, np.int64), 1, LONG, 0.025
    text = np.zeros(9 * period), 0, 9 * period, 0
    assert train_and_average(loop, copies.states[1], *text, None, copies.own[1], (), (), *place) == 9 * period
    rank = np.argsort(np.argsort(-step_rate))
    assert (met[rank < TIER] == 8).all()
    assert (met[(rank >= TIER) & (rank < 2 * TIER)] == 4).all()
    assert (met[(rank >= 2 * TIER) & (rank < 4 * TIER)] == 2).all()
    assert (met[rank >= 4 * TIER] == 1).all()


@pytest.mark.parametrize("documents", [False, True])
def test_compiled_loop_meets_as_the_reference_does(documents, rng):
    """Two threads, one after the other: the same vectors, copies, counts and random numbers."""
    words, length = 300, 3000
    tokens = np.where(np.arange(length) % 20 == 0, 0, rng.integers(1, words, length)).astype(np.int32)
    counts = np.bincount(tokens, minlength=words)
    first_v, first_d = rng.normal(size=(2, words, 32)).astype(np.float32) / 32
    results = []
    for rung in ("numba", "reference"):
        with dispatch.use(rung):
            v, vp, d = first_v.copy(), zeros(words, 32), first_d.copy()
            loop = document_loop(32, 2, 3) if documents else text_loop(32, 2, 3)
            more = (np.flatnonzero(tokens == 0), np.arange(len(d)), d) if documents else ()
            copies = ThreadCopies(vp, 2, 3.0 * counts / length, LONG, 1.0)
            copies.states = [each._replace(period=230) for each in copies.states]
            done, states = np.zeros(2, np.int64), [5, 6]
            tables, keep = (noise_table(counts, size=1 << 12), 3), np.ones(words, np.float32)
            for turn, start in enumerate(range(0, length, 1000)):
                thread = 1 - turn % 2
                text = tokens, start, start + 1000, states[thread]
                place = keep, done, thread, 2 * length, 0.1
                averaging = copies.states[thread]
                states[thread] = int(
                    loop(*text, v, copies.own[thread], tables, more, *place, averaging=averaging)
                )
            assert not np.array_equal(*copies.own), "a tier that has not met yet"
            copies.finish(0.1)
            assert np.array_equal(*copies.own)
            counted = [each.tolist() for each in (done, *copies.states[1][6:10])]
            results.append((states, counted, v, vp, d))
    assert results[0][:2] == results[1][:2]
    assert counted[0] == [1000, 2000]
    assert np.abs(vp).max() > 0.01, "nothing was learnt"
    for found, expected in zip(results[0][2:], results[1][2:], strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "tokens", [(1, 1), (10, 10), (1000, 1000), (10, 0), (0, 10), (3, 40), (20, 3, 50, 20)]
)
def test_ways_are_put_together_as_a_quadratic_would_go(tokens, rng):
    """Each thread goes some share of the way to one target; so would all their steps in one go."""
    start, target = rng.normal(size=(2, 6, 16))
    step_rate, rate = np.array([0, 1e-6, 0.1, 1, 2, 50]), 0.5
    q = np.exp(-step_rate * rate * CURVATURE)[:, None]
    shared = start.astype(np.float32)
    copies = ThreadCopies(shared, len(tokens), step_rate, LONG, rate)
    for own, count in zip(copies.own, tokens, strict=True):
        own += (1 - q**count) * (target - start)
    copies.states[0].read[:] = tokens
    copies.finish(rate)
    expected = target + q ** sum(tokens) * (start - target)
    np.testing.assert_allclose(shared, expected, rtol=1e-4, atol=1e-5)
    assert np.array_equal(copies.own[-1], shared)


def test_a_thread_that_was_kept_waiting_has_little_to_say():
    """Of rows that have arrived, each copy counts by the tokens that were read with it."""
    shared = np.zeros((4, 16), np.float32)
    copies = ThreadCopies(shared, 2, np.full(4, 100.0), LONG, 0.05)
    read = copies.states[1].read
    assert read is copies.states[0].read
    read[:] = 7, 1
    average(copies.states[1], 1, 1, 0.05)
    copies.own[0] += 1
    copies.own[1] -= 1
    read += 900, 100
    average(copies.states[1], 1, 1, 0.05)
    np.testing.assert_allclose(shared, 0.9 - 0.1, rtol=1e-5)
    assert np.array_equal(shared, copies.own[1])


@pytest.mark.parametrize("options", [{}, {"hs": True}, {"cbow": True, "threads": 1}, {"deterministic": True}])
def test_compiling_changes_nothing(options, rng):
    vocabulary, tokens = encode([[f"w{n}" for n in rng.integers(0, 500, 60_000).tolist()]], 1)
    model = Word2Vec(**{"dim": 16, "min_count": 1, "epochs": 1, "threads": 2, **options})
    model.fit_tokens(vocabulary, tokens, progress=False)
    run = EmbeddingTraining(model.options, model.state, vocabulary.counts, tokens)
    before = [model.v.copy(), model.vp.copy(), list(model.random), run.done.copy()]
    run.compile()
    for found, expected in zip((model.v, model.vp, model.random, run.done), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_an_interrupted_epoch_keeps_what_all_threads_have_learnt(monkeypatch, rng):
    kept = []

    class Kept(ThreadCopies):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            kept.append(self)

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(thread_copies, "ThreadCopies", Kept)
    vocabulary, tokens = encode([[f"w{n}" for n in rng.integers(0, 500, 60_000).tolist()]], 1)
    model = Word2Vec(dim=16, min_count=1, epochs=1, threads=2).fit_tokens(vocabulary, tokens, progress=False)
    training = EmbeddingTraining(model.options, model.state, vocabulary.counts, tokens)
    kept.clear()
    with pytest.raises(KeyboardInterrupt):
        training._read_side_by_side(interrupt)
    ((own, other),) = (copies.own for copies in kept)
    assert np.array_equal(own, other)
    assert own is model.vp


def test_when_copies_pay(monkeypatch):
    shared, limit = np.zeros((50, 16), np.float32), 2 * AVERAGINGS * SHORTEST
    assert worthwhile(shared, 2, limit)
    assert not worthwhile(shared, 1, limit), "one thread"
    assert not worthwhile(shared, 2, limit - 1), "a short text"
    monkeypatch.setattr(thread_copies, "LARGEST", 4 * shared.nbytes)
    assert worthwhile(shared, 3, 10 * limit)
    assert not worthwhile(shared, 4, 10 * limit), "too much memory"


def test_threads_meet_the_sooner_the_more_they_move():
    def period(step_rate, tokens_count=LONG, rate=0.025):
        shared = np.zeros((50, 16), np.float32)
        return ThreadCopies(shared, 2, np.full(50, step_rate), tokens_count, rate).states[0].period

    assert period(1e-3) == LONGEST
    assert period(1) == int(DRIFT / 50 / 0.025)
    assert period(2) == period(1, rate=0.05) == int(DRIFT / 100 / 0.025)
    assert period(1e6) == SHORTEST
    assert period(1e-3, 3 * 2 * AVERAGINGS * SHORTEST) == 3 * SHORTEST, "as often as in a longer text"


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
