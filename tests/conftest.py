"""Shared test set-up: every random number of a test comes from a seeded generator."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest

hypothesis.settings.register_profile("cutaway", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("cutaway")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(autouse=True)
def no_seed_of_an_earlier_test(monkeypatch):
    """What a test says to `manual_seed` does not decide what the next one draws."""
    from cutaway.core import random

    monkeypatch.setattr(random, "_seed", None)
