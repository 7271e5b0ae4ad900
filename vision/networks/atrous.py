"""A classifier made denser with the same weights: the hole (à trous) algorithm (Chen et al. 2015, sec. 3.1).

Where a layer would halve the map beyond a limit, it no longer does; the layers behind it look at every 2nd
pixel, behind the next such layer at every 4th.  Each then computes at all pixels what it had computed at
some:

    before     pool, stride 2          conv 3 x 3                      every 2nd row and column
    after      pool, stride 1          conv 3 x 3, dilation 2          all of them
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn


def atrous(features: nn.Sequential, stride: int = 8, keep_pools: bool = True) -> nn.Sequential:
    """Change a classifier's convolutional part in place, so that it shrinks maps ``stride`` times; return it.

    The weights stay what they are, and so do their paths.

    Parameters
    ----------
    features : layers in the order in which they run, such as ``vgg16().features``.
    stride : a power of 2; 8 in DeepLab and in the front end of Yu & Koltun.
    keep_pools : let a max-pool that no longer halves take the maximum of 3 x 3 all the same (DeepLab), or
        leave it out (Yu & Koltun).
    """
    reached, spread = 1, 1  # the stride up to here; how far apart the pixels lie that used to be neighbours
    border: Any = None  # a border of its own before a strided convolution
    for module in list(features.modules()):
        if isinstance(module, nn.ZeroPad2d):
            border = module
            continue
        if not isinstance(module, (nn.Conv2d, nn.MaxPool2d)):
            continue
        step = stride_of(module)
        halves = step > 1 and reached * step > stride
        if isinstance(module, nn.Conv2d):
            _spread(module, spread, border if halves else None)
        if halves:
            if isinstance(module, nn.Conv2d):
                module.stride = (1, 1)
            elif keep_pools:
                module.kernel_size, module.stride, module.padding, module.ceil_mode = 3, 1, 1, False
            else:
                module.kernel_size, module.stride, module.padding, module.ceil_mode = 1, 1, 0, False
            spread *= step
        else:
            reached *= step
        border = None
    return features


def stride_of(module: Any) -> int:
    """Return the stride of a convolution or pool."""
    given = module.stride if getattr(module, "stride", None) is not None else module.kernel_size
    return int(np.max(given))


def _spread(conv: nn.Conv2d, spread: int, border: Any) -> None:
    """Dilate a convolution, and widen what pads it by as much."""
    if conv.kernel_size == (1, 1):
        return
    conv.dilation = (spread, spread)
    if border is not None:  # (0, 1, 0, 1) belongs to stride 2
        border.padding = (spread * (conv.kernel_size[0] // 2),) * 4
    elif not isinstance(conv.padding, str):
        conv.padding = tuple(spread * int(n) for n in conv.padding)
