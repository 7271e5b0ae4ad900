"""Story 8: pairs of words that are words of their own."""

from __future__ import annotations

from collections.abc import Sequence

from ..text import Phrases
from .page import Section
from .reading import Reading

SHOWN, LETTERS = 12, 4  # pairs in the table; letters that each of their words has at least
TEXTS = 60_000  # paragraphs they are counted in, at most
THRESHOLD = 200


def phrases(reading: Reading) -> Section:
    """Run the story on the text that was read."""
    section = Section("Words that come in pairs", "phrases")
    # each paragraph once: else stock phrases of a manual come first
    once = dict.fromkeys(map(tuple, reading.paragraphs(TEXTS, 2)))
    model = Phrases(threshold=THRESHOLD).fit([list(words) for words in once])
    found = model.found()
    pairs = [pair for pair in model.pairs if "_".join(pair) in found and min(map(len, pair)) >= LETTERS]
    section.text(
        "“New York” is no York that is new: some pairs are words of their own. They are found by "
        "counting: a pair scores how many times more often it stands in the text than its two words would "
        "meet by chance, less a discount for rare pairs, of which a chance meeting looks like a rule. Of "
        f"{len(model.pairs):,} pairs that are counted, {len(found):,} score above {model.threshold:g}; "
        "joined to one word, they get vectors like any other, and once more: “New York Times”."
    )
    shown = sorted(pairs, key=lambda pair: (-model.pairs[pair], pair))[:SHOWN]
    section.table(
        ("pair", "times", "score"),
        [(f"*{' '.join(pair)}*", f"{model.pairs[pair]:,}", f"{model.score(*pair):,.0f}") for pair in shown],
        f"The most frequent of those above {model.threshold:g} whose words have {LETTERS} letters or more. "
        f"*Times*: in {len(once):,} paragraphs of two words or more, those that are the same word by word "
        "counted once.",
    )
    section.text(told_best(model, pairs))
    section.code(Phrases.score)
    section.facts["pairs of words are found to be one"] = f"{len(found):,}"
    return section


def told_best(model: Phrases, pairs: Sequence[tuple[str, ...]]) -> str:
    """Say which of the pairs scores most, and how often it is seen."""
    if not pairs:
        return "None of the pairs scores high enough."
    best = max(pairs, key=lambda pair: (model.score(*pair), pair))
    return (
        f"The highest score has *{' '.join(best)}*: {model.score(*best):,.0f}, seen {model.pairs[best]:,} "
        f"times. A pair counts as seen {model.min_count} times less than it is."
    )
