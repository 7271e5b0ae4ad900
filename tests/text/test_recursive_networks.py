"""Recursive networks: level by level as node by node, right gradients, and what they learn."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cutaway import gradcheck, nn
from cutaway.core.errors import FileError
from cutaway.lessons.toy_trees import toy_treebank
from cutaway.text.corpus.parse_trees import parse_tree
from cutaway.text.sentences.recursive.judged import judge_trees
from cutaway.text.sentences.recursive.tree_batch import TreeBatches, WordNumbers, pack
from cutaway.text.sentences.recursive.tree_classifier import KINDS, TreeClassifier
from cutaway.text.sentences.recursive.tree_network import nodes_loss

from .record_trees import FILE, LABELS, WORDS, parameters
from .trees_twin import scores

RECORDED = json.loads(FILE.read_text())
SHAPE = "(4 (1 (2 w1) (3 w2)) (1 (0 w3) (2 (3 w2) (4 w4))))"


def larger(net, scale=0.5, seed=1):
    """The network in float64 with parameters that are not small."""
    rng = np.random.default_rng(seed)
    for p in net.parameters():
        p.data[...] = scale * rng.normal(size=p.shape)
    return net.double()


@pytest.mark.parametrize("kind", KINDS)
def test_level_by_level_is_node_by_node(kind):
    trees = [*toy_treebank(12, 0), parse_tree("(2 alone)")]
    numbers = WordNumbers.of(trees)
    net = larger(KINDS[kind](len(numbers), dim=4))
    numbered = numbers.numbered(trees)
    batch = pack(numbered)
    together = net(batch).data[batch.rows]
    apart = [scores(net, tree, each.words) for tree, each in zip(trees, numbered, strict=True)]
    np.testing.assert_allclose(together, np.concatenate(apart), rtol=1e-9, atol=1e-12)


def recorded_case(kind):
    """The tree of the recording and a network with its parameters."""
    net = KINDS[kind](5, dim=3) if kind != "mv-rnn" else KINDS[kind](5, dim=3, rank=2)
    net = net.double()
    for name, p in net.named_parameters():
        p.data[...] = parameters(kind)[name]
    tree = parse_tree(SHAPE)
    order = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert tree.children.tolist()[2] == [0, 1]
    labels = tree.labels.copy()
    labels[order] = LABELS
    numbers = WordNumbers([f"w{n}" for n in range(1, 5)])
    (numbered,) = numbers.numbered([tree])
    assert numbered.words.tolist() == WORDS
    return net, pack([numbered._replace(labels=labels)])


@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradients_are_pytorchs(kind):
    net, batch = recorded_case(kind)
    loss = nodes_loss(net(batch), batch)
    loss.backward()
    assert loss.item() == pytest.approx(RECORDED[kind]["loss"], rel=1e-12)
    for name, p in net.named_parameters():
        np.testing.assert_allclose(p.grad.data, RECORDED[kind]["gradients"][name], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_pass_the_checker(kind):
    net, batch = recorded_case(kind)
    pairs = np.random.default_rng(0).normal(size=(3, 2 * net.states(batch).shape[1])) * 0.5
    gradcheck(net.compose, pairs).raise_if_failed()
    names = [name for name, _ in net.named_parameters() if "." not in name]

    def loss(*values):
        for name, value in zip(names, values, strict=True):
            net._parameters[name] = value
        return nodes_loss(net(batch), batch)

    gradcheck(loss, *[parameters(kind)[name] for name in names]).raise_if_failed()


def test_a_batch_is_as_its_trees_alone():
    trees = toy_treebank(9, 3)
    numbers = WordNumbers.of(trees)
    net = larger(KINDS["rntn"](len(numbers), dim=4))
    single = [nodes_loss(net(batch), batch).item() for batch in map(pack, zip(numbers.numbered(trees)))]
    whole = pack(numbers.numbered(trees))
    assert nodes_loss(net(whole), whole).item() == pytest.approx(np.mean(single), rel=1e-9)
    assert len(whole.levels) == max(tree.heights[-1] for tree in trees)
    assert sum(map(len, whole.levels)) + len(whole.words) == len(whole.labels)


def test_an_epoch_has_every_tree_once_and_begins_in_the_middle():
    trees = toy_treebank(20, 0)
    numbered = WordNumbers.of(trees).numbered(trees)
    batches = TreeBatches(numbered, 6, seed=1)
    words = [batch.words for batch, _ in batches.epoch(2)]
    assert len(words) == len(batches) == 4
    every = np.sort(np.concatenate(words))
    assert every.tolist() == sorted(n for tree in numbered for n in tree.words.tolist())
    later = [batch.words.tolist() for batch, _ in batches.epoch(2, start=2)]
    assert later == [each.tolist() for each in words[2:]]
    assert [each.tolist() for each in words] != [b.words.tolist() for b, _ in batches.epoch(3)]


def test_nodes_without_a_label_count_for_nothing():
    tree = parse_tree("(3 (2 not) (1 bad))")
    numbers, bare = WordNumbers.of([tree]), tree.unlabelled()
    net = KINDS["rnn"](len(numbers), dim=3)
    batch = pack(numbers.numbered([bare]))
    assert nodes_loss(net(batch), batch).item() == 0
    both = pack(numbers.numbered([tree, bare]))
    alone = pack(numbers.numbered([tree]))
    assert nodes_loss(net(both), both).item() == pytest.approx(nodes_loss(net(alone), alone).item() / 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_learns_the_grammar_is_kept_and_comes_back(kind, tmp_path):
    train, test = toy_treebank(150, 0), toy_treebank(60, 1)
    model = TreeClassifier(kind, dim=8, epochs=8).fit(train, test[:20])
    judged = judge_trees(model.probabilities(test), test)
    assert judged.fine_all > 0.85, "always neutral has " + str(np.mean([t.labels.mean() for t in test]))
    assert set(model.history_[-1]) == {"epoch", "loss", "dev_nodes", "dev_roots", "seconds"}
    model.save(tmp_path / "m.safetensors")
    again = TreeClassifier.load(tmp_path / "m.safetensors")
    unknown = parse_tree("(2 (2 quite) (2 unheard))")
    for one, other in zip(
        model.probabilities([*test, unknown]), again.probabilities([*test, unknown]), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    same = TreeClassifier(kind, dim=8, epochs=8).fit(train, test[:20])
    np.testing.assert_array_equal(same.net_.W.data, model.net_.W.data)


def test_what_is_no_classifier_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    model = TreeClassifier("rnn", dim=3, epochs=1).fit(toy_treebank(5, 0))
    model.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(FileError, match=r"m\.safetensors"):
        TreeClassifier.load(path)
    nn.checkpoint.save(path, {"a": np.zeros(2)}, {"kind": "rnn"})
    with pytest.raises(FileError, match="a classifier of trees"):
        TreeClassifier.load(path)


def test_wrong_arguments_say_what_was_expected():
    with pytest.raises(ValueError, match="kind is one of rnn, mv-rnn, rntn"):
        TreeClassifier("tree-lstm")
    with pytest.raises(ValueError, match="epochs is a whole number"):
        TreeClassifier(epochs=0)
    with pytest.raises(ValueError, match="came none"):
        TreeClassifier().fit([])
    with pytest.raises(ValueError, match="labels below 2, came 3"):
        TreeClassifier(classes=2).fit([parse_tree("(3 a)")])
    with pytest.raises(ValueError, match="call fit"):
        TreeClassifier().probabilities([parse_tree("(3 a)")])
