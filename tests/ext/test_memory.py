"""The pool: memory is used again, never shared, and bounded."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from cutaway.ext import memory

SHAPE = (300, 1000)  # 1.2 MB of float32
SIZE = memory._size_class(SHAPE[0] * SHAPE[1] * 4)


@pytest.fixture(autouse=True)
def _fresh():
    memory.release()


def test_a_freed_block_is_used_again():
    first = memory.empty(SHAPE, np.float32)
    address = first.ctypes.data
    del first
    assert memory.empty((1000, 300), np.float32).ctypes.data == address


def test_blocks_in_use_are_not_handed_out_even_through_views():
    first = memory.empty(SHAPE, np.float32)
    view, address = first.reshape(-1)[5:].view(np.uint8), first.ctypes.data
    del first
    second = memory.empty(SHAPE, np.float32)
    assert not np.shares_memory(view, second)
    del view
    assert memory.empty(SHAPE, np.float32).ctypes.data == address


def test_arrays_are_aligned_contiguous_and_writeable():
    for dtype in (np.float32, np.float64, np.uint8):
        array = memory.empty((7, 11, 99, 101), dtype)
        assert array.ctypes.data % 64 == 0
        assert array.flags.c_contiguous
        assert array.flags.writeable
        array[...] = 1


def test_it_reports_what_is_live_pooled_and_the_peak():
    before = memory.memory()
    arrays = [memory.empty(SHAPE, np.float32) for _ in range(3)]
    report = memory.memory()
    assert report.live - before.live == 3 * SIZE
    del arrays[1:]
    report = memory.memory()
    assert (report.live - before.live, report.pooled - before.pooled) == (SIZE, 2 * SIZE)
    assert report.peak >= 3 * SIZE
    assert "2.5 MB pooled" in str(memory.Report(0, 5 * 2**19, 0))


def test_it_never_holds_more_than_was_in_use_at_once(monkeypatch):
    monkeypatch.setattr(memory, "ROOM", 0)
    memory.release()
    start = memory.memory().live
    for rows in (300, 400, 500, 600, 700):
        memory.empty((rows, 1000), np.float32)
    report = memory.memory()
    assert report.live == start
    assert report.pooled <= report.peak - start <= memory._size_class(700 * 4000)


def test_blocks_of_a_small_network_all_stay():
    """Its layers want many sizes, one at a time: less than 64 MB together, and none is given back."""
    memory.release()
    rows = (300, 400, 500, 600, 700)
    first = [memory.empty((each, 1000), np.float32).ctypes.data for each in rows]
    again = [memory.empty((each, 1000), np.float32).ctypes.data for each in rows]
    assert first == again
    assert memory.memory().pooled <= memory.memory().peak * memory.SLACK + memory.ROOM


def test_release_empties_the_pool():
    memory.empty(SHAPE, np.float32)
    memory.release()
    assert memory.memory().pooled == 0


@pytest.mark.parametrize("size", [2**18, 2**18 + 1, 10**6, 2**25 - 1, 2**25 + 4])
def test_size_classes_waste_an_eighth_at_most(size):
    assert size <= memory._size_class(size) <= size * 9 / 8


def test_threads_never_get_the_same_block():
    clashes = []

    def work(mark):
        for _ in range(200):
            array = memory.empty(SHAPE, np.int32)
            array[::50] = mark
            if (array[::50] != mark).any():
                clashes.append(mark)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not clashes


def test_too_large_is_refused_before_anything_is_allocated():
    with pytest.raises(MemoryError, match="TiB"):
        memory.empty((2**30, 2**20), np.float32)


def test_large_sums_lie_in_the_pool_and_are_sums(rng):
    a, b = rng.normal(size=(4, 300, 300)), rng.normal(size=(4, 1, 1))
    before = memory.memory().live
    found = memory.add(a, b)
    assert memory.memory().live >= before + a.nbytes
    np.testing.assert_array_equal(found, a + b)
    np.testing.assert_array_equal(memory.add(b, a), a + b)  # the larger one second
    mixed = memory.add(a, b.astype(np.float32))
    assert mixed.dtype == np.float64


def test_contiguous_copies_only_what_does_not_lie_in_one_run(rng):
    a = rng.normal(size=(300, 400))
    assert memory.contiguous(a) is a
    turned = memory.contiguous(a.T)
    assert turned.flags.c_contiguous
    np.testing.assert_array_equal(turned, a.T)
