"""Images with masks in folders, laid out as CamVid is: ``train/*.jpg`` with ``trainannot/*.png``, the same
for val and test.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from ...core.errors import FileError
from .images import IMAGES, read_image, read_mask

CAMVID = (
    "sky",
    "building",
    "pole",
    "road",
    "pavement",
    "tree",
    "sign",
    "fence",
    "car",
    "pedestrian",
    "cyclist",
)


class SegmentationFolder:
    """Item i is (image (3, H, W) float32 in [0, 1], mask (H, W) int64), with void pixels as 255.

    Parameters
    ----------
    root : the folder with ``<split>`` and ``<split>annot``.
    split : "train", "val" or "test".
    classes : names of the classes 0 ... K-1; labels from K on (CamVid's void is 11) become 255.
    max_bytes : of memory that reading a file may take; by default four times the file and 200 MB.

    Raises
    ------
    FileNotFoundError : if a folder or the mask of an image is missing.
    """

    def __init__(
        self,
        root: str | os.PathLike,
        split: str = "train",
        classes: tuple[str, ...] = CAMVID,
        max_bytes: int | None = None,
    ):
        self.classes, self.max_bytes = classes, max_bytes
        images, masks = Path(root) / split, Path(root) / f"{split}annot"
        for folder in (images, masks):
            if not folder.is_dir():
                raise FileNotFoundError(
                    f"SegmentationFolder: there is no folder {folder}; expected {split}/ and {split}annot/ "
                    f"in {root}"
                )
        self.pairs = [
            (image, masks / f"{image.stem}.png")
            for image in sorted(images.iterdir())
            if image.suffix.lower() in IMAGES
        ]
        if not self.pairs:
            raise FileNotFoundError(f"SegmentationFolder: no {', '.join(IMAGES)} in {images}")
        missing = [mask for _, mask in self.pairs if not mask.is_file()]
        if missing:
            raise FileNotFoundError(
                f"SegmentationFolder: {len(missing)} masks are missing, the first is {missing[0]}"
            )

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        image_file, mask_file = self.pairs[i]
        image = np.moveaxis(read_image(image_file, self.max_bytes), -1, 0).astype(np.float32) / 255
        mask = read_mask(mask_file, self.max_bytes)
        if mask.shape != image.shape[1:]:
            raise FileError(
                f"{mask_file}: the mask is {mask.shape[1]}x{mask.shape[0]}, its image "
                f"{image.shape[2]}x{image.shape[1]}"
            )
        return image, np.where(mask < len(self.classes), mask, 255).astype(np.int64)
