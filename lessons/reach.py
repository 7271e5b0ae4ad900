"""How far a pixel must see: images whose answer is known, networks that differ in reach alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import nn
from ..core import no_grad
from ..vision import receptive_field
from ..vision.segmentation.train import train_segmentation
from .drawing import COLOURS, SMALL, TYPE, bare, new_figure, open_axes, show_image
from .page import Section

CLASSES = ("ground", "red frame", "blue frame")
PAINT = np.array([[0.85, 0.2, 0.2], [0.2, 0.3, 0.9]])
SIZE, SIDE, FRAME = 48, 33, 2  # pixels of an image, of its square, of the square's frame
WIDTH = 8  # channels of the networks
DILATIONS = ((1, 1, 1, 1, 1), (1, 1, 2, 2, 4), (1, 2, 2, 4, 6), (1, 2, 4, 4, 8))
IMAGES, TESTS, EPOCHS, BATCH, RATE = 160, 40, 10, 16, 1e-2


def framed(count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return images (3, H, W) of a grey square with a red or a blue frame, and masks (H, W) of its class."""
    rng, items = np.random.default_rng(seed), []
    for _ in range(count):
        top, left = rng.integers(0, SIZE - SIDE + 1, 2)
        colour = int(rng.integers(2))
        image, mask = np.full((3, SIZE, SIZE), 0.35), np.zeros((SIZE, SIZE), np.int64)
        mask[top : top + SIDE, left : left + SIDE] = 1 + colour
        image[:, mask > 0] = PAINT[colour][:, None]
        inside = slice(top + FRAME, top + SIDE - FRAME), slice(left + FRAME, left + SIDE - FRAME)
        image[(slice(None), *inside)] = 0.6
        noisy = np.clip(image + rng.normal(0, 0.05, image.shape), 0, 1)
        items.append((noisy.astype(np.float32), mask))
    return items


def reaching(dilations: Sequence[int]) -> nn.Sequential:
    """Return 3 x 3 convolutions, one for each dilation, and scores: however far it sees, as many weights."""
    layers: list[nn.Module] = []
    for i, dilation in enumerate(dilations):
        inputs = WIDTH if i else 3
        conv = nn.Conv2d(inputs, WIDTH, 3, padding=dilation, dilation=dilation, bias=False, rng=i)
        layers += [conv, nn.BatchNorm2d(WIDTH), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(WIDTH, len(CLASSES), 1, rng=len(dilations)))


def knowable(field: int) -> float:
    """Return the share of a square's pixels that can be right: half of those that do not see the frame."""
    reach = field // 2
    blind = max(0, SIDE - 2 * FRAME - 2 * reach) ** 2 / SIDE**2
    return 1 - blind / 2


def reach(section: Section, show: bool) -> None:
    """Add the story to a section."""
    train, test = framed(IMAGES, 1), framed(TESTS, 2)
    fields, right, shown = [], [], []
    for dilations in DILATIONS:
        net = reaching(dilations)
        fields.append(max(receptive_field(net, 1 + 2 * sum(dilations))[-1].field))
        train_segmentation(net, train, test[:8], CLASSES, epochs=EPOCHS, batch_size=BATCH, lr=RATE, show=show)
        masks = _masks(net, test)
        pairs = [(guess, truth) for guess, (_, truth) in zip(masks, test, strict=True)]
        right.append(float(np.mean([(guess == truth)[truth > 0].mean() for guess, truth in pairs])))
        shown.append(masks[0])
    section.text(
        "How far must a pixel see? These images are made so that the answer is known: a grey square has "
        "a red or a blue frame, and all of its pixels are to be named by the frame. A pixel in the middle is "
        f"as grey as any; its network must see {SIDE // 2 - FRAME + 1} pixels far to know. The networks have "
        f"{len(DILATIONS[0])} layers of 3 × 3 and the same number of weights. Only their dilations differ."
    )
    _maps(section, test[0], fields, shown)
    _curve(section, fields, right)
    section.code(framed, reaching, knowable)


def _masks(net: nn.Module, items: Any) -> list[np.ndarray]:
    net.eval()
    with no_grad():
        return [net(image[None]).data[0].argmax(0) for image, _ in items]


def _maps(section: Section, item: Any, fields: list[int], shown: list[np.ndarray]) -> None:
    from matplotlib.colors import ListedColormap

    figure, axes = new_figure(8.6, 2.2, 1, 1 + len(fields))
    show_image(axes[0, 0], item[0])
    axes[0, 0].set_title("image", fontsize=TYPE)
    colours = ListedColormap(["#d9d9d9", *PAINT])
    for axis, field, mask in zip(axes[0, 1:], fields, shown, strict=True):
        axis.imshow(mask, cmap=colours, vmin=0, vmax=2)
        axis.set_title(f"sees {field}", fontsize=TYPE)
        bare(axis)
    section.figure(
        figure,
        "An unseen image, and what each network names its pixels; grey is ground. *Sees*: the side of the "
        "receptive field. Where the frame is out of sight the colour is a guess.",
    )


def _curve(section: Section, fields: list[int], right: list[float]) -> None:
    figure, axis = new_figure(8.6, 3.4)
    sides = np.arange(min(fields) - 4, max(fields) + 5, 2)
    axis.plot(sides, [knowable(int(side)) for side in sides], "--", color="black", label="what can be known")
    axis.plot(fields, right, "o", color=COLOURS[1], ms=8, label="measured")
    axis.set(xlabel="receptive field, pixels a side", ylabel="right inside the squares", ylim=(0.4, 1.02))
    axis.set_xticks(fields, map(str, fields))
    axis.legend(fontsize=SMALL, loc="lower right")
    open_axes(axis)
    section.figure(
        figure,
        f"Pixels of the squares in {TESTS} unseen images that are named rightly. Dashed: all that see the "
        "frame, and half of the others.",
    )
    off = max(abs(value - knowable(field)) for value, field in zip(right, fields, strict=True))
    told = "as the receptive field says" if off < 0.05 else "not just what the receptive field says"
    section.text(
        f"Seeing {fields[0]} pixels {right[0]:.1%} are right, seeing {fields[-1]} {right[-1]:.1%}: {told} "
        f"(at most {off:.1%} away from what can be known). This is what fewer pools cost, and what dilation "
        "gives back."
    )
    section.facts[f"right inside squares, seeing {fields[0]} and {fields[-1]} pixels"] = (
        f"{right[0]:.1%}, {right[-1]:.1%}"
    )
