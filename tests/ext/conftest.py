"""A test that takes `rung` runs once for each implementation here: Numba, and C for each instruction set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from cutaway.ext import kernels, native

RUNGS = ("numba", *native.available_levels())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", RUNGS)


@pytest.fixture(scope="session")
def running() -> Callable[[str], AbstractContextManager[None]]:
    """`with running(rung):` kernels run there; `rung` is "reference", "numba" or an instruction set of the C
    kernels.
    """

    @contextmanager
    def run(rung: str) -> Iterator[None]:
        before = native.level()
        if rung in native.LEVELS:
            native.set_level(rung)
        try:
            with kernels.use("c" if rung in native.LEVELS else rung):
                yield
        finally:
            if before:
                native.set_level(before)

    return run
