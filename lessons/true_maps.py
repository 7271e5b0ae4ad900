"""Story: are the maps true?  Scenes whose class is decided by a planted cue, and who finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..vision.interpret.methods import METHODS
from ..vision.interpret.pictures import bytes_of, grid, heat, scaled
from ..vision.interpret.planted import RULES, SHOWN, SIDE, SQUARE, PlantedNet, draw, scenes
from ..vision.interpret.planted_table import CASES, FAIR, Row, accuracy, planted_map, planted_table
from .drawing import COLOURS, SMALL, TYPE, bare, new_figure, open_axes
from .page import Section, listed

COUNT, JUDGE = 12, 400  # scenes of each case; scenes on which the rules are tried
SHOWN_METHODS = ("saliency", "integrated gradients", "grad-cam", "hires-cam", "guided", "occlusion")
SHARE = 2 * SQUARE**2 / SIDE**2  # of two squares of a scene's pixels
DRAWN = 96  # pixels of a scene on a page of the command


def true_maps() -> Section:
    """Run the story; nothing is trained, for the weights are set by hand."""
    section = Section("Are the maps true?", "true-maps")
    right = {rule: accuracy(PlantedNet(rule), scenes(rule, JUDGE)) for rule in RULES}
    named = ", ".join(f"{100 * share:.0f} %" for share in right.values())
    section.text(
        "*A map of a photo looks convincing; is it true?* For a trained network nobody knows what it looks "
        "at. So here are three small networks whose weights were set by hand, each for one rule: *corner* "
        "(a red square in the upper left corner decides, one elsewhere does not), *or* (a red square or a "
        "blue one decides) and *and* (it takes both). Large discs and noise decide nothing. Of "
        f"{JUDGE} scenes each they name {named} rightly. What they look at is known, and with it the right "
        "map: the squares that decided, and nothing else.",
    )
    rows = planted_table(COUNT)
    section.figure(
        _figure(),
        f"A row a case: the scene, what decides its class, and the maps of {len(SHOWN_METHODS)} methods, "
        "each with a scale of its own. A black one says nothing at all.",
    )
    section.text(*told_planted(rows))
    for case, head, cells in planted_rows(rows):
        section.table(head, cells, case)
    for case in CASES:
        best = max((row for row in rows if row.case == case), key=lambda row: row.mass)
        section.facts[f"most in the cue, {case}"] = f"{best.method}, {100 * best.mass:.0f} %"
    section.code(PlantedNet, planted_table)
    return section


def told_planted(rows: Sequence[Row]) -> list[str]:
    """Say what a table of planted cues shows: where methods are blind, and which one is nowhere."""
    by = {(row.case, row.method): row for row in rows}
    methods = list(dict.fromkeys(row.method for row in rows))
    said = []
    blind = [each for each in methods if by["or, both there", each].empty == 1]
    if blind:
        said.append(
            "*Saturation.* Either square is enough for *or*: with both there, a little less of one changes "
            f"nothing. The gradient is 0, and the map empty, for {listed(blind)}. A method must go "
            "away from the image, along a path or by covering, to see that both count."
        )
    lost = [each for each in methods if by["or, one there", each].empty == 1]
    if lost:
        said.append(
            "*A sign that is dropped.* With one square there is a gradient, but it passes a "
            "negative weight twice on its way. Rules that pass only what is positive lose it: "
            f"{listed(lost)}."
        )
    if {"grad-cam", "hires-cam"} <= set(methods):
        a, b = by["corner", "grad-cam"], by["corner", "hires-cam"]
        more = "more" if b.mass > a.mass else "not more"
        said.append(
            "*A mean over places.* Grad-CAM weighs a map by its mean gradient, so the decoy lights up like "
            f"the mark: {100 * a.mass:.0f} % of what it says lies in the mark. HiResCAM weighs place by "
            f"place: {100 * b.mass:.0f} %, {more}; the rest is the coarse map, enlarged."
        )
    everywhere = [each for each in methods if 0 < by["and", each].mass < 1.5 * SHARE]
    if everywhere:
        said.append(
            f"*Everything and nothing.* Of *and*, an even map has {100 * SHARE:.0f} % in the cue; less than "
            f"one and a half times as much has {listed(everywhere)}: whether a rectifier was on for this "
            "image does not matter to it."
        )
    fair = [m for m in methods if all(by[case, m].pointing == 1 for case in CASES)]
    said.append(
        f"Largest within the cue in all scenes of all cases: {listed(fair)}." if fair
        else "No method is largest within the cue in all scenes of all cases."
    )  # fmt: skip
    return said


def planted_rows(rows: Sequence[Row]) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Yield for each case its caption, and head and cells of its table."""
    for case in dict.fromkeys(row.case for row in rows):
        mine = [row for row in rows if row.case == case]
        head, two = ["method", "in the cue, %", "pointing, %"], mine[0].both is not None
        cells = [[row.method, f"{100 * row.mass:.0f}", f"{100 * row.pointing:.0f}"] for row in mine]
        caption = (
            f"{case}: the share of what a map says that lies in the cue, and how often its largest value does"
        )
        if two:
            head.append("both found, %")
            cells = [[*line, f"{100 * (row.both or 0):.0f}"] for line, row in zip(cells, mine, strict=True)]
            caption += f"; both: each square has {100 * FAIR:.0f} % of what is said in the cue"
        yield f"{caption}.", head, cells


def planted_picture(methods: Sequence[str] = METHODS, seed: int = 0) -> np.ndarray:
    """Return a scene of each case, its cue and its maps, a row a case, (H, W, 3) uint8."""
    rows = list(_cases(methods, seed))
    return grid([scaled(each, DRAWN) for _, row in rows for each in row], 2 + len(methods), gap=4)


def score_rows(found: Sequence[Sequence[Any]]) -> tuple[list[str], list[list[str]]]:
    """Return head and cells of the table of `Measured`, one list a photo: the means, method by method."""
    head, cells = ["method", "deletion", "insertion", "gap, %", "sensitivity", "forgotten"], []
    for rows in zip(*found, strict=True):
        gaps = [abs(row.gap) for row in rows if row.gap is not None]
        moved = [row.sensitivity for row in rows if row.sensitivity is not None]
        left = [row.forgotten[-1].correlation for row in rows if row.forgotten]
        values = (np.mean([getattr(row, name).area for row in rows]) for name in ("deletion", "insertion"))
        cells.append([rows[0].method, *(f"{value:.3f}" for value in values),
                      f"{100 * np.mean(gaps):.1f}" if gaps else "", f"{np.mean(moved):.2f}" if moved else "",
                      f"{np.mean(left):.2f}" if left else ""])  # fmt: skip
    return head, cells


def curves(found: Sequence[Sequence[Any]]) -> Any:
    """Return the picture of the mean deletion and insertion curves of `Measured`, one list a photo."""
    figure, axes = new_figure(8.6, 3.6, 1, 2, sharey=True)
    for axis, name in zip(axes[0], ("deletion", "insertion"), strict=True):
        for i, rows in enumerate(zip(*found, strict=True)):
            mean = np.mean([getattr(row, name).chances for row in rows], 0)
            noise = rows[0].method == "random"
            style = {"color": "black", "ls": ":"} if noise else {"color": COLOURS[i % len(COLOURS)]}
            style |= {} if noise or i < len(COLOURS) else {"ls": "--"}
            axis.plot(getattr(rows[0], name).shares, mean, label=rows[0].method, **style)
        axis.set_title(name, fontsize=TYPE)
        axis.set_xlabel("share of the pixels", fontsize=SMALL)
        open_axes(axis)
    axes[0][0].set_ylabel("probability", fontsize=SMALL)
    axes[0][1].legend(frameon=False, fontsize=SMALL, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _cases(methods: Sequence[str], seed: int) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Yield of each case a scene, its cue and its maps as pictures."""
    for case, (rule, present) in CASES.items():
        net, rng = PlantedNet(rule), np.random.default_rng(seed)
        scene = draw(rule, present, rng)
        nothing = SHOWN.normalised(np.stack([draw(rule, (False, False), rng).pixels for _ in range(8)]))
        maps = [heat(planted_map(method, net, scene, nothing)) for method in methods]
        yield case, [bytes_of(scene.pixels), bytes_of(scene.cue[None]), *maps]


def _figure() -> Any:
    names = ("scene", "cue", *SHOWN_METHODS)
    figure, axes = new_figure(9.4, 5.6, len(CASES), len(names))
    for row, (case, pictures) in zip(axes, _cases(SHOWN_METHODS, 0), strict=True):
        for axis, each in zip(row, pictures, strict=True):
            axis.imshow(each)
            bare(axis)
        row[0].set_ylabel(case.replace(", ", ",\n"), fontsize=SMALL)
    for axis, name in zip(axes[0], names, strict=True):
        axis.set_title(name.replace(" ", "\n"), fontsize=SMALL)
    return figure
