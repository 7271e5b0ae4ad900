"""A training run in a folder: what it was made of, where it stands, the best network, what it reached.

run.json              recipe, classes, data
train.safetensors     where training stands (`nn.fit`); it resumes to the bit
best.safetensors      the network with the best mean IoU on the validation images
history.json          a line an epoch
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ... import nn
from ...core.files import replacing
from ...core.reading import bad_file, reading
from ..data.folders import SegmentationFolder
from ..networks.segmentation_net import segmentation_net
from .dense_crf import dense_crf
from .recipes import Recipe
from .tiles import probabilities, segment

RUN, TRAIN, BEST, HISTORY = "run.json", "train.safetensors", "best.safetensors", "history.json"


@dataclass
class SegmentationRun:
    """A run; ``SegmentationRun.load(folder)`` reads one.

    Attributes
    ----------
    recipe : how the network is built and trained.
    classes : names.
    labels, void : how labels of the files are read, as of `SegmentationFolder`.
    data : the folder of the data, for the record.
    """

    recipe: Recipe
    classes: tuple[str, ...]
    labels: dict[int, int]
    void: tuple[int, ...] = ()
    data: str = ""

    def network(self) -> nn.Module:
        """The network with its first weights."""
        recipe = self.recipe
        return segmentation_net(
            recipe.net, len(self.classes), recipe.backbone, rng=recipe.seed, **recipe.net_options
        )

    def split(self, root: Any, split: str) -> SegmentationFolder:
        """A split of a folder of data, read as this run reads it."""
        how: dict[str, Any] = {"labels": self.labels, "void": self.void, "seed": self.recipe.seed}
        return SegmentationFolder(root, split, self.classes, size=self.recipe.size, **how)

    def labelled(
        self, net: nn.Module, image: np.ndarray, crf: dict[str, Any] | None = None, **how: Any
    ) -> np.ndarray:
        """The most probable class of each pixel of an image (3, H, W) in [0, 1]: uint8 (H, W).

        Parameters
        ----------
        crf : options of `dense_crf`, which refines the probabilities; None leaves it out.
        how : options of `bands`: tile, halo, flip.
        """
        prepared = self.recipe.prepared(image)
        if crf is None:
            return segment(net, prepared, **how)
        return dense_crf(probabilities(net, prepared, **how), image, labels=True, **crf).astype(np.uint8)

    def save(self, folder: str | os.PathLike) -> None:
        """Write ``run.json``."""
        with replacing(Path(folder) / RUN, "w") as file:
            json.dump({"kind": "segmentation", **asdict(self)}, file, indent=1)

    @classmethod
    def load(cls, folder: str | os.PathLike) -> SegmentationRun:
        """Read ``run.json`` of a folder.

        Raises
        ------
        FileNotFoundError : the folder is no run.
        FileError : it is damaged, or of something else.
        """
        path = Path(folder) / RUN
        if not path.is_file():
            raise FileNotFoundError(f"{folder}: expected the folder of a run, there is no {RUN} in it")
        with reading(path, "a run of segmentation"):
            kept = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(kept, dict) or kept.get("kind") != "segmentation":
                raise bad_file(path, "a run of segmentation", "something else")
            given = kept["recipe"]
            known = {each.name for each in fields(Recipe)}
            if set(given) - known:
                raise bad_file(path, f"a recipe of {', '.join(sorted(known))}", ", ".join(sorted(given)))
            given["size"] = given["size"] and tuple(given["size"])
            given["trainable"] = tuple(map(str, given.get("trainable", ())))
            labels = {int(label): int(meaning) for label, meaning in kept["labels"].items()}
            classes = tuple(map(str, kept["classes"]))
            return cls(Recipe(**given), classes, labels, tuple(kept["void"]), str(kept["data"]))

    def best(self, folder: str | os.PathLike) -> nn.Module:
        """The best network of the run's folder, or if there is none yet, the latest."""
        net = self.network()
        path = Path(folder) / BEST
        if path.is_file():
            net.load_state_dict(nn.checkpoint.load(path)[0])
            return net
        arrays, _ = nn.checkpoint.load(Path(folder) / TRAIN)
        own = {name[6:]: value for name, value in arrays.items() if name.startswith("model.")}
        net.load_state_dict(own)
        return net


class SaveBest:
    """A callback: writes the network whenever its validation mean IoU is the best so far."""

    def __init__(self, path: Path):
        self.path, self.value = path, -1.0

    def __call__(self, training: nn.Training) -> None:
        value = training.history[-1]["mean_iou"]
        if value > self.value:  # not NaN
            self.value = value
            if training.speaks:
                nn.checkpoint.save(self.path, training.model.state_dict(), {"mean_iou": value})

    def state_dict(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"value": self.value}, {}

    def load_state_dict(self, numbers: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.value = float(numbers["value"])
