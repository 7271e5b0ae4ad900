"""Judge one direction: right, wrong, or nothing that can be said, and why."""

from __future__ import annotations

import numpy as np

from .differences import SINGLE, Arrays, Slope, slopes_of, take
from .report import Entry, InputReport
from .second_look import CLEAR, EDGE, KINK, KINKED, Look, looks
from .subject import Subject

SURE = 3.0  # an error this many times its estimate is one
VISIBLE = 1e-3  # a gradient was looked at if the difference's error is below this part of it
AGREES = 1e-6  # how near a complex step is to a gradient that it agrees with
OBVIOUS = 1e-2  # an error of this part of the slope needs no further look, if two steps agree about it
ROUNDED = 1e-12  # the error of a complex step, which loses nothing but to the function's own rounding


class Judge:
    """Enters the directions of one input into its report.

    The largest numeric entry for each cotangent, ``scale``, says which errors are nothing but rounding: an
    entry whose two gradients and whose error all are below 1e-6 of it.
    """

    def __init__(
        self,
        subject: Subject,
        k: int,
        drawn: list[Arrays],
        report: InputReport,
        slopes: list[Slope],
        pulled: np.ndarray,
    ):
        self.subject, self.k, self.drawn, self.report = subject, k, drawn, report
        numeric = np.abs([s.numeric for s in slopes])
        self.scale = np.max(np.where(np.isfinite(numeric), numeric, 0), axis=0)
        self.relative = self.subject.precision is not SINGLE  # float32's rounding is that of the largest

    def enter(self, label: str, v: np.ndarray, first: Slope, analytic: np.ndarray) -> None:
        """Judge the direction ``v`` by its first slope; where that is not clear, look again."""
        if self._clear(first, analytic):
            found = [
                Look(float(n), float(r), float(g), CLEAR)
                for n, r, g in zip(first.numeric, first.roundoff + first.apart, first.gap, strict=True)
            ]
        else:
            found = self._again(v, first, analytic)
        place = f"index {label}" if label.startswith("[") else label
        verdicts = [self._verdict(look, a, s) for look, a, s in zip(found, analytic, self.scale, strict=True)]
        opinions = self._second_opinion(v, found, verdicts)
        for why, places in (
            ("edge", self.report.edges),
            ("kink", self.report.kinks),
            ("hidden", self.report.hidden),
        ):
            if why in verdicts and "wrong" not in verdicts:
                agrees = any(
                    o is not None and abs(a - o) <= AGREES * abs(o)
                    for a, o in zip(analytic, opinions, strict=True)
                )
                opinion = (
                    " (where a complex step agrees with the gradient)" if agrees and why == "hidden" else ""
                )
                places.append(place if why in ("edge", "kink") else label + opinion)
                return
        for i, (look, a, opinion) in enumerate(zip(found, analytic, opinions, strict=True)):
            tolerance = self._tolerance(look, self.scale[i])
            self.report.entries.append(Entry(label, float(a), look.numeric, tolerance, opinion, i))

    def _clear(self, first: Slope, analytic: np.ndarray) -> bool:
        numeric, rough = first.numeric, first.roundoff + first.apart
        if not np.isfinite(numeric).all():
            return False
        size = np.maximum(np.abs(numeric), np.abs(analytic))
        allowed = self.subject.precision.rtol * (np.abs(numeric) if self.relative else self.scale) + rough
        agree = np.abs(analytic - numeric) <= allowed
        seen = (rough <= VISIBLE * size) | ((analytic == 0) & (numeric == 0))
        if not self.relative:
            seen |= rough <= self.subject.precision.rtol * self.scale
        return bool(
            np.all(agree & seen & (first.gap <= KINK * np.maximum(size, VISIBLE * self.scale) + 4 * rough))
        )

    def _again(self, v: np.ndarray, first: Slope, analytic: np.ndarray) -> list[Look]:
        """Look again with many steps; with one, if it agrees with the first that the gradient is wrong."""
        subject = self.subject
        steps = subject.precision.steps(subject.xs[self.k], v)
        here = subject.values(subject.xs)

        def slopes(lengths: list[float]) -> list[Slope]:
            taken = [take(subject.values, subject.xs, self.k, v, h, subject.precision) for h in lengths]
            return slopes_of(taken, here, self.drawn, subject.precision)

        (second,) = slopes([first.h / 10])
        size = np.maximum(np.abs(first.numeric), np.abs(analytic))
        with np.errstate(all="ignore"):
            sure = (
                second.roundoff + second.apart + np.abs(first.numeric - second.numeric) <= VISIBLE * size
            ) & (np.maximum(first.gap, second.gap) <= KINK * size)
            wrong = sure & (np.abs(analytic - first.numeric) > OBVIOUS * size)
        if wrong.all():
            return [
                Look(float(n), float(r), float(g), CLEAR)
                for n, r, g in zip(first.numeric, first.roundoff + first.apart, first.gap, strict=True)
            ]
        found = looks(slopes(steps), analytic)
        at = np.abs([look.numeric for look in found])
        self.scale = np.maximum(self.scale, np.where(np.isfinite(at), at, 0))
        return found

    def _tolerance(self, look: Look, scale: float) -> float:
        rtol = self.subject.precision.rtol
        return float(
            rtol * (abs(look.numeric) if self.relative else max(scale, abs(look.numeric))) + look.error
        )

    def _verdict(self, look: Look, analytic: float, scale: float) -> str:
        """Return "right", "wrong", "kink", "edge" or "hidden"."""
        if not np.isfinite(analytic):
            return "edge" if look.found == EDGE else "wrong"
        if look.found == EDGE:
            return "edge"
        off = abs(analytic - look.numeric)
        allowed = self._tolerance(look, scale)
        if look.found == KINKED:
            return "kink" if off <= 1.1 * look.gap + allowed else "wrong"
        size = max(abs(analytic), abs(look.numeric))
        if off <= allowed:
            nothing = max(look.error, size) <= self.subject.precision.rtol * scale
            seen = look.error <= VISIBLE * size or size == 0 or nothing
            seen |= look.found == CLEAR and not self.relative and look.error <= VISIBLE * max(scale, size)
            return "right" if seen else "hidden"
        beyond = SURE * look.error + self.subject.precision.rtol * size + look.apart
        return "hidden" if off <= beyond else "wrong"

    def _second_opinion(self, v: np.ndarray, found: list[Look], verdicts: list[str]) -> list[float | None]:
        """Ask a complex step, where there is doubt and the function takes one.

        It condemns an entry only together with the differences, where these left out outputs that no step
        changes; and clears none: where it agrees, the function may have dropped an imaginary part on the very
        way that the gradient has forgotten.  Where it is 0 it says nothing.
        """
        moved = self.subject.complex_step(self.k, v) if set(verdicts) - {"right"} else None
        if moved is None:
            return [None] * len(found)
        opinions: list[float | None] = []
        for i, (look, c) in enumerate(zip(found, self.drawn, strict=True)):
            opinion = sum(float(np.sum(each * m)) for each, m in zip(c, moved, strict=True))
            usable = np.isfinite(opinion) and opinion != 0
            opinions.append(opinion if usable else None)
            near = usable and abs(look.numeric - opinion) <= SURE * look.error + ROUNDED * abs(opinion)
            if verdicts[i] == "hidden" and near and look.error <= VISIBLE * abs(opinion):
                verdicts[i] = "wrong"
        return opinions
