"""The ladder: every rung computes the same sums, for all three members of the family."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.__main__ import main
from cutaway.ext import conv, native
from cutaway.lessons import passes, rungs

SMALL = (
    rungs._case("plain", "conv2d", (2, 16, 12, 12), 16, 3, padding=1),
    rungs._case("dilated, input gradient", "conv2d_input", (2, 16, 15, 13), 16, 3, padding=2, dilation=2),
    rungs._case("strided, weight gradient", "conv2d_weight", (2, 3, 17, 16), 20, 5, padding=2, stride=2),
)


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.title)
@pytest.mark.parametrize("by_hand", [rungs.loops, rungs.im2col])
def test_by_hand_is_what_the_kernels_compute(case, by_hand, rng):
    x, w = rng.normal(size=case.x), rng.normal(size=case.w)
    y = rng.normal(size=rungs._output(case.x, case))
    if by_hand is rungs.loops:
        case, (x, w, y) = rungs._part(case, x, w)
    expected = rungs._through_door(case, x, w, y)()
    np.testing.assert_allclose(rungs._by_hand(by_hand, case, (x, w, y))(), expected, rtol=1e-9, atol=1e-9)


def test_every_rung_has_the_rounding_of_its_kind(monkeypatch):
    monkeypatch.setattr(rungs, "best_time", lambda call, attempts=1: call() is None or 1e-3)
    for case in SMALL:
        climbed = rungs.climb(case, np.random.default_rng(0))
        compiled = 0 if native.load() is None else 3 if case.title[0] != "s" else 2
        assert len(climbed) == 3 + compiled
        for rung in climbed:
            assert 0 < rung.error < (2e-5 if "Winograd" in rung.name else 2e-6), rung
            assert rung.flops > 0


def test_the_command_prints_the_ladder_and_writes_the_page(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(rungs, "CASES", SMALL[:1])
    page = tmp_path / "ladder.html"
    assert main(["kernels", "--only", "plain", "--page", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "seven loops in Python" in printed
    assert "peak of this machine" in printed
    assert "data:image/png;base64," in page.read_text()
    assert main(["kernels", "--only", "nonsense"]) == 2
    assert "no convolution is called 'nonsense'; there are: plain" in capsys.readouterr().err


def test_lanes_are_free_again_afterwards(monkeypatch, rng):
    monkeypatch.setattr(rungs, "best_time", lambda call, attempts=1: call() is None or 1e-3)
    x, w = rng.normal(size=(1, 8, 9, 9)).astype(np.float32), rng.normal(size=(9, 8, 3, 3)).astype(np.float32)
    before = conv.conv2d(x, w)
    rungs.climb(SMALL[0], np.random.default_rng(0))
    np.testing.assert_array_equal(conv.conv2d(x, w), before)


def test_passes_agree_on_every_rung(monkeypatch):
    monkeypatch.setattr(passes, "bandwidth", lambda: 1e9)
    found, _ = passes.measure_passes(1, shape=(2, 3, 48, 48), classes=(2, 5, 48, 48))
    assert {each.kernel for each in found} == set(passes.passes((1, 2, 4, 4), (1, 2, 4, 4)))
    for each in found:
        assert each.error < 1e-5, each
        assert each.speed > 0
