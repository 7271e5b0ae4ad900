"""The chart against all derivations, the mined grammar, and the signs of what is learnt."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.text.corpus.parse_trees import parse_tree
from cutaway.text.sentences.structured.chart import Rules, best, inside
from cutaway.text.sentences.structured.grammar import NO, Grammar, symbol_of
from cutaway.text.sentences.structured.sent_parser import SentParser
from cutaway.text.sentences.structured.trees import words_first
from hypothesis import given, settings
from hypothesis import strategies as st


def random_rules(rng, length, longest=2, context=2):
    def scores(*shape):
        values = rng.normal(size=shape)
        return np.where(rng.random(shape) < 0.2, NO, values)

    lexical = [scores(1, length - n, 3) for n in range(min(longest, length))]
    lexical[0] = rng.normal(size=(1, length, 3))
    sides = [[scores(1, length - n, 2, 2) for n in range(min(context, length))] for _ in range(2)]
    return Rules(lexical, *sides, scores(3, 3, 3))


def derivations(rules, i, n, x):
    """The score of every derivation of a span, one after the other."""
    if n <= len(rules.lexical):
        yield rules.lexical[n - 1][0, i, x]
    for k in range(1, n):
        for y in range(3):
            for z in range(3):
                for a in derivations(rules, i, k, y):
                    for b in derivations(rules, i + k, n - k, z):
                        yield a + b + rules.glue[y, z, x]
    for k in range(1, min(n - 1, len(rules.before)) + 1) if x else ():
        for y in (1, 2):
            for a in derivations(rules, i + k, n - k, y):
                yield a + rules.before[k - 1][0, i, y - 1, x - 1]
            for a in derivations(rules, i, n - k, y):
                yield a + rules.behind[k - 1][0, i + n - k, y - 1, x - 1]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_the_chart_sums_all_derivations_and_finds_the_best(seed, length):
    rules = random_rules(np.random.default_rng(seed), length)
    found = inside(rules)
    for x in range(3):
        scores = np.array(list(derivations(rules, 0, length, x)))
        if scores.max() > NO / 2:
            expected = scores.max() + np.log(np.exp(scores - scores.max()).sum())
            assert found[0, x] == pytest.approx(expected, abs=1e-8)
            assert best(rules, ["w"] * length, (x,))[0] == pytest.approx(scores.max(), abs=1e-8)


def test_gradients_of_the_sum():
    rules = random_rules(np.random.default_rng(3), 4)
    flat = [*rules.lexical, *rules.before, *rules.behind, rules.glue]
    sizes = len(rules.lexical), len(rules.before)

    def total(*arrays):
        cut = np.cumsum([sizes[0], sizes[1], sizes[1]])
        return inside(Rules(arrays[: cut[0]], arrays[cut[0] : cut[1]], arrays[cut[1] : cut[2]], arrays[-1]))

    cutaway.gradcheck(total, *(np.where(each < NO / 2, -3.0, each) for each in flat)).raise_if_failed()


def test_sentences_of_a_batch_have_the_sums_that_they_have_alone():
    rng = np.random.default_rng(1)
    rules = [random_rules(rng, 5) for _ in range(3)]
    glue = rules[0].glue
    kinds = zip(*(each[:3] for each in rules), strict=True)
    joined = [[np.concatenate(each) for each in zip(*kind, strict=True)] for kind in kinds]
    together = Rules(*joined, glue)
    alone = [inside(r._replace(glue=glue)) for r in rules]
    np.testing.assert_allclose(inside(together), np.concatenate(alone), rtol=1e-12)


TREES = [
    "(1 (2 not) (3 good))",
    "(1 (2 not) (3 fun))",
    "(3 (2 not) (1 bad))",
    "(4 (2 very) (3 good))",
    "(0 (2 very) (1 bad))",
    "(4 (2 very) (3 fun))",
    "(3 (2 film) (3 fun))",
    "(1 (1 bad) (2 film))",
    "(3 (3 good) (2 film))",
]


def made_trees(copies=8):
    trees = [words_first(parse_tree(line)) for line in TREES * copies]
    return trees, np.array([int(tree.labels[-1] > 2) for tree in trees])


def test_the_grammar_counts_what_the_labels_say():
    grammar = Grammar(made_trees(1)[0])
    assert grammar.dictionary["not"] >= 2
    assert "not good" not in grammar.dictionary, "a single time"
    seen = dict(zip(grammar.combinations, grammar.seen, strict=True))
    assert set(seen) == {"not _", "very _"}
    assert (seen["not _"].reverses, seen["very _"].reverses) == (1.0, 0.0)
    assert seen["very _"].stronger == 1.0
    good = grammar.dictionary_scores[grammar.dictionary["good"]]
    assert good.argmax() == 2
    np.testing.assert_allclose(np.exp(good).sum(), 1)
    assert symbol_of(np.arange(5)).tolist() == [1, 1, 0, 2, 2]


def test_learnt_reversal_and_intensification_have_the_right_sign():
    model = SentParser(epochs=6).fit(*made_trees())
    rules = {rule.pattern: rule for rule in model.rule_table()}
    assert rules["not _"].weight > 0 > rules["very _"].weight
    assert rules["very _"].stronger == 1.0
    assert model.losses_[-1] < model.losses_[0]
    assert model.predict([["not", "good"], ["not", "bad", "film"], ["good"], ["bad"]]).tolist() == [
        0,
        1,
        1,
        0,
    ]
    assert str(model.best_tree(["not", "very", "fun"])) == "(N not (P very fun))"
    np.testing.assert_allclose(model.predict_proba([["good"], []]).sum(1), 1)


def test_what_cannot_be_is_said():
    trees, y = made_trees(1)
    with pytest.raises(ValueError, match="has two polarities"):
        SentParser().fit(trees, y + 1)
    with pytest.raises(ValueError, match="lr above 0"):
        SentParser(lr=0)
