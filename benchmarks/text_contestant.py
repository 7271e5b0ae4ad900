"""One run of `benchmarks/text.py` or `benchmarks/quality.py`, in a process of its own: train one model once, print
the seconds, after all is compiled, and the memory as JSON.

python text_contestant.py PEER CASE EPOCHS THREADS TEXT [--output FILE] [--seed N] [--tool PROGRAM]

With an output the vectors are written there, in word2vec's binary format.  A case is words: "word2vec" or
"fasttext", then "cbow", "hs", "shared", "0.5" (the noise words' exponent), "halved" (gensim's first vectors,
which are twice word2vec's) where they apply; "supervised" stands
alone.  Of a case "predict" the epochs are how often all lines are predicted, and the clock starts after training.
Of the case "glove" the text is a file of shuffled cells, beside which lies vocab.txt.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

X_MAX = 10.0  # what crucyble's GloVe has
SETTINGS = {"dim": 100, "window": 5, "negative": 5, "sample": 1e-3, "min_count": 5}


Seconds = tuple[float, float]  # of CPU, and by the clock


def now() -> Seconds:
    """The time, from some moment on."""
    return time.process_time(), time.perf_counter()


def since(start: Seconds) -> Seconds:
    """How long that is ago."""
    cpu, wall = now()
    return cpu - start[0], wall - start[1]


def rate(case: str) -> float:
    """Return the learning rate at the beginning: the original tools' defaults, and the same for every contestant."""
    return 0.05 if "cbow" in case or "fasttext" in case else 0.025


def power(case: str) -> float:
    """Return the exponent of the noise words' counts."""
    return 0.5 if "0.5" in case.split() else 0.75


def cutaway(case: str, epochs: int, threads: int, text: Path, output: str, seed: int) -> Seconds:
    """Train ours; kernels are compiled before the clock starts."""
    from cutaway.text import FastTextClassifier, GloVe, Vocabulary

    if case == "glove":
        options = {"dim": SETTINGS["dim"], "x_max": X_MAX, "threads": threads}
        GloVe(epochs=1, **options).fit(text.with_name("small.txt"), progress=False)  # compiles
        vocabulary = Vocabulary.load(text.with_name("vocab.txt"), sort=False)
        start = now()
        GloVe(epochs=epochs, **options).fit_cells(vocabulary, text, progress=False)
        return since(start)
    if case.startswith("predict"):
        trained = FastTextClassifier(epochs=1).fit(text, progress=False)
        return predicting(case, epochs, text, trained.predict, trained.predict)

    if not output:
        ours(case, 1, threads, seed).fit(text.with_name("small.txt"), progress=False)
        gc.collect()  # the small model's tables would count for the peak
    start = now()
    model = ours(case, epochs, threads, seed).fit(text, progress=False)
    seconds = since(start)
    if output:
        model.vectors.save(output)
    return seconds


def ours(case: str, epochs: int, threads: int, seed: int = 1) -> Any:
    """Our model of a case, to be trained on a text."""
    from cutaway.text import FastText, FastTextClassifier, Word2Vec

    kind, *words = case.split()
    if kind == "supervised":
        return FastTextClassifier(epochs=epochs, threads=threads)
    options = {"cbow": "cbow" in words, "hs": "hs" in words, "shared": "shared" in words, "seed": seed}
    options |= {"epochs": epochs, "threads": threads, "alpha": rate(case), "power": power(case), **SETTINGS}
    return (FastText if kind == "fasttext" else Word2Vec)(**options)


def predicting(case: str, times: int, text: Path, one: Callable, many: Callable) -> Seconds:
    """Seconds to predict every line so many times: all in one call, or "by line" in a call each."""
    lines = [line.split(" ", 1)[1] for line in text.read_text().splitlines()]
    for line in lines:
        one(line)  # every word is met once before the clock starts
    start = now()
    for _ in range(times):
        if "by" in case.split():
            for line in lines:
                one(line)
        else:
            many(lines)
    return since(start)


def gensim(case: str, epochs: int, threads: int, text: Path, output: str, seed: int) -> Seconds:
    """Train gensim's model of the same kind."""
    from gensim.models import FastText, Word2Vec

    kind, *words = case.split()
    options = {
        "vector_size": SETTINGS["dim"],
        "window": SETTINGS["window"],
        "negative": 0 if "hs" in words else SETTINGS["negative"],
        "hs": int("hs" in words),
        "sample": SETTINGS["sample"],
        "min_count": SETTINGS["min_count"],
        "sg": int("cbow" not in words),
        "alpha": rate(case),
        "ns_exponent": power(case),
        "epochs": epochs,
        "workers": threads,
        "seed": seed,
    }
    start = now()
    model = (FastText if kind == "fasttext" else Word2Vec)(**options)
    model.build_vocab(corpus_file=str(text))
    if "halved" in words:
        model.wv.vectors *= 0.5
    model.train(
        corpus_file=str(text),
        total_words=model.corpus_total_words,
        total_examples=model.corpus_count,
        epochs=epochs,
    )
    seconds = since(start)
    if output:
        model.wv.save_word2vec_format(output, binary=True)
    return seconds


def fasttext(case: str, epochs: int, threads: int, text: Path, output: str, seed: int) -> Seconds:
    """Train the original fastText through its Python module; the noise words' exponent is 0.5, there is no seed."""
    import fasttext

    kind, *words = case.split()
    if kind == "predict":
        trained = fasttext.train_supervised(str(text), epoch=1, thread=1, verbose=0)
        return predicting(case, epochs, text, asking(trained), trained.predict)
    start = now()
    if kind == "supervised":
        fasttext.train_supervised(str(text), epoch=epochs, thread=threads, verbose=0)
        return since(start)
    options = {
        "dim": SETTINGS["dim"],
        "ws": SETTINGS["window"],
        "neg": SETTINGS["negative"],
        "lr": rate(case),
    }
    options |= {"t": SETTINGS["sample"], "minCount": SETTINGS["min_count"], "epoch": epochs}
    kind = "cbow" if "cbow" in words else "skipgram"
    model = fasttext.train_unsupervised(str(text), model=kind, thread=threads, verbose=0, **options)
    seconds = since(start)
    if output:
        from cutaway.text import WordVectors

        WordVectors(model.words, [model.get_word_vector(word) for word in model.words]).save(output)
    return seconds


def asking(trained: Any) -> Callable[[str], tuple]:
    """Return what fastText's ``predict`` does with one line; as it is, it fails with NumPy 2."""
    import numpy as np

    def predict(line: str) -> tuple:
        if line.find("\n") != -1:
            raise ValueError("one line at a time")
        probabilities, labels = zip(*trained.f.predict(line + "\n", 1, 0.0, "strict"), strict=True)
        return labels, np.asarray(probabilities)

    return predict


def word2vec(
    case: str, epochs: int, threads: int, text: Path, output: str, seed: int, tool: str = ""
) -> Seconds:
    """Run the C tool, which lies beside this interpreter if the package word2vec was built; it takes no seed."""
    _, *words = case.split()
    tool = tool or str(Path(sys.executable).with_name("word2vec"))
    flags = {
        "-train": text,
        "-output": output or text.with_name("c.bin"),
        "-size": SETTINGS["dim"],
        "-window": SETTINGS["window"],
        "-negative": 0 if "hs" in words else SETTINGS["negative"],
        "-hs": int("hs" in words),
        "-sample": SETTINGS["sample"],
        "-min-count": SETTINGS["min_count"],
        "-cbow": int("cbow" in words),
        "-alpha": rate(case),
        "-iter": epochs,
        "-threads": threads,
        "-binary": 1,
        "-debug": 0,
    }
    command = [tool, *(str(part) for pair in flags.items() for part in pair)]
    start = now()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, since(start)[1]


def glove(case: str, epochs: int, threads: int, text: Path, output: str, seed: int, tool: str) -> Seconds:
    """Run GloVe's own training program; it takes no seed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [tool, text, text.with_name("vocab.txt"), "vectors", SETTINGS["dim"], epochs, threads]
        start = now()
        subprocess.run([str(part) for part in command], cwd=folder, check=True, stderr=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime, since(start)[1]


PYTHON = {"cutaway": cutaway, "gensim": gensim, "fasttext": fasttext, "fasttext-turbo": fasttext}
TOOLS = {"word2vec": word2vec, "tuned": word2vec, "glove": glove, "glove-tuned": glove}


def main() -> None:
    """Run one contestant once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peer", choices=[*PYTHON, *TOOLS])
    parser.add_argument("case")
    parser.add_argument("epochs", type=int)
    parser.add_argument("threads", type=int)
    parser.add_argument("text", type=Path)
    parser.add_argument("--output", default="", help="write the vectors there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tool", default="", help="the C tool, where it lies nowhere known")
    given = parser.parse_args()
    run = (given.case, given.epochs, given.threads, given.text, given.output, given.seed)
    run_tool = TOOLS.get(given.peer)
    seconds, wall = run_tool(*run, given.tool) if run_tool else PYTHON[given.peer](*run)
    print(json.dumps({"seconds": seconds, "wall": wall, **memory(of_tool=run_tool is not None)}))


def memory(*, of_tool: bool) -> dict[str, float]:
    """The largest memory of the tool that was run, or of this process: "peak", and how much was its own, in MB.

    Linux counts for a process what its parent held when it started, too.  /proc does not; and the tool's
    parent is this process, which holds little.  Not its own are pages of program files: other processes use the same.
    A tool's are few, and not told apart.
    """
    if of_tool:
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return {"peak": peak, "own": peak}
    status = Path("/proc/self/status")
    if not status.exists():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"peak": peak, "own": peak}
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
    peak, files = (int(lines[name].split()[0]) / 1024 for name in ("VmHWM", "RssFile"))
    return {"peak": peak, "own": peak - files}


if __name__ == "__main__":
    main()
