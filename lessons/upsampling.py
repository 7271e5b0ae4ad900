"""Small maps become large ones again, and kernels see far: up-sampling and dilation, drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import nn
from ..core import Tensor, no_grad, ops
from ..vision import SceneDataset, receptive_field
from ..vision.interpret.saliency import influence
from ..vision.networks.context import ContextModule
from .drawing import COLOURS, SMALL, TYPE, bare, new_figure, open_axes
from .page import Section
from .stamping import film, stamps

BY = 8  # times that a map is enlarged in the comparison of two ways
CLASSES = 21  # of the context module whose table is shown: PASCAL VOC's


def upsampling() -> Section:
    """Run the story."""
    section = Section("From small maps back to pixels", "upsampling")
    _stamping(section)
    _checkerboard(section)
    _two_ways(section)
    _dilated(section)
    _receptive_fields(section)
    return section


def stamped(values: np.ndarray, kernel: np.ndarray, stride: int) -> list[np.ndarray]:
    """Return what each input value adds to the output of a transposed convolution without padding."""
    size = (len(values) - 1) * stride + len(kernel)
    parts = []
    for place, value in enumerate(values):
        part = np.zeros(size)
        part[place * stride : place * stride + len(kernel)] = value * kernel
        parts.append(part)
    return parts


def transposed(x: np.ndarray, w: np.ndarray, stride: int) -> np.ndarray:
    """Return the library's transposed convolution of x (N, C, P, Q) with w (C, K, kH, kW)."""
    return np.asarray(ops.conv_transpose2d(x, w, stride=stride))


def _stamping(section: Section) -> None:
    values, kernel, stride = np.array([1.0, 2.0, 0.5, 1.5]), np.array([0.4, 1.0, 0.7]), 2
    parts = stamped(values, kernel, stride)
    ours = transposed(values[None, None, None], kernel[None, None, None], stride)[0, 0, 0]
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, 2, 5, 6)), rng.normal(size=(2, 3, 3, 3))
    y = transposed(x, w, stride)
    other = rng.normal(size=y.shape)
    back = ops.conv2d(other, w, stride=stride)
    left, right = float((y * other).sum()), float((x * np.asarray(back)).sum())
    section.text(
        "Pools and strides make maps small; to name every pixel they must become large again. A *transposed "
        "convolution* does it by stamping: each input value lays the kernel down, multiplied by itself, a "
        "stride further each time, and where stamps overlap they add up.",
        "It is called transposed since its matrix is that of a convolution, transposed: it is the "
        "convolution's way back. So for any x and z the sums ⟨A x, z⟩ and ⟨x, Aᵀ z⟩ are the same number; "
        f"with random ones: {left:.12f} and {right:.12f}.",
    )
    plane, square = (
        np.array([[1.0, 2.0, 1.0], [0.5, 1.5, 2.0], [2.0, 0.5, 1.0]]),
        np.outer([1, 2, 1], [1, 2, 1]) / 4,
    )
    grown = stamps(plane, square, stride)[-1]
    agrees = np.allclose(grown, transposed(plane[None, None], square[None, None], stride)[0, 0])
    section.svg(
        film(plane, square, stride),
        f"A film of {plane.size} stamps, stride {stride}: the marked value, times the kernel, is added where "
        f"the red square lies. The last frame is {'just' if agrees else 'not'} what the library computes.",
    )
    figure, axis = new_figure(8.6, 3.6)
    bottom = np.zeros(len(parts[0]))
    for i, part in enumerate(parts):
        axis.bar(
            range(len(part)), part, bottom=bottom, color=COLOURS[i], width=0.9, label=f"input {values[i]:g}"
        )
        bottom += part
    axis.set(xlabel="place in the output", ylabel="value", xticks=range(len(bottom)))
    axis.legend(fontsize=SMALL, ncols=4, loc="upper center")
    axis.set_ylim(0, bottom.max() * 1.25)
    open_axes(axis, "y")
    same = "just" if np.allclose(bottom, ours) else "not"
    doubled = sum(np.count_nonzero([part[k] for part in parts]) > 1 for k in range(len(bottom)))
    section.figure(
        figure,
        f"Four values, a kernel of {len(kernel)}, stride {stride}: each colour is the stamp of one input "
        f"value; the height of a bar is the output, and {same} what the library computes. At {doubled} "
        "places two stamps meet.",
    )
    section.code(stamped)


def _checkerboard(section: Section) -> None:
    flat = np.ones((1, 1, 6, 6))
    tries = {
        "kernel 3, stride 2": transposed(flat, np.ones((1, 1, 3, 3)), 2)[0, 0],
        "kernel 4, stride 2": transposed(flat, np.ones((1, 1, 4, 4)), 2)[0, 0],
        "enlarged, then kernel 3": np.asarray(
            ops.conv2d(np.kron(flat, np.ones((2, 2))), np.ones((1, 1, 3, 3)), padding=1)
        )[0, 0],
    }
    figure, axes = new_figure(8.6, 3.2, 1, 3)
    spread = {}
    for axis, (name, y) in zip(axes[0], tries.items(), strict=True):
        inner = y[3:-3, 3:-3]
        spread[name] = inner.max() / inner.min()
        axis.imshow(y / inner.max(), cmap="viridis", vmin=0, vmax=1)
        axis.set_title(name, fontsize=TYPE)
        axis.set_xlabel(f"inside: 1 to {spread[name]:.0f}", fontsize=SMALL)
        bare(axis)
    even = [name for name, ratio in spread.items() if np.isclose(ratio, 1)]
    section.text(
        "Stamps must overlap evenly. If the stride does not divide the kernel's size, some output pixels get "
        "more stamps than others, and even a constant map comes out as a *checkerboard*. Two ways out: a "
        "kernel whose size the stride divides, or enlarging first and convolving then."
    )
    section.figure(
        figure,
        "A constant map through three up-samplings whose weights are all 1. The label says how many times as "
        "large the largest value inside is as the smallest: even are "
        f"{' and '.join(even) or 'none of them'}.",
    )


def _two_ways(section: Section) -> None:
    mask = (SceneDataset(1, 64, seed=11)[0][1] > 0).astype(np.float64)
    coarse = mask.reshape(64 // BY, BY, 64 // BY, BY).mean((1, 3))
    replicated = np.kron(coarse, np.ones((BY, BY)))
    layer = nn.BilinearConvTranspose2d(1, 2 * BY, stride=BY, padding=BY // 2).double()
    with no_grad():
        smooth = layer(Tensor(coarse[None, None])).data[0, 0]
    wrong = [float(((each > 0.5) != (mask > 0.5)).mean()) for each in (replicated, smooth)]
    figure, axes = new_figure(8.6, 2.7, 1, 4)
    shown = {"mask": mask, f"1/{BY} of it": coarse, "replicated": replicated, "transposed,\nbilinear": smooth}
    for axis, (name, each) in zip(axes[0], shown.items(), strict=True):
        axis.imshow(each, cmap="gray", vmin=0, vmax=1)
        axis.set_title(name, fontsize=TYPE)
        bare(axis)
    better = "fewer" if wrong[1] < wrong[0] else "no fewer"
    section.text(
        "The lecture's *variant 1* is replication: each value becomes a square. *Variant 2* is the "
        "transposed convolution; it can begin as bilinear interpolation, and learn something better."
    )
    section.figure(
        figure,
        f"A mask, made {BY} times smaller, and enlarged in both ways. Cut at one half, replication gets "
        f"{wrong[0]:.1%} of the pixels wrong, interpolation {wrong[1]:.1%}: {better}.",
    )


def zero_stuffed(kernel: np.ndarray, dilation: int) -> np.ndarray:
    """Return a kernel (k, k) with dilation - 1 zeros between its numbers.

    >>> zero_stuffed(np.array([[1, 2], [3, 4]]), 2).tolist()
    [[1, 0, 2], [0, 0, 0], [3, 0, 4]]
    """
    size = (len(kernel) - 1) * dilation + 1
    stuffed = np.zeros((size, size), kernel.dtype)
    stuffed[::dilation, ::dilation] = kernel
    return stuffed


def _dilated(section: Section) -> None:
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(1, 1, 24, 24)), rng.normal(size=(3, 3))
    dilated = np.asarray(ops.conv2d(x, w[None, None], dilation=4))
    dense = np.asarray(ops.conv2d(x, zero_stuffed(w, 4)[None, None]))
    layers = [nn.Conv2d(1 if i == 0 else 4, 4, 3, padding=2**i, dilation=2**i, rng=i) for i in range(3)]
    image = rng.normal(size=(1, 21, 21)).astype(np.float32)
    figure, axes = new_figure(8.6, 3.0, 1, 4)
    stuffed = zero_stuffed(w, 2)
    top = np.abs(w).max()
    axes[0, 0].imshow(np.where(stuffed == 0, np.nan, stuffed), cmap="coolwarm", vmin=-top, vmax=top)
    axes[0, 0].set_title("3 × 3, dilation 2", fontsize=TYPE)
    sides = []
    for count, axis in zip((1, 2, 3), axes[0, 1:], strict=True):
        seen = influence(nn.Sequential(*layers[:count]), image, (10, 10), 0) > 0
        sides.append(int(seen.any(0).sum()))
        axis.imshow(seen, cmap="Blues", vmin=0, vmax=1.4)
        axis.plot(10, 10, "o", color=COLOURS[1], ms=5)
        axis.set_title(f"dilation {', '.join(str(2**i) for i in range(count))}", fontsize=TYPE)
        axis.set_xlabel(f"sees {sides[-1]} × {sides[-1]}", fontsize=SMALL)
    for axis in axes[0]:
        axis.set_xticks([])
        axis.set_yticks([])
    section.text(
        "Or one does without pools. A *dilated* convolution has its weights a distance apart, which is a "
        "dense one with a kernel full of zeros: on random numbers the two differ by "
        f"{np.abs(dilated - dense).max():.1e} at most. Doubling the dilation from layer to layer doubles the "
        "reach, and no map becomes smaller."
    )
    section.figure(
        figure,
        "Left: a kernel with dilation 2, empty where there is no weight. Then what the middle pixel sees "
        "after one, two and three layers of 3 × 3, measured by the gradient: "
        f"{', '.join(map(str, sides))} pixels a side.",
    )
    section.code(zero_stuffed)


def _receptive_fields(section: Section) -> None:
    module = ContextModule(CLASSES)
    table = receptive_field(module, 96, measure=True)
    rows: list[Any] = [each for each in table if each.layer != "output"]
    agree = all(each.measured == each.inside for each in rows if each.measured)
    section.text(
        "The context module of Yu and Koltun (the lecture's table 1) goes on doubling. Its receptive field, "
        "layer by layer, by the formula and by the support of the gradient: the two "
        f"{'agree' if agree else 'do not agree'}."
    )
    section.output(table)
    section.code(ContextModule)
