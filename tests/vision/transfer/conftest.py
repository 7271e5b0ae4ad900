"""Folders of small photos that tests of transfer learning share."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path, rng):
    """Lying stripes, standing ones: 12 photos each."""
    for number, name in enumerate(("lying", "standing")):
        place = tmp_path / "photos" / name
        place.mkdir(parents=True)
        for i in range(12):
            stripes = np.sin(np.arange(40) * rng.uniform(0.6, 1.0))[:, None] * np.ones(40)
            pixels = (
                120 + 80 * (stripes if number == 0 else stripes.T)[..., None] + rng.normal(0, 20, (40, 40, 3))
            )
            Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(place / f"{i:02}.png")
    return tmp_path / "photos"
