"""Threads: results do not depend on their number, and callers do not disturb each other."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cutaway.ext import kernels, native, pool
from cutaway.ext.conv import conv2d, conv2d_input, conv2d_weight


@pytest.fixture
def threads():
    before = kernels.get_num_threads()
    yield kernels.set_num_threads
    kernels.set_num_threads(before)


def work(seed=0):
    rng = np.random.default_rng(seed)
    x, w = (
        rng.normal(size=(3, 8, 40, 37)).astype(np.float32),
        rng.normal(size=(16, 8, 3, 3)).astype(np.float32),
    )
    g = rng.normal(size=(3, 16, 20, 19)).astype(np.float32)
    steps = {"stride": 2, "padding": 1}
    return [
        conv2d(x, w, None, **steps),
        conv2d_input(g, w, (40, 37), **steps),
        conv2d_weight(g, x, (3, 3), **steps),
        pool.avg_pool2d(x, 3, 2, 1),
    ]


def test_results_are_the_same_bits_on_any_number_of_threads(rung, running, threads):
    with running(rung):
        threads(1)
        expected = work()
        for count in (2, 3, 8):
            threads(count)
            for found, value in zip(work(), expected, strict=True):
                np.testing.assert_array_equal(found, value)


def test_several_python_threads_at_once(rung, running, threads):
    threads(2)
    with running(rung):
        expected = [work(seed) for seed in range(4)]

    def again(seed):
        with kernels.use("numba" if rung == "numba" else "c"):
            return work(seed)

    with running(rung), ThreadPoolExecutor(4) as callers:
        for round_ in callers.map(lambda seed: (seed, again(seed)), list(range(4)) * 8):
            for found, value in zip(round_[1], expected[round_[0]], strict=True):
                np.testing.assert_array_equal(found, value)


def _in_child(queue):
    queue.put([value.tobytes() for value in work()])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_its_own_threads(threads):
    threads(2)
    expected = [value.tobytes() for value in work()]
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()
    child = fork.Process(target=_in_child, args=(queue,))
    child.start()
    assert queue.get() == expected
    child.join(10)
    assert child.exitcode == 0


def test_the_number_of_threads_is_a_whole_number(threads):
    threads(3)
    assert kernels.get_num_threads() == 3
    for wrong in (0, -1, 1.5, 2**31, 2**70, float("nan"), float("inf"), "2", None):
        with pytest.raises(ValueError, match="set_num_threads: expected a whole number of at least 1"):
            threads(wrong)
    assert kernels.get_num_threads() == 3


@pytest.mark.parametrize("wrong", ["x", "0", "-1", "1.5", "2147483648"])
def test_the_environment_asks_for_a_whole_number_of_threads(wrong):
    program = "from cutaway.ext import kernels; kernels.get_num_threads()"
    environment = {**os.environ, "CUTAWAY_NUM_THREADS": wrong}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("ValueError: CUTAWAY_NUM_THREADS: expected a whole number of at least 1"), last


def test_denormals_count_as_zero_in_c_and_the_caller_keeps_its_own(running):
    if kernels.in_charge() != "c":
        pytest.skip("C kernels are not in charge")
    tiny = np.full((1, 4, 32, 32), 1e-40, np.float32)
    y = conv2d(tiny, np.ones((4, 4, 1, 1), np.float32))
    assert not y.any()
    assert np.float32(1e-40) * np.float32(2) > 0


def test_the_c_kernels_use_every_thread_without_being_told():
    """In a new process: a convolution alone, no call about threads before it."""
    if native.load() is None:
        pytest.skip("no C kernels")
    program = (
        "import numpy as np, cutaway\n"
        "cutaway.nn.functional.conv2d(np.ones((1, 1, 4, 4), 'f'), np.ones((1, 1, 3, 3), 'f'))\n"
        "from cutaway.ext import native\n"
        "print(native.load().get_num_threads())"
    )
    environment = {**os.environ, "CUTAWAY_NUM_THREADS": "3"}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout.strip() == "3"
