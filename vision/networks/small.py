"""A classifier that trains on two processor cores in minutes: the small trunk, and one layer of scores."""

from __future__ import annotations

from ... import nn
from ...nn import init
from .classifier import Classifier
from .vgg import stages

COUNTS, CHANNELS = (1, 1, 2, 2, 2), (16, 32, 48, 64, 64)


class SmallNet(Classifier):
    """x (N, 3, H, W), at least 32 x 32 -> scores (N, classes): a VGG of 8 layers with batch norm.

    Parameters
    ----------
    classes : scores for an image; 0: features.  With 10 the network has 179,690 parameters.
    dropout : before the scores.
    """

    LAST = "classifier.1"

    def __init__(self, classes: int = 10, dropout: float = 0.2, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        self.features = stages(COUNTS, CHANNELS, norm=True, rng=rng)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        scores = nn.Linear(CHANNELS[-1], classes, rng=rng)
        self.classifier = nn.Sequential(nn.Dropout(dropout, rng=rng), scores)
        self._begun(classes)
