"""Russian, where a word has a dozen forms: word2vec and FastText on the same text; writes RESULTS-russian.md.

    python benchmarks/russian.py --data FOLDER [--seeds 3] [--epochs 5] [--dry]

FOLDER has corpus_ru/ruslit.txt.xz and the human judgements eval/ru/hj.csv (word1,word2,sim).  Both models are
skip-grams of 100 numbers, window 5, 5 noise words.  Three questions:

    similarity     Spearman's correlation with people, for pairs whose rarer word is frequent, and for rare ones
    unknown words  how many pairs have a vector at all
    typos          two neighbouring letters of a word change places: is the word itself among the ten nearest?
"""

from __future__ import annotations

import argparse
import csv
import datetime
from pathlib import Path

import numpy as np
from cutaway.text import FastText, Word2Vec, WordVectors, encode
from cutaway.text.corpus.tokenise import letters
from cutaway.text.vectors.similarity import correlation
from scipy.stats import rankdata

HERE = Path(__file__).parent
RARE = 100  # times in the text, the rarer word of a pair
TYPOS, NEAREST = 400, 10


def spearman(vectors: WordVectors, pairs: list[tuple[str, str, float]]) -> float:
    """Return the correlation of the ranks of cosines and of people's scores."""
    cosines = []
    for a, b, _ in pairs:
        x, y = vectors.vector(a), vectors.vector(b)
        cosines.append(float(x @ y) / (float(np.linalg.norm(x) * np.linalg.norm(y)) or 1.0))
    return correlation(rankdata(np.array(cosines)), rankdata(np.array([score for *_, score in pairs])))


def misspelt(words: list[str], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return (word, typo): two different inner letters have changed places."""
    found = []
    for word in words:
        places = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
        if places:
            i = int(rng.choice(places))
            found.append((word, word[:i] + word[i + 1] + word[i] + word[i + 2 :]))
    return found


def share_found(vectors: WordVectors, typos: list[tuple[str, str]]) -> float:
    """Return the share of typos among whose nearest words the right one is; 0 for a typo without a vector."""
    hits = 0
    for word, typo in typos:
        try:
            vector = vectors.vector(typo)
        except KeyError:
            continue
        hits += word in [near for near, _ in vectors.most_similar(vector, topn=NEAREST)]
    return hits / len(typos)


def main() -> None:
    """Train, ask, print and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    vocabulary, tokens = encode(options.data / "corpus_ru" / "ruslit.txt.xz", 5, tokenise=letters)
    counts = dict(zip(vocabulary.words, vocabulary.counts, strict=True))
    with (options.data / "eval" / "ru" / "hj.csv").open(encoding="utf-8") as file:
        pairs = [(row["word1"], row["word2"], float(row["sim"])) for row in csv.DictReader(file)]
    known = [pair for pair in pairs if pair[0] in counts and pair[1] in counts]
    rare = [pair for pair in known if min(counts[pair[0]], counts[pair[1]]) < RARE]
    frequent = [pair for pair in known if pair not in rare]
    candidates = [word for word in vocabulary.words if len(word) >= 6 and counts[word] >= 50]
    rng = np.random.default_rng(0)
    typos = misspelt([str(word) for word in rng.choice(candidates, TYPOS, replace=False)], rng)
    shared = {
        "dim": 100,
        "window": 5,
        "negative": 5,
        "sample": 1e-4,
        "epochs": options.epochs,
        "threads": options.threads,
    }
    found: dict[str, list[tuple[float, ...]]] = {"word2vec": [], "FastText": []}
    for seed in range(1, options.seeds + 1):
        for name, model in (
            ("word2vec", Word2Vec(seed=seed, alpha=0.05, **shared)),
            ("FastText", FastText(seed=seed, **shared)),
        ):
            vectors = model.fit_tokens(vocabulary, tokens, progress=False).vectors
            everything = spearman(vectors, pairs) if name == "FastText" else float("nan")
            scores = (
                spearman(vectors, frequent),
                spearman(vectors, rare),
                everything,
                share_found(vectors, typos),
            )
            found[name].append(scores)
            print(name, seed, *(f"{score:.3f}" for score in scores), flush=True)
    lines = [
        f"## Russian, {datetime.date.today()}",
        "",
        f"{len(tokens):,} words of Russian prose, {len(vocabulary):,} different; {options.epochs} epochs, means of "
        f"{options.seeds} seeds (standard deviation). Spearman's correlation with the judgements of HJ.",
        "Command: `python benchmarks/russian.py --data FOLDER`.",
        "",
        f"| | {len(frequent)} frequent pairs | {len(rare)} rare pairs (below {RARE} times) | "
        f"all {len(pairs)} pairs | {len(typos)} typos: word among the {NEAREST} nearest |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, rows in found.items():
        cells = []
        for values in zip(*rows, strict=True):
            spread = np.std(values, ddof=1) if len(values) > 1 else 0.0
            cells.append("no vectors" if np.isnan(values[0]) else f"{np.mean(values):.3f} ({spread:.3f})")
        lines.append("| " + " | ".join([name, *cells]) + " |")
    print("\n".join(lines))
    if not options.dry:
        (HERE / "RESULTS-russian.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
