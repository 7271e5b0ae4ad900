"""The engine's switches: nested, reused, and around generator functions."""

from __future__ import annotations

from contextlib import contextmanager

import cutaway
import pytest
from cutaway import is_grad_enabled, no_grad


def test_a_generator_function_runs_without_recording_and_its_consumer_as_before():
    @no_grad()
    def steps(n):
        """Yield what the body sees."""
        got = []
        for _ in range(n):
            try:
                got.append((yield is_grad_enabled()))
            except KeyError:
                got.append("error")
        return got

    assert steps.__doc__ == "Yield what the body sees."
    assert [(inside, is_grad_enabled()) for inside in steps(2)] == [(False, True)] * 2
    running = steps(3)
    next(running)
    assert running.send("sent") is False
    assert running.throw(KeyError()) is False
    assert is_grad_enabled()
    with pytest.raises(StopIteration) as end:
        next(running)
    assert end.value.value == ["sent", "error", None]


def test_a_generator_that_is_left_early_is_closed():
    closed = []

    @no_grad()
    def steps():
        try:
            yield 1
        finally:
            closed.append(is_grad_enabled())

    running = steps()
    next(running)
    running.close()
    assert closed == [False]

    @contextmanager
    @no_grad()
    def opened():
        try:
            yield
        except ValueError:
            closed.append("seen")

    with opened():
        raise ValueError
    assert closed == [False, "seen"]


def test_one_object_may_be_nested_and_used_again():
    silent = no_grad()
    for _ in range(2):
        with silent, cutaway.enable_grad():
            assert is_grad_enabled()
            with silent:
                assert not is_grad_enabled()
            assert is_grad_enabled()
        assert is_grad_enabled()


def test_asynchronous_functions_are_refused():
    async def fetch():
        pass

    with pytest.raises(TypeError, match="fetch is asynchronous; write the `with` block inside it"):
        no_grad()(fetch)
