"""A test that takes `rung` runs once for each implementation here: Numba, and C for each instruction set; one that
takes `conv_rung`, also for each choice of the lanes of a direct convolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from cutaway.ext import kernels, native

RUNGS = ("numba", *native.available_levels())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", RUNGS)
    if "conv_rung" in metafunc.fixturenames:
        lanes = [
            f"{level} {lanes}" for level in native.available_levels() for lanes in ("pixels", "channels")
        ]
        metafunc.parametrize("conv_rung", ["numba", *lanes])


@pytest.fixture(scope="session")
def running() -> Callable[[str], AbstractContextManager[None]]:
    """`with running(rung):` kernels run there; `rung` is "reference", "numba" or an instruction set of the C
    kernels, with or without what lies in the lanes: "avx2", "avx2 pixels".
    """

    @contextmanager
    def run(rung: str) -> Iterator[None]:
        before = native.level()
        rung, _, lanes = rung.partition(" ")
        if rung in native.LEVELS:
            native.set_level(rung)
            native.load().set_lanes(lanes or "best")
        try:
            with kernels.use("c" if rung in native.LEVELS else rung):
                yield
        finally:
            if before:
                native.set_level(before)
                native.load().set_lanes("best")

    return run
