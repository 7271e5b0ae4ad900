"""Compare the speed of word vectors with gensim, the C word2vec and fastText; write benchmarks/RESULTS-text.md.

    make bench-text                 in an environment of its own, with the peers
    python benchmarks/text.py [--python PYTHON_WITH_PEERS] [--text FILE] [--words 2000000] [--rounds 3] [--dry]

Every run is a process of its own, and contestants take turns.  A run of 1 and a run of 3 (or 7) passes over
the text differ by so many passes and nothing else, neither reading nor counting words: from that come the words
a second of CPU time.  Without --text the words are the documentation of the installed Python libraries.  A ratio
is cutaway's words a second divided by the peer's: above 1, cutaway is faster.  "tuned" is the C word2vec built for
this processor, with a noise table that fits the cache; "glove" is GloVe's C program as its Makefile builds it,
"glove-tuned" with -Ofast (``text_tools.py``).  GloVe's words are cells of its co-occurrence matrix.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import text_tables
import text_tools
from cutaway.text import Corpus, python_docs
from cutaway.text.corpus.tokenise import letters
from cutaway.text.glove import cells
from kernels import processor

HERE = Path(__file__).parent
FEW, MANY = 1, 3  # passes over the text
MORE = 7  # where a pass is short (CBOW, shared noise), or tables of 2 million rows take seconds to fill (FastText)
C_TOOLS = ("word2vec", "tuned")
BUILT = {
    "tuned": "word2vec",
    "glove": "glove",
    "glove-tuned": "glove-tuned",
}  # peer: program in the folder of tools
CASES = {  # case: its peers
    "word2vec skip-gram": (*C_TOOLS, "gensim"),
    "word2vec skip-gram shared": (*C_TOOLS, "gensim"),
    "word2vec cbow": (*C_TOOLS, "gensim"),
    "word2vec cbow shared": (*C_TOOLS, "gensim"),
    "word2vec skip-gram hs": (*C_TOOLS, "gensim"),
    "fasttext skip-gram": ("fasttext", "gensim"),
    "fasttext cbow": ("fasttext", "gensim"),
    "glove": ("glove", "glove-tuned"),
    "supervised": ("fasttext",),
    "predict": ("fasttext", "fasttext-turbo"),
    "predict by line": ("fasttext", "fasttext-turbo"),
}
SCALED = tuple(case for case in CASES if case.startswith(("word2vec", "fasttext")))
LABELLED = ("supervised", "predict", "predict by line")
TURNS = 5  # of one thread and two, a round
PASSES_OF_LABELS = 20  # a text with labels is short: 1 and 20 times as many passes


def run(python: str, peer: str, case: str, epochs: int, text: Path) -> dict:
    """Return what one run on one thread used: {"seconds": of CPU, "wall", "peak" and "own": MB}."""
    tool = ["--tool", str(text.with_name("tools") / BUILT[peer])] if peer in BUILT else []
    command = [sys.executable if peer == "cutaway" else python, str(HERE / "text_contestant.py")]
    command += [peer, case, str(epochs), "1", str(text), *tool]
    path = (
        {"PYTHONPATH": str(turbo(python))} if peer == "fasttext-turbo" else {}
    )  # it is a module of one name
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **path})
    if done.returncode:
        raise RuntimeError(f"{peer}, {case}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def turbo(python: str) -> Path:
    """Return the folder beside the peers' interpreter into which ``make`` has put fastText-turbo."""
    return Path(python).parent.parent / "turbo"


def measure(python: str, case: str, rounds: int, text: Path) -> dict[str, float]:
    """Return by contestant the seconds of CPU time for one pass."""
    factor = PASSES_OF_LABELS if case in LABELLED else 1
    is_short = case.startswith("fasttext") or "cbow" in case or "shared" in case
    most = MORE if is_short else MANY
    found: dict[str, list[float]] = {peer: [] for peer in ("cutaway", *peers(case, text, python))}
    for turn in range(rounds):
        for peer in list(found) if turn % 2 else list(found)[::-1]:
            few, many = (run(python, peer, case, n * factor, text)["seconds"] for n in (FEW, most))
            found[peer].append((many - few) / ((most - FEW) * factor))
    return {peer: statistics.median(seconds) for peer, seconds in found.items()}


def peers(case: str, text: Path, python: str) -> list[str]:
    """Return the case's peers that are there."""
    folders = {"fasttext-turbo": turbo(python)}
    folders |= {peer: text.with_name("tools") / program for peer, program in BUILT.items()}
    return [peer for peer in CASES[case] if peer not in folders or folders[peer].exists()]


def write_text(source: object, folder: Path, words: int) -> tuple[Path, int]:
    """Write the first so many words, a sentence a line, and a small text to compile with; return path and words."""
    count, path = 0, folder / "text.txt"
    with path.open("w") as file, (folder / "small.txt").open("w") as small:
        for sentence in source:  # type: ignore[attr-defined]
            line = " ".join(sentence) + "\n"
            file.write(line)
            if count < 100_000:  # long enough for threads to have copies, which is compiled apart
                small.write(line)
            count += len(sentence)
            if count >= words:
                break
    return path, count


def write_labelled(folder: Path, text: Path) -> tuple[Path, int]:
    """Write lines with labels, by what a line holds: a task of the size of a classroom's."""
    folder.mkdir()
    lines = [line.split() for line in text.read_text().splitlines()]
    pieces = [line[i : i + 20] for line in lines for i in range(0, len(line), 20)][:20_000]
    long = Counter(word for piece in pieces for word in piece if len(word) > 4)
    frequent = [word for word, _ in long.most_common(6)]
    path, count = folder / "text.txt", 0
    with path.open("w") as file, (folder / "small.txt").open("w") as small:
        for i, piece in enumerate(pieces):
            label = next((j for j, word in enumerate(frequent) if word in piece), len(frequent))
            line = f"__label__{label} {' '.join(piece)}\n"
            file.write(line)
            count += len(piece) + 1
            if i < 200:
                small.write(line)
    return path, count


def write_cells(text: Path) -> tuple[Path, int]:
    """Write the vocabulary of a text and its co-occurrences, shuffled; return their path, and how many."""
    words, path = text.with_name("vocab.txt"), text.with_name("cells")
    stages = (
        (text, words, ("vocab_count", "-min-count", "5")),
        (text, text.with_name("sorted"), ("cooccur", "-vocab-file", words)),
        (text.with_name("sorted"), path, ("shuffle",)),
    )
    for source, target, stage in stages:  # each in a process of its own: their memory is not a contestant's
        command = [sys.executable, "-m", "cutaway", *map(str, stage), "-verbose", "0"]
        with source.open("rb") as given, target.open("wb") as written:
            subprocess.run(command, stdin=given, stdout=written, check=True)
    return path, cells.count(path)


def scaling(text: Path, words: int, rounds: int) -> list[str]:
    """Return what a second thread brings, as lines: ``text_scaling.py``."""
    lines = shown(
        f"Work of two, by the clock, in units of what one thread does alone just before or after; {words:,} words, "
        f"medians of {rounds * TURNS} turns (quartiles). Two models, a thread each, side by side: what this machine "
        "can give.",
        "",
        "| case | 2 threads | 2 models |",
        "| --- | --- | --- |",
    )
    for case in SCALED:
        command = [sys.executable, str(HERE / "text_scaling.py"), case, str(text), str(rounds * TURNS)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        lines += shown(f"| {case} | {' | '.join(json.loads(done.stdout))} |")
    return lines


def memory(python: str, text: Path, words: int, places: dict[str, tuple[Path, int]]) -> list[str]:
    """Return what each contestant needs, as lines: one pass over the text, or over its own of ``places``."""
    lines = shown(
        f"Memory in MB, the most at any time; {words:,} words, one thread. Its own: without pages of mapped files, "
        "programs and the ids of a long text, which the machine may take back (C tools have few, counted here).",
        "",
        "| case | contestant | its own | all |",
        "| --- | --- | ---: | ---: |",
    )
    same = ("shared", "cbow")  # need what skip-gram does
    for case in [case for case in CASES if not any(word in case for word in same)]:
        path, _ = places.get(case, (text, words))
        for peer in ("cutaway", *peers(case, path, python)):
            used = run(python, peer, case, 1, path)
            lines += shown(f"| {case} | {peer} | {used['own']:.0f} | {used['peak']:.0f} |")
    return lines


def shown(*lines: str) -> list[str]:
    """Print some lines, and return them."""
    print("\n".join(lines), flush=True)
    return list(lines)


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="a Python interpreter that has the peers")
    parser.add_argument("--text", help="a text file, also .gz or .xz")
    parser.add_argument("--words", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only",
        default="",
        help="cases whose name contains this, or 'scaling', or 'memory'; of the others the results stay",
    )
    parser.add_argument("--dry", action="store_true", help="print only")
    return parser.parse_args()


def main() -> None:
    """Measure all cases, print the table as it grows, and write it."""
    options = arguments()
    source = Corpus(Path(options.text), letters) if options.text else python_docs(progress=False)
    with tempfile.TemporaryDirectory() as folder:
        text, words = write_text(source, Path(folder), options.words)
        labelled, labelled_words = write_labelled(Path(folder) / "labels", text)
        about = {
            "date": str(datetime.date.today()),
            "machine": processor(),
            "versions": text_tables.versions(options.python),
            "words": words,
            "text": Path(options.text).name if options.text else "documentation of Python libraries",
            "command": f"python benchmarks/text.py --words {options.words} --rounds {options.rounds}",
        }
        print("\n".join(text_tables.heading(about)))
        found: list[dict] = []
        places = {case: (labelled, labelled_words) for case in LABELLED}
        if options.only in "glove" or options.only == "memory":
            places["glove"] = write_cells(text)
        for build in (text_tools.word2vec, text_tools.glove):
            text_tools.have(build.__name__, build, Path(folder) / "tools")
        for case in [case for case in CASES if options.only in case]:
            path, count = places.get(case, (text, words))
            some = text_tables.rows(case, measure(options.python, case, options.rounds, path), count)
            found += some
            print("\n".join(map(text_tables.line, some)), flush=True)
        notes: dict[str, list[str]] = {}
        if options.only in ("", "scaling"):
            notes["scaling"] = scaling(text, words, options.rounds)
        if options.only in ("", "memory"):
            notes["memory"] = memory(options.python, text, words, places)
    if not options.dry:
        text_tables.write(about, found, notes, list(CASES), bool(options.only))


if __name__ == "__main__":
    main()
