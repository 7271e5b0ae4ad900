"""Are the vectors as good as the original tools'?  Analogies and word similarity, equal settings; RESULTS-quality.md.

    python benchmarks/quality.py --data FOLDER [--python PYTHON_WITH_PEERS] [--seeds 3] [--only WORD] [--jobs 1]
    python benchmarks/quality.py --table                  only write the table of what RESULTS-quality.json holds

FOLDER has corpus_en/simplewiki.txt.xz, corpus_en/enwiki_a.txt.xz, eval/en/questions-words.txt.gz and
eval/en/EN-WS-353-ALL.txt.  A text is the lower-cased runs of a-z of each line; a run's seed shuffles its lines,
for all contestants alike, and is given to those that take one (word2vec.c and fastText do not).  Every finished
run is written at once, and a run that is in the file is not repeated: start the same command again after an
interruption.  A run takes one thread; `--jobs` are how many run at a time.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cutaway.core.files import replacing
from cutaway.text import (
    WordVectors,
    evaluate_analogies,
    evaluate_similarity,
    read_pairs,
    read_questions,
)
from quality_table import table

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS-quality.json"
VOCABULARY = 30_000  # words that answers are sought among, as in the C tool's demo
SENTENCE = (
    1000  # words; longer lines are cut, so that no tool cuts them elsewhere (word2vec.c 1000, fastText 1024)
)
EPOCHS = {"simplewiki": 2, "enwiki_a": 5}
# What is compared: (cutaway's cases, {peer: its case}); a case is explained in text_contestant.py.
MODELS = {
    "skip-gram": (
        ("word2vec", "word2vec shared"),
        {"word2vec": "word2vec", "gensim": "word2vec", "gensim halved": "word2vec halved"},
    ),
    "CBOW": (
        ("word2vec cbow", "word2vec cbow shared"),
        {"word2vec": "word2vec cbow", "gensim": "word2vec cbow"},
    ),
    "skip-gram hs": (("word2vec hs",), {"word2vec": "word2vec hs", "gensim": "word2vec hs"}),
    "FastText skip-gram, noise 0.5": (("fasttext 0.5",), {"fasttext": "fasttext 0.5"}),
    "FastText CBOW, noise 0.5": (("fasttext cbow 0.5",), {"fasttext": "fasttext cbow 0.5"}),
    "FastText skip-gram": (("fasttext", "fasttext shared"), {"gensim": "fasttext"}),
    "FastText CBOW": (("fasttext cbow", "fasttext cbow shared"), {"gensim": "fasttext cbow"}),
}
FIRST = ("skip-gram", "CBOW")


def jobs(seeds: int, only: str) -> list[tuple[str, int, str, str, str]]:
    """Return (corpus, seed, model, contestant, case) of every run, the most telling first.

    For each seed: skip-gram and CBOW on the large text, everything on the small one, the rest on the large one.
    """
    found = []
    for seed in range(1, seeds + 1):
        for corpus in EPOCHS:
            for model, (own, peers) in MODELS.items():
                turn = 1 if corpus == "enwiki_a" else 0 if model in FIRST else 2
                runs = [("cutaway shared" if "shared" in case else "cutaway", case) for case in own]
                found += [((seed, turn), (corpus, seed, model, *run)) for run in [*runs, *peers.items()]]
    ordered = [job for _, job in sorted(found, key=lambda entry: entry[0])]
    return [job for job in ordered if only in " ".join(map(str, job))]


def write_text(source: Path, path: Path, seed: int) -> None:
    """Write the words of a text, its lines shuffled."""
    word = re.compile("[a-z]+")
    with lzma.open(source, "rt", encoding="utf-8") as file:
        lines = [" ".join(word.findall(line.lower())) for line in file]
    random.Random(seed).shuffle(lines)
    with replacing(path, "w") as file:
        for line in lines:
            words = line.split()
            for i in range(0, len(words), SENTENCE):
                file.write(" ".join(words[i : i + SENTENCE]) + "\n")


def train(python: str, contestant: str, case: str, text: Path, seed: int, epochs: int) -> WordVectors:
    """Return what a contestant makes of a text, in a process of its own."""
    own = contestant.startswith("cutaway")
    output = text.with_name(f"{contestant}-{case}-{text.stem}.bin")
    command = [sys.executable if own else python, HERE / "text_contestant.py", contestant.split()[0], case]
    command += [epochs, 1, text, "--output", output, "--seed", seed]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{contestant}, {case}: {done.stderr.strip().splitlines()[-1:]}")
    vectors = WordVectors.load(output, binary=True, errors="surrogateescape")
    output.unlink()
    return vectors


def judge(vectors: WordVectors, questions: dict, pairs: list) -> dict[str, float]:
    """Return the share of analogies answered, the correlation with people, and how many of both were seen."""
    total = evaluate_analogies(vectors, questions, VOCABULARY)[-1]
    similarity = evaluate_similarity(vectors, pairs)
    return {
        "analogies": round(100 * total.accuracy, 3),
        "questions": total.seen,
        "spearman": round(similarity.spearman, 4),
        "pairs": similarity.seen,
    }


def run_all(options: argparse.Namespace, results: list[dict]) -> None:
    """Run what is not among the results yet, and add it there and to the file."""
    questions = read_questions(options.data / "eval" / "en" / "questions-words.txt.gz")
    pairs = read_pairs(options.data / "eval" / "en" / "EN-WS-353-ALL.txt")
    names = ("corpus", "seed", "model", "contestant")
    known = {tuple(result[name] for name in names) for result in results}
    waiting = [job for job in jobs(options.seeds, options.only) if job[:4] not in known]
    lock = threading.Lock()

    def run(corpus: str, seed: int, model: str, contestant: str, case: str) -> None:
        text = Path(folder) / f"{corpus}-{seed}.txt"
        with lock:
            if not text.exists():
                write_text(options.data / "corpus_en" / f"{corpus}.txt.xz", text, seed)
        began = time.perf_counter()
        vectors = train(options.python, contestant, case, text, seed, EPOCHS[corpus])
        result = dict(zip(names, (corpus, seed, model, contestant), strict=True))
        with lock:
            result |= judge(vectors, questions, pairs)
            results.append(result)
            with replacing(RESULTS, "w") as file:
                file.write("[\n" + ",\n".join(map(json.dumps, results)) + "\n]\n")
            print(*result.values(), f"{time.perf_counter() - began:.0f} s", flush=True)

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        for _ in pool.map(run, *zip(*waiting, strict=True)):
            pass  # a run's error is raised here


def main() -> None:
    """Run what is missing, then write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--python", default=sys.executable, help="a Python interpreter that has the peers")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--only", default="", help="runs whose corpus, seed, model, contestant or case has this"
    )
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, each of one thread")
    parser.add_argument("--table", action="store_true", help="train nothing")
    options = parser.parse_args()
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    if not options.table:
        if options.data is None:
            parser.error("--data FOLDER is needed to train; --table writes the table of what there is")
        run_all(options, results)
    written = table(results, EPOCHS)
    (HERE / "RESULTS-quality.md").write_text(written)
    print(written)


if __name__ == "__main__":
    main()
