"""What a gradient check found: a verdict, and the evidence for it in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import CutawayError

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"


class GradcheckError(CutawayError, AssertionError):
    """Raised by `Report.raise_if_failed`."""


@dataclass
class Entry:
    """One place where the two gradients were compared.

    Attributes
    ----------
    where : an index like "[0, 2]", or "direction 3" for a random direction.
    analytic, numeric : what the engine computed; what differences of the function say.
    tolerance : how far apart they may be.
    """

    where: str
    analytic: float
    numeric: float
    tolerance: float

    @property
    def excess(self) -> float:
        """The error in units of the tolerance; NaN counts as infinitely wrong."""
        error = abs(self.analytic - self.numeric)
        return (
            float("inf")
            if error != error
            else error / self.tolerance
            if self.tolerance
            else (float("inf") if error else 0.0)
        )

    def __str__(self) -> str:
        ratio = self.analytic / self.numeric if self.numeric else float("nan")
        return (
            f"{self.where}: analytic {self.analytic:.9g}, numeric {self.numeric:.9g}, ratio {ratio:.6g}, "
            f"error {abs(self.analytic - self.numeric):.2g} (tolerance {self.tolerance:.2g})"
        )


@dataclass
class InputReport:
    """The comparison for one input.

    Attributes
    ----------
    name : "input 0", with its shape.
    compared : "every entry (6)" or "24 random directions".
    worst : the entry with the largest error relative to its tolerance; None for an input without elements.
    kinks : the places where the one-sided differences disagree.
    hidden : the places where the difference's round-off is larger than both gradients.
    """

    name: str
    compared: str
    worst: Entry | None = None
    kinks: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        if self.worst is not None and not self.worst.excess <= 1:
            return FAIL
        return INCONCLUSIVE if self.kinks or self.hidden else PASS

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.verdict}, {self.compared}"]
        if self.worst is not None:
            lines.append(f"    worst entry {self.worst}")
        for places, why, advice in (
            (self.kinks, "kink at", "move the input away from it"),
            (self.hidden, "hidden by round-off at", "the function's values are too large beside its changes"),
        ):
            if places:
                more = f" and {len(places) - 3} more" if len(places) > 3 else ""
                lines.append(f"    inconclusive: {why} {', '.join(places[:3])}{more}; {advice}")
        return "\n".join(lines)


@dataclass
class Report:
    """The result of `gradcheck`; true exactly if everything holds.

    Attributes
    ----------
    name : what was checked.
    inputs : the comparison with differences, one for each differentiable input.
    properties : for each further property: None if it holds, else what is wrong; "not applicable: ..." is no
        failure.
    second : the report on the gradient of the gradient, for order=2.
    """

    name: str
    inputs: list[InputReport]
    properties: dict[str, str | None]
    second: Report | None = None

    @property
    def verdict(self) -> str:
        """ "pass", "fail" or "inconclusive"; a failure anywhere wins, and a kink is never a pass."""
        verdicts = [each.verdict for each in self.inputs]
        verdicts += [
            FAIL
            for problem in self.properties.values()
            if problem and not problem.startswith("not applicable")
        ]
        verdicts += [self.second.verdict] if self.second else []
        return FAIL if FAIL in verdicts else INCONCLUSIVE if INCONCLUSIVE in verdicts else PASS

    @property
    def worst(self) -> Entry | None:
        """The worst entry of all inputs."""
        entries = [each.worst for each in self.inputs if each.worst is not None]
        return max(entries, key=lambda entry: entry.excess, default=None)

    def __bool__(self) -> bool:
        return self.verdict == PASS

    def __str__(self) -> str:
        lines = [f"gradcheck {self.name}: {self.verdict.upper()}"]
        lines += ["  " + str(each).replace("\n", "\n  ") for each in self.inputs]
        lines += [
            f"  {name}: {'holds' if problem is None else problem}"
            for name, problem in self.properties.items()
        ]
        if self.second:
            lines.append("  second order:\n    " + str(self.second).replace("\n", "\n    "))
        return "\n".join(lines)

    def raise_if_failed(self) -> Report:
        """Return self if everything holds, else raise `GradcheckError` with the whole report."""
        if not self:
            raise GradcheckError(str(self))
        return self
