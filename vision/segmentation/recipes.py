"""How the papers trained their networks, and how one trains in a classroom.

Rates are for a loss that is the mean over pixels, as here by default; where a paper sums over pixels, its
rate is that of the sum, and ``reduction`` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ... import nn
from ..networks import inputs

PREPARED = {
    "unit": lambda images: np.asarray(images, np.float32),
    "caffe": inputs.for_caffe,
    "dilation": lambda images: inputs.for_caffe(images, inputs.DILATION_MEAN),
    "squeezenet": lambda images: inputs.for_caffe(images, inputs.SQUEEZENET_MEAN),
    "keras": inputs.for_keras,
    "torchvision": inputs.for_torchvision,
}
INPUT_OF = {"vgg16": "caffe", "alexnet": "torchvision", "squeezenet": "squeezenet", "mobilenet": "keras"}


@dataclass(frozen=True)
class Recipe:
    """What a training run is made of; all of it is written to ``run.json``.

    Attributes
    ----------
    net, backbone, net_options : as of `segmentation_net`.
    prepare : how images are prepared, a key of PREPARED; "" for what the backbone's weights expect.
    optimiser : "adam" or "sgd".
    lr, momentum, weight_decay : of it; ``bias_lr`` multiplies the rate of biases, which then do not decay,
        ``head_lr`` that of the layers that score the classes.
    schedule : "one-cycle" (short warm-up, then half a cosine), "poly" ((1 - t / T)^0.9), "constant".
    loss : "cross-entropy", "dice", "focal", or "cross-entropy+dice".
    reduction : "mean" over pixels or "sum".
    class_weights : as of `class_weights`.
    border : the U-Net paper's w0; 0 is without weights for borders.
    batch, epochs : images in a step; passes over the training images.
    size : (height, width) that images and masks are brought to, or None.
    augment : options of `Augment`.
    seed : of the first weights, the order and the augmentation.
    trainable : beginnings of paths; if there are any, only these parameters learn, and all else, with its
        batch norm, stays as it is.
    """

    net: str = "unet"
    backbone: str = "small"
    net_options: dict[str, Any] = field(default_factory=dict)
    prepare: str = ""
    optimiser: str = "adam"
    lr: float = 3e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    bias_lr: float = 1.0
    head_lr: float = 1.0
    schedule: str = "one-cycle"
    loss: str = "cross-entropy"
    reduction: str = "mean"
    class_weights: str = "none"
    border: float = 0.0
    batch: int = 8
    epochs: int = 30
    size: tuple[int, int] | None = None
    augment: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    trainable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: expected one of {', '.join(known)}, got {getattr(self, name)!r}")
        for name in ("lr", "batch", "epochs"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a number above 0, got {getattr(self, name)!r}")

    @property
    def prepared(self) -> Any:
        """The function that prepares images (..., 3, H, W) of [0, 1] for the network."""
        return PREPARED[self.prepare or INPUT_OF.get(self.backbone, "torchvision")]

    def freeze(self, net: nn.Module) -> None:
        """Freeze what is not ``trainable``.

        Raises
        ------
        ValueError : if no path begins so.
        """
        if not self.trainable:
            return
        paths = [path for path, _ in net.named_parameters()]
        for start in self.trainable:
            if not any(path.startswith(start) for path in paths):
                parts = ", ".join(dict.fromkeys(path.partition(".")[0] for path in paths))
                raise ValueError(f"trainable: no parameter begins with {start!r}, the network has {parts}")
        fixed = [p for p in net.parameters() if not p.requires_grad]  # such as interpolating kernels
        nn.freeze(net)
        for path, module in net.named_modules():
            if path.startswith(self.trainable):
                nn.unfreeze(module)
        for parameter in fixed:
            parameter.requires_grad = False

    def optimiser_of(self, net: nn.Module) -> nn.optim.Optimiser:
        """The optimiser, with a group of parameters for each rate."""
        groups: dict[tuple[float, float], list] = {}
        for path, parameter in net.named_parameters():
            if not parameter.requires_grad:
                continue
            is_bias, is_head = path.endswith("bias"), _scores(path)
            rate = self.lr * (self.bias_lr if is_bias else 1) * (self.head_lr if is_head else 1)
            decay = 0.0 if is_bias and self.bias_lr != 1 else self.weight_decay
            groups.setdefault((rate, decay), []).append(parameter)
        given: Any = [
            {"params": each, "lr": lr, "weight_decay": decay} for (lr, decay), each in groups.items()
        ]
        if self.optimiser == "adam":
            return nn.optim.Adam(given, self.lr)
        return nn.optim.SGD(given, self.lr, momentum=self.momentum)

    def schedule_of(self, steps: int) -> nn.schedule.Schedule:
        """The factor of the rates by step."""
        if self.schedule == "poly":
            return nn.schedule.poly(steps)
        if self.schedule == "constant":
            return nn.schedule.constant()
        warm = max(1, steps // 20)
        return nn.schedule.warm_up(warm, nn.schedule.cosine(max(1, steps - warm)))


CHOICES = {
    "optimiser": ("adam", "sgd"),
    "schedule": ("one-cycle", "poly", "constant"),
    "loss": ("cross-entropy", "dice", "focal", "cross-entropy+dice"),
    "reduction": ("mean", "sum"),
    "class_weights": ("none", "inverse", "median"),
    "prepare": ("", *PREPARED),
}
CLASSROOM = Recipe(augment={"flip": 0.5, "scale": (0.8, 1.4), "colour": 0.2})
FCN = Recipe(
    backbone="vgg16", prepare="caffe", optimiser="sgd", lr=1e-10, momentum=0.99, weight_decay=5e-4, bias_lr=2,
    schedule="constant", reduction="sum", batch=1, net="fcn32s",
)  # fmt: skip
PRESETS = {
    "classroom": CLASSROOM,
    "fcn32s": FCN,  # Long et al. 2015; the authors' solver.prototxt
    "fcn16s": replace(FCN, net="fcn16s", lr=1e-12),
    "fcn8s": replace(FCN, net="fcn8s", lr=1e-14),
    "fcn8s-at-once": replace(FCN, net="fcn8s", net_options={"at_once": True}),
    "unet-isbi": Recipe(  # Ronneberger et al. 2015, section 3
        backbone="vgg16", prepare="unit", optimiser="sgd", lr=1e-3, momentum=0.99, schedule="constant",
        border=10.0, batch=1, net_options={"dropout": 0.5},
        augment={"flip": 0.5, "flip_vertical": 0.5, "elastic": 10.0, "rotate": 15.0},
    ),
    "frontend": Recipe(  # Yu & Koltun 2016, section 4
        net="frontend", backbone="vgg16", prepare="dilation", optimiser="sgd", lr=1e-3, weight_decay=5e-4,
        bias_lr=2, schedule="constant", batch=14,
    ),
    "context": Recipe(
        net="context", backbone="vgg16", prepare="dilation", optimiser="sgd", lr=1e-3, weight_decay=5e-4,
        bias_lr=2, schedule="constant", batch=14, trainable=("context",),
    ),
    "context-large": Recipe(
        net="context-large", backbone="vgg16", prepare="dilation", optimiser="sgd", lr=1e-3,
        weight_decay=5e-4, bias_lr=2, schedule="constant", batch=14, trainable=("context",),
    ),
    "deeplab-v1": Recipe(  # Chen et al. 2015, section 4; the schedule is v2's (Chen et al. 2018, section 4.1)
        net="deeplab-largefov", backbone="vgg16", prepare="caffe", optimiser="sgd", lr=1e-3,
        weight_decay=5e-4, bias_lr=2, head_lr=10, schedule="poly", batch=20,
    ),
}  # fmt: skip


def _scores(path: str) -> bool:
    """Is it a layer that scores the classes?"""
    return any(part.startswith(("fc8", "score", "head", "final", "classifier")) for part in path.split("."))
