"""Receptive fields by formula, by gradient, and as published."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision import AlexNet, FCN8s, UNet, segmentation_net
from cutaway.vision.networks.context import ContextModule
from cutaway.vision.networks.deeplab import DeepLab
from cutaway.vision.networks.deeplab_multiscale import DeepLabMSc, MultiScale
from cutaway.vision.networks.dilated import FrontEnd
from cutaway.vision.networks.fcn import FCN16s, FCN32s
from cutaway.vision.networks.mobilenet import mobilenet_v1
from cutaway.vision.networks.mobilenet_v2 import mobilenet_v2
from cutaway.vision.networks.receptive_field import receptive_field
from cutaway.vision.networks.squeezenet import squeezenet1_0, squeezenet1_1
from cutaway.vision.networks.vgg import vgg16

THIN = {"channels": (1,) * 5, "hidden": 1, "rng": 0}
OWN = {
    "context": (lambda: ContextModule(2, rng=0), (70, 75)),
    "context, padded once": (lambda: ContextModule(1, padding="input", rng=0), (40, 41)),
    "context, large": (lambda: ContextModule(1, "large", rng=0), (20, 80)),
    "front end": (lambda: FrontEnd(1, upsample=True, **THIN), (187, 190)),
    "fcn32s": (lambda: FCN32s(1, **THIN), (40, 70)),
    "fcn16s": (lambda: FCN16s(1, up="nearest", **THIN), (40, 70)),
    "fcn8s": (lambda: FCN8s(1, **THIN), (40, 70)),
    "unet": (lambda: UNet(1, 2, base=1, depth=3, rng=0), (37, 48)),
    "unet, valid": (lambda: UNet(1, 2, base=1, depth=2, padded=False, rng=0), (60, 60)),
    "unet, bilinear": (lambda: UNet(1, 2, base=1, depth=2, up="bilinear", norm=True, rng=0), (24, 20)),
    "unet, no copies": (lambda: UNet(1, 2, base=1, depth=2, up="nearest", copies=False, rng=0), (24, 20)),
    "deeplab": (lambda: DeepLab(1, **THIN), (70, 41)),
    "deeplab, pyramid": (lambda: DeepLab(1, "aspp-s", **THIN), (70, 41)),
    "deeplab, side branches": (lambda: DeepLabMSc(1, side=1, **THIN), (33, 41)),
    "deeplab, scales": (lambda: MultiScale(DeepLab(1, **THIN)), (32, 40)),
    "vgg16": (lambda: vgg16(2, **THIN), (64, 70)),
    "alexnet": (lambda: AlexNet(2, rng=0).features, (70, 64)),
    "squeezenet1_0": (lambda: squeezenet1_0(2, rng=0), (60, 64)),
    "squeezenet1_1": (lambda: squeezenet1_1(2, rng=0), (60, 64)),
    "mobilenet_v1": (lambda: mobilenet_v1(2, width=0.25, rng=0), (64, 50)),
    "mobilenet_v2": (lambda: mobilenet_v2(2, width=0.1, rng=0), (64, 50)),
}
BY_NAME = {
    f"{name} on {trunk}": (lambda name=name, trunk=trunk: segmentation_net(name, 2, trunk, rng=0), (50, 66))
    for name, trunk in (
        ("fcn16s", "small"),
        ("deeplab-aspp", "small"),
        ("fcn8s", "mobilenet"),
        ("frontend", "squeezenet"),
    )
}


@pytest.mark.parametrize("name", [*OWN, *BY_NAME])
def test_formula_and_gradient_agree(name):
    make, size = {**OWN, **BY_NAME}[name]
    table = receptive_field(make(), size, measure=True)
    assert len(table) >= 8
    for row in table:
        assert row.measured == row.inside, row


def test_the_row_of_the_context_module():
    table = receptive_field(ContextModule(2, rng=0))
    assert [row.field for row in table] == [(n, n) for n in (3, 5, 9, 17, 33, 65, 67, 67)]


def test_dilations_1_2_4_see_3_7_15():
    net = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=d, dilation=d, rng=0) for d in (1, 2, 4)))
    assert [row.field[0] for row in receptive_field(net, measure=True)] == [3, 7, 15]


def test_the_classical_formula_holds_in_chains(rng):
    """r = r' + (k - 1) d j', j = j' s."""
    for _ in range(10):
        layers, field, jump = [], 1, 1
        for _ in range(4):
            k, s, d = (int(rng.integers(1, top)) for top in (5, 3, 4))
            layers.append(nn.Conv2d(1, 1, k, stride=s, dilation=d, padding=(k - 1) * d, rng=0))
            field, jump = field + (k - 1) * d * jump, jump * s
        row = receptive_field(nn.Sequential(*layers), 40)[-1]
        assert (row.field, row.jump) == ((field, field), jump)


def test_published_fields():
    """pool5 of AlexNet and VGG-16, and the 404 pixels of FCN-32s' scores (from the formula in the papers' words)."""
    fields = {row.layer: row.field[0] for row in receptive_field(AlexNet(2, rng=0).features)}
    assert fields["12"] == 195  # as R-CNN says of pool5
    fields = {row.layer: row.field[0] for row in receptive_field(FCN32s(1, **THIN))}
    assert (fields["pool5"], fields["fc6"]) == (212, 404)


def test_strides_below_one_enlarge():
    net = nn.Sequential(
        nn.Conv2d(1, 1, 2, stride=2, rng=0), nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, rng=0)
    )
    down, up = receptive_field(net, 16, measure=True)
    assert (down.jump, up.jump) == (2, 1)
    assert up.window == (4, Fraction(1, 2), 1)
    assert up.field == (4, 4)
    assert up.measured == up.inside


def test_the_table_is_readable_and_the_network_is_left_as_it_was(rng):
    net = segmentation_net("fcn8s", 3, rng=0)
    net.features[1].eval()
    net.features[0].requires_grad_(False)
    before = {path: values.copy() for path, values in net.state_dict().items()}
    lines = str(receptive_field(net, 64, measure=True)).splitlines()
    assert lines[0].split() == [
        "layer",
        "kind",
        "map",
        "kernel",
        "stride",
        "dilation",
        "jump",
        "field",
        "measured",
    ]
    assert lines[2].split() == ["features.0", "Conv2d", "64x64", "3", "1", "1", "1", "3x3", "3x3"]
    assert lines[-1].endswith("(at the border)")
    for path, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[path], err_msg=path)
        assert values.dtype == before[path].dtype
    assert net.training
    assert not net.features[1].training
    assert [p.requires_grad for p in net.parameters()] == [False, False] + [True] * (
        len(list(net.parameters())) - 2
    )
    assert not any(module._hooks for module in net.modules())


def test_an_op_without_a_rule_is_named():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3, rng=0)
            self.last = nn.Conv2d(1, 1, 1, rng=0)

        def forward(self, x):
            return self.last(self.conv(x).transpose(2, 3))

    with pytest.raises(ValueError, match="receptive_field: no rule for transpose"):
        receptive_field(Turned(), (20, 30))
