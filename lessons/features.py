"""Story 11: vectors as features.  Of which library is this paragraph?  Does it help to have read before?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import no_grad, tensor
from ..nn import CrossEntropyLoss, Linear, optim
from ..text import BagOfWords, FastTextClassifier, WordVectors, python_docs
from .drawing import COLOURS, SMALL, new_figure, open_axes
from .page import Section
from .reading import Reading

LIBRARIES = ("numpy", "matplotlib", "numba")
NAMES = {"numpy", "np", "matplotlib", "mpl", "pyplot", "plt", "numba", "nb", "jit", "njit"}  # would tell
LENGTH = 8  # words of a paragraph, at least
SIZES = (3, 10, 30, 100, 300)  # labelled paragraphs of each library
DRAWS = 3  # times the labelled ones are drawn anew
ASKED = 400  # paragraphs of each library that are asked about
Text = list[str]
STEPS, RATE, DECAY = 200, 0.05, 1e-3


def features(reading: Reading) -> Section:
    """Run the story on the documentation of three libraries, with vectors that were learnt from it."""
    section = Section("Vectors as features", "features")
    texts = [paragraphs(name) for name in LIBRARIES]
    rng = np.random.default_rng(0)
    asked, rest = split(texts, rng)
    found = curves(asked, rest, reading.vectors, rng)
    _tell(section, reading, asked, found)
    section.code(linear, mean_of_vectors, fasttext)
    return section


def _tell(section: Section, reading: Reading, asked: list, found: dict[str, list[tuple[int, float]]]) -> None:
    bag, mean, alone, begun = found.values()
    few, many = min(1, len(bag) - 1), len(bag) - 1
    section.text(
        "Last, what the vectors are used for most. A paragraph of the documentation of "
        f"{', '.join(LIBRARIES[:-1])} or {LIBRARIES[-1]}, names of libraries taken out: of which of the "
        "three is it? A linear classifier (one layer, softmax, cross-entropy) learns it from labelled "
        f"paragraphs, and is asked of {sum(map(len, asked)):,} others. It needs features: a *bag of words* "
        "(tf-idf), of which it must learn the meaning of each word from the labelled paragraphs alone; or "
        f"the *mean of the words' vectors*, {reading.model.dim} numbers that were learnt from {reading.name} "
        "(these paragraphs are in it, no labels).",
        "*FastText's classifier* is the same layer on the same mean, but the words' vectors learn too, each "
        "by the gradient of the label; it can begin with vectors drawn at random, or with these.",
    )
    section.figure(
        _curves_picture(found),
        f"Share of paragraphs whose library is named rightly, against labelled paragraphs; means of {DRAWS} "
        f"draws of these. Guessing is right once in {len(LIBRARIES)} times.",
    )
    section.text(
        f"With {bag[few][0]} labelled paragraphs of each library the bag is right {bag[few][1]:.0%} of the "
        f"time, the mean of vectors {mean[few][1]:.0%}: {_of_few(bag[few][1], mean[few][1])}. With "
        f"{bag[many][0]} it is {bag[many][1]:.0%} and {mean[many][1]:.0%}: "
        f"{_of_many(bag[many][1], mean[many][1], reading.model.dim)}. Vectors that begin with what was "
        f"read and then follow the labels: {begun[few][1]:.0%} and {begun[many][1]:.0%} (from random ones "
        f"{alone[few][1]:.0%} and {alone[many][1]:.0%}): what was read before "
        f"{_of_begun(begun[few][1], alone[few][1])}. This is *transfer learning*, for text."
    )
    section.facts[
        f"right with {bag[few][0]} labelled paragraphs of each library, bags and means of vectors"
    ] = f"{bag[few][1]:.0%} and {mean[few][1]:.0%}"


def _of_few(bag: float, mean: float) -> str:
    """What the shares with few labelled paragraphs say; a hundredth is no difference."""
    if mean > bag + 0.01:
        return "a word that was never labelled is known by its neighbours"
    return "that a word's neighbours are known is of no help here"


def _of_begun(begun: float, alone: float) -> str:
    """Whether vectors that have read before learn better from few labels than random ones."""
    return "helps" if begun > alone + 0.01 else "does not help"


def _of_many(bag: float, mean: float, dim: int) -> str:
    """What the shares with many labelled paragraphs say; a hundredth is no difference."""
    if bag > mean + 0.01:
        return f"a long dictionary says more than {dim} numbers, once there are examples to learn it from"
    if mean > bag + 0.01:
        return f"{dim} numbers that know which words are alike still say more than a long dictionary"
    return f"once there are examples to learn it from, a long dictionary says as much as {dim} numbers"


def _curves_picture(found: dict[str, list[tuple[int, float]]]) -> Any:
    figure, axis = new_figure(7.6, 4.4)
    for (name, curve), colour, marker in zip(found.items(), COLOURS, "osD^", strict=False):
        sizes, shares = zip(*curve, strict=True)
        axis.plot(sizes, [100 * share for share in shares], marker=marker, color=colour, label=name)
    axis.axhline(100 / len(LIBRARIES), color="#5b6573", linestyle=":", label="guessing")
    axis.set_xscale("log")
    axis.set_xticks(SIZES, [str(size) for size in SIZES])
    axis.minorticks_off()
    axis.set(xlabel="labelled paragraphs of each library", ylabel="named rightly, per cent", ylim=(25, 100))
    axis.legend(frameon=False, fontsize=SMALL, loc="upper left")
    open_axes(axis)
    return figure


def paragraphs(library: str) -> list[list[str]]:
    """Return the paragraphs of a library's documentation, words that name it left out."""
    kept = ([w for w in words if w not in NAMES] for words in python_docs((library,), False, progress=False))
    return [words for words in kept if len(words) >= LENGTH]


def split(texts: list[list[Text]], rng: np.random.Generator) -> tuple[list[list[Text]], list[list[Text]]]:
    """Shuffle each library's paragraphs; return those that are asked about, and the others."""
    orders = [rng.permutation(len(each)) for each in texts]
    asked = [min(ASKED, len(order) // 2) for order in orders]
    parts = [(order[:n], order[n:]) for order, n in zip(orders, asked, strict=True)]
    chosen = [[[each[i] for i in part] for part in both] for each, both in zip(texts, parts, strict=True)]
    return [first for first, _ in chosen], [last for _, last in chosen]


def labelled(texts: list[list[Text]]) -> tuple[list[Text], np.ndarray]:
    """Return all texts in one list, and the number of the list that each came from."""
    return [text for each in texts for text in each], np.repeat(range(len(texts)), [len(t) for t in texts])


def curves(
    asked: list[list[Text]], rest: list[list[Text]], vectors: WordVectors, rng: np.random.Generator
) -> dict[str, list[tuple[int, float]]]:
    """Return (labelled paragraphs of each library, share answered rightly) for each kind of features."""
    questions, truth = labelled(asked)
    names = (
        "bag of words",
        "mean of word vectors",
        "FastText from random vectors",
        "FastText from word vectors",
    )
    found: dict[str, list[tuple[int, float]]] = {name: [] for name in names}
    asked_means = mean_of_vectors(questions, vectors)
    for size in SIZES:
        shares = []
        for _ in range(DRAWS):
            some = [[each[i] for i in rng.permutation(len(each))[:size]] for each in rest]
            texts, y = labelled(some)
            bag = BagOfWords(tfidf=True).fit(texts)
            answers = (
                linear(bag.transform(texts).toarray(), y, bag.transform(questions).toarray()),
                linear(mean_of_vectors(texts, vectors), y, asked_means),
                fasttext(texts, y, questions, rng),
                fasttext(texts, y, questions, rng, vectors),
            )
            shares.append([(answer == truth).mean() for answer in answers])
        for name, share in zip(found, np.mean(shares, 0), strict=True):
            found[name].append((size, float(share)))
    return found


def linear(x: np.ndarray, y: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Fit a linear classifier to rows x (N, D) of classes y (N,); return the classes of ``asked``."""
    model, loss_of = Linear(x.shape[1], int(y.max()) + 1, rng=0), CrossEntropyLoss()
    optimiser = optim.Adam(model.parameters(), lr=RATE, weight_decay=DECAY)
    rows = tensor(x.astype(np.float32))
    for _ in range(STEPS):
        loss = loss_of(model(rows), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with no_grad():
        return model(tensor(asked.astype(np.float32))).numpy().argmax(1)


def mean_of_vectors(texts: Sequence[Text], vectors: WordVectors) -> np.ndarray:
    """Return the mean of each text's known words' vectors, of length 1 each, times the root of D; (N, D)."""
    rows = [[vectors.row(word) for word in text if word in vectors] for text in texts]
    unit = vectors.unit
    means = [unit[each].mean(0) if each else np.zeros(unit.shape[1], np.float32) for each in rows]
    return np.stack(means) * np.float32(unit.shape[1] ** 0.5)


def fasttext(
    texts: Sequence[Text],
    y: np.ndarray,
    asked: Sequence[Text],
    rng: np.random.Generator,
    vectors: WordVectors | None = None,
) -> np.ndarray:
    """Train FastText's classifier on the same texts; return the classes of those that are asked about."""
    lines = [f"__label__{label} {' '.join(text)}" for label, text in zip(y, texts, strict=True)]
    lines = [lines[i] for i in rng.permutation(len(lines))]  # it learns line by line: no class may come last
    dim, alpha = (20, 0.5) if vectors is None else (vectors.matrix.shape[1], 0.1)
    model = FastTextClassifier(dim=dim, alpha=alpha, epochs=25).fit(lines, progress=False, pretrained=vectors)
    answers = model.predict([" ".join(text) for text in asked])
    return np.array([int(labels[0][0].removeprefix("__label__")) if labels else -1 for labels in answers])
