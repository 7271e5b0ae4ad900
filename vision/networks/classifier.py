"""What all classification networks have in common: maps, then a mean over them, then scores.

    x -> forward_features -> maps (N, C, P, Q) -> forward_head -> scores (N, classes)

and the doors to what is in between: the features in place of scores, the maps of every size, another number
of classes.  `num_features`, `reset_classifier`, `forward_features` are the names of the library timm.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import nn
from ...core import no_grad
from ...nn import init
from .preprocess import TORCHVISION, Preprocess

LEAST = 64  # pixels at which each network has a map of 1 x 1 at least


class Classifier(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes), or with 0 classes features (N, num_features).

    Attributes
    ----------
    LAST : path of the layer that gives the scores.
    preprocess : from an image to what the network expects; see `Preprocess`.
    """

    LAST = "classifier.6"
    preprocess: Preprocess = TORCHVISION

    features: Any
    avgpool: Any
    classifier: Any

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes) of images x (N, 3, H, W)."""
        return self.forward_head(self.forward_features(x))

    def forward_features(self, x: Any) -> Any:
        """Return the last maps (N, C, P, Q) of images x (N, 3, H, W)."""
        for layer in self.trunk().values():
            x = layer(x)
        return x

    def forward_head(self, maps: Any) -> Any:
        """Return the scores (N, classes) of the last maps (N, C, P, Q)."""
        x = self.avgpool(maps)
        return self.classifier(x.reshape(len(x), -1))

    def trunk(self) -> dict[str, nn.Module]:
        """Return the layers before the head by their paths, in the order in which they run."""
        return {"features": self.features}

    @property
    def last(self) -> Any:
        """The layer that gives the scores."""
        return self.get_submodule(self.LAST)

    @property
    def classes(self) -> int:
        """How many scores an image gets; 0 for features."""
        return 0 if isinstance(self.last, nn.Identity) else self.last.weight.shape[0]

    @property
    def num_features(self) -> int:
        """How many numbers an image has before the last layer."""
        return self.__dict__["_inputs"] if isinstance(self.last, nn.Identity) else self.last.weight.shape[1]

    def reset_classifier(self, classes: int, *, rng: init.Rng = None) -> None:
        """Put a new last layer in place of the old one, for other classes; 0: none, features come out."""
        if classes < 0:
            raise ValueError(f"{type(self).__name__}: expected classes from 0, got {classes}")
        object.__setattr__(self, "_inputs", self.num_features)
        home, _, name = self.LAST.rpartition(".")
        holder = self.get_submodule(home) if home else self
        setattr(holder, name, self._new_last(classes, init.generator(rng)) if classes else nn.Identity())

    def _new_last(self, classes: int, rng: np.random.Generator) -> nn.Module:
        return nn.Linear(self.num_features, classes, rng=rng)

    def _begun(self, classes: int) -> None:
        """Called at the end of a network's ``__init__``."""
        if classes <= 0:
            self.reset_classifier(classes)


class FeatureMaps(nn.Module):
    """x (N, 3, H, W) -> the last maps of each size, from the largest to the smallest: a list of (N, C, P, Q).

    Parameters
    ----------
    net : whose layers these are, under the same paths.

    Attributes
    ----------
    channels, strides : of the maps; a stride of 4 means that they are 4 times smaller than the image.
    """

    def __init__(self, net: Classifier):
        super().__init__()
        for name, layer in net.trunk().items():
            setattr(self, name, layer)
        self.preprocess = net.preprocess
        modes = {id(module): module.training for module in self.modules()}
        x = np.zeros((1, 3, LEAST, LEAST), next(net.parameters()).dtype)
        with no_grad():
            maps = self.eval()(x)
        for module in self.modules():
            object.__setattr__(module, "training", modes[id(module)])
        self.channels = [each.shape[1] for each in maps]
        self.strides = [2 ** round(math.log2(LEAST / each.shape[2])) for each in maps]

    def forward(self, x: Any) -> list[Any]:
        found: list[Any] = []
        for layer in self._layers():
            x = layer(x)
            if found and found[-1].shape[2:] == x.shape[2:]:
                found[-1] = x
            else:
                found.append(x)
        return found

    def _layers(self) -> list[nn.Module]:
        layers: list[nn.Module] = []
        for child in self.children():
            layers += [*child] if isinstance(child, nn.Sequential) else [child]
        return layers
