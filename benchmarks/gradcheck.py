"""The gradient checker, measured: does it find wrong gradients, name the mistake, and leave right ones alone?
And what do PyTorch, JAX and HIPS autograd find, on the same mutants?

    python benchmarks/gradcheck.py                     the mutants at three scales, 200 seeds, the explanations
    python benchmarks/gradcheck.py --ops exp softmax   of some ops
    python benchmarks/gradcheck.py --peers PYTHON      also the others, with a Python that has torch, jax, autograd

A mutant is an op on one of its samples with one gradient changed in a known way (``gradcheck_mutants.py``).  A
part that is done is kept in ``--work`` and not done again.  The table is RESULTS-gradcheck.md.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
FILE = HERE / "RESULTS-gradcheck.md"
SCALES = (1e-3, 1.0, 1e3)
SEEDS, SLOW_SEEDS = 200, 25
SLOW = (
    "conv2d",
    "max_pool",
    "avg_pool",
    "upsample",
    "pool_",
)  # linear in every operand: 25 seeds say the same
PEERS = ("torch", "jax", "autograd")
NO_NAME = "(a mistake without a name)"


def check(mutant) -> tuple[str, list[str], float]:
    """Return the verdict on a mutant, the kinds that it is explained by, and the seconds."""
    from cutaway import gradcheck

    start = time.perf_counter()
    report = gradcheck(mutant.case.fn, *mutant.case.inputs, vjp=mutant.vjp, form="pair")
    seconds = time.perf_counter() - start
    kinds = [kind for each in report.explanations for kind in [each.kind, *(kind for kind, _ in each.others)]]
    return report.verdict, kinds, seconds


def measured(scale: float, ops: list[str]) -> dict:
    """Return what is found of the mutants at one scale."""
    from gradcheck_mutants import cases, mutants

    kinds: dict = collections.defaultdict(collections.Counter)
    missed, seconds, tried = [], [], set()
    for case in cases(scale):
        if ops and case.op not in ops:
            continue
        for mutant in mutants(case):
            verdict, told, spent = check(mutant)
            seconds.append(spent)
            tried.add(case.op)
            row = kinds[min(mutant.kinds, default=NO_NAME)]
            row["mutants"] += 1
            row["noticed"] += verdict == "fail"
            row["right"] += bool(mutant.kinds & set(told))
            row["first"] += bool(told) and told[0] in mutant.kinds
            row["wrong"] += bool(told) and not mutant.kinds & set(told)
            if verdict != "fail":
                missed.append(f"{case.name}, operand {mutant.j}, {mutant.label}: {verdict}")
    return {
        "ops": len(tried),
        "kinds": kinds,
        "missed": missed,
        "seconds": float(np.median(seconds)) if seconds else 0.0,
    }


def alarms(ops: list[str], seeds: int) -> dict:
    """Return how many right gradients were checked, and which did not pass."""
    from cutaway import gradcheck
    from cutaway.core.op import REGISTRY

    count, wrong, tried = 0, [], set()
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        for name, op in REGISTRY.items():
            if (ops and name not in ops) or (seed >= SLOW_SEEDS and name.startswith(SLOW)):
                continue
            for number, (operands, options) in enumerate(op.samples(rng)):
                report = gradcheck(
                    lambda *xs, op=op, options=options: op(*xs, **options), *operands, rng=seed
                )
                count += 1
                tried.add(name)
                if not report:
                    wrong.append(f"{name} {number}, seed {seed}: {report.verdict}")
    return {"ops": len(tried), "checks": count, "not passed": wrong, "seeds": seeds}


def peers(python: str, ops: list[str]) -> dict:
    """Return what each checker that this Python has finds of the mutants at scale 1, one sample of each op."""
    code = [python, str(HERE / "gradcheck_peers.py"), *ops]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH")]))}
    run = subprocess.run(code, capture_output=True, text=True, env=environment)
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
    return json.loads(run.stdout.splitlines()[-1])


def kept(work: Path, name: str, make) -> dict:
    """Return a part's result, from the last run if it is there."""
    path = work / f"{name}.json"
    if not path.exists():
        found = json.dumps(make())
        path.write_text(found)
        print(f"{name}: done", file=sys.stderr)
    return json.loads(path.read_text())


def table(parts: dict) -> str:
    """Return the results as Markdown."""
    lines = [
        "# The gradient checker, measured",
        "",
        f"By `{parts['command']}`, {datetime.date.today()}, {platform.machine()}, NumPy {np.__version__}.",
        "",
        "A mutant is an op of the library on one of its samples, with one gradient changed in a known way; "
        "changes below 1e-4 of the largest entry are left out. It is noticed if the verdict is *fail*; "
        "inconclusive where the gradient is too small beside the function's values for any difference to see it.",
        "",
        "| scale of the inputs | ops | mutants | noticed | inconclusive | passed | explained rightly | "
        "explained wrongly | seconds each |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for scale in SCALES:
        part = parts.get(f"scale {scale:g}")
        if part:
            total, passed = collections.Counter(), sum(each.endswith(": pass") for each in part["missed"])
            for row in part["kinds"].values():
                total.update(row)
            named = total["mutants"] - part["kinds"].get(NO_NAME, {}).get("mutants", 0)
            lines.append(
                f"| {scale:g} | {part['ops']} | {total['mutants']} | "
                f"{_percent(total['noticed'], total['mutants'])} | {len(part['missed']) - passed} | {passed} | "
                f"{_percent(total['right'], named)} of {named} with a name | "
                f"{_percent(total['wrong'], total['mutants'])} | {part['seconds']:.3f} |"
            )
    lines += [
        "",
        *_by_kind(parts.get("scale 1")),
        *_of_alarms(parts.get("alarms")),
        *_of_peers(parts.get("peers")),
    ]
    for scale in SCALES:
        missed = parts.get(f"scale {scale:g}", {}).get("missed", [])
        if missed:
            lines += ["", f"Not noticed at scale {scale:g}: " + "; ".join(missed) + "."]
    return "\n".join(lines) + "\n"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def _by_kind(part: dict | None) -> list[str]:
    if not part:
        return []
    lines = [
        "By the kind of mistake, at scale 1. *Rightly*: its kind is among the explanations, each of which accounts "
        "for every entry; *first*: it is the first. A mistake whose numbers are also those of another kind may be "
        "called either.",
        "",
        "| kind | mutants | noticed | rightly | first | wrongly |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, row in sorted(part["kinds"].items()):
        n = row["mutants"]
        named = [_percent(row["right"], n), _percent(row["first"], n)] if kind != NO_NAME else ["", ""]
        lines.append(
            f"| {kind} | {n} | {_percent(row['noticed'], n)} | {' | '.join(named)} | {row['wrong']} |"
        )
    return [*lines, ""]


def _of_alarms(part: dict | None) -> list[str]:
    if not part:
        return []
    wrong = part["not passed"]
    told = "all pass" if not wrong else f"{len(wrong)} do not pass: " + "; ".join(wrong[:20])
    return [
        f"False alarms: {part['checks']} checks of right gradients, {part['ops']} ops on every sample over "
        f"{part['seeds']} seeds (at most {SLOW_SEEDS} of the convolutions and pools): {told}.",
        "",
    ]


def _of_peers(part: dict | None) -> list[str]:
    if not part:
        return []
    lines = [
        f"On the same mutants, those of the first sample of {part['right']} ops at scale 1 ({part['mutants']}), and "
        f"on the right gradients of the same samples ({part['right']}), with each checker's own default "
        "tolerances in float64:",
        "",
        "| checker | wrong gradients noticed | right gradients refused | seconds each | says what is wrong |",
        "| --- | ---: | ---: | ---: | --- |",
    ]
    for name, row in part["checkers"].items():
        lines.append(
            f"| {name} | {_percent(row['noticed'], part['mutants'])} | {row['refused']} | {row['seconds']:.4f} | "
            f"{row['says']} |"
        )
    lines += [
        "",
        "What is not noticed, by what was done:",
        "",
        "| done to the gradient | mutants | " + " | ".join(part["checkers"]) + " |",
    ]
    lines.append("| --- | ---: |" + " ---: |" * len(part["checkers"]))
    for label, count in part["labels"].items():
        row = [str(each["by label"].get(label, 0)) for each in part["checkers"].values()]
        if any(cell != "0" for cell in row):
            lines.append(f"| {label} | {count} | " + " | ".join(row) + " |")
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ops", nargs="*", default=[], help="only these ops")
    parser.add_argument("--scales", nargs="*", type=float, default=list(SCALES), help="only these scales")
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, help=f"seeds without a false alarm (default {SEEDS})"
    )
    parser.add_argument("--peers", default="", help="a Python that has torch, jax and autograd")
    parser.add_argument("--work", type=Path, default=Path("gradcheck-work"), help="folder of finished parts")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    arguments.work.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(HERE))
    parts: dict = {"command": "python benchmarks/gradcheck.py"}
    for scale in arguments.scales:
        name = f"scale {scale:g}"
        parts[name] = kept(arguments.work, name, lambda scale=scale: measured(scale, arguments.ops))
    if arguments.seeds:
        parts["alarms"] = kept(arguments.work, "alarms", lambda: alarms(arguments.ops, arguments.seeds))
    if arguments.peers:
        parts["peers"] = kept(arguments.work, "peers", lambda: peers(arguments.peers, arguments.ops))
    FILE.write_text(table(parts), encoding="utf-8")
    print(FILE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
