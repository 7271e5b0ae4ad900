"""Pixels as the bytes of a PNG or GIF file, the same for the same pixels."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

FRAME, LAST = 120, 1500  # milliseconds that a picture of an animation stays


def png(pixels: np.ndarray) -> bytes:
    """Return a picture (H, W, 3) uint8 as PNG."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "PNG")
    return buffer.getvalue()


def gif(frames: Sequence[np.ndarray]) -> bytes:
    """Return pictures (H, W, 3) uint8, one or more, as an animation that begins anew after its last one."""
    from PIL import Image

    pictures = [Image.fromarray(np.ascontiguousarray(each)) for each in frames]
    stay = [FRAME] * (len(pictures) - 1) + [LAST]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=stay, loop=0)
    return buffer.getvalue()
