"""Paragraph vectors are as good as gensim's, for old and for new documents.  Needs gensim."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import Doc2Vec

gensim = pytest.importorskip("gensim", reason="the optional exchange tests need gensim")
pytestmark = pytest.mark.filterwarnings("ignore")  # gensim's own


def texts(rng, count, subjects=6):
    """30 words each: a third from the document's subject, the rest from all."""
    subject = rng.integers(0, subjects, count)
    own = subject[:, None] * 20 + rng.integers(0, 20, (count, 10))
    other = rng.integers(0, 20 * subjects, (count, 20))
    words = rng.permuted(np.concatenate([own, other], axis=1), axis=1)
    return [[f"w{n}" for n in row] for row in words], subject


def accuracy(d, subject, new, new_subject):
    """Share of the new documents that a linear classifier, fitted to the old ones, gets right."""

    def features(x):
        return np.c_[(x - d.mean(0)) / d.std(0), np.ones(len(x))]

    a, wanted = features(d), np.eye(subject.max() + 1)[subject]
    weights = np.linalg.solve(a.T @ a + 5 * np.eye(a.shape[1]), a.T @ wanted)
    return ((features(new) @ weights).argmax(1) == new_subject).mean()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"dm": False}, {"dm": 0}),
        ({"dm": False, "hs": True}, {"dm": 0, "hs": 1, "negative": 0}),
        ({"dm": True}, {"dm": 1}),
        ({"dm": True, "dm_concat": True}, {"dm": 1, "dm_concat": 1}),
    ],
)
def test_as_many_new_documents_are_told_apart(ours, theirs, rng):
    old, subject = texts(rng, 1500)
    new, new_subject = texts(rng, 500)
    common = {"window": 3, "min_count": 1, "sample": 0, "epochs": 20, "seed": 1}
    fitted = Doc2Vec(dim=20, **common, **ours).fit(old, progress=False)
    found = accuracy(fitted.d[:, :20], subject, fitted.infer(new), new_subject)
    tagged = [gensim.models.doc2vec.TaggedDocument(words, [i]) for i, words in enumerate(old)]
    model = gensim.models.Doc2Vec(tagged, vector_size=20, workers=1, **common, **theirs)
    inferred = np.array([model.infer_vector(words) for words in new])
    expected = accuracy(model.dv.vectors, subject, inferred, new_subject)
    assert expected > 0.3, "chance is 1/6"
    assert found > expected - 0.06, "two standard errors"
