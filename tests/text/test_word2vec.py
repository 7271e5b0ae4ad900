"""Word2Vec learns what was planted, repeats itself exactly, and says what is wrong."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.text import Word2Vec, encode

GROUPS = {"animal": ["cat", "dog", "cow", "hen", "pig"], "colour": ["red", "blue", "green", "pink", "grey"]}
CONTEXTS = {
    "animal": ["eats", "runs", "sleeps", "farm", "legs"],
    "colour": ["paint", "bright", "dark", "dress", "sky"],
}


def planted(rng, sentences=3000):
    """Each sentence names one thing and four words that only its group keeps company with."""
    for _ in range(sentences):
        group = rng.choice(list(GROUPS))
        words = [rng.choice(GROUPS[group]), *rng.choice(CONTEXTS[group], 4)]
        yield [str(word) for word in rng.permutation(words)]


@pytest.fixture(scope="module")
def text():
    return list(planted(np.random.default_rng(0)))


def model(**options):
    return Word2Vec(**{"dim": 16, "epochs": 4, "sample": 0, "seed": 3, **options})


def quiet(fitted, text, **options):
    return fitted.fit(text, progress=False, **options)


def test_words_used_alike_are_near(text):
    vectors = quiet(model(), text).vectors
    for group, words in GROUPS.items():
        for word in words:
            near = {other for other, _ in vectors.most_similar(word, topn=4)}
            assert near | {word} == set(words), f"{group}: {word} is near {near}"
    assert vectors.doesnt_match(["cat", "dog", "blue", "pig"]) == "blue"


@pytest.mark.parametrize(
    "options",
    [{"cbow": True}, {"hs": True}, {"softmax": True}, {"shared": True}, {"cbow": True, "shared": True}],
)
def test_every_model_learns_the_groups(options, text):
    fitted = quiet(model(**options, alpha=0.05), text)
    losses = [entry["loss"] for entry in fitted.history]
    assert losses == sorted(losses, reverse=True)
    right = sum(fitted.vectors.most_similar(w, topn=1)[0][0] in ws for ws in GROUPS.values() for w in ws)
    assert right >= 9


def test_shared_noise_is_as_good(text):
    one, shared = (quiet(model(shared=shared), text).history[-1]["loss"] for shared in (False, True))
    assert shared == pytest.approx(one, rel=0.02)


def test_loss_falls_and_history_is_complete(text):
    seen = []
    fitted = quiet(model(), text, callbacks=[lambda m: seen.append((m.epoch, m.rate))])
    losses = [entry["loss"] for entry in fitted.history]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * 6 * np.log(2)
    assert [epoch for epoch, _ in seen] == [1, 2, 3, 4]
    assert [rate for _, rate in seen] == pytest.approx([0.01875, 0.0125, 0.00625, 2.5e-6], rel=1e-2)


def test_a_callback_can_stop(text):
    def stop(m):
        m.stop = m.epoch == 2

    assert len(quiet(model(), text, callbacks=[stop]).history) == 2


def test_one_thread_repeats_itself_exactly(text):
    first, second, other = (quiet(model(seed=seed, epochs=1), text) for seed in (3, 3, 4))
    assert np.array_equal(first.v, second.v)
    assert np.array_equal(first.vp, second.vp)
    assert first.history[0]["loss"] == second.history[0]["loss"]
    assert not np.array_equal(first.v, other.v)
    assert np.array_equal(quiet(first, text).v, second.v), "fit starts afresh"


def test_threads_read_everything_and_learn_the_same(text):
    one, three = (quiet(model(threads=threads), text) for threads in (1, 3))
    assert three._training.done.sum() == one._training.done.sum() == 4 * 3000 * 6
    assert three.history[-1]["loss"] == pytest.approx(one.history[-1]["loss"], rel=0.05)
    assert not np.array_equal(one.v, three.v)


def test_reference_loop_can_be_chosen(text):
    with dispatch.use("reference"):
        slow = quiet(model(epochs=1), text[:150])
    fast = quiet(model(epochs=1), text[:150])
    np.testing.assert_allclose(slow.v, fast.v, atol=1e-3)


def test_sentence_end_has_no_vector(text):
    fitted = quiet(model(epochs=1), text)
    assert "</s>" not in fitted.vectors
    assert len(fitted.vectors) == len(fitted.vocabulary) - 1
    assert not fitted.vp[0].any(), "</s> is neither predicted nor noise"


def test_huge_rate_is_reported_not_returned(text):
    with pytest.raises(FloatingPointError, match=r"infinite or NaN in epoch 1\n.*lower alpha \(it was 100"):
        quiet(model(alpha=100, sample=0, epochs=30), text)


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("dim", 0, "dim is a whole number from 1 to 10000, got 0"),
        ("dim", 10.0, "dim is a whole number"),
        ("negative", True, "negative is a whole number"),
        ("window", -1, "window"),
        ("alpha", float("nan"), "alpha is a number"),
        ("sample", 2, "sample is a number from 0 to 1, got 2"),
        ("epochs", "5", "epochs is a whole number at least 1, got '5'"),
        ("cbow", 1, "cbow is True or False, got 1"),
    ],
)
def test_bad_options_are_refused(option, value, complaint):
    with pytest.raises(ValueError, match=f"Word2Vec: {complaint}"):
        Word2Vec(**{option: value})


def test_models_that_exclude_each_other():
    with pytest.raises(ValueError, match=r"hs, softmax and shared exclude each other, got hs=True"):
        Word2Vec(hs=True, shared=True)


def test_too_little_text():
    with pytest.raises(
        ValueError, match=r"at least 2 words seen min_count=5 times, came 1\n.*smaller min_count"
    ):
        quiet(Word2Vec(), ["a a a a a b"])
    with pytest.raises(AttributeError, match=r"call fit\(corpus\) first"):
        Word2Vec().vectors  # noqa: B018


def test_bar_in_a_pipe_is_short(text, capsys):
    model(epochs=2).fit(text)
    assert capsys.readouterr().err.count("\r") <= 4


def test_fit_tokens_takes_what_encode_gives(text):
    assert np.array_equal(
        quiet(model(epochs=1), text).v, model(epochs=1).fit_tokens(*encode(text, 5), False).v
    )


def test_import_is_light():
    import subprocess

    script = (
        "import sys, cutaway.text; print([m for m in ('numba', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
