"""Documents with names: those of one name share a vector, files keep them, gensim's documents are read."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from cutaway.nn.checkpoint import CheckpointError
from cutaway.text import Doc2Vec
from cutaway.text.files import checkpoint

LINES = ["a b c d", "e f g h", "a b d c", "e f h g"] * 10
TAGS = ["left", "right"] * 20


class TaggedDocument(NamedTuple):
    words: list[str]
    tags: list[str]


def model(**options):
    return Doc2Vec(**{"dim": 8, "min_count": 1, "epochs": 5, "dm": False, **options})


@pytest.fixture(scope="module")
def fitted():
    return model().fit(LINES, progress=False, tags=TAGS)


def test_one_tag_one_vector(fitted):
    assert fitted.documents.words == ["left", "right"]
    assert fitted.dv is fitted.documents
    assert fitted.d.shape[0] == 2
    named = model().fit(LINES, progress=False, tags=[f"n{i}" for i in range(40)])
    plain = model().fit(LINES, progress=False)
    assert plain.documents.words[-1] == "39"
    assert np.array_equal(named.documents.matrix, plain.documents.matrix), "names change nothing"
    moved = np.abs(fitted.documents.matrix).sum(), np.abs(plain.documents.matrix[:2]).sum()
    assert moved[0] > moved[1], "twenty documents have moved each vector"


def test_documents_of_gensim(fitted):
    documents = [TaggedDocument(line.split(), [tag]) for line, tag in zip(LINES, TAGS, strict=True)]
    for given in (documents, iter(documents)):
        assert np.array_equal(model().fit(given, progress=False).d, fitted.d)
    documents[3] = TaggedDocument(["a"], ["x", "y"])
    with pytest.raises(ValueError, match=r"expected one tag a document, came \['x', 'y'\]"):
        model().fit(documents, progress=False)


def test_files_keep_tags_and_training_goes_on(tmp_path, fitted):
    path = tmp_path / "m.safetensors"
    whole = model(epochs=6).fit(LINES, progress=False, tags=TAGS)
    stop = [lambda m: setattr(m, "stop", m.epoch == 3)]
    model(epochs=6).fit(LINES, progress=False, callbacks=stop, tags=TAGS).save(path)
    resumed = Doc2Vec.load(path).resume(LINES, progress=False)
    assert np.array_equal(resumed.d, whole.d)
    assert resumed.documents.words == ["left", "right"]
    resumed.continue_on(iter(LINES[:2]), progress=False, tags=["one", 2])
    assert resumed.documents.words == ["one", "2"]
    arrays, header = checkpoint.read(path)
    for name, wrong in (("rows", np.array([0, 5])), ("tags", np.frombuffer(b"a\na", np.uint8))):
        checkpoint.write(path, {**arrays, name: wrong}, header)
        with pytest.raises(CheckpointError, match=r"expected (rows from 0 to 1|2 different tags)"):
            Doc2Vec.load(path)


@pytest.mark.parametrize(
    ("tags", "complaint"),
    [
        (["a"], "expected one tag for each of 40 documents, came 1"),
        ("a", "expected one tag for each of 40 documents, came 'a'"),
        ([*TAGS[1:], ""], "expected a tag that is a str of one line, or a number, came ''"),
        ([*TAGS[1:], "a\nb"], "expected a tag that is a str of one line"),
        ([*TAGS[1:], 1.5], "or a number, came 1.5"),
    ],
)
def test_tags_that_are_none(tags, complaint):
    with pytest.raises(ValueError, match=complaint):
        model().fit(LINES, progress=False, tags=tags)


def test_deterministic_rounds_share_no_document():
    with pytest.raises(ValueError, match="each document needs a tag of its own"):
        model(deterministic=True).fit(LINES, progress=False, tags=TAGS)
    alone = [str(n) for n in range(40)]
    model(deterministic=True).fit(LINES, progress=False, tags=alone)
