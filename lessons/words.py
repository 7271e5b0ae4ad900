"""Story 6: words as points.  A network without a hidden layer reads, and learns what words mean from the
company they keep.
"""

from __future__ import annotations

import numpy as np

from ..ext.embeddings.negative_sampling import jit as negative
from ..ext.embeddings.negative_sampling import reference as negative_reference
from ..text import Word2Vec, WordVectors, evaluate_analogies
from ..text.embeddings.fill_gap import GAP, draw_gaps, fill_gap, gap_hits
from ..text.vectors.offsets import offset_agreement
from .examples import examples
from .one_step import one_step
from .page import Section
from .reading import COMMON, HELD_OUT, Reading, keep_back
from .word_pictures import bars_picture, kinds_picture, pairs_picture

ASKED = 2000  # gaps in sentences that the model has not read


def words(reading: Reading, show: bool = True) -> Section:
    """Run the story on a text that was read."""
    section = Section("Words find their places", "words")
    vectors, asked = reading.vectors, reading.asked
    _introduce(section, reading)
    examples(section, reading)
    one_step(section)
    _gap(section, reading, show)
    _neighbours(section, vectors, asked.probes)
    _sums(section, vectors, asked.sums)
    _analogies(section, vectors, asked.analogies)
    if reading.questions:
        _by_section(section, vectors, reading.questions)
    _pairs(section, reading)
    section.figure(
        kinds_picture(vectors, asked.groups),
        "The plane in which these words differ most (principal components). Words of one kind share a "
        f"colour; nobody told the model the kinds. {told_kinds(vectors, asked.groups)}",
    )
    section.code(Word2Vec, WordVectors.most_similar)
    section.facts["words of text, to learn from"] = f"{reading.words:,}"
    return section


def _introduce(section: Section, reading: Reading) -> None:
    model = reading.model
    section.text(
        f"The text is {reading.name}: {reading.words:,} words in {reading.sentences:,} paragraphs, of "
        f"{reading.different:,} different ones; words that occur fewer than {model.min_count} times have "
        f"been left out. Each word gets two vectors of {model.dim} numbers. For a word and each of its "
        "neighbours the model raises the probability that they belong together, and lowers it for "
        f"{model.negative} words drawn at random: *skip-gram with negative sampling*. Nothing else "
        "happens; what the words mean comes out of whom they are seen with.",
        "The loop is written by hand, word by word as the original C program, and compiled when it is first "
        "used. Its reference twin says the same in plain NumPy:",
    )
    section.code(negative_reference.learn, negative_reference.step, negative.step)
    losses = ", ".join(f"{entry['loss']:.3f}" for entry in model.history)
    section.text(
        f"Mean loss of the same examples after each of {model.epochs} passes over the text (*epochs*): "
        f"{losses}."
    )


def _gap(section: Section, reading: Reading, show: bool) -> None:
    """Train the other scheme, CBOW, on most of the text, and let it fill gaps in the rest."""
    some, back = keep_back(reading.part())
    model = Word2Vec(dim=100, cbow=True, epochs=5, sample=reading.model.sample, seed=1)
    model.fit_tokens(reading.vocabulary, some, progress=show)
    gaps = draw_gaps(model, back, ASKED, np.random.default_rng(0))
    section.text(
        "*What the model is asked.* A word is taken out of its sentence, and is to be found again from its "
        "neighbours. The second scheme, the *continuous bag of words* (CBOW), does just that: the mean of "
        "all the neighbours' vectors predicts the word in the gap."
    )
    rows = []
    for sentence in reading.asked.gaps:
        asked = sentence.split()
        if any(word in model.vocabulary for word in asked):
            found = fill_gap(model, asked, topn=20)
            shown = [f"{word} ({chance:.1%})" for word, chance in found if word not in asked]
            rows.append((sentence.replace(GAP, "…"), ", ".join(shown[:5])))
    section.table(
        ("sentence", "words for the gap"),
        rows,
        "The likeliest words that the sentence does not have already. The neighbours' order is not known to "
        "the model.",
    )
    if gaps:
        hits, frequent = gap_hits(model, gaps)
        section.text(
            f"In {len(gaps):,} gaps of sentences kept back from training (one in {HELD_OUT}) the right word "
            f"is among the ten likeliest {hits:.0%} of the time. Always naming the ten most frequent words "
            f"is right {frequent:.0%} of the time. {told_gaps(hits, frequent)}"
        )
    section.code(fill_gap)


def told_gaps(hits: float, frequent: float) -> str:
    """Say whether the neighbours help to find the word in the gap."""
    if hits > frequent + 0.01:
        return "So the neighbours do tell something of the word between them."
    return "So from the neighbours the model has learnt nothing of the word between them."


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


def _sums(section: Section, vectors: WordVectors, sums: tuple[tuple[str, str], ...]) -> None:
    known = [pair for pair in sums if all(word in vectors for word in pair)]
    among = max(len(vectors) // 3, 4)  # the rarest words' vectors have hardly been trained
    near = [[word for word, _ in vectors.nearest_to_sum(*pair, restrict_vocab=among)] for pair in known]
    if not known:
        return
    section.text(
        "*The sum of two words.* A word's vector says in whose company it is found, so the sum of two says: "
        "in the company of both. Which words are nearest to it?"
    )
    section.table(
        [" + ".join(pair) for pair in known],
        zip(*near, strict=True),
        f"The four nearest to each sum, among the {among:,} commonest words.",
    )


def _analogies(section: Section, vectors: WordVectors, examples: tuple[tuple[str, ...], ...]) -> None:
    section.text(
        "*The difference of two words* means something, too: the word nearest to *{1}* - *{0}* + "
        "*{2}* should be "
        "*{3}*. A few questions, with what the vectors answer:".format(*examples[0])
    )
    rows = []
    for a, b, c, d in examples:
        if all(word in vectors for word in (a, b, c, d)):
            answer = vectors.analogy(a, b, c, restrict_vocab=COMMON)[0][0]
            rows.append(
                (f"{a} is to {b} as {c} is to …", answer, "right" if answer == d else f"expected {d}")
            )
    section.table(("question", "answer", ""), rows)


def told_kinds(vectors: WordVectors, groups: dict[str, tuple[str, ...]]) -> str:
    """Say how many words have one of their own kind as the nearest of all words in the picture."""
    words, kinds = zip(
        *((word, kind) for kind, group in groups.items() for word in group if word in vectors), strict=True
    )
    unit = vectors.unit[[vectors.row(word) for word in words]]
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    right = sum(kinds[i] == kinds[int(row.argmax())] for i, row in enumerate(cosines))
    return (
        f"In all dimensions, the nearest of these words is one of the same kind for {right} of {len(words)}."
    )


def _by_section(section: Section, vectors: WordVectors, questions: list | dict) -> None:
    scores = evaluate_analogies(vectors, questions, restrict_vocab=COMMON)
    total = scores[-1]
    if not total.seen:
        return
    section.figure(
        bars_picture(scores),
        f"All questions of which the four words are among the {COMMON:,} commonest, by kind; guessing would "
        f"be right once in {COMMON:,} times.",
    )
    section.facts["analogies right"] = f"{total.accuracy:.0%} of {total.seen}"


def _pairs(section: Section, reading: Reading) -> None:
    pairs = [pair for pair in reading.asked.pairs if all(word in reading.vectors for word in pair)]
    if len(pairs) < 3:
        return
    agreement = offset_agreement(reading.vectors, pairs, COMMON)
    one, other = reading.asked.kinds
    section.text(
        f"*Steps that share a direction.* For an analogy to come out, the step from {one} to {other} should "
        "be much the same for each pair. The mean cosine between the steps of two of these pairs is "
        f"{agreement.pairs:.2f}; between steps of random pairs of words it is {agreement.random:.2f}: "
        f"{'they do agree' if agreement.pairs > agreement.random + 0.05 else 'they do not agree'}.".replace(
            "-0.00", "0.00"
        )
    )
    section.figure(
        pairs_picture(reading.vectors, pairs, reading.asked.kinds),
        f"Each {one} joined with its {other}, in the plane in which these words differ most. Two of "
        f"{reading.model.dim} dimensions are shown.",
    )
    section.code(offset_agreement)
