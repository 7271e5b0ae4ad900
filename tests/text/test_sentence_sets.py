"""Sets of labelled sentences: found by name, cleaned, split, and what stands in them twice."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest
from cutaway.core.errors import FileError
from cutaway.text.corpus.clean_sentence import clean_sentence
from cutaway.text.corpus.sentence_files import read_sentence_set, sentence_sets

GOOD = "A warm film, isn't it? (Yes!)\nwarm -- and funny\ncaf\xe9 noir\n\n"
BAD = "dull; they've slept.\nwarm and  funny\n"
# |V| and N; Kim's Table 1 has 21323 for Subj and 16185 for SST-2.
PUBLISHED = {
    "mr": (18765, 10662),
    "subj": (21322, 10000),
    "cr": (5339, 3775),
    "mpqa": (6246, 10606),
    "trec": (9592, 5952),
    "sst1": (17836, 11855),
    "sst2": (16188, 9613),
}
REPEATS = {"mpqa": (2367, 99, 0, 3), "trec": (82, 0, 10, 0), "sst1": (14, 0, 2, 0), "mr": (1, 0, 0, 0)}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "rt-polarity.neg").write_bytes(BAD.encode("latin-1"))
    (tmp_path / "raw" / "rt-polarity.pos.gz").write_bytes(gzip.compress(GOOD.encode("latin-1")))
    (tmp_path / "TREC.train").write_text(
        "HUM:ind Who is it ?\nLOC:city Where 's Rome ?\nHUM:ind Who was it ?\n"
    )
    (tmp_path / "TREC.test").write_text("LOC:city Where 's Rome ?\nNUM:count How many ?\n")
    (tmp_path / "subj.all").write_text("0 so dull .\n1 she walks .\n1 she walks .\n")
    (tmp_path / "custrev.pos").write_text("its other half is missing\n")
    return tmp_path


def test_sets_are_found_by_the_names_of_their_files(folder):
    assert sorted(sentence_sets(folder)) == ["mr", "subj", "trec"]
    mr = read_sentence_set(folder, "mr")
    assert mr.y.tolist() == [0, 0, 1, 1, 1, 1]  # the blank line counts, as in published sizes
    assert mr.parts is None
    assert mr.words[2] == ["a", "warm", "film", ",", "is", "n't", "it", "?", "(", "yes", "!", ")"]
    assert mr.words[4] == ["caf", "noir"]  # latin-1 beyond ASCII is a blank
    trec = read_sentence_set(folder, "trec")
    assert trec.labels[trec.y[0]] == "HUM"
    assert trec.words[0][0] == "Who", "TREC keeps its capitals"
    assert "Rome" in trec.vocabulary


def test_original_files_are_read_before_clean_ones(folder):
    (folder / "rt-polarity.all").write_text("1 another\n")
    assert len(read_sentence_set(folder, "mr")) == 6


def test_a_mark_alone_is_a_word_and_other_signs_vanish():
    assert clean_sentence("A.B;C!D", lower=False) == ["A", "B", "C", "!", "D"]
    assert clean_sentence("I'll we're he'd") == ["i", "'ll", "we", "'re", "he", "'d"]


def test_repeats_and_leaks_are_counted(folder):
    mr = read_sentence_set(folder, "mr").repeats()
    assert (mr.repeated, mr.contradictory, mr.leaked, mr.empty) == (1, 1, 0, 1)
    trec = read_sentence_set(folder, "trec")
    assert trec.repeats().leaked == 1
    assert len(read_sentence_set(folder, "mr").distinct()) == 3
    kept = trec.distinct()
    assert kept.repeats().leaked == 0
    assert kept.parts.tolist() == ["train", "train", "test", "test"], "the test part stays whole"


def test_folds_part_the_set_and_are_the_same_for_a_seed(folder):
    (folder / "mpqa.all").write_text("".join(f"{n % 2} text {n}\n" for n in range(200)))
    mpqa = read_sentence_set(folder, "mpqa")
    folds = list(mpqa.splits(seed=1))
    assert sorted(np.concatenate([test for *_, test in folds])) == list(range(200))
    for train, dev, test in folds:
        assert sorted([*train, *test]) == list(range(200))
        assert len(dev) == 0
    assert all((a[2] == b[2]).all() for a, b in zip(folds, mpqa.splits(seed=1), strict=True))
    assert any(
        len(a[2]) != len(b[2]) or (a[2] != b[2]).any() for a, b in zip(folds, mpqa.splits(2), strict=True)
    )
    train, dev, test = next(read_sentence_set(folder, "trec").splits())
    assert (train.tolist(), dev.tolist(), test.tolist()) == ([0, 1, 2], [], [3, 4])
    with pytest.raises(ValueError, match="expected sentences for 10 folds, came 3"):
        list(read_sentence_set(folder, "subj").splits())


@pytest.mark.parametrize(
    ("file", "content", "name", "says"),
    [
        ("TREC.test", "LOC:city Where ?\nNOPE:x What ?\n", "trec", "line 2: expected COARSE:fine"),
        ("TREC.test", "LOC Where ?\n", "trec", "line 1: expected COARSE:fine"),
        ("subj.all", "0 a\n2 b\n", "subj", "line 2: expected a class from 0 to 1 and a sentence, came '2 b'"),
        ("subj.all", "a b\n", "subj", "line 1: expected a class"),
        ("subj.all", "", "subj", "came no line"),
    ],
)
def test_a_line_without_its_label_is_named(folder, file, content, name, says):
    (folder / file).write_text(content)
    with pytest.raises(FileError, match=says):
        read_sentence_set(folder, name)


def test_a_set_that_is_not_there_says_what_it_needs(folder):
    with pytest.raises(FileNotFoundError, match=r"custrev\.neg and custrev\.pos; or custrev\.all, for cr"):
        read_sentence_set(folder, "cr")
    with pytest.raises(ValueError, match="expected one of mr, subj, cr"):
        read_sentence_set(folder, "imdb")


@pytest.mark.skipif(not os.environ.get("CUTAWAY_DATA"), reason="needs the folder of real data, CUTAWAY_DATA")
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes(name):
    data = os.environ["CUTAWAY_DATA"]
    if name not in sentence_sets(data):
        pytest.skip(f"CUTAWAY_DATA has no {name}")
    found = read_sentence_set(data, name)
    assert (len(found.vocabulary), len(found)) == PUBLISHED[name]
    if name in REPEATS:
        repeats = found.repeats()
        assert (repeats.repeated, repeats.contradictory, repeats.leaked, repeats.empty) == REPEATS[name]
    if name == "trec":
        assert [len(part) for part in next(found.splits())] == [5452, 0, 500]
    if name == "sst1":
        assert [len(part) for part in next(found.splits())] == [8544, 1101, 2210]


def test_phrases_of_sst_join_all_training_sentences_and_no_part_of_them(tmp_path):
    from cutaway.text.corpus.sentence_files import with_phrases
    from cutaway.text.sentences.protocol import judge_fold

    for part, lines in (
        ("train", "1 A good film\n0 dull\n"),
        ("dev", "1 good\n"),
        ("test", "0 A dull film\n"),
    ):
        (tmp_path / f"stsa.binary.{part}").write_text(lines)
    (tmp_path / "sst_phrases").mkdir()
    (tmp_path / "sst_phrases" / "sst2.phrases.train").write_text("1 Good\n0 a dull film\n0 dull\n")
    sentences = with_phrases(read_sentence_set(tmp_path, "sst2"), tmp_path)
    seen = []

    class Spy:
        reads_words = True

        def candidates(self):
            return ({},)

        def predict(self, setting, train, y, texts):
            seen.append([(" ".join(words), int(label)) for words, label in zip(train, y, strict=True)])
            return np.zeros(len(texts), int)

    judge_fold(Spy(), sentences, 0)
    judge_fold(Spy(), sentences, 0, size=1)
    judge_fold(Spy(), sentences.distinct(), 0)
    assert seen[0] == [("a good film", 1), ("dull", 0), ("good", 1), ("a dull film", 0), ("dull", 0)]
    assert len(seen[1]) == 1
    assert ("a dull film", 0) not in seen[2], "a test sentence"
    with pytest.raises(FileNotFoundError, match=r"expected sst1\.phrases\.train, for --phrases"):
        with_phrases(read_sentence_set(tmp_path, "sst2").__class__("sst1", [], np.zeros(0), ()), tmp_path)
