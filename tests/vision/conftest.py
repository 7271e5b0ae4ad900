"""What the tests of networks share."""

from __future__ import annotations

import pytest


@pytest.fixture
def unfilled(monkeypatch):
    """Networks of full size without drawing their weights: only the shapes are of interest."""
    from cutaway.nn import init

    for name in (
        "he_uniform",
        "he_normal",
        "normal",
        "uniform",
        "constant",
        "zeros_",
        "identity",
        "bilinear",
    ):
        monkeypatch.setattr(init, name, lambda w, *given, **named: w)
    monkeypatch.setattr("cutaway.vision.networks.layers.widen", lambda conv: None)
