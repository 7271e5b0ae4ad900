"""Class probabilities of an image of any size within bounded memory: in tiles that overlap.

A tile sees more than it decides: at its edges the network misses what lies outside.  With a halo of at least
the receptive field's radius, what the tiles' middles say is what the whole image would have given, since
tiles begin at multiples of the network's stride.  With a smaller halo tiles are blended by Gaussian weights
(as nnU-Net does, Isensee et al. 2021).  A U-Net without padding has its halo built in: the image is mirrored
around (the overlap-tile strategy of Ronneberger et al. 2015, Fig. 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, no_grad

STRIDE = 32  # all networks here halve the image at most five times
TILE = 512  # pixels of a tile's side
SPREAD = 8  # a tile is so many standard deviations of its weights wide

Band = tuple[slice, np.ndarray]  # rows of the image, and their probabilities (K, rows, W)


def probabilities(net: nn.Module, image: np.ndarray, **how: Any) -> np.ndarray:
    """Return the softmax of the scores of an image (3, H, W): float32 (K, H, W); options of `bands`."""
    return np.concatenate([each for _, each in bands(net, image, **how)], axis=1)


def segment(net: nn.Module, image: np.ndarray, **how: Any) -> np.ndarray:
    """Return the most probable class of each pixel, uint8 (H, W), without keeping all probabilities."""
    return np.concatenate([each.argmax(0).astype(np.uint8) for _, each in bands(net, image, **how)])


def bands(
    net: nn.Module, image: np.ndarray, *, tile: int = TILE, halo: int | None = None, flip: bool = False
) -> Iterator[Band]:
    """Yield the class probabilities of an image, band by band from the top.

    Parameters
    ----------
    image : (C, H, W), prepared as the network expects it.
    tile : side of the pieces that the network sees, pixels; from 64 on.
    halo : pixels that a tile sees on each side and does not decide; by default a quarter of the tile, and the
        tiles are blended.
    flip : average with what the mirrored image gives: twice the time.

    Raises
    ------
    ValueError : if the tile is too small, or has nothing left beside its halo.
    """
    halo_ = tile // 4 if halo is None else halo
    if tile < 64 or halo_ < 0 or tile - 2 * halo_ < STRIDE:
        raise ValueError(
            f"tile: expected at least 64 pixels, and {STRIDE} more than twice the halo, got tile={tile}, "
            f"halo={halo_}"
        )
    net.eval()
    if not getattr(net, "padded", True):
        yield from _valid_bands(net, image, tile, flip)
        return
    height, width = image.shape[1:]
    rows, columns = _spans(height, tile, halo_), _spans(width, tile, halo_)
    total = weights = None
    done = 0
    for i, (top, bottom) in enumerate(rows):
        for left, right in columns:
            found = _scored(net, image[:, top:bottom, left:right], flip)
            if total is None or weights is None:
                total, weights = np.zeros((len(found), 0, width), np.float32), np.zeros((0, width))
            grow = bottom - done - total.shape[1]
            total = np.pad(total, [(0, 0), (0, max(grow, 0)), (0, 0)])
            weights = np.pad(weights, [(0, max(grow, 0)), (0, 0)])
            window = np.outer(_window(top, bottom, height, halo), _window(left, right, width, halo))
            where = slice(top - done, bottom - done), slice(left, right)
            total[(slice(None), *where)] += found * window.astype(np.float32)
            weights[where] += window
        until = rows[i + 1][0] if i + 1 < len(rows) else height
        if total is not None and weights is not None and until > done:
            share = weights[: until - done].astype(np.float32)
            yield slice(done, until), total[:, : until - done] / share
            total, weights, done = total[:, until - done :], weights[until - done :], until


def _spans(length: int, tile: int, halo: int) -> list[tuple[int, int]]:
    """First and last pixel of the tiles along an axis; each begins at a multiple of STRIDE."""
    if length <= tile:
        return [(0, length)]
    step = max((tile - 2 * halo) // STRIDE * STRIDE, STRIDE)
    last = -(-(length - tile) // STRIDE) * STRIDE
    last = last if last < length else last - STRIDE
    starts = [*range(0, last, step), last]
    return [(start, length if start == last else start + tile) for start in starts]


def _window(first: int, last: int, length: int, halo: int | None) -> np.ndarray:
    """How much each pixel of a tile counts along an axis; at the image's ends it has no halo."""
    if halo is None:
        middle, spread = (last - first - 1) / 2, (last - first) / SPREAD
        return np.exp(-0.5 * ((np.arange(last - first) - middle) / spread) ** 2)
    window = np.ones(last - first)
    if first > 0:
        window[:halo] = 0
    if last < length and halo:
        window[-halo:] = 0
    return window


def _scored(net: nn.Module, image: np.ndarray, flip: bool) -> np.ndarray:
    """Probabilities (K, H, W) of one piece."""
    pieces = [image, image[:, :, ::-1]] if flip else [image]
    found = [_softmax(net, piece) for piece in pieces]
    return (found[0] + found[1][:, :, ::-1]) / 2 if flip else found[0]


def _softmax(net: nn.Module, image: np.ndarray) -> np.ndarray:
    with no_grad():
        scores = net(Tensor(np.ascontiguousarray(image[None], np.float32))).data[0]
    scores = np.exp(scores - scores.max(0))
    return scores / scores.sum(0)


def _valid_bands(net: Any, image: np.ndarray, tile: int, flip: bool) -> Iterator[Band]:
    """`bands` of a U-Net without padding: the image mirrored around, tiles side by side."""
    side, given = valid_size(tile, net.depth)
    margin, step = (side - given) // 2, given // 2**net.depth * 2**net.depth
    if step < 1:
        raise ValueError(f"tile: of {side} pixels nothing is left without padding; a larger tile")
    height, width = image.shape[1:]
    counts = [-(-n // step) for n in (height, width)]
    around = [
        (margin, (count - 1) * step + side - margin - n)
        for count, n in zip(counts, (height, width), strict=True)
    ]
    mirrored = np.pad(image, [(0, 0), *around], "reflect" if min(height, width) > 1 else "edge")
    for i in range(counts[0]):
        row = [
            _scored(net, mirrored[:, i * step : i * step + side, j * step : j * step + side], flip)
            for j in range(counts[1])
        ]
        band = np.concatenate([each[:, :step, :step] for each in row], axis=2)
        rows = slice(i * step, min((i + 1) * step, height))
        yield rows, band[:, : rows.stop - rows.start, :width]


def valid_size(least: int, depth: int) -> tuple[int, int]:
    """The smallest side from ``least`` on that a U-Net without padding takes, and the side of its scores.

    >>> valid_size(560, 4)
    (572, 388)
    """
    side = least
    while True:
        size, fits = side, True
        for _ in range(depth):
            size -= 4
            fits &= size > 0 and size % 2 == 0
            size //= 2
        size -= 4
        if fits and size > 0:
            for _ in range(depth):
                size = 2 * size - 4
            if size > 0:
                return side, size
        side += 1
