"""Doc2Vec puts documents on one subject together, new ones too; stops, goes on, and repeats itself."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text import Doc2Vec
from cutaway.text.embeddings import deterministic
from cutaway.text.embeddings.doc2vec_training import Doc2VecTraining, document_starts

SUBJECTS = [["cat", "dog", "cow", "hen", "farm", "legs"], ["red", "blue", "pink", "paint", "dark", "sky"]]


def texts(seed, count):
    """Documents of 5 to 20 words, half of them of one subject, the others of any; and their subjects."""
    rng = np.random.default_rng(seed)
    subject = rng.integers(0, 2, count)
    both = SUBJECTS[0] + SUBJECTS[1]
    lines = [
        [str(rng.choice(SUBJECTS[s] if rng.random() < 0.5 else both)) for _ in range(rng.integers(5, 20))]
        for s in subject
    ]
    return lines, subject


@pytest.fixture(scope="module")
def text():
    return texts(0, 600)


def model(**options):
    return Doc2Vec(**{"dim": 19, "epochs": 10, "sample": 0, "window": 2, "alpha": 0.05, **options})


def fit(text, **options):
    return model(**options).fit(text[0], progress=False)


def told_apart(matrix, subject, other, other_subject):
    """Share of other documents on the side of their own subject, half-way between the means of the two."""
    a, b = (matrix[subject == s].mean(0) for s in (0, 1))
    return (((other - (a + b) / 2) @ (b - a) > 0) == other_subject).mean()


@pytest.mark.parametrize(
    "options",
    [{"dm": False, "threads": 2}, {"dm": False, "dbow_words": True}, {"dm": True, "epochs": 20}],
)
def test_subjects_are_told_apart(options, text):
    fitted = fit(text, **options)
    losses = [entry["loss"] for entry in fitted.history]
    assert losses[-1] < losses[0]
    new, subject = texts(1, 200)
    assert told_apart(fitted.d[:, :19], text[1], fitted.infer(new), subject) > 0.9
    assert fitted.documents.matrix.shape == (600, 19)
    assert len(fitted.vectors) == 12


def test_concatenated_context_has_long_rows(text):
    fitted = fit(text, dm_concat=True, epochs=20)
    assert fitted.vp.shape == (13, 96)
    assert fitted.history[-1]["loss"] < fitted.history[0]["loss"]
    assert told_apart(fitted.d[:, :19], text[1], fitted.infer(text[0]), text[1]) > 0.8


def test_inference_repeats_itself_and_moves_nothing_else(text):
    fitted = fit(text, dm=False)
    before = fitted.v.copy(), fitted.vp.copy(), fitted.d.copy()
    found = fitted.infer(text[0][:50])
    fitted.threads = 3
    assert np.array_equal(found, fitted.infer(text[0][:50]))
    assert all(np.array_equal(a, b) for a, b in zip(before, (fitted.v, fitted.vp, fitted.d), strict=True))
    one = fitted.infer_vector(text[0][0])
    assert one.shape == (19,)
    assert np.array_equal(one, found[0])
    assert np.array_equal(found[7:9], fitted.infer(text[0][7:9]))
    assert not fitted.infer_vector(["never", "seen"]).any()
    assert fitted.infer([]).shape == (0, 19)


@pytest.mark.parametrize("options", [{}, {"dm": False, "deterministic": True}])
def test_resumed_is_uninterrupted(options, text, tmp_path):
    def stop(m):
        m.stop = m.epoch == 2

    whole = fit(text, epochs=4, **options)
    path = tmp_path / "part.safetensors"
    model(epochs=4, **options).fit(text[0], progress=False, callbacks=[stop]).save(path)
    resumed = Doc2Vec.load(path).resume(text[0], progress=False)
    for name in ("v", "vp", "d"):
        assert np.array_equal(getattr(whole, name), getattr(resumed, name)), name


def test_deterministic_at_any_number_of_threads(text):
    one, three = (fit(text, dm=False, deterministic=True, threads=threads) for threads in (1, 3))
    assert np.array_equal(one.d, three.d)
    assert np.array_equal(one.vp, three.vp)


def test_slices_share_no_document():
    rng = np.random.default_rng(0)
    tokens = np.ones(9000, np.int32)
    tokens[rng.integers(0, 9000, 60)] = 0
    tokens[4000:6500] = 1  # longer than a round
    tokens[-1] = 0
    run = Doc2VecTraining.__new__(Doc2VecTraining)
    run.starts, run.tokens = document_starts(tokens), tokens
    run.options = Doc2Vec(deterministic=True).options
    parts = [part for each in run.slices() for part in each]
    assert [0, *(stop for _, stop in parts)] == [*(start for start, _ in parts), 9000]
    assert all(tokens[stop - 1] == 0 for _, stop in parts)
    assert all(len(each) <= deterministic.WORKERS for each in run.slices())


def test_new_text_has_new_documents(text):
    fitted = fit(text, epochs=3)
    words = len(fitted.vocabulary)
    fitted.continue_on([["cat", "fresh"]] * 20, progress=False)
    assert fitted.d.shape[0] == 20
    assert len(fitted.vocabulary) == len(fitted.vp) == words + 1


def test_loss_of_other_text(text):
    fitted = fit(text, dm=False)
    assert fitted.loss(texts(2, 300)[0]) < 6 * np.log(2)


def test_mistakes_are_explained():
    with pytest.raises(ValueError, match=r"dm_concat is a form of dm=True"):
        Doc2Vec(dm=False, dm_concat=True)
    with pytest.raises(ValueError, match="Doc2Vec: dm is True or False, got 1"):
        Doc2Vec(dm=1)
    with pytest.raises(AttributeError, match=r"call fit\(corpus\) first"):
        Doc2Vec().infer_vector(["a"])
