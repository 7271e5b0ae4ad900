"""AlexNet as published (Krizhevsky et al. 2012, sec. 3): two graphics cards, and neighbours that inhibit.

    227  conv1 96 @ 11 x 11, stride 4    55   relu, local response norm, pool 3 x 3, stride 2   27
     27  conv2 256 @ 5 x 5, 2 groups     27   relu, local response norm, pool                   13
     13  conv3 384 @ 3 x 3               13   relu
         conv4 384 @ 3 x 3, 2 groups          relu
         conv5 256 @ 3 x 3, 2 groups          relu, pool                                         6
      6  fc6 4096, relu, dropout; fc7 4096, relu, dropout; fc8

Convolutions of 2 groups are those of which each card saw its own half of the channels.  The paper says 224
pixels, from which 55 do not come; 227 is Caffe's.
"""

from __future__ import annotations

from ... import nn
from ...nn import init
from .classifier import Classifier
from .layers import convolution
from .preprocess import CAFFE_ALEXNET, Preprocess

STD, FC_STD = 0.01, 0.005  # of the first weights: section 5; of fc6 and fc7 Caffe's
EAGER = (
    4,
    10,
    12,
)  # conv2, conv4, conv5 begin with biases of 1, "the ReLUs with positive inputs" (section 5)


class AlexNetOriginal(Classifier):
    """x (N, 3, H, W), 227 x 227 as a rule and at least 67 x 67 -> scores (N, classes).

    Parameters
    ----------
    classes : scores for an image; 0: features.  With 1000 the network has 60,965,224 parameters.
    dropout : behind fc6 and fc7.
    k : of the local response norm: 2 in the paper, 1 in Caffe.
    """

    preprocess: Preprocess = CAFFE_ALEXNET

    def __init__(self, classes: int = 1000, dropout: float = 0.5, k: float = 2.0, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        self.features = nn.Sequential(
            convolution(3, 96, 11, stride=4, std=STD, rng=rng),
            nn.ReLU(),
            nn.LocalResponseNorm(5, 1e-4, 0.75, k),
            nn.MaxPool2d(3, 2),
            convolution(96, 256, 5, padding=2, groups=2, std=STD, rng=rng),
            nn.ReLU(),
            nn.LocalResponseNorm(5, 1e-4, 0.75, k),
            nn.MaxPool2d(3, 2),
            convolution(256, 384, 3, padding=1, std=STD, rng=rng),
            nn.ReLU(),
            convolution(384, 384, 3, padding=1, groups=2, std=STD, rng=rng),
            nn.ReLU(),
            convolution(384, 256, 3, padding=1, groups=2, std=STD, rng=rng),
            nn.ReLU(),
            nn.MaxPool2d(3, 2),
        )
        self.avgpool = nn.AdaptiveAvgPool2d(6)
        self.classifier = nn.Sequential(
            nn.Linear(256 * 6 * 6, 4096, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(4096, 4096, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(4096, classes, rng=rng),
        )
        for place in EAGER:
            init.constant(self.features[place].bias, 1.0)
        for place, std, bias in ((0, FC_STD, 1.0), (3, FC_STD, 1.0), (6, STD, 0.0)):
            init.normal(self.classifier[place].weight, std, rng=rng)
            init.constant(self.classifier[place].bias, bias)
        self._begun(classes)
