"""One run of `benchmarks/text.py`, in a process of its own: train one model once, print the CPU seconds as JSON.

python text_contestant.py PEER CASE EPOCHS THREADS TEXT [TOOL]

Of a case "predict" the epochs are how often all lines are predicted, and the clock starts after training.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SETTINGS = {"dim": 100, "window": 5, "negative": 5, "sample": 1e-3, "min_count": 5}


def cutaway(case: str, epochs: int, threads: int, text: Path) -> float:
    """Train ours; kernels are compiled before the clock starts."""
    from cutaway.text import FastText, FastTextClassifier, Word2Vec

    if case.startswith("predict"):
        trained = FastTextClassifier(epochs=1).fit(text, progress=False)
        return predicting(case, epochs, text, trained.predict, trained.predict)

    def train(source: Path, epochs: int, threads: int) -> None:
        kind, *words = case.split()
        if kind == "supervised":
            FastTextClassifier(epochs=epochs, threads=threads).fit(source, progress=False)
            return
        options = {"cbow": "cbow" in words, "hs": "hs" in words, "shared": "shared" in words}
        options |= {"epochs": epochs, "threads": threads, **SETTINGS}
        (FastText if kind == "fasttext" else Word2Vec)(**options).fit(source, progress=False)

    small = text.with_name("small.txt")
    train(small, 1, threads)
    gc.collect()  # the small model's tables would count for the peak
    start = time.process_time()
    train(text, epochs, threads)
    return time.process_time() - start


def predicting(case: str, times: int, text: Path, one: Callable, many: Callable) -> float:
    """Seconds to predict every line so many times: all in one call, or "by line" in a call each."""
    lines = [line.split(" ", 1)[1] for line in text.read_text().splitlines()]
    for line in lines:
        one(line)  # every word is met once before the clock starts
    start = time.process_time()
    for _ in range(times):
        if "by" in case.split():
            for line in lines:
                one(line)
        else:
            many(lines)
    return time.process_time() - start


def gensim(case: str, epochs: int, threads: int, text: Path) -> float:
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
        "epochs": epochs,
        "workers": threads,
    }
    start = time.process_time()
    (FastText if kind == "fasttext" else Word2Vec)(corpus_file=str(text), **options)
    return time.process_time() - start


def fasttext(case: str, epochs: int, threads: int, text: Path) -> float:
    """Train the original fastText through its Python module."""
    import fasttext

    kind, *words = case.split()
    if kind == "predict":
        trained = fasttext.train_supervised(str(text), epoch=1, thread=1, verbose=0)
        # its own way to ask for one line fails with NumPy 2; below it lies this
        return predicting(
            case, epochs, text, lambda line: trained.f.predict(line + "\n", 1, 0.0, "strict"), trained.predict
        )
    start = time.process_time()
    if kind == "supervised":
        fasttext.train_supervised(str(text), epoch=epochs, thread=threads, verbose=0)
    else:
        options = {"dim": SETTINGS["dim"], "ws": SETTINGS["window"], "neg": SETTINGS["negative"]}
        options |= {"t": SETTINGS["sample"], "minCount": SETTINGS["min_count"], "epoch": epochs}
        model = "cbow" if "cbow" in words else "skipgram"
        fasttext.train_unsupervised(str(text), model=model, thread=threads, verbose=0, **options)
    return time.process_time() - start


def word2vec(case: str, epochs: int, threads: int, text: Path, tool: str = "") -> float:
    """Run the C tool, which lies beside this interpreter if the package word2vec was built."""
    _, *words = case.split()
    tool = tool or str(Path(sys.executable).with_name("word2vec"))
    flags = {
        "-train": text,
        "-output": text.with_name("c.bin"),
        "-size": SETTINGS["dim"],
        "-window": SETTINGS["window"],
        "-negative": 0 if "hs" in words else SETTINGS["negative"],
        "-hs": int("hs" in words),
        "-sample": SETTINGS["sample"],
        "-min-count": SETTINGS["min_count"],
        "-cbow": int("cbow" in words),
        "-iter": epochs,
        "-threads": threads,
        "-binary": 1,
        "-debug": 0,
    }
    command = [tool, *(str(part) for pair in flags.items() for part in pair)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


tuned = word2vec  # another tool, which the last argument names

if __name__ == "__main__":
    peer, case, epochs, threads, text, *tool = sys.argv[1:]
    start = time.perf_counter()
    seconds = globals()[peer](case, int(epochs), int(threads), Path(text), *tool)
    usage = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    wall = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "wall": wall, "peak": usage / 1024}))
