"""Treebanks: read, written, refused where they are no trees, found in a folder, and joined with sentence sets."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text.corpus.parse_trees import parse_tree, read_trees, write_trees
from cutaway.text.corpus.sentence_files import read_sentence_set
from cutaway.text.corpus.treebank import read_treebank, treebank_files
from hypothesis import given
from hypothesis import strategies as st

WORD = st.text("abZ'.,-\xa0é中\\", min_size=1, max_size=5)
LABEL = st.integers(0, 4)
LEAF = st.builds("({} {})".format, LABEL, WORD)
TREE = st.recursive(LEAF, lambda inner: st.builds("({} {} {})".format, LABEL, inner, inner), max_leaves=12)


@given(TREE)
def test_what_is_read_is_written_again(text):
    tree = parse_tree(text)
    assert str(tree) == text
    assert len(tree.labels) == 2 * len(tree.words) - 1
    inner = tree.children[tree.children[:, 0] >= 0]
    assert (inner < np.flatnonzero(tree.children[:, 0] >= 0)[:, None]).all(), "children come first"
    assert sorted(inner.ravel().tolist()) == list(range(len(tree.labels) - 1)), "each has one parent"
    assert tree.spans[-1].tolist() == [0, len(tree.words)]
    assert tree.phrase(len(tree.labels) - 1) == " ".join(tree.words)


def tree_or_error(text):
    """The tree of a text, or the message of its error."""
    try:
        return parse_tree(text)
    except ValueError as error:
        return str(error)


@given(st.text("() 019a\xa0-", max_size=40))
def test_anything_is_a_tree_or_an_error(text):
    found = tree_or_error(text)
    if isinstance(found, str):
        assert re.fullmatch(r"tree: expected .+, came '.*' at character [\d,]+", found)
    else:
        assert str(parse_tree(str(found))) == str(found)


@given(TREE, st.data())
def test_a_tree_without_one_of_its_brackets_is_none(text, data):
    place = data.draw(st.sampled_from([i for i, letter in enumerate(text) if letter in "()"]))
    assert isinstance(tree_or_error(text[:place] + text[place + 1 :]), str)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(3 (2 a) (1 b)", "expected 1 more ')', came 'the end'"),
        ("(3 (2 a) (1 b)))", "expected the end of the tree, came ')' at character 16"),
        ("(3 (2 a))", "expected two children, or one word, came '1 children"),
        ("(3 (2 a) (1 b) (1 c))", "a node has two children"),
        ("(5 a)", "expected a label from 0 to 4, came '5' at character 2"),
        ("(-1 a)", "expected a label from 0 to 4, came '-1'"),
        ("(² a)", "expected a label from 0 to 4"),
        ("((2 a) (2 b))", "expected a label from 0 to 4, came '('"),
        ("(2 )", "two children, or one word"),
        ("(2 a b)", "expected '(' or ')', came 'b'"),
        ("(2 a (2 b))", "expected ')': a node has two children, or one word, came '('"),
        ("a", "expected '(', came 'a'"),
        ("", "expected a tree"),
        ("(", "expected 1 more ')'"),
    ],
)
def test_what_is_no_tree_says_where(text, told):
    with pytest.raises(ValueError, match=r"^tree: ") as raised:
        parse_tree(text)
    assert told in str(raised.value)


def test_a_file_says_in_which_line(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text("(3 (2 a) (1 b))\n\n(3 (2 a) (7 b))\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"train\.txt: line 3: expected a label from 0 to 4, came '7' at"):
        list(read_trees(path))
    assert len(list(read_trees(path, classes=8))) == 2


@pytest.mark.parametrize("deep", ["left", "right"])
def test_a_tree_may_be_as_deep_as_it_likes(deep, tmp_path):
    depth = 5_000
    left, right = "(2 " * depth + "(2 a)" + " (3 b))" * depth, "(2 (3 b) " * depth + "(2 a)" + ")" * depth
    tree = parse_tree(left if deep == "left" else right)
    assert tree.heights[-1] == depth
    write_trees(tmp_path / "deep.txt", [tree])
    (again,) = read_trees(tmp_path / "deep.txt")
    assert str(again) == str(tree)


@pytest.mark.parametrize("bomb", ["(2 " * 50_000, "(" * 500_000, "(2 a)" * 50_000, "(2 a " * 50_000])
def test_brackets_without_end_are_an_error(bomb):
    assert tree_or_error(bomb).startswith("tree: expected")


def test_a_no_break_space_belongs_to_its_word():
    assert parse_tree("(2 (2 8\xa01/2) (3 -LRB-))").words == ("8\xa01/2", "-LRB-")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "clean").mkdir()
    (tmp_path / "sst_trees").mkdir()
    trees = {
        "train": "(3 (2 not) (1 bad))\n(1 (2 so) (0 Dull))\n(2 (2 it) (2 is))\n",
        "dev": "(4 fun)\n",
        "test": "(0 (2 -LRB-) (0 not\xa0dull))\n",
    }
    for part, text in trees.items():
        (tmp_path / "sst_trees" / f"{part}.txt.gz").write_bytes(gzip.compress(text.encode()))
    for part, fine, binary in (
        ("train", "1 so dull\n3 not bad\n2 it is\n", "1 not bad\n0 so dull\n"),
        ("dev", "4 fun\n", "1 fun\n"),
        ("test", "0 -lrb- not dull\n", "0 -lrb- not dull\n"),
    ):
        (tmp_path / "clean" / f"stsa.fine.{part}").write_text(fine)
        (tmp_path / "clean" / f"stsa.binary.{part}").write_text(binary)
    (tmp_path / "rt-polarity.all").write_text("1 not bad\n0 so dull\n")
    return tmp_path


def test_sentences_get_the_trees_of_their_words_and_part(folder):
    fine, binary = (read_sentence_set(folder, name) for name in ("sst1", "sst2"))
    assert [str(tree) for tree in fine.trees[:2]] == ["(1 (2 so) (0 Dull))", "(3 (2 not) (1 bad))"]
    assert [int(tree.labels[-1]) for tree in fine.trees] == fine.y.tolist()
    assert [tree.words[0] for tree in binary.trees] == ["not", "so", "fun", "-LRB-"]
    with pytest.raises(ValueError, match="needs parse trees, which the set does not have"):
        _ = read_sentence_set(folder, "mr").trees
    assert len(fine.distinct().trees) == 5


def test_a_sentence_without_a_tree_is_an_error(folder):
    (folder / "clean" / "stsa.fine.dev").write_text("4 fun\n3 another\n")
    with pytest.raises(ValueError, match="sst1: 1 of 6 sentences have no tree"):
        _ = read_sentence_set(folder, "sst1").trees


def test_a_treebank_is_whole_or_not_there(folder):
    assert {part: len(trees) for part, trees in read_treebank(folder).items()} == {
        "train": 3, "dev": 1, "test": 1,
    }  # fmt: skip
    (folder / "sst_trees" / "dev.txt.gz").unlink()
    assert treebank_files(folder) == {}
    with pytest.raises(FileNotFoundError, match=r"sst_trees/train\.txt, dev\.txt and test\.txt"):
        read_treebank(folder)
