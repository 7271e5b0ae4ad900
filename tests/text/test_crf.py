"""Chains against all labellings; posterior regularisation: constraints are met, with the least change."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cutaway.text.sentences.structured.crf import LinearChainCRF, forward_backward, given_labels, viterbi
from cutaway.text.sentences.structured.crf_pr import ALLOWED, CRFPR
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(2, 3), st.booleans())
def test_forward_backward_and_viterbi_are_exact(seed, length, classes, each_its_own):
    rng = np.random.default_rng(seed)
    e = rng.normal(size=(length, classes)) * 2
    shape = (max(length - 1, 0), classes, classes) if each_its_own else (classes, classes)
    s = rng.normal(size=shape) * 2
    steps = np.broadcast_to(s, (max(length - 1, 0), classes, classes))
    nodes, pairs, scores = np.zeros(e.shape), np.zeros(steps.shape), {}
    for y in itertools.product(range(classes), repeat=length):
        scores[y] = sum(e[t, k] for t, k in enumerate(y))
        scores[y] += sum(steps[t, y[t], y[t + 1]] for t in range(length - 1))
        for t, k in enumerate(y):
            nodes[t, k] += np.exp(scores[y])
        for t in range(length - 1):
            pairs[t, y[t], y[t + 1]] += np.exp(scores[y])
    z = np.exp(list(scores.values())).sum()
    chain = forward_backward(e, s)
    assert chain.log_z == pytest.approx(np.log(z))
    np.testing.assert_allclose(chain.nodes, nodes / z, atol=1e-10)
    np.testing.assert_allclose(chain.pairs, pairs / z, atol=1e-10)
    assert tuple(viterbi(e, s)) == max(scores, key=scores.__getitem__)


def test_long_chains_do_not_overflow():
    chain = forward_backward(np.full((3000, 2), 500.0), np.zeros((2, 2)))
    np.testing.assert_allclose(chain.nodes, 0.5)
    assert chain.log_z == pytest.approx(3000 * (500 + np.log(2)))


def test_the_gradient_of_the_chain_is_that_of_its_objective():
    rng = np.random.default_rng(0)
    rows = [csr_array(rng.normal(size=(n, 4))) for n in (1, 3, 5)]
    aims = [given_labels(rng.integers(0, 3, n), 3) for n in (1, 3)]
    aims.append(forward_backward(rng.normal(size=(5, 3)), rng.normal(size=(3, 3))))  # an aim in the mean
    objective = LinearChainCRF(0.3, max_iter=1).fit(rows, aims).objective_
    w = rng.normal(size=4 * 3 + 3 + 9)
    _, gradient = objective(w)
    for i in range(len(w)):
        step = np.zeros(len(w))
        step[i] = 1e-5
        slope = (objective(w + step)[0] - objective(w - step)[0]) / 2e-5
        assert slope == pytest.approx(gradient[i], abs=1e-6)


def test_a_chain_uses_its_neighbours():
    """The feature says nothing at every second place, where the label is that of the place before."""
    rng = np.random.default_rng(1)
    rows, labels = [], []
    for _ in range(20):
        y = np.repeat(rng.integers(0, 2, 4), 2)
        x = np.zeros((8, 2))
        x[np.arange(0, 8, 2), y[::2]] = 1
        rows.append(csr_array(x))
        labels.append(y)
    model = LinearChainCRF(0.01).fit(rows, [given_labels(y, 2) for y in labels])
    found = [np.mean(model.predict(x) == y) for x, y in zip(rows, labels, strict=True)]
    assert np.mean(found) > 0.85


def made_documents(count, seed=0):
    """Reviews whose polarity stays after "and" and changes after "but"; half of the words are new in each."""
    rng = np.random.default_rng(seed)
    documents, labels = [], []
    for _ in range(count):
        y, document = int(rng.integers(0, 2)), []
        own = []
        for place in range(6):
            start = ["and", "but"][int(rng.integers(0, 2))] if place else "so"
            y = 1 - y if start == "but" else y
            known = ("awful", "superb")[y] if rng.random() < 0.5 else f"w{rng.integers(1000)}"
            document.append([start, "it", "is", known])
            own.append(y)
        documents.append(document)
        labels.append(np.array(own))
    return documents, labels


def accuracy(model, documents, labels):
    return np.mean(np.concatenate(model.predict(documents)) == np.concatenate(labels))


def test_constraints_bring_what_few_labels_do_not():
    documents, labels = made_documents(30)
    more, truth = made_documents(25, seed=1)
    partly = [*labels[:4], *[None] * 26]
    plain, constrained = (
        CRFPR({"awful": -1.0, "superb": 1.0}, beta=beta, rounds=1).fit(documents, partly)
        for beta in (0.0, 5.0)
    )
    assert accuracy(constrained, more, truth) > accuracy(plain, more, truth) + 0.1
    assert accuracy(constrained, more, truth) > 0.9


def test_the_projection_meets_the_constraints_and_is_the_model_where_they_are_met():
    documents, labels = made_documents(12)
    model = CRFPR(beta=8.0).fit(documents, labels)
    model.crf_.weights_ *= 0.2  # a model that is unsure
    before = [
        forward_backward(model.crf_.scores(model.bag_.transform(d)), model.crf_.steps_) for d in documents
    ]
    assert (model.violations(documents, before) > ALLOWED).any()
    assert (model.violations(documents, model.project(documents)) < ALLOWED + 0.01).all()
    plain = [[["it", "is", "w1"], ["it", "is", "w2"]]]
    chain = forward_backward(model.crf_.scores(model.bag_.transform(plain[0])), model.crf_.steps_)
    np.testing.assert_allclose(model.project(plain)[0].nodes, chain.nodes)


def test_a_lexicon_is_learnt_if_none_is_given():
    documents, labels = made_documents(12)
    model = CRFPR().fit(documents, labels)
    assert (model.lexicon_["awful"], model.lexicon_["superb"]) == (-1.0, 1.0)
    assert "it" not in model.lexicon_


def test_what_cannot_be_is_said():
    documents, labels = made_documents(2)
    with pytest.raises(ValueError, match="with a label for each sentence"):
        CRFPR().fit(documents, [None, None])
    with pytest.raises(ValueError, match="with a label for each sentence"):
        CRFPR().fit(documents, [labels[0][:2], None])
    with pytest.raises(ValueError, match="at least one sentence"):
        CRFPR().fit(documents, labels).predict([[]])
    with pytest.raises(ValueError, match="beta is from 0"):
        CRFPR(beta=-1)
    with pytest.raises(ValueError, match="penalty is above 0"):
        LinearChainCRF(0)
