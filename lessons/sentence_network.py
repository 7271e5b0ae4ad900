"""Story: a network that reads a sentence.  Kim's convolutional network over word vectors, in four modes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..text import NBSVM, BagOfWords, SentenceCNN
from ..text.sentences.convolutional.cnn import MODES, KimCNN
from ..text.sentences.convolutional.top_ngrams import TopNgrams, top_ngrams
from ..text.sentences.shuffled import shuffled
from .page import Section
from .sentence_pictures import SHOWN, moved_picture, network_picture, shuffled_picture
from .sentence_task import Sentences
from .sentence_words import tell_neighbours

BAG = "bag of words"
BLOCKS = (1, 2, 3, 4, 6, 8)
FILTERS, NGRAMS, SAMPLE = 6, 3, 400  # shown; sentences that are searched
LITTLE = 0.02  # shares that differ by less are called equal


def sentence_network(task: Sentences, show: bool = False) -> Section:
    """Run the story on labelled sentences."""
    section = Section("A network that reads a sentence", "sentence-network")
    models = {mode: trained(task, mode, show) for mode in MODES}
    right = {BAG: bag_right(task)} | {mode: model.predict(task.test[0]) == task.test[1]
                                      for mode, model in models.items()}  # fmt: skip
    _tell_network(section, task, models["multichannel"])
    _tell_modes(section, task, right)
    _tell_filters(section, task, models["non-static"])
    _tell_shuffled(section, task, models["non-static"])
    tell_neighbours(section, models["multichannel"], task.words)
    _tell_moved(section, task, models["non-static"])
    section.code(KimCNN, top_ngrams, shuffled)
    return section


def trained(task: Sentences, mode: str, show: bool = False) -> SentenceCNN:
    """Train Kim's network in one of its modes."""
    return SentenceCNN(
        mode, None if mode == "rand" else task.vectors, task.vectors.matrix.shape[1], maps=task.maps,
        epochs=task.epochs, batch_size=task.batch, dev_share=0, words="blanks", progress=show,
    ).fit(*task.train)  # fmt: skip


def bag_right(task: Sentences) -> np.ndarray:
    """Return which test sentences NBSVM on bags of words names rightly."""
    bag = BagOfWords()
    model = NBSVM().fit(bag.fit_transform(task.train[0]), task.train[1])
    return model.predict(bag.transform(task.test[0])) == task.test[1]


def _tell_network(section: Section, task: Sentences, model: SentenceCNN) -> None:
    words = max((each for each in task.test[0] if len(each) <= 11), key=len)
    section.text(
        "Means of word vectors forget the order as bags do. Kim (2014) lays the vectors of a sentence side "
        "by side, so that it becomes an image of one row, and runs a *convolution* along it: a filter "
        f"sees {model.windows[0]} to {model.windows[-1]} words at once and answers a number at each place; "
        "of each filter only its largest answer is kept (*max over time*), wherever it was. So a sentence of "
        "any length becomes the same number of features, and one linear layer names the class."
    )
    section.figure(
        network_picture(model, words, task.labels),
        f"What happens to “{' '.join(words)}” in the trained network, left to right, with the numbers "
        f"that came. A row a word: two channels of vectors, {task.vectors.matrix.shape[1]} numbers a word, "
        f"one of which does not learn; the answers of {SHOWN} of the {model.maps} filters of each width, the "
        "largest of each framed; these largest answers of all filters; the classes.",
    )


def _tell_modes(section: Section, task: Sentences, right: dict[str, np.ndarray]) -> None:
    kinds = {name: chosen for name, chosen in task.kinds.items() if chosen.any()}
    section.text(
        f"*Where do the vectors come from?* Learnt from are {task.name}; the vectors from {task.read}. They "
        "can be random and learn (*rand*), be read and stay (*static*), be read and learn on (*non-static*), "
        "or both at once (*multichannel*)."
    )
    section.table(
        ("right, per cent", "all", *kinds),
        [
            (name, *(f"{100 * each[chosen].mean():.1f}" for chosen in (slice(None), *kinds.values())))
            for name, each in right.items()
        ],
        "Of sentences that were not learnt from. *With a new word*: one that is in no labelled sentence. "
        "Each sentence is of one kind: *but* before *not* before new words. How many: "
        + ", ".join(f"{name} {int(chosen.sum())}" for name, chosen in kinds.items()) + ".",
    )  # fmt: skip
    share = {
        name: {kind: each[chosen].mean() for kind, chosen in kinds.items()} for name, each in right.items()
    }
    section.text(" ".join(told_modes(share)))
    section.facts["right: bag of words, random vectors, vectors that were read"] = ", ".join(
        f"{right[name].mean():.0%}" for name in (BAG, "rand", "static")
    )


def told_modes(share: dict[str, dict[str, float]]) -> list[str]:
    """Say what the table says, kind by kind."""
    said = []
    for kind, what in (
        ("with a “not”", "*not* turns a word around"),
        ("with a “but”", "after *but* comes what counts"),
    ):
        if kind in share[BAG]:
            gap = share["non-static"][kind] - share[BAG][kind]
            verdict = "sees that better than" if gap > LITTLE else "sees that no better than"
            said.append(
                f"That {what}, a window {verdict} a bag ({share['non-static'][kind]:.0%}, "
                f"{share[BAG][kind]:.0%})."
            )
    if "with a new word" in share[BAG]:
        rand, static, tuned = (share[mode]["with a new word"] for mode in ("rand", "static", "non-static"))
        helps = "knows it by its neighbours" if static > rand + LITTLE else "has no advantage"
        said.append(
            f"For a word that no label ever touched random vectors say nothing ({rand:.0%} of such sentences "
            f"are right); who has read before {helps} ({static:.0%})."
        )
        if tuned < static - LITTLE:
            said.append(
                f"Vectors that learn on forget some of that ({tuned:.0%}): the labelled words move away, and "
                "the new ones stay where they were."
            )
    return said


def _tell_filters(section: Section, task: Sentences, model: SentenceCNN) -> None:
    tops = decisive(model, task.test[0][:SAMPLE])
    section.text(
        "*What do the filters look for?* A filter is told by the windows it answers to most, as one of an "
        f"image network by its patches. The {len(tops)} that can pull the classes apart most:"
    )
    section.table(
        ("words", "for", "strongest windows"),
        [
            (
                str(top.width),
                task.labels[k],
                "; ".join(f"{words} ({answer:.1f})" for answer, words in top.windows),
            )
            for top, k in tops
        ],
        "Of each filter its strongest windows, and its answers before the bias.",
    )


def decisive(model: SentenceCNN, texts: list[list[str]]) -> list[tuple[TopNgrams, int]]:
    """Return the filters that pull classes apart most, and the class that each speaks for."""
    weights, tops = model.net_.fc.weight.data, top_ngrams(model, texts, NGRAMS)  # (K, filters)
    pull = [np.ptp(weights[:, n]) * max(top.windows[0][0], 0.0) for n, top in enumerate(tops)]
    return [(tops[n], int(weights[:, n].argmax())) for n in np.argsort(pull)[::-1][:FILTERS]]


def _tell_shuffled(section: Section, task: Sentences, model: SentenceCNN) -> None:
    rng, (texts, y) = np.random.default_rng(0), task.test
    found = [float(np.mean(model.predict([shuffled(t, b, rng) for t in texts]) == y)) for b in BLOCKS]
    whole, widest = float(np.mean(model.predict(texts) == y)), max(model.windows)
    section.text(
        "*The lecture's complaint*: such a network finds local combinations, and no meaning of the whole. "
        "Cut each sentence into blocks of so many words and lay these in a random order: what is left is "
        "what stands within a block."
    )
    section.figure(
        shuffled_picture(BLOCKS, found, whole, widest),
        "Sentences named rightly when their blocks are mixed, against the words of a block. Dashed: as they "
        "are.",
    )
    section.text(told_shuffled(found[0], found[-1], whole, widest))


def told_shuffled(single: float, wide: float, whole: float, widest: int) -> str:
    """Say what mixing costs."""
    costs = f"Single words in any order cost {100 * (whole - single):.0f} points"
    far = f"blocks of {BLOCKS[-1]} words, wider than the widest window ({widest}), {100 * (whole - wide):.0f}"
    if whole - single < 2 * LITTLE:
        verdict = "of order it reads little; it nearly is a bag of words"
    elif whole - wide < (whole - single) / 2:
        verdict = "it is local order that it reads"
    else:
        verdict = "it reads more than local order"
    return f"{costs}, {far}: {verdict}."


def _tell_moved(section: Section, task: Sentences, model: SentenceCNN) -> None:
    groups = [
        [word for word in group if word in task.vectors and word in model.table_.index]
        for group in task.words
    ]
    before = [task.vectors[group] for group in groups]
    weight: Any = model.net_.embeddings[0].weight.data
    after = [weight[model.table_.numbers(group)] for group in groups]
    labelled = {word for words in task.train[0] for word in words}
    new = any(word not in labelled for group in groups for word in group)
    section.figure(
        moved_picture(groups, before, after, task.labels, labelled),
        "Judging words before and after the training with labels, each in the plane in which they differ "
        "most."
        + (" Hollow: words that are in no labelled sentence, so that no label moves them." if new else ""),
    )
