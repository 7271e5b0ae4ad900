"""What is measured of sentiment trees, how they are drawn, and the systems of the table that follow trees."""

from __future__ import annotations

import dataclasses
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from cutaway.lessons.toy_trees import toy_treebank
from cutaway.text.corpus.parse_trees import parse_tree
from cutaway.text.corpus.sentence_sets import SentenceSet
from cutaway.text.sentences.protocol import judge
from cutaway.text.sentences.recursive.contrast import but_nodes, negated, negation_nodes, x_but_y
from cutaway.text.sentences.recursive.findings import MEASURES, PAPER, findings
from cutaway.text.sentences.recursive.judged import by_length, judge_trees, top_phrases
from cutaway.text.sentences.recursive.systems import SYSTEMS
from cutaway.text.sentences.recursive.tree_classifier import TreeClassifier
from cutaway.text.sentences.recursive.tree_picture import draw_tree, places
from cutaway.text.sentences.run import Run, fingerprint, tasks_of

TREES = [
    parse_tree("(1 (3 (3 warm) (2 ,)) (1 (2 but) (1 slow)))"),
    parse_tree("(1 (2 (2 is) (2 not)) (4 (2 very) (3 good)))"),
    parse_tree("(2 (2 never) (0 awful))"),
]


def truth(trees):
    return [np.eye(5)[tree.labels] for tree in trees]


def test_who_says_the_truth_has_all_and_who_turns_it_has_none():
    said = truth(TREES)
    assert judge_trees(said, TREES)[:4] == (1, 1, 1, 1)
    turned = [p[:, ::-1] for p in said]
    assert judge_trees(turned, TREES)[2:4] == (0, 0)
    judged = judge_trees([np.eye(5)[np.full(len(tree.labels), 2)] for tree in TREES], TREES)
    labels = np.concatenate([tree.labels for tree in TREES])
    assert judged.fine_all == np.mean(labels == 2)
    assert (judged.nodes, judged.roots) == (len(labels), 3)
    assert (judged.binary_nodes, judged.binary_roots) == ((labels != 2).sum(), 2)


def test_nodes_without_a_label_are_not_judged():
    one, other = TREES[0], TREES[1].unlabelled()
    assert judge_trees(truth([one]) * 2, [one, other])[:4] == (1, 1, 1, 1)
    assert judge_trees(truth([one, one]), [one, other]).nodes == len(one.labels)


def test_lengths_are_of_words_and_every_node_is_in_one():
    rows = by_length(truth(TREES), TREES, (1, 2, 3))
    assert [(row.words, row.nodes) for row in rows] == [(1, 10), (2, 5), (3, 2)]
    wrong = truth(TREES)
    wrong[1][2] = wrong[1][2][::-1]  # "is not" becomes nothing else: it is neutral
    wrong[2][1] = wrong[2][1][::-1]  # "awful" becomes very positive
    first = by_length(wrong, TREES, (1, 2, 3))[0]
    assert (first.fine, first.binary) == (9 / 10, 1 - 1 / first.binary_nodes)


def test_but_is_right_if_all_three_are():
    ((x, y, whole),) = but_nodes(TREES[0])
    assert [TREES[0].phrase(node) for node in (x, y, whole)] == ["warm", "slow", "but slow"]
    assert x_but_y(truth(TREES), TREES) == (1, 1)
    apart = parse_tree("(1 (1 (2 a) (3 warm)) (1 (2 ;) (1 (1 (2 but) (1 slow)) (2 .))))")
    assert [[apart.phrase(node) for node in nodes] for nodes in but_nodes(apart)] == [
        ["a warm", "slow", "but slow"]
    ]
    assert list(but_nodes(parse_tree("(3 (2 nothing) (3 (3 (2 but) (4 fun)) (2 here)))"))) == []
    for node in (x, y, whole):
        said = truth(TREES)
        said[0][node] = np.eye(5)[4 - TREES[0].labels[node]]
        assert x_but_y(said, TREES) == (0, 1)
    assert math.isnan(x_but_y([], []).share)


def test_negations_are_found_and_judged_by_where_they_move():
    found = [[tree.phrase(part) for _, part in negation_nodes(tree)] for tree in TREES]
    assert found == [[], ["very good"], ["awful"]]
    assert negated(truth(TREES), TREES, positive=True) == (1, 1)
    assert negated(truth(TREES), TREES, positive=False) == (1, 1)
    blind = truth(TREES)
    for p, tree in zip(blind, TREES, strict=True):
        for whole, part in negation_nodes(tree):
            p[whole] = p[part]  # a model for which "not" changes nothing
    assert negated(blind, TREES, positive=True) == (0, 1)
    assert negated(blind, TREES, positive=False) == (0, 1)


def test_the_surest_phrases_come_first_and_once():
    trees = [*TREES, parse_tree("(4 (3 Warm) (3 warm))")]
    said = truth(trees)
    said[-1][0] = (0, 0, 0.1, 0.9, 0)
    assert top_phrases(said, trees, 1, 3, 5)[:2] == [("warm", 1.0), ("good", 1.0)]
    assert [phrase for phrase, _ in top_phrases(said, trees, 2, 4, 2)] == ["very good", "warm warm"]


def test_findings_have_all_that_the_paper_prints():
    trees = toy_treebank(30, 0)
    found = findings(TreeClassifier("rnn", dim=4, epochs=2).fit(trees), trees)
    assert set(MEASURES) < set(found)
    assert all(len(row) == len(MEASURES) for row in PAPER.values())
    assert found["but"][1] == sum("but" in tree.words for tree in trees)
    assert found["negated_positive"][1] > 0
    assert sum(row[3] for row in found["by_length"]) == sum(len(tree.labels) for tree in trees)
    assert list(found["top"]["4"]) == ["1", "2", "3", "5"]


def test_a_drawing_has_every_node_and_no_lines_cross():
    tree = parse_tree('(3 (2 <b>) (1 (2 "x&y") (0 (1 a) (4 \xa0b))))')
    said = np.eye(5)[[2, 2, 1, 4, 0, 3, 3]]
    root = ET.fromstring(draw_tree(tree, said))
    assert len(list(root.findall(".//{*}circle"))) == 7
    texts = [text.text for text in root.findall(".//{*}text")]
    assert {"<b>", '"x&y"', "a"} <= set(texts)
    assert texts.count("−") == 2, "one is said, one is the label of a node that is said to be positive"
    place = places(tree)
    leaves = [node for node, pair in enumerate(tree.children.tolist()) if pair[0] < 0]
    assert (np.diff(place[leaves, 0]) > 0).all()
    for node, (left, right) in enumerate(tree.children.tolist()):
        if left >= 0:
            assert place[left, 0] < place[node, 0] < place[right, 0]
            assert place[node, 1] < min(place[left, 1], place[right, 1])
    with pytest.raises(ValueError, match=r"probabilities \(7, 5\), came \(7, 2\)"):
        draw_tree(tree, said[:, :2])


class TreeSet(SentenceSet):
    """Sentences of the toy grammar, whose trees are at hand."""

    @property
    def trees(self):
        return self.__dict__["made"]


def made_set(fine):
    trees = [tree for tree in toy_treebank(240, 0) if fine or tree.labels[-1] != 2]
    labels = np.array([int(tree.labels[-1]) for tree in trees])
    parts = np.array((["train"] * 7 + ["dev"] + ["test"] * 2) * 24)[: len(trees)]
    texts = [" ".join(tree.words) for tree in trees]
    made = TreeSet("sst1" if fine else "sst2", texts, labels if fine else labels // 3, ("",) * 5, parts)
    made.__dict__["made"] = trees
    return made


@pytest.mark.parametrize("fine", [True, False], ids=["sst1", "sst2"])
@pytest.mark.parametrize("name", ["rntn", "ccae"])
def test_systems_are_judged_on_trees(name, fine):
    system = SYSTEMS[name]
    if name == "rntn":
        system = dataclasses.replace(system, settings={"dim": 8, "epochs": 20, "progress": False})
    else:
        system = dataclasses.replace(system, settings={"dim": 8, "iterations": 12, "progress": False})
    sentences = made_set(fine)
    most = np.bincount(sentences.y).max() / len(sentences)
    assert judge(system, sentences).accuracy > most + (0.2 if name == "rntn" else 0.03)


def test_trees_to_predict_come_without_labels_and_those_of_dev_with():
    class Asking:
        reads_trees = takes_dev = True

        def candidates(self):
            return ({},)

        def predict(self, setting, train, y, texts, dev=None):
            assert all((tree.labels >= 0).all() for tree in [*train, *dev[0]])
            assert [tree.labels[-1] for tree in train] == y.tolist()
            assert all((tree.labels == -1).all() for tree in texts)
            return np.zeros(len(texts))

    judge(Asking(), made_set(fine=True))


def test_a_set_without_trees_is_a_reason_for_those_that_follow_them():
    sentences = SentenceSet("mr", ["good", "bad"] * 30, np.arange(60) % 2, ("", ""))
    tasks = tasks_of(["rntn"], {"mr": sentences}, folds=1)
    ((_, fold, _),) = Run(None, {}).measure({"rntn": SYSTEMS["rntn"]}, {"mr": sentences}, tasks)
    assert fold == {"reason": "needs parse trees, which the set does not have: a parser"}


def test_folds_of_trees_are_of_their_files_too(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("(3 good)")
    sentences = SentenceSet("sst1", ["good"], np.array([3]), ("",), np.array(["train"]), {"train": path})
    before = fingerprint(sentences), fingerprint(sentences, trees=True)
    path.write_text("(4 good)")
    assert fingerprint(sentences) == before[0]
    assert fingerprint(sentences, trees=True) != before[1]
