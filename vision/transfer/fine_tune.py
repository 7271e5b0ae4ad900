"""Fine-tuning: the last layers learn on, the nearer to the input the slower, or not at all.

    rates by depth        eta_(l-1) = eta_l / 2.6, eta_L for the last layer           (section 3.2)
    gradual unfreezing    one more layer, from the last on, learns in each epoch      (section 3.3)
    slanted triangle      a short rise and a long fall of all rates, `slanted_triangular`  (eq. 3)

First layers see edges and colours, which every task needs; last layers see what the old task was about.

Source: Howard & Ruder, "Universal Language Model Fine-tuning for Text Classification" (ACL 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import nn
from ...core import ranks
from ...nn import functional as F
from ..data.class_folders import Photo, dataset
from ..networks.classifier import Classifier
from ..networks.random_piece import RandomPiece
from .backbone import layers, unfreeze
from .features import scores_of

DECAY = 2.6
SCHEDULES = ("slanted", "one-cycle", "constant")


def param_groups(net: nn.Module, lr: float, decay: float = DECAY, **settings: Any) -> list[dict[str, Any]]:
    """Return a group a layer for an optimiser, from the input on: the last one has rate ``lr``.

    Frozen layers have their groups, too: they may learn later, and an optimiser leaves out what is frozen.

    Parameters
    ----------
    decay : by how much the rate of a layer is larger than of the one before it; 1 for one common rate.
    settings : for all groups, such as ``weight_decay``.

    Raises
    ------
    ValueError : for a rate or a decay that is not above 0.

    >>> net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> [group["lr"] for group in param_groups(net, 0.26)]
    [0.1, 0.26]
    """
    for name, value in (("lr", lr), ("decay", decay)):
        if not 0 < value < float("inf"):
            raise ValueError(f"param_groups: expected {name} above 0, got {value!r}")
    found = layers(net)
    return [
        {"params": layer.parameters(), "lr": lr / decay ** (len(found) - number), **settings}
        for number, layer in enumerate(found, start=1)
    ]


def rate_table(net: nn.Module, lr: float, decay: float = DECAY) -> list[tuple[str, int, float]]:
    """Return (path, numbers that learn, rate) of each layer, from the input on; rate 0 if it is frozen."""
    rows = []
    for layer, group in zip(layers(net), param_groups(net, lr, decay), strict=True):
        count = sum(p.size for p in layer.parameters() if p.requires_grad)
        rows.append((layer.path, count, group["lr"] if count else 0.0))
    return rows


def show_rates(net: nn.Module, lr: float, decay: float = DECAY) -> str:
    """Return the table of rates as text.

    >>> print(show_rates(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2)), 0.26))
    layer           learn  rate
    0                   9  0.1
    1                   8  0.26
    """
    lines = [f"{'layer':<14}{'learn':>7}  rate"]
    for path, count, rate in rate_table(net, lr, decay):
        lines.append(f"{path:<14}{count:>7,}  {f'{rate:.3g}' if count else 'frozen'}")
    return "\n".join(lines)


class GradualUnfreezing:
    """A callback of `nn.fit`: the last layer learns in the first epoch, and one more in each that follows.

    Parameters
    ----------
    net : frozen but for the last layer by this.
    most : layers that learn in the end; all by default.
    """

    def __init__(self, net: nn.Module, most: int | None = None):
        self.net, self.most, self.open = net, len(layers(net)) if most is None else most, min(1, most or 1)
        unfreeze(net, self.open)

    def __call__(self, training: nn.Training) -> None:
        self.open = min(self.most, training.epoch + 1)
        unfreeze(self.net, self.open)

    def state_dict(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"open": self.open}, {}

    def load_state_dict(self, numbers: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        self.open = int(numbers["open"])
        unfreeze(self.net, self.open)


def schedule_of(name: str, steps: int) -> nn.schedule.Schedule:
    """Return one of `SCHEDULES` for so many steps."""
    if name not in SCHEDULES:
        raise ValueError(f"fine_tune: expected a schedule of {', '.join(SCHEDULES)}, got {name!r}")
    if name == "slanted":
        return nn.schedule.slanted_triangular(steps)
    warm = max(1, steps // 20)
    one_cycle = nn.schedule.warm_up(warm, nn.schedule.cosine(max(1, steps - warm)))
    return one_cycle if name == "one-cycle" else nn.schedule.constant()


def fine_tune(
    net: Classifier,
    train: Sequence[Photo] | Any,
    val: Sequence[Photo] | Any,
    *,
    epochs: int,
    k: int | None = None,
    lr: float = 1e-3,
    decay: float = DECAY,
    weight_decay: float = 0.0,
    batch_size: int = 16,
    schedule: str = "slanted",
    gradual: bool = False,
    augment: bool = True,
    seed: int = 0,
    callbacks: Sequence[Callable] = (),
    comm: Any = None,
    **options: Any,
) -> list[dict[str, float]]:
    """Train the last k layers with Adam and cross-entropy; return the history.

    Parameters
    ----------
    net : with a new last layer: ``net.reset_classifier(classes, rng=seed)``.
    train, val : photos, as `find_classes` gives; or data sets of (image (H, W, 3) uint8, class).
    k : layers that learn; all by default.  The others keep their weights and statistics to the bit.
    lr, decay : of the last layer, and by how much the rate falls towards the input: see `param_groups`.
    schedule : one of `SCHEDULES`.
    gradual : one layer learns in the first epoch, and one more in each that follows, up to k.
    augment : show random pieces, half of them mirrored; False: the middles that also judge.
    comm : as of `nn.fit`; batch_size is that of each rank.
    options : passed on to `nn.fit` (checkpoint, show, ...).
    """
    unfreeze(net, len(layers(net)) if k is None else k)
    more = [GradualUnfreezing(net, k)] if gradual else []
    shown = RandomPiece(net.preprocess) if augment else _Middle(net.preprocess)
    loader = nn.DataLoader(nn.Mapped(dataset(train), shown), batch_size, shuffle=True, seed=seed)
    comm = ranks.chosen(comm)
    if comm is not None:
        loader = loader.part(comm.rank, comm.size)
    optimiser = nn.optim.AdamW(param_groups(net, lr, decay, weight_decay=weight_decay), lr)

    def validate(network: nn.Module) -> dict[str, float]:
        scores, numbers = scores_of(net, val, batch_size)
        right = float((scores.argmax(1) == numbers).mean())
        return {"validation_accuracy": right, "validation_loss": float(F.cross_entropy(scores, numbers))}

    return nn.fit(
        net,
        loader,
        lambda scores, numbers: F.cross_entropy(scores, numbers),
        optimiser,
        epochs=epochs,
        schedule=schedule_of(schedule, epochs * len(loader)),
        validate=validate,
        callbacks=[*more, *callbacks],
        comm=comm or False,
        **options,
    )


class _Middle:
    """f((image (H, W, 3) uint8, class)) -> (pixels (3, S, S), class): what also judges."""

    def __init__(self, preprocess: Callable[[Any], np.ndarray]):
        self.preprocess = preprocess

    def __call__(self, item: tuple[np.ndarray, int]) -> tuple[np.ndarray, int]:
        return self.preprocess(item[0]), item[1]
