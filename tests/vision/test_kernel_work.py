"""A convolution's sums, done again from the numbers that are kept, are what the library computed."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.core import Tensor
from cutaway.vision.interpret.kernel_work import convolutions, kernel_work

CASES = {
    "plain": nn.Conv2d(3, 5, 3, rng=1),
    "stride and border": nn.Conv2d(3, 5, (3, 5), stride=(2, 3), padding=(1, 2), rng=2),
    "dilated": nn.Conv2d(3, 4, 3, padding=2, dilation=2, bias=False, rng=3),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("budget", [1, 10_000])
def test_the_sums_are_the_librarys(name, budget, rng):
    conv = CASES[name]
    net = nn.Sequential(conv, nn.ReLU(), nn.Conv2d(conv.out_channels, 6, 3, padding=1, rng=4))
    x = rng.normal(size=(3, 13, 17)).astype(np.float32)
    works = kernel_work(net, x, maps=4, budget=budget)
    assert [work.layer for work in works] == ["0", "2"]
    assert len(works[0].units) == (4 if budget > 1 else 1)
    assert len(works[1].inputs) == (conv.out_channels if budget > 1 else 1)
    outputs = conv(Tensor(x[None])), net(Tensor(x[None]))
    for work, output in zip(works, outputs, strict=True):
        for unit in work.units:
            np.testing.assert_array_equal(unit.values, output.data[0, unit.channel])
            np.testing.assert_allclose(work.sums(unit), unit.values, atol=2e-5)
            assert unit.left_out == work.channels[1] - len(unit.inputs)
            assert (unit.rest is None) == (unit.left_out == 0)


def test_in_groups_each_output_sees_its_own_inputs(rng):
    net = nn.Sequential(nn.Conv2d(3, 6, 1, rng=1), nn.Conv2d(6, 12, 3, groups=3, padding=1, rng=2), nn.ReLU())
    (work,) = kernel_work(net, rng.normal(size=(3, 9, 9)), maps=12, layers=["1"])
    assert len(work.units) == 12
    for unit in work.units:
        assert unit.inputs.tolist() == [unit.channel // 4 * 2, unit.channel // 4 * 2 + 1]
        np.testing.assert_allclose(work.sums(unit), unit.values, atol=1e-5)


def test_the_strongest_come_first(rng):
    net = nn.Sequential(nn.Conv2d(1, 3, 1, bias=False))
    net[0].weight.data[...] = np.array([1.0, 3.0, -2.0]).reshape(3, 1, 1, 1)
    (work,) = kernel_work(net, rng.normal(size=(1, 8, 8)), maps=2)
    assert [unit.channel for unit in work.units] == [1, 2]


def test_inputs_that_matter_are_kept(rng):
    net = nn.Sequential(nn.Conv2d(3, 4, 1, rng=0), nn.Conv2d(4, 1, 1, bias=False))
    net[1].weight.data[...] = np.array([1e-3, 5.0, 1e-3, 1e-3]).reshape(1, 4, 1, 1)
    (work,) = kernel_work(net, rng.normal(size=(3, 8, 8)), budget=64, layers=["1"])
    assert list(work.inputs) == [1]


def test_other_borders_are_left_out():
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), nn.Conv2d(4, 4, 3, padding="valid")
    )
    assert convolutions(net) == ["1"]
