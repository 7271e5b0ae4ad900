"""U-Net without its copies: the same network, whose decoder has only what came through the bottom."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.vision import UNet


@pytest.mark.parametrize("padded", [True, False])
def test_without_copies_only_the_bottom_reaches_the_scores(padded, rng):
    size = 44 if not padded else 18
    x = cutaway.tensor(rng.normal(size=(1, 3, size, size)).astype(np.float32))
    for copies in (True, False):
        net = UNet(3, 2, base=2, depth=2, padded=padded, copies=copies, rng=0).eval()
        shape = net(x).shape
        net.up[0].register_forward_hook(lambda module, inputs, output: output * 0)
        silent = net(x).data
        assert silent.shape == shape
        inside = slice(None) if not padded else slice(4, -4)  # borders of zeros vary, too
        varies = np.ptp(silent[..., inside, inside], axis=(2, 3)).max() > 1e-6
        assert varies == copies, "what differs from pixel to pixel came past the bottom"


def test_it_has_fewer_parameters_in_the_decoder_alone():
    with_, without = (
        UNet(3, 2, base=2, depth=2, copies=copies, rng=0).state_dict() for copies in (True, False)
    )
    assert list(with_) == list(without)
    differ = {path for path in with_ if with_[path].shape != without[path].shape}
    assert differ == {"decoder.0.0.weight", "decoder.1.0.weight"}
    assert without["decoder.1.0.weight"].shape == (2, 2, 3, 3)
