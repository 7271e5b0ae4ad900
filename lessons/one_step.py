"""One step of word2vec with its numbers: one pair of words, two noise words, four vectors of
which each moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import grad, log, sigmoid, tensor
from ..ext.embeddings.negative_sampling import reference as reference
from .drawing import SMALL, new_figure, open_axes
from .page import Section

CENTRE, CONTEXT, NOISE = "river", "water", ("piano", "senate")
RATE = 0.5  # twenty times the usual, so that the moves can be seen
INPUT = np.array([0.9, 0.3])  # v of the context word
OUTPUT = np.array([[0.2, 0.8], [0.8, 0.5], [-0.7, 0.5]])  # v' of the centre word and of the noise words
COLOURS = ("#1f5fa8", "#228833", "#c0271a", "#c0271a")
OFFSETS = ((4, -14), (6, 5), (0, 30), (-14, 18))  # of the names, in points from the arrows' tips


def one_step(section: Section) -> None:
    """Add the step, its table and its picture to a section."""
    h, rows = INPUT.copy(), OUTPUT.copy()
    error = reference.step(h, rows, [0, 1, 2], RATE)
    names = [f"v of {CONTEXT}", f"v' of {CENTRE}", *(f"v' of {word} (noise)" for word in NOISE)]
    before, after = np.vstack([INPUT, OUTPUT]), np.vstack([h + error, rows])
    section.text(
        f"*One step.* The text says “… {CONTEXT} … {CENTRE} …”, so the input vector of *{CONTEXT}* and the "
        f"output vector of *{CENTRE}* should point the same way; two words drawn at random, *{NOISE[0]}* and "
        f"*{NOISE[1]}*, should not. Here are four vectors of two numbers, and what one example does to them. "
        "The model's probability that a pair belongs together is sigma(v . v'); its error, label minus "
        f"probability, says how hard each vector is pushed (rate {RATE:g}, twenty times the usual, to be "
        "seen)."
    )
    section.code(reference.step)
    rows_shown = []
    for i, name in enumerate(names):
        old, new = (reference.sigmoid(each[i] @ each[0]) for each in (before, after))
        probability = (f"{old:.3f}", f"{new:.3f}") if i else ("", "")
        label = "" if i == 0 else str(int(i == 1))
        rows_shown.append(
            (name, label, _numbers(before[i]), probability[0], _numbers(after[i]), probability[1])
        )
    section.table(
        ("vector", "label", "before", "probability", "after", "probability after"),
        rows_shown,
        f"The same by the engine's gradient of the written objective: largest difference {difference():.0e}.",
    )
    section.figure(
        _picture(names, before, after),
        f"Grey: before, coloured: after. {_told(before, after)}",
    )


def _told(before: np.ndarray, after: np.ndarray) -> str:
    """What became of the angles between v of the context and the others, and of the probabilities."""
    old, new = ([angle(each[0], other) for other in each[1:]] for each in (before, after))
    turns = "closer to" if new[0] < old[0] else "away from"
    noise = [f"*{word}* from {a:.0f} to {b:.0f}" for word, a, b in zip(NOISE, old[1:], new[1:], strict=True)]
    return (
        f"The vector of {CONTEXT} (blue) and that of {CENTRE} (green) turn {turns} each other, from "
        f"{old[0]:.0f} to {new[0]:.0f} degrees. The blue one is drawn to the green one and pushed by both "
        f"noise words (red), whose angles to it change, too: {' and '.join(noise)} degrees."
    )


def angle(one: np.ndarray, other: np.ndarray) -> float:
    """Return the angle between two vectors, in degrees.

    >>> round(angle(np.array([1.0, 0.0]), np.array([1.0, 1.0])))
    45
    """
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def difference() -> float:
    """Return how far the step is from RATE times the engine's gradient of the objective, at most."""
    v, vp = tensor(INPUT, requires_grad=True), tensor(OUTPUT, requires_grad=True)
    score = vp @ v
    objective = log(sigmoid(score[0])) + log(sigmoid(-score[1:])).sum()
    slopes = [slope.data for slope in grad(objective, [v, vp])]
    rows = OUTPUT.copy()
    error = reference.step(INPUT, rows, [0, 1, 2], RATE)
    moved = np.vstack([error, rows - OUTPUT])
    return float(np.abs(moved - RATE * np.vstack(slopes)).max())


def _numbers(vector: np.ndarray) -> str:
    return ", ".join(f"{value:.3f}" for value in vector)


def _picture(names: list[str], before: np.ndarray, after: np.ndarray) -> Any:
    figure, axis = new_figure(7.6, 3.9)
    style = {"angles": "xy", "scale_units": "xy", "scale": 1}
    zero = np.zeros(len(before))
    axis.quiver(zero, zero, *before.T, color="#b9c0ca", width=0.006, **style)
    axis.quiver(zero, zero, *after.T, color=COLOURS, width=0.006, **style)
    for name, point, old, colour, offset in zip(names, after, before, COLOURS, OFFSETS, strict=True):
        axis.annotate("", point, old, arrowprops={"arrowstyle": "->", "color": "#1d2430", "linestyle": ":"})
        axis.annotate(name, point, xytext=offset, textcoords="offset points", color=colour, fontsize=SMALL)
    every = np.vstack([before, after, [0, 0]])
    axis.set_xlim(every[:, 0].min() - 0.25, every[:, 0].max() + 0.7)
    axis.set_ylim(every[:, 1].min() - 0.2, every[:, 1].max() + 0.25)
    axis.set(xlabel="first number of the vector", ylabel="second number")
    axis.set_aspect("equal")
    open_axes(axis)
    return figure
