"""What a training begins with: an earlier stage, the same network, or a classifier's weights.

a run's folder     the best network of an earlier stage: FCN-16s from 32s, 8s from 16s (Long et al. 2015,
                   section 4.3), a context module from a front end (Yu & Koltun 2016, section 4)
a file             of the whole network; or of the classifier that is its trunk, whose convolutions (of
                   VGG-16 the first two linear layers, too) are taken over and whose classes are not
"""

from __future__ import annotations

import os
from pathlib import Path

from ... import nn
from ..networks.backbones import CLASSIFIERS
from ..networks.fcn_surgery import transplanted
from ..networks.segmentation_net import segmentation_net
from ..networks.weights import fill, read_arrays
from .run import SegmentationRun


def begun(run: SegmentationRun, source: str | os.PathLike) -> nn.Module:
    """Return a run's network with the weights of a run's folder or of a file.

    Raises
    ------
    FileNotFoundError : the folder is no run, or there is no such file.
    FileError : the file is damaged.
    ShapeError : it is neither of the network nor of its trunk; with a table of the differences.
    ValueError : the network of the folder shares nothing with this one.
    """
    if Path(source).is_dir():
        earlier = SegmentationRun.load(source)
        net = run.network()
        transplanted(net, earlier.best(source))
        return net
    arrays, net = read_arrays(source), run.network()
    if set(arrays) == set(net.state_dict()):
        return fill(net, arrays)
    return _on_classifier(run, arrays)


def _on_classifier(run: SegmentationRun, arrays: dict) -> nn.Module:
    """Return the network on the classifier that these arrays are of, whatever its classes are."""
    recipe = run.recipe
    classifier = CLASSIFIERS[recipe.backbone](rng=recipe.seed)
    head = (
        f"{classifier.LAST}." if recipe.backbone == "vgg16" else "classifier."
    )  # fc6 and fc7 are taken over
    fill(classifier, arrays, (head,))
    options = {**recipe.net_options, "rng": recipe.seed}
    net = segmentation_net(recipe.net, len(run.classes), classifier, **options)
    if set(net.state_dict()) != set(run.network().state_dict()):
        raise ValueError(
            f"weights: {recipe.net} on {recipe.backbone} has convolutions of its own, which those of a "
            "classifier do not fit\n    hint: a U-Net whose way down is the classifier has the option trunk=1"
        )
    return net
