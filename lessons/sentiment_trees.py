"""Story: sentiment trees.  Two recursive networks learn a small grammar in which words turn others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..text.corpus.parse_trees import parse_tree
from ..text.sentences.recursive.judged import NEUTRAL, Judged, judge_trees
from ..text.sentences.recursive.rnn import TreeRNN
from ..text.sentences.recursive.rntn import RNTN
from ..text.sentences.recursive.tree_classifier import RATE, TreeClassifier
from ..text.sentences.recursive.tree_picture import NAMES, draw_tree
from .drawing import COLOURS, GREY, SMALL, TYPE, new_figure, open_axes
from .page import Section, listed
from .toy_trees import CLASS, NOT, NOUNS, clause, toy_treebank

LEARN, JUDGE, EPOCHS, DIM = 500, 200, 15, 10  # sentences, passes, numbers of a vector
KINDS = {"rnn": "RNN", "rntn": "RNTN"}
HELD = ("stale", "bland", "unbearable", "lively", "witty", "wonderful")  # never seen below a "not"
SHOWN = clause("ending", ("not", "very", "lively"))[0]
TWO_PARTS = f"(4 {clause('plot', ('dull',))[0]} (4 (2 but) {clause('cast', ('very', 'witty'))[0]}))"


@dataclass
class Learnt:
    """A trained network, how right it is of new sentences, and of "not" before words it never turned."""

    model: TreeClassifier
    judged: Judged
    turned: Judged

    def mean(self, words: tuple[str, ...]) -> float:
        """The class that it expects of a judgement on average, 0 to 4."""
        tree = parse_tree(clause(NOUNS[0], words)[0])
        node = next(n for n in range(len(tree.labels)) if tree.phrase(n) == " ".join(words))
        return float(self.model.probabilities([tree])[0][node] @ np.arange(5))


def sentiment_trees() -> Section:
    """Run the story: a grammar makes the trees, two networks learn them."""
    section = Section("A sentence is a tree", "sentiment-trees")
    learnt = {kind: _learn(kind) for kind in KINDS}
    section.text(
        "A bag of words cannot know what a *not* belongs to. A *recursive network* follows the sentence's "
        "parse tree: each word is a vector, and two neighbours become the vector of their phrase, by the "
        "same function everywhere, up to the root. A softmax at every node says how positive that phrase "
        "is, so that every phrase is an example to learn from. In the drawings red is negative, blue "
        "positive, and two signs are *very*.",
        "Here a small grammar makes the trees, so that the truth is known. *Very* moves a word away from "
        "neutral, *not* turns what comes after it and makes it weaker (*not awful* is neutral), and after "
        f"*but* the second part decides. Six adjectives ({listed(HELD)}) never stand below a *not* in the "
        f"{LEARN} sentences of training. Is *not* learnt as something that acts on any word?",
    )
    for kind, name in KINDS.items():
        _draw(section, learnt[kind], name, SHOWN)
    section.text(
        "In the *RNN* the two vectors are stacked and multiplied by one matrix: p = tanh(W [b; c]). Each "
        "part adds its share, and only the bend of tanh lets *not* act differently on a good word and a bad "
        "one. In the *RNTN* a tensor multiplies every number of one part by every number of the other, "
        "p_k = tanh([b; c]ᵀ V_k [b; c] + ...): a *not* can change the sign of what is beside it.",
    )
    _table(section, learnt)
    section.text(told(learnt["rnn"], learnt["rntn"]))
    section.figure(
        _negation(learnt),
        "Each point is an adjective: the class that the network expects of it (across) and of *not* with it "
        "(up). Red: never seen below a *not*. Grey line: what the grammar says.",
    )
    _draw(section, learnt["rntn"], KINDS["rntn"], TWO_PARTS)
    section.text(
        "All nodes of one height are computed in one step: first all words of all sentences, then all pairs "
        "of words, and so on. So a batch takes as many steps as its highest tree has levels."
    )
    section.code(TreeRNN, RNTN, judge_trees)
    return section


def _learn(kind: str) -> Learnt:
    model = TreeClassifier(kind, dim=DIM, epochs=EPOCHS, tensor_rate=RATE).fit(toy_treebank(LEARN, 0, HELD))
    new = toy_treebank(JUDGE, 1, HELD)
    turned = [
        parse_tree(clause(noun, (*before, word))[0])
        for noun in NOUNS
        for word in HELD
        for before in (("not",), ("not", "very"))
    ]
    return Learnt(
        model,
        judge_trees(model.probabilities(new), new),
        judge_trees(model.probabilities(turned), turned),
    )


def told(rnn: Learnt, rntn: Learnt) -> str:
    """Say which network has learnt what a negation does; a fiftieth is no difference."""
    a, b = rnn.turned.fine_root, rntn.turned.fine_root
    if b > a + 0.02:
        verdict = "the tensor has learnt better what *not* does to any word"
    elif a > b + 0.02:
        verdict = "it came out the other way round: the plain network is the better one here"
    else:
        verdict = "there is no difference between the two here"
    steep = {name: _slope(each) for name, each in (("RNN", rnn), ("RNTN", rntn))}
    turns = [name for name, slope in steep.items() if slope < 0]
    lines = f"With *not*, better words become worse phrases in the {listed(turns)}." if turns else (
        "In neither do better words become worse phrases with a *not*."
    )  # fmt: skip
    return (
        f"Of {JUDGE} new sentences the RNN gets {rnn.judged.fine_root:.0%} of the roots, the RNTN "
        f"{rntn.judged.fine_root:.0%}. Of {rnn.turned.roots} sentences that turn a word that no *not* of "
        f"training stood before, it is {a:.0%} and {b:.0%}: {verdict}. {lines}"
    )


def _slope(learnt: Learnt) -> float:
    """How steeply what is expected of "not X" rises with what is expected of X, over the held-out words."""
    words = [(word,) for word in HELD]
    plain, turned = ([learnt.mean((*before, *word)) for word in words] for before in ((), ("not",)))
    return float(np.polyfit(plain, turned, 1)[0])


def _table(section: Section, learnt: dict[str, Learnt]) -> None:
    head = ["network", "all nodes, %", "roots, %", "positive or negative, %", "*not* before new words, %"]
    rows = []
    for kind, each in learnt.items():
        shares = each.judged.fine_all, each.judged.fine_root, each.judged.binary_root, each.turned.fine_root
        rows.append([KINDS[kind], *(f"{100 * share:.0f}" for share in shares)])
        section.facts[f"*not* before new words, {KINDS[kind]}".replace("*", "")] = (
            f"{each.turned.fine_root:.0%}"
        )
    section.table(head, rows, "Classes of five that are right in new sentences; the last column is of roots.")


def _draw(section: Section, learnt: Learnt, name: str, text: str) -> None:
    tree = parse_tree(text)
    said = learnt.model.probabilities([tree])[0]
    wrong = int((said.argmax(1) != tree.labels).sum())
    how = "all phrases are right" if not wrong else f"{wrong} of {len(tree.labels)} wrong, the truth beside"
    section.svg(
        draw_tree(tree, said),
        f"{name}: “{tree.phrase(len(tree.labels) - 1)}” is {NAMES[said[-1].argmax()]}; {how}.",
    )


def _negation(learnt: dict[str, Learnt]) -> Any:
    figure, axes = new_figure(8.4, 4.0, 1, len(learnt), sharey=True)
    for axis, (kind, each) in zip(axes.flat, learnt.items(), strict=True):
        axis.plot(list(NOT), list(NOT.values()), color=GREY, zorder=1)
        for is_held, colour in ((False, COLOURS[0]), (True, COLOURS[1])):
            words = [word for word in CLASS if (word in HELD) == is_held]
            points = np.array([[each.mean((word,)), each.mean(("not", word))] for word in words])
            label = "never seen below not" if is_held else "seen below not"
            axis.scatter(*points.T, s=34, color=colour, label=label, zorder=2)
        axis.axhline(NEUTRAL, color=GREY, lw=0.8, ls=":")
        axis.set_title(KINDS[kind], fontsize=TYPE)
        axis.set_xlabel("the adjective alone", fontsize=SMALL)
        axis.set_xlim(-0.2, 4.2)
        axis.set_ylim(-0.2, 4.2)
        open_axes(axis)
    axes.flat[0].set_ylabel("with “not”", fontsize=SMALL)
    axes.flat[0].legend(fontsize=SMALL, frameon=False, loc="upper right")
    return figure
