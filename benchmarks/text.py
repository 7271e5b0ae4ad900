"""Compare the speed of word vectors with gensim, the C word2vec and fastText; write benchmarks/RESULTS-text.md.

    make bench-text                 in an environment of its own, with the peers
    python benchmarks/text.py [--python PYTHON_WITH_PEERS] [--text FILE] [--words 1000000] [--rounds 3] [--dry]

Every run is a process of its own, and contestants take turns.  A run of 1 and a run of 3 (or 7) passes over
the text differ by so many passes and nothing else, neither reading nor counting words: from that come the words
a second of CPU time.  Without --text the words are the documentation of the installed Python libraries.  A ratio
is cutaway's words a second divided by the peer's: above 1, cutaway is faster.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from cutaway.text import Corpus, python_docs
from cutaway.text.tokenise import letters
from kernels import processor

HERE = Path(__file__).parent
FEW, MANY = 1, 3  # passes over the text
MORE = 7  # its tables of 2 million rows take seconds to fill: more passes, so that these weigh less
CASES = {  # case: its peers
    "word2vec skip-gram": ("word2vec", "gensim"),
    "word2vec skip-gram shared": ("word2vec", "gensim"),
    "word2vec cbow": ("word2vec", "gensim"),
    "word2vec cbow shared": ("word2vec", "gensim"),
    "word2vec skip-gram hs": ("word2vec", "gensim"),
    "fasttext skip-gram": ("fasttext", "gensim"),
    "fasttext cbow": ("fasttext", "gensim"),
    "supervised": ("fasttext",),
}
PASSES_OF_LABELS = 20  # a text with labels is short: 1 and 20 times as many passes


def run(python: str, peer: str, case: str, epochs: int, threads: int, text: Path) -> dict:
    """Return what one run used: {"seconds": of CPU, "wall", "peak": MB}."""
    command = [sys.executable if peer == "cutaway" else python, str(HERE / "text_contestant.py")]
    command += [peer, case, str(epochs), str(threads), str(text)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{peer}, {case}: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(python: str, case: str, threads: int, rounds: int, text: Path) -> dict[str, dict[str, float]]:
    """Return by contestant the seconds of CPU and of the clock for one pass, and the peak memory in MB."""
    factor = PASSES_OF_LABELS if case == "supervised" else 1
    most = MORE if case.startswith("fasttext") else MANY
    found: dict[str, list[tuple[float, float, float]]] = {peer: [] for peer in ("cutaway", *CASES[case])}
    for turn in range(rounds):
        for peer in list(found) if turn % 2 else list(found)[::-1]:
            few, many = (run(python, peer, case, n * factor, threads, text) for n in (FEW, most))
            passes = (most - FEW) * factor
            cpu, wall = ((many[name] - few[name]) / passes for name in ("seconds", "wall"))
            found[peer].append((cpu, wall, many["peak"]))
    names = ("cpu", "wall", "peak")
    return {
        peer: {
            name: statistics.median(values)
            for name, values in zip(names, zip(*rows, strict=True), strict=True)
        }
        for peer, rows in found.items()
    }


def write_text(source: object, folder: Path, words: int) -> tuple[Path, int]:
    """Write the first so many words, a sentence a line, and a small text to compile with; return path and words."""
    count, path = 0, folder / "text.txt"
    with path.open("w") as file, (folder / "small.txt").open("w") as small:
        for sentence in source:  # type: ignore[attr-defined]
            line = " ".join(sentence) + "\n"
            file.write(line)
            if count < 20_000:
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
    frequent = sorted({word for piece in pieces[:500] for word in piece if len(word) > 4})[:6]
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


def rows(case: str, found: dict[str, dict[str, float]], words: int) -> list[str]:
    """Return the table's lines of a case, one a peer."""
    own = found["cutaway"]
    lines = []
    for peer in CASES[case]:
        other = found[peer]
        cells = [case, peer, f"{other['cpu'] / own['cpu']:.2f}"]
        cells += [f"{words / each['cpu'] / 1e3:.0f}" for each in (own, other)]
        cells.append(f"{own['peak']:.0f} / {other['peak']:.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    """Measure all cases, print the table as it grows, and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="a Python interpreter that has the peers")
    parser.add_argument("--text", help="a text file, also .gz or .xz")
    parser.add_argument("--words", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    source = Corpus(Path(options.text), letters) if options.text else python_docs(progress=False)
    with tempfile.TemporaryDirectory() as folder:
        text, words = write_text(source, Path(folder), options.words)
        labelled, labelled_words = write_labelled(Path(folder) / "labels", text)
        lines = [
            f"## Word vectors, {datetime.date.today()}",
            "",
            f"{processor()}; Python {platform.python_version()}. {words:,} words, 100 numbers, window 5, 5 noise "
            "words, sample 1e-3, one thread; for the classifier fastText's defaults. "
            f"Command: `python benchmarks/text.py --words {options.words} --rounds {options.rounds}`. "
            "Ratio: words a second of CPU time, cutaway's / the peer's.",
            "",
            "| case | peer | ratio | k words/s, cutaway | peer | peak MB |",
            "| --- | --- | ---: | ---: | ---: | --- |",
        ]
        print("\n".join(lines))
        for case in [case for case in CASES if options.only in case]:
            path, count = (labelled, labelled_words) if case == "supervised" else (text, words)
            found = rows(case, measure(options.python, case, 1, options.rounds, path), count)
            lines += found
            print("\n".join(found), flush=True)
        lines += ["", *scaling(options.python, text, options.rounds)] if not options.only else []
    print("\n".join(lines[-2:]))
    if not options.dry:
        (HERE / "RESULTS-text.md").write_text("\n".join(lines) + "\n")


def scaling(python: str, text: Path, rounds: int) -> list[str]:
    """Return what a second thread brings, by the clock."""
    lines = []
    for case in ("word2vec skip-gram", "word2vec cbow"):
        alone, both = (
            statistics.median(measure_own(python, case, threads, text) for _ in range(rounds))
            for threads in (1, 2)
        )
        lines.append(f"{case}, cutaway, 2 threads: {alone / both:.2f} times as fast as 1, by the clock.\n")
    return lines


def measure_own(python: str, case: str, threads: int, text: Path) -> float:
    """Return the seconds of the clock for some passes."""
    few, many = (run(python, "cutaway", case, n, threads, text) for n in (FEW, MORE))
    return many["wall"] - few["wall"]


if __name__ == "__main__":
    main()
