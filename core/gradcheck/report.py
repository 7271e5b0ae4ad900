"""What a gradient check found: a verdict, and the evidence for it in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import CutawayError

PASS, FAIL, INCONCLUSIVE = "pass", "fail", "inconclusive"


MOST_ROWS = 8  # of the table of entries


class GradcheckError(CutawayError, AssertionError):
    """Raised by `Report.raise_if_failed`."""


@dataclass
class Explanation:
    """A mistake that accounts for every entry of a wrong gradient.

    Attributes
    ----------
    kind : "sign", "factor", "mask" ...: see ``docs/gradcheck.md``.
    text : what is wrong, in words.
    others : further (kind, text) that give the same numbers here.
    """

    kind: str
    text: str
    others: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        same = "".join(f"\n        the same numbers: {text}" for _, text in self.others)
        return f"explains every entry: {self.text}{same}"


@dataclass
class Entry:
    """One place where the two gradients were compared.

    Attributes
    ----------
    where : an index like "[0, 2]", or "direction 3" for a random direction.
    analytic, numeric : what the gradient under test has; what differences of the function say.
    tolerance : how far apart they may be.
    complex_step : a second opinion, where one was asked for and the function takes complex numbers.
    cotangent : the number of the cotangent.
    """

    where: str
    analytic: float
    numeric: float
    tolerance: float
    complex_step: float | None = None
    cotangent: int = 0

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

    @property
    def ratio(self) -> float:
        """Analytic over numeric; NaN where that is none."""
        return self.analytic / self.numeric if self.numeric else float("nan")

    def __str__(self) -> str:
        opinion = "" if self.complex_step is None else f", complex step {self.complex_step:.9g}"
        error = abs(self.analytic - self.numeric)
        return (
            f"{self.where}: analytic {self.analytic:.9g}, numeric {self.numeric:.9g}{opinion}, ratio "
            f"{self.ratio:.6g}, error {error:.2g} (tolerance {self.tolerance:.2g})"
        )


@dataclass
class InputReport:
    """The comparison for one input.

    Attributes
    ----------
    name : "input 0", with its shape.
    compared : "every entry (6)" or "24 random directions".
    shape : what is wrong with the gradient's shape; then no entries can be compared.
    entries : what was compared, entry by entry and for each cotangent.
    kinks : the places where the one-sided differences disagree.
    edges : the places that the function's domain ends at: no step to both sides stays in it.
    hidden : the places where the difference's round-off is larger than both gradients.
    explanation : what accounts for every entry, if it is wrong and the checker found that.
    """

    name: str
    compared: str
    shape: str = ""
    entries: list[Entry] = field(default_factory=list)
    kinks: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    explanation: Explanation | None = None

    @property
    def worst(self) -> Entry | None:
        """The entry with the largest error relative to its tolerance; None if nothing was compared."""
        return max(self.entries, key=lambda entry: entry.excess, default=None)

    @property
    def wrong(self) -> list[Entry]:
        """The entries that fail."""
        return [each for each in self.entries if not each.excess <= 1]

    @property
    def verdict(self) -> str:
        if self.wrong or self.shape:
            return FAIL
        return INCONCLUSIVE if self.kinks or self.edges or self.hidden else PASS

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.verdict}, {self.compared}"]
        if self.shape:
            lines.append(f"    {self.shape}")
        if self.worst is not None:
            lines.append(f"    worst entry {self.worst}")
        for places, why, advice in (
            (self.kinks, "kink at", "move the input away from it"),
            (self.edges, "edge of the domain at", "move the input away from it"),
            (self.hidden, "hidden by round-off at", "the function's values are too large beside its changes"),
        ):
            if places:
                more = f" and {len(places) - 3} more" if len(places) > 3 else ""
                lines.append(f"    inconclusive: {why} {', '.join(places[:3])}{more}; {advice}")
        if self.explanation is not None:
            lines.append(f"    {self.explanation}")
        elif self.wrong:
            lines += self._table()
        return "\n".join(lines)

    def _table(self) -> list[str]:
        """The worst entries, for a mistake that nothing accounts for."""
        worst = sorted(self.wrong, key=lambda entry: -entry.excess)[:MOST_ROWS]
        wide = max(len(each.where) for each in worst)
        count = f"{len(self.wrong)} of {len(self.entries)} comparisons are wrong"
        lines = [f"    no explanation accounts for every entry; {count}, the worst:"]
        lines.append(f"    {'entry':{wide}}  {'analytic':>14}  {'numeric':>14}  {'ratio':>12}")
        for each in worst:
            numbers = f"{each.analytic:14.7g}  {each.numeric:14.7g}  {each.ratio:12.5g}"
            lines.append(f"    {each.where:{wide}}  {numbers}")
        return lines


@dataclass
class Report:
    """The result of `gradcheck`; true exactly if everything holds.

    Attributes
    ----------
    name : what was checked.
    inputs : the comparison with differences, one for each differentiable input.
    properties : for each further property: None if it holds, else what is wrong; "not applicable: ..." is no
        failure, and "inconclusive: ..." neither that nor a pass.
    second : the report on the gradient of the gradient, for order=2.
    """

    name: str
    inputs: list[InputReport]
    properties: dict[str, str | None]
    second: Report | None = None

    @property
    def explanations(self) -> list[Explanation]:
        """What accounts for the wrong gradients, one for each input that has an explanation."""
        return [each.explanation for each in self.inputs if each.explanation is not None]

    @property
    def verdict(self) -> str:
        """ "pass", "fail" or "inconclusive"; a failure anywhere wins, and a kink is never a pass."""
        verdicts = [each.verdict for each in self.inputs]
        verdicts += [
            INCONCLUSIVE if problem.startswith("inconclusive") else FAIL
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
