"""Story 5: words as points.  A network without a hidden layer reads, and learns what words mean from the
company they keep.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..ext.embeddings import negative, negative_reference
from ..text import Vocabulary, Word2Vec, WordVectors, encode, evaluate_analogies, pca, python_docs
from ..text.docs_questions import docs_questions
from ..text.tokenise import letters
from .one_step import one_step
from .page import Section

DOCS_WORDS = ("cosine", "median", "eigenvalue", "column", "gaussian", "integer", "red", "string", "thread")
DOCS_MAP = {
    "angles": ("sine", "cosine", "tangent", "hyperbolic", "radians", "degrees"),
    "statistics": ("mean", "median", "variance", "deviation", "percentile", "skewness"),
    "matrices": ("matrix", "eigenvalues", "singular", "hermitian", "triangular", "diagonal"),
    "colours": ("red", "green", "blue", "black", "white", "gray"),
    "numbers": ("int", "float", "complex", "integer", "double", "unsigned"),
    "files": ("file", "directory", "filename", "path", "folder", "stream"),
}
DOCS_EXAMPLES = (
    ("max", "maximum", "min", "minimum"),
    ("row", "rows", "column", "columns"),
    ("matrix", "matrices", "eigenvalue", "eigenvalues"),
    ("left", "right", "lower", "upper"),
    ("str", "string", "int", "integer"),
    ("sine", "cosine", "sin", "cos"),
    ("rfft", "fft", "irfft", "ifft"),
    ("start", "stop", "first", "last"),
    ("random", "randomly", "automatic", "automatically"),
)
WIKI_WORDS = ("river", "physics", "king", "music", "paris", "football", "winter", "island", "computer")
WIKI_MAP = {
    "countries": ("france", "germany", "italy", "spain", "russia", "japan", "china", "poland"),
    "capitals": ("paris", "berlin", "rome", "madrid", "moscow", "tokyo", "beijing", "warsaw"),
    "family": ("king", "queen", "father", "mother", "brother", "sister"),
    "seasons": ("winter", "summer", "spring", "autumn"),
    "science": ("physics", "chemistry", "biology", "mathematics"),
}
WIKI_EXAMPLES = (
    ("france", "paris", "germany", "berlin"),
    ("france", "paris", "italy", "rome"),
    ("france", "paris", "russia", "moscow"),
    ("germany", "berlin", "japan", "tokyo"),
    ("man", "woman", "king", "queen"),
    ("father", "mother", "brother", "sister"),
    ("he", "she", "his", "her"),
    ("good", "better", "bad", "worse"),
    ("city", "cities", "country", "countries"),
)
COMMON = 3000  # answers and neighbours are looked for among the words that occur most


def words(corpus: str | os.PathLike | None = None, show: bool = True) -> Section:
    """Run the story on a text file, or on the documentation of the installed libraries."""
    section = Section("Words find their places", "words")
    if corpus is None:
        name, source = "the documentation of the Python libraries on this machine", python_docs(progress=show)
        probes, groups, examples = DOCS_WORDS, DOCS_MAP, DOCS_EXAMPLES
        model = Word2Vec(dim=100, window=5, negative=5, epochs=10, alpha=0.05, seed=1)
        vocabulary, tokens = encode(source, model.min_count)
    else:
        name, source = Path(corpus).name, Path(corpus)
        probes, groups, examples = WIKI_WORDS, WIKI_MAP, WIKI_EXAMPLES
        model = Word2Vec(dim=100, window=5, negative=5, sample=1e-4, epochs=2, seed=1)
        vocabulary, tokens = encode(source, model.min_count, tokenise=letters)
    model.fit_tokens(vocabulary, tokens, progress=show)
    vectors = model.vectors
    _introduce(section, model, vocabulary, len(tokens), name)
    one_step(section)
    _neighbours(section, vectors, probes)
    _analogies(section, vectors, examples)
    if corpus is None:
        _by_section(section, vectors)
    section.figure(
        _map(vectors, groups),
        "The plane in which these words differ most (principal components). Words of one kind share a "
        "colour; nobody told the model the kinds.",
    )
    section.code(Word2Vec, WordVectors.most_similar)
    section.facts["words read for the vectors"] = f"{len(tokens):,}"
    return section


def _introduce(section: Section, model: Word2Vec, vocabulary: Vocabulary, count: int, name: str) -> None:
    section.text(
        f"The text is {name}: {count:,} words, {len(vocabulary):,} different ones that occur at least "
        f"{model.min_count} times. Each word gets two vectors of "
        f"{model.dim} numbers. For a word and each of its neighbours the model raises the probability that "
        f"they belong together, and lowers it for {model.negative} "
        "words drawn at random: *skip-gram with negative sampling*. Nothing else happens; what the words "
        "mean comes out of whom they are seen with.",
        "The loop is written by hand, word by word as the original C program, and compiled when it is first "
        "used. Its reference twin says the same in plain NumPy:",
    )
    section.code(negative_reference.learn, negative_reference.step, negative.step)
    losses = ", ".join(f"{entry['loss']:.3f}" for entry in model.history)
    section.text(f"Mean loss on the same examples after each pass over the text: {losses}.")


def _neighbours(section: Section, vectors: WordVectors, probes: tuple[str, ...]) -> None:
    rows = [
        (
            f"*{word}*",
            ", ".join(near for near, _ in vectors.most_similar(word, topn=7, restrict_vocab=COMMON)),
        )
        for word in probes
        if word in vectors
    ]
    section.table(
        ("word", "nearest words"),
        rows,
        f"Nearest by the angle between the vectors, among the {COMMON:,} commonest words.",
    )


def _analogies(section: Section, vectors: WordVectors, examples: tuple[tuple[str, ...], ...]) -> None:
    section.text(
        "Differences of vectors mean something, too: the word nearest to *maximum* - *max* + *min* should be "
        "*minimum*. A few questions, with what the vectors answer:"
    )
    rows = []
    for a, b, c, d in examples:
        if all(word in vectors for word in (a, b, c, d)):
            answer = vectors.analogy(a, b, c, restrict_vocab=COMMON)[0][0]
            rows.append(
                (f"{a} is to {b} as {c} is to …", answer, "right" if answer == d else f"expected {d}")
            )
    section.table(("question", "answer", ""), rows)


def _by_section(section: Section, vectors: WordVectors) -> None:
    *scores, total = evaluate_analogies(vectors, docs_questions(), restrict_vocab=COMMON)
    rows = [(s.title, f"{s.correct}", f"{s.seen}", f"{s.accuracy:.0%}") for s in (*scores, total) if s.seen]
    section.table(
        ("kind", "right", "of", ""),
        rows,
        "All questions that were written for this kind of text, by kind; guessing would be right once in "
        f"{COMMON:,} times. Meanings that the text uses side by side come out best, word forms that it "
        "seldom needs worst.",
    )
    section.facts["analogies right"] = f"{total.accuracy:.0%} of {total.seen}"


def _map(vectors: WordVectors, groups: dict[str, tuple[str, ...]]):
    from matplotlib import pyplot as plt

    members = [(word, kind) for kind, group in groups.items() for word in group if word in vectors]
    points, explained = pca(vectors.unit[[vectors.row(word) for word, _ in members]])
    figure, axis = plt.subplots(figsize=(9.2, 6.2), layout="constrained")
    colours = dict(
        zip(groups, ("#1f5fa8", "#c0271a", "#228833", "#8a6d00", "#7a3e9d", "#0f7b8a"), strict=False)
    )
    for kind, colour in colours.items():
        own = [i for i, (_, k) in enumerate(members) if k == kind]
        axis.scatter(points[own, 0], points[own, 1], s=22, color=colour, label=kind)
    for (word, kind), (x, y) in zip(members, points, strict=True):
        axis.annotate(
            word, (x, y), xytext=(4, 3), textcoords="offset points", fontsize=10, color=colours[kind]
        )
    axis.set(
        xlabel=f"first component ({explained[0]:.0%} of the variance)",
        ylabel=f"second component ({explained[1]:.0%})",
    )
    axis.legend(loc="best", fontsize=9)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    plt.close(figure)
    return figure
