"""Image files and mask files as arrays, the way up that a camera meant them (EXIF)."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ...core.errors import FileError
from ...core.reading import expect_room, reading

IMAGES = (".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff")
FORMATS = (
    "JPEG",
    "PNG",
    "GIF",
    "TIFF",
)  # by content: Pillow would run Ghostscript on another, whatever its name
IMAGE_COSTS, MASK_COSTS = 12, 16  # bytes of memory a pixel, on the way and in the end
WIDE = ("I", "I;16", "I;16L", "I;16B", "F")  # modes with more than 8 bits
TURNED = 0x0112  # the EXIF tag that says how the camera was held; 1 is upright


class ImageInfo(NamedTuple):
    """What the head of a file says."""

    height: int
    width: int
    mode: str  # Pillow's: "RGB", "L", "P", "I;16" ...
    pages: int
    turned: bool  # EXIF says that it is to be turned; height and width are those after it
    lossy: bool  # JPEG


def read_image(path: str | os.PathLike, max_bytes: int | None = None, page: int = 0) -> np.ndarray:
    """Return an image file, JPEG, PNG, GIF or TIFF, as (H, W, 3) uint8.

    16 bits become 8; transparency is left out.

    Parameters
    ----------
    page : of a TIFF or GIF with several.

    Raises
    ------
    FileError : if it is none of these, is damaged, has no such page, or would take more than ``max_bytes`` of
        memory, by default four times the file and 200 MB.
    """
    with _opened(path, IMAGE_COSTS, max_bytes, page) as image:
        if image.mode in WIDE:
            wide = np.asarray(image).astype(np.float64)
            scale = 255 / 65535 if image.mode.startswith("I") and wide.max(initial=0) > 255 else 1
            grey = np.clip(wide * scale, 0, 255).astype(np.uint8)
            return np.repeat(grey[..., None], 3, axis=2)
        return np.asarray(image.convert("RGB"))


def read_mask(path: str | os.PathLike, max_bytes: int | None = None, page: int = 0) -> np.ndarray:
    """Return a mask file as (H, W) class numbers; of palette images (PASCAL VOC), the indices.

    Raises as `read_image`; also for a mask in colours.
    """
    with _opened(path, MASK_COSTS, max_bytes, page) as image:
        if image.mode in ("RGB", "RGBA", "LA"):
            return _grey(np.asarray(image), path)
        if image.mode not in ("P", "L", "1", *WIDE):
            raise _no_mask(path, f"mode {image.mode}")
        return np.asarray(image).astype(np.int64)


def image_info(path: str | os.PathLike) -> ImageInfo:
    """What the head of an image file says; FileError if it is none."""
    with reading(path, "a JPEG, PNG, GIF or TIFF"), _without_warnings():
        from PIL import Image

        with Image.open(path, formats=FORMATS) as image:
            orientation = image.getexif().get(TURNED, 1)
            size = (image.height, image.width) if orientation < 5 else (image.width, image.height)
            lossy, pages = image.format == "JPEG", getattr(image, "n_frames", 1)
            return ImageInfo(*size, image.mode, pages, orientation not in (0, 1), lossy)


def _grey(pixels: np.ndarray, path: str | os.PathLike) -> np.ndarray:
    """Class numbers that were saved as three equal channels."""
    if pixels.shape[2] >= 3 and (pixels[..., :1] != pixels[..., :3]).any():
        raise _no_mask(path, "colours")
    return pixels[..., 0].astype(np.int64)


def _no_mask(path: str | os.PathLike, came: str) -> FileError:
    expected = "a mask of class numbers (grey or palette PNG)"
    return FileError(f"{path}: expected {expected}, got {came}", path, expected)


@contextmanager
def _opened(path: str | os.PathLike, costs: int, max_bytes: int | None, page: int) -> Iterator[Any]:
    """The image in a file, with its pixels, of which each takes ``costs`` bytes."""
    from PIL import Image, ImageOps

    damaged = reading(path, "a JPEG, PNG, GIF or TIFF")
    with damaged, _without_warnings(), Image.open(path, formats=FORMATS) as image:
        if page:
            image.seek(page)
        pixels = image.width * image.height
        expect_room(path, costs * pixels, f"{image.width} x {image.height} pixels", max_bytes)
        image.load()
        yield ImageOps.exif_transpose(image)


@contextmanager
def _without_warnings() -> Iterator[None]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", Image.DecompressionBombWarning
        )  # what is too large is an error of ours
        try:
            yield
        except Image.DecompressionBombError as error:
            raise ValueError(str(error)) from error
