"""Recursive autoencoders: greedy trees as a plain loop makes them, right gradients, and what they learn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from cutaway import gradcheck
from cutaway.lessons.toy_trees import toy_treebank
from cutaway.text.sentences.recursive.autoencoder import ALPHA, BETA, RecursiveAutoencoder
from cutaway.text.sentences.recursive.greedy import greedy_trees
from cutaway.text.sentences.recursive.rae import RAE
from cutaway.text.sentences.recursive.tree_batch import pack


def made_net(words=9, dim=4, classes=2):
    rng = np.random.default_rng(1)
    net = RecursiveAutoencoder(rng.normal(size=(words, dim)).astype(np.float32), classes, seed=2).double()
    for p in net.parameters():
        p.data[...] = rng.normal(size=p.shape) * 0.7
    return net


def join(net, b, c):
    """A pair's parent and E_rec, equation by equation."""
    P = {name: p.data for name, p in net.named_parameters()}
    p = np.tanh(P["W1"] @ np.concatenate([b, c]) + P["b1"])
    p /= np.linalg.norm(p)
    halves = np.split(np.tanh(P["W2"] @ p + P["b2"]), 2)
    apart = [half / np.linalg.norm(half) - x for half, x in zip(halves, (b, c), strict=True)]
    return p, sum(0.5 * each @ each for each in apart)


def plain_greedy(net, words):
    """Children of the phrases, and the vectors of all nodes, by trying all neighbours in each step."""
    vectors = [net.embedding.data[word] for word in words]
    row, children = list(range(len(words))), []
    while len(row) > 1:
        errors = [join(net, vectors[a], vectors[b])[1] for a, b in pairwise(row)]
        k = int(np.argmin(errors))
        children.append([row[k], row[k + 1]])
        vectors.append(join(net, vectors[row[k]], vectors[row[k + 1]])[0])
        row[k : k + 2] = [len(vectors) - 1]
    return children, np.array(vectors)


def test_greedy_trees_are_those_of_a_plain_loop():
    net, rng = made_net(), np.random.default_rng(0)
    sentences = [rng.integers(0, 9, n) for n in (1, 2, 7, 3, 12, 1, 5, 12)]
    trees = greedy_trees(net, sentences, np.arange(8) % 2)
    for words, tree, label in zip(sentences, trees, np.arange(8) % 2, strict=True):
        children, vectors = plain_greedy(net, words)
        assert tree.children[len(words) :].tolist() == children
        assert tree.labels.tolist() == [label] * (2 * len(words) - 1)
        batch = pack([tree])
        np.testing.assert_allclose(net(batch).data[batch.rows], vectors, rtol=1e-6, atol=1e-8)


def test_the_loss_is_the_papers_sum():
    net = made_net()
    words = np.array([3, 1, 4, 1, 5])
    (tree,) = greedy_trees(net, [words], np.array([1]))
    children, vectors = plain_greedy(net, words)
    reconstruction = sum(join(net, vectors[a], vectors[b])[1] for a, b in children)
    scores = vectors @ net.classify.weight.data.T + net.classify.bias.data
    wrong = np.log(np.exp(scores).sum(1)) - scores[:, 1]
    expected = ALPHA * reconstruction + (1 - ALPHA) * (wrong[:5].sum() + BETA * wrong[5:].sum())
    assert net.loss(pack([tree])).item() == pytest.approx(expected, rel=1e-6)


def test_gradients_of_the_loss_pass_the_checker():
    net, rng = made_net(), np.random.default_rng(0)
    batch = pack(greedy_trees(net, [rng.integers(0, 9, n) for n in (1, 4, 6)], np.array([0, 1, 1])))
    names = [name for name, _ in net.named_parameters() if "." not in name]

    def loss(*values):
        for name, value in zip(names, values, strict=True):
            net._parameters[name] = value
        return net.loss(batch)

    gradcheck(loss, *[getattr(net, name).data.copy() for name in names]).raise_if_failed()


@pytest.mark.parametrize("given", [False, True], ids=["rae", "ccae"])
def test_an_autoencoder_learns_classes_of_sentences(given):
    trees = [tree for tree in toy_treebank(260, 0) if tree.labels[-1] != 2]
    y = np.array([int(tree.labels[-1] > 2) for tree in trees])
    sentences = trees if given else [[*tree.words] for tree in trees]
    model = RAE(dim=10, iterations=20).fit(sentences[:150], y[:150])
    assert model.losses_[-1] < 0.8 * model.losses_[0]
    assert np.mean(model.predict(sentences[150:]) == y[150:]) > 0.75 > max(y.mean(), 1 - y.mean())
    assert len(model.predict([["unheard", "of"], []] if not given else sentences[:2])) == 2


def test_autoencoders_say_what_they_expected():
    with pytest.raises(ValueError, match="dim and iterations are from 1 on"):
        RAE(dim=0)
    with pytest.raises(ValueError, match="expected classes of 2 sentences, two or more"):
        RAE().fit([["a"], ["b"]], [1, 1])
