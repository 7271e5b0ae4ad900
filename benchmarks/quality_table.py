"""The table of `benchmarks/quality.py`: each of cutaway's models beside each of its peers."""

from __future__ import annotations

import datetime
import math
import statistics
from collections.abc import Iterable

from kernels import processor

LEAD = (
    "100 numbers, window 5, 5 noise words (or the tree, hs), sample 1e-3, min_count 5; rate 0.025, for CBOW "
    "and FastText 0.05; {epochs}; one thread. Analogies: questions-words, 30,000 words, as `compute-accuracy` "
    "counts them, in per cent. WS-353: Spearman's correlation. Means over {seeds} seeds, each with its own order "
    "of the lines, (standard error); the difference is cutaway's less the peer's, seed by seed. A share of some "
    "13,000 questions is uncertain by 0.4 points, and the words that are equally rare at the 30,000th place are "
    "not ordered alike by all tools (up to 1 % of the questions). fastText draws noise words by count^0.5; the rows "
    "'noise 0.5' do so too, all others by count^0.75. word2vec is the C tool.\n"
    "Command: `python benchmarks/quality.py --data FOLDER`."
)


def table(results: Iterable[dict], epochs: dict[str, int]) -> str:
    """Return the results as Markdown: a row for each corpus, model, cutaway's variant and peer."""
    by_run: dict[tuple[str, str, str], dict[int, dict]] = {}
    for result in results:
        key = (result["corpus"], result["model"], result["contestant"])
        by_run.setdefault(key, {})[result["seed"]] = result
    seeds = max((len(runs) for runs in by_run.values()), default=0)
    passes = ", ".join(f"{corpus} {count} epochs" for corpus, count in epochs.items())
    lines = [f"## Word vectors: quality, {datetime.date.today()}", "", processor() + ".", ""]
    lines += [LEAD.format(epochs=passes, seeds=f"up to {seeds}"), ""]
    lines += [
        "| corpus | model | cutaway | peer | seeds | analogies | peer's | difference | WS-353 | peer's | difference |"
    ]
    lines += ["| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for corpus in epochs:
        for model in dict.fromkeys(model for where, model, _ in by_run if where == corpus):
            names = [name for where, what, name in by_run if (where, what) == (corpus, model)]
            for own in sorted(name for name in names if name.startswith("cutaway")):
                for peer in sorted(name for name in names if not name.startswith("cutaway")):
                    pair = (by_run[corpus, model, name] for name in (own, peer))
                    lines += _row(corpus, model, own, peer, *pair)
    return "\n".join(lines) + "\n"


def _row(corpus: str, model: str, own: str, peer: str, ours: dict, theirs: dict) -> list[str]:
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        return []
    cells = [corpus, model, own.removeprefix("cutaway").strip() or "exact", peer, str(len(seeds))]
    for measure, digits in (("analogies", 2), ("spearman", 3)):
        left, right = ([runs[seed][measure] for seed in seeds] for runs in (ours, theirs))
        difference = [a - b for a, b in zip(left, right, strict=True)]
        cells += [_mean(left, digits), _mean(right, digits), _mean(difference, digits, "+")]
    return ["| " + " | ".join(cells) + " |"]


def _mean(values: list[float], digits: int, sign: str = "") -> str:
    """Mean and, of several, its standard error."""
    mean = f"{statistics.mean(values):{sign}.{digits}f}"
    if len(values) < 2:
        return mean
    return f"{mean} ({statistics.stdev(values) / math.sqrt(len(values)):.{digits}f})"
