"""AlexNet (Krizhevsky et al. 2012), as it is used today: the single-column form of Krizhevsky 2014.

The network of 2012 has 96-256-384-384-256 channels, groups of 2 (its two graphics cards) and local response
normalisation (``alexnet_original.py``); this form, torchvision's, has 64-192-384-256-256 and neither.
Parameter paths are torchvision's, so its checkpoints load.
"""

from __future__ import annotations

from ... import nn
from ...nn import init
from .classifier import Classifier


class AlexNet(Classifier):
    """x (N, 3, H, W), 224 x 224 as a rule and at least 63 x 63 -> scores (N, classes).

    Parameters
    ----------
    classes : scores for an image; 0: features.  With 1000 the network has 61,100,840 parameters.
    dropout : before each of the first two fully connected layers.
    """

    def __init__(self, classes: int = 1000, dropout: float = 0.5, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        self.features = nn.Sequential(  # 224 ->
            nn.Conv2d(3, 64, 11, stride=4, padding=2, rng=rng),  # 55
            nn.ReLU(),
            nn.MaxPool2d(3, 2),  # 27
            nn.Conv2d(64, 192, 5, padding=2, rng=rng),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),  # 13
            nn.Conv2d(192, 384, 3, padding=1, rng=rng),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1, rng=rng),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1, rng=rng),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),  # 6
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout, rng=rng),
            nn.Linear(256 * 6 * 6, 4096, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(4096, 4096, rng=rng),
            nn.ReLU(),
            nn.Linear(4096, classes, rng=rng),
        )
        self._begun(classes)
