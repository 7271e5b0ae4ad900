"""Sum-product on trees against all assignments, gradients, hidden polarities that are found."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cutaway.text.corpus.parse_trees import parse_tree
from cutaway.text.sentences.structured.tree_crf import TreeCRF
from cutaway.text.sentences.structured.tree_features import Problem
from cutaway.text.sentences.structured.tree_messages import Forest, marginals, upwards
from cutaway.text.sentences.structured.trees import Tree, words_first
from hypothesis import given, settings
from hypothesis import strategies as st

MANY = settings(max_examples=25, deadline=None)


def random_tree(rng, n, words=("good", "bad", "not", "very", "film")):
    """Merge random neighbours until one node is left."""
    row, children = list(range(n)), []
    while len(row) > 1:
        i = int(rng.integers(len(row) - 1))
        children.append(row[i : i + 2])
        row[i : i + 2] = [n + len(children) - 1]
    labels = rng.integers(0, 5, 2 * n - 1)
    return Tree([str(w) for w in rng.choice(words, n)], np.array(children, int).reshape(-1, 2), labels)


def by_enumeration(tree, phi, psi, given=None):
    """ln Z, p(s_i = 1) and the factors' probabilities, from all 2^(2n - 1) assignments."""
    n, total = len(tree.words), 0.0
    nodes, factors = np.zeros(phi.shape), np.zeros(psi.shape)
    for s in itertools.product((0, 1), repeat=len(phi)):
        if given is not None and s[-1] != given:
            continue
        score = sum(phi[i, v] for i, v in enumerate(s))
        at = [(i, s[n + i], s[left], s[right]) for i, (left, right) in enumerate(tree.children)]
        weight = np.exp(score + sum(psi[each] for each in at))
        total += weight
        for i, v in enumerate(s):
            nodes[i, v] += weight
        for each in at:
            factors[each] += weight
    return np.log(total), nodes / total, factors / total


@MANY
@given(st.integers(0, 10**6), st.lists(st.integers(1, 4), min_size=1, max_size=3), st.booleans())
def test_messages_are_exact(seed, sizes, clamped):
    rng = np.random.default_rng(seed)
    trees = [random_tree(rng, n) for n in sizes]
    forest = Forest(trees)
    phi, psi = rng.normal(size=(forest.starts[-1], 2)), rng.normal(size=(len(forest.parents), 2, 2, 2))
    given = rng.integers(0, 2, len(trees)) if clamped else None
    found = marginals(forest, phi, psi, upwards(forest, phi, psi), given)
    done = 0
    for number, tree in enumerate(trees):
        own = slice(forest.starts[number], forest.starts[number + 1])
        inner = slice(done, done + len(tree.children))
        done = inner.stop
        value = None if given is None else given[number]
        log_z, nodes, factors = by_enumeration(tree, phi[own], psi[inner], value)
        assert found.log_z[number] == pytest.approx(log_z, abs=1e-9)
        np.testing.assert_allclose(found.nodes[own], nodes, atol=1e-9)
        np.testing.assert_allclose(found.factors[inner], factors, atol=1e-9)


def test_the_gradient_is_that_of_the_objective():
    rng = np.random.default_rng(0)
    trees = [random_tree(rng, n) for n in (1, 3, 6)]
    names = ["word good", "word not", "pair not good", "beside not", "beside very", "lexicon"]
    problem = Problem(trees, {name: i for i, name in enumerate(names)}, {"good": 1.0, "bad": -1.0})
    y, w = np.array([1, 0, 1]), rng.normal(size=len(names) + 96)
    loss, gradient = problem.objective(w, y, 0.8)
    for i in range(len(w)):
        step = np.zeros(len(w))
        step[i] = 1e-5
        ends = [problem.objective(w + sign * step, y, 0.8)[0] for sign in (1, -1)]
        assert (ends[0] - ends[1]) / 2e-5 == pytest.approx(gradient[i], abs=1e-6)
    probabilities = problem.marginals(w).nodes[problem.forest.roots, y]
    assert loss == pytest.approx(-np.log(probabilities).sum() + w @ w / 2 / 0.64)


def made_trees(count, reverser, seed=0):
    """(reverser) (filler word): the word's polarity, turned round by the reverser; only roots have labels."""
    rng = np.random.default_rng(seed)
    trees, y = [], []
    for _ in range(count):
        word, turned = rng.integers(0, 2), int(rng.integers(0, 4) == 0)
        text = f"(2 (2 w{rng.integers(3)}) (2 {('bad', 'good')[word]}))"
        label = word != turned
        trees.append(
            words_first(
                parse_tree(f"(2 (2 {reverser if turned else rng.choice(['so', 'the', 'a'])}) {text})")
            )
        )
        trees[-1].labels[3] = 3 if word else 1
        y.append(int(label))
    return trees, np.array(y)


@pytest.mark.parametrize("reverser", ["not", "blah"])
def test_hidden_polarities_and_reversers_are_learnt_from_roots(reverser):
    """ "not" is in the list, "blah" must be found."""
    trees, y = made_trees(200, reverser)
    model = TreeCRF().fit(trees, y)
    others, truth = made_trees(60, reverser, seed=1)
    assert (model.predict(others) == truth).all()
    assert model.agreement(others) == (1.0, 60)
    if reverser == "blah":
        assert model.reversers(1)[0][0] == "blah"


def test_a_lexicon_speaks_for_words_that_training_did_not_see():
    trees, y = made_trees(100, "not")
    lexicon = {"good": 1.0, "bad": -1.0, "superb": 1.0, "awful": -1.0}
    model = TreeCRF(lexicon).fit(trees, y)
    unseen = [
        words_first(parse_tree(f"(2 (2 {a}) (2 (2 w1) (2 {b})))"))
        for a, b in (("so", "superb"), ("not", "awful"))
    ]
    unseen.append(words_first(parse_tree("(2 (2 not) (2 (2 w1) (2 superb)))")))
    assert model.predict(unseen).tolist() == [1, 1, 0]


@MANY
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_words_come_first_and_nothing_else_changes(seed, n):
    tree = random_tree(np.random.default_rng(seed), n)

    def brackets(node):
        if node < n:
            return f"({tree.labels[node]} {tree.words[node]})"
        left, right = tree.children[node - n]
        return f"({tree.labels[node]} {brackets(left)} {brackets(right)})"

    parsed = parse_tree(brackets(2 * n - 2))
    found = words_first(parsed)
    assert found.words == tree.words
    assert sorted(map(tuple, found.spans.tolist())) == sorted(map(tuple, tree.spans.tolist()))
    label_of = dict(zip(map(tuple, tree.spans.tolist()), tree.labels.tolist(), strict=True))
    assert [label_of[tuple(span)] for span in found.spans.tolist()] == found.labels.tolist()
    assert (found.children < np.arange(n, 2 * n - 1)[:, None]).all()


def test_what_cannot_be_is_said():
    trees, _ = made_trees(3, "not")
    with pytest.raises(ValueError, match="has two polarities"):
        TreeCRF().fit(trees, np.array([0, 1, 4]))
    with pytest.raises(ValueError, match="sigma is above 0"):
        TreeCRF(sigma=0)
