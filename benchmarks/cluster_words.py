"""word2vec on ranks of MPI, measured: speed, bytes that travel, and analogies, for each way of meeting.

    mpiexec -n 4 python benchmarks/cluster_words.py --train TEXT --questions questions-words.txt --sync frequent
    python benchmarks/cluster_words.py --train TEXT --questions questions-words.txt          one process

The text's words are those that ``tokenise.letters`` finds.  Rank 0 prints one line of JSON last.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from cutaway.core import ranks
from cutaway.text import Corpus, Word2Vec, evaluate_analogies, read_questions
from cutaway.text.corpus import tokenise
from cutaway.text.corpus.shards import encode_shards

FREQUENT = 30_000  # words among which an analogy's answer is looked for


def measured(arguments: argparse.Namespace, comm: Any) -> dict[str, Any]:
    """Train, and say how fast, what travelled, and what was learnt."""
    began = time.perf_counter()
    corpus = Corpus(Path(arguments.train), tokenise.letters)
    vocabulary, tokens = encode_shards(corpus, 5, comm=comm)
    read = time.perf_counter() - began
    options = {"cbow": not arguments.skipgram, "sample": 1e-4, "epochs": arguments.epochs}
    model = Word2Vec(
        sync=arguments.sync, threads=arguments.threads, deterministic=arguments.slices, comm=comm, **options
    )
    model.fit_tokens(vocabulary, tokens, progress=arguments.progress)
    told: dict[str, Any] = {"ranks": comm.size if comm is not None else 1, "threads": arguments.threads}
    told |= {"sync": arguments.sync if comm is not None else "", "slices": arguments.slices}
    told |= {"reading_seconds": read, "words": len(vocabulary), "tokens": vocabulary.total}
    told["words_per_second"] = max(entry["words_per_second"] for entry in model.history)
    told["bytes_per_word"] = model.history[-1].get("bytes_per_word", 0.0)
    told["loss"] = model.history[-1]["loss"]
    if ranks.speaks(comm):
        total = evaluate_analogies(model.vectors, read_questions(arguments.questions), FREQUENT)[-1]
        told["analogies"] = total.correct / total.seen
    return told


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", required=True, metavar="TEXT")
    parser.add_argument("--questions", required=True, metavar="FILE")
    parser.add_argument("--sync", default="frequent", help="frequent, rounds or merge")
    parser.add_argument("--slices", type=int, default=0, help="of a round: deterministic")
    parser.add_argument("--threads", type=int, default=1, help="of each rank")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--skipgram", action="store_true")
    parser.add_argument("--progress", action="store_true")
    comm = ranks.world()
    with ranks.ending_together(comm):
        told = measured(parser.parse_args(), comm)
    if ranks.speaks(comm):
        print(json.dumps(told))


if __name__ == "__main__":
    main()
