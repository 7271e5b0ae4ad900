"""Damaged files through every reader: ``python tests/fuzz/run.py [mutants [seed [readers]]]``.

The readers are those with these letters in their names, or, as "1/4", every fourth from the second on.

Each mutant is read, and what was read is used, in a process of its own that may take four times the file and
200 MB, and some seconds.  A table says what came of them; all but "read" and "refused" are failures, and their
files are kept.

    read       it made sense, and could be used
    refused    FileError
    other      another exception, which names no file
    memory     more memory than a reader may take
    slow       more than SECONDS
    crash      a signal
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "MALLOC_ARENA_MAX"):
    os.environ.setdefault(_name, "1")  # a forked process has one thread
sys.path.insert(0, str(Path(__file__).parent))

import mutate  # noqa: E402
import numpy as np  # noqa: E402
from cutaway.core.errors import FileError  # noqa: E402
from cutaway.core.reading import room  # noqa: E402
from readers import READERS, Reader  # noqa: E402

OUTCOMES = ("read", "refused", "other", "memory", "slow", "crash")
GOOD = ("read", "refused")
SECONDS = 10.0  # of the processor
SLACK = 64 << 20  # bytes for what Python itself loads on the way
UNUSABLE = (ValueError, KeyError, FloatingPointError)  # what using a model of other numbers may say


def fuzz(name: str, mutants: int, seed: int, folder: Path) -> tuple[Counter[str], list[str]]:
    """Damage one reader's file so many times: (how often each outcome came, failures)."""
    reader, place = READERS[name], folder / "".join(each if each.isalnum() else "-" for each in name)
    place.mkdir()
    path = reader.make(place)
    reader.use(reader.read(path))  # compiles, before there is a limit
    content = path.read_bytes()
    found, failures = Counter[str](), []
    for number in range(mutants):
        rng = np.random.default_rng([seed, number, *name.encode()])
        way, damaged = mutate.mutant(path, content, rng)
        path.write_bytes(damaged)
        outcome, told = read_apart(reader, path)
        found[outcome] += 1
        if outcome not in GOOD:
            kept = folder / f"{place.name}-{number}-{path.name}"
            kept.write_bytes(damaged)
            failures.append(f"{name}: {outcome}: mutant {number} ({way}), {kept}: {told}")
    return found, failures


def read_apart(reader: Reader, path: Path) -> tuple[str, str]:
    """Read a file in a process of its own: (outcome, what it said)."""
    inlet, outlet = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(inlet)
        os.write(outlet, "\n".join(_outcome(reader, path)).encode("utf-8", "replace")[:4000])
        os._exit(0)
    os.close(outlet)
    ready, _, _ = select.select([inlet], [], [], 3 * SECONDS)
    said = b""
    while ready and (piece := os.read(inlet, 4096)):
        said += piece
    os.close(inlet)
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not ready or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return "slow", f"more than {SECONDS} s"
    if os.WIFSIGNALED(status) or not said:
        return "crash", f"signal {os.WTERMSIG(status)}"
    outcome, _, told = said.decode("utf-8", "replace").partition("\n")
    return outcome, told


def _outcome(reader: Reader, path: Path) -> tuple[str, str]:
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + room(path) + SLACK,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        held = reader.read(path)
        with suppress(UNUSABLE):
            reader.use(held)
        return "read", ""
    except BaseException as error:
        chain = [error]
        while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and len(chain) < 20:
            chain.append(cause)
        if any(isinstance(each, MemoryError) for each in chain):
            return "memory", "".join(traceback.format_exception(error))[-2500:]
        if isinstance(error, FileError):
            return "refused", str(error)
        return "other", "".join(traceback.format_exception(error))[-2500:]


def table(found: dict[str, Counter[str]]) -> str:
    """Readers by outcomes, and their totals."""
    total = sum(found.values(), Counter[str]())
    lines = [f"{'':24}" + "".join(f"{outcome:>9}" for outcome in OUTCOMES)]
    for name, counts in [*found.items(), ("total", total)]:
        lines.append(f"{name:24}" + "".join(f"{counts[outcome] or '.':>9}" for outcome in OUTCOMES))
    return "\n".join(lines)


def main(mutants: int = 200, seed: int = 1, only: str = "") -> int:
    """Fuzz the readers, or those that ``only`` names; 1 if there are failures."""
    folder, began = Path(tempfile.mkdtemp(prefix="cutaway-fuzz-")), time.perf_counter()
    found, failed = {}, []
    first, _, every = only.partition("/")
    chosen = [*READERS][int(first) :: int(every)] if every else [name for name in READERS if only in name]
    for name in chosen:
        found[name], failures = fuzz(name, mutants, seed, folder)
        failed += failures
    print("\n\n".join([*failed, table(found)]))
    print(f"{mutants} mutants a reader, seed {seed}, {time.perf_counter() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(*map(int, given[:2]), *given[2:3]))
