"""Training that stops and goes on, on the same text or on another, and threads that change nothing."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.nn.checkpoint import CheckpointError, save
from cutaway.text import Word2Vec
from cutaway.text.embeddings import deterministic
from cutaway.text.embeddings.deterministic import Copies, lengthening, slices


@pytest.fixture(scope="module")
def text():
    """Ten words, each mostly beside its pair, as in 'w0 v0'."""
    rng = np.random.default_rng(0)
    return [[f"{'wv'[i % 2]}{k}" for k in rng.integers(0, 5, 3) for i in range(2)] for _ in range(2000)]


def model(**options):
    return Word2Vec(**{"dim": 16, "epochs": 3, "sample": 0, **options})


def quiet(fitted, text, **options):
    return fitted.fit(text, progress=False, **options)


@pytest.mark.parametrize("options", [{}, {"deterministic": True}, {"hs": True}])
def test_resumed_is_uninterrupted(options, text, tmp_path):
    def stop(m):
        m.stop = True

    whole = quiet(model(**options), text)
    part = quiet(model(**options), text, callbacks=[stop])
    assert part.epoch == 1
    part.save(tmp_path / "part.safetensors")
    resumed = Word2Vec.load(tmp_path / "part.safetensors").resume(text, progress=False)
    assert np.array_equal(whole.v, resumed.v)
    assert np.array_equal(whole.vp, resumed.vp)
    assert whole.random == resumed.random
    losses = [[entry["loss"] for entry in m.history] for m in (whole, resumed)]
    assert losses[0] == losses[1]


def test_deterministic_at_any_number_of_threads(text):
    one, three = (quiet(model(deterministic=True, threads=threads), text) for threads in (1, 3))
    assert np.array_equal(one.v, three.v)
    assert np.array_equal(one.vp, three.vp)
    plain = quiet(model(), text)
    start, end, found = 6 * np.log(2), plain.history[-1]["loss"], one.history[-1]["loss"]
    assert start - found > 0.85 * (start - end), "ten words: every row is moved by every slice"
    assert not np.array_equal(one.v, plain.v)


def test_slices_cover_the_text_once():
    for length in (0, 1, 5000, 123_457, 200_000_000):
        parts = [part for each in slices(length) for part in each]
        assert [0, *(stop for _, stop in parts)] == [*(start for start, _ in parts), length]
        assert all(len(each) <= deterministic.WORKERS for each in slices(length))


def test_ways_are_put_together_as_a_quadratic_would_go(rng):
    """Each copy goes the share 1 - q of the way to one target; so would W times as many steps in one go."""
    from concurrent.futures import ThreadPoolExecutor

    start, target, rate, steps, ways = rng.normal(size=(5, 4)), rng.normal(size=(5, 4)), 0.05, 7, 3
    matrix = np.zeros((5, 16), np.float32)
    matrix[:, :4] = start
    copies = Copies([matrix])
    q = np.exp(-steps * rate * deterministic.CURVATURE)

    def read(worker, first, stop, vectors):
        vectors[0][:4, :4] = (target + q * (vectors[0][:, :4] - target))[:4]

    with ThreadPoolExecutor(2) as pool:
        copies.train([(0, 1)] * ways, read, pool)
        copies.combine(ways, [np.full(5, steps)], rate, pool)
    expected = target + q**ways * (start - target)
    np.testing.assert_allclose(matrix[:4, :4], expected[:4], rtol=1e-4)
    assert np.array_equal(matrix[4, :4], start[4].astype(np.float32)), "a row that no copy moved"
    assert all(np.array_equal(copy, matrix) for copy in copies.copies[0])
    assert lengthening(np.zeros(1), rate, 4)[0] == pytest.approx(4)


def test_compiled_combination_is_the_reference(rng):
    from cutaway.ext import dispatch
    from cutaway.ext.embeddings import average_copies

    old = rng.normal(size=(9, 32)).astype(np.float32)
    copies = np.repeat(old[None], 4, 0)
    copies[:3, [0, 2, 5, 8]] += rng.normal(size=(3, 4, 32)).astype(np.float32)
    longer = rng.uniform(0.3, 1.3, 9).astype(np.float32)
    results = []
    for rung in ("numba", "reference"):
        mine = old.copy(), copies.copy()
        with dispatch.use(rung):
            average_copies(*mine, longer, 2, 8, 3)
        results.append(mine)
    for found, expected in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert np.array_equal(results[0][0][[0, 1, 8]], old[[0, 1, 8]]), "other rows are not touched"


def test_compiled_meetings_are_the_reference(rng):
    from cutaway.ext import dispatch
    from cutaway.ext.embeddings import meet_rows, moved_rows

    before = rng.normal(size=(9, 32)).astype(np.float32)
    own = before.copy()
    own[[1, 4, 8]] += rng.normal(size=(3, 32)).astype(np.float32)
    rows, longer = np.array([4, 1, 7]), rng.uniform(0.3, 1.3, 3).astype(np.float32)
    seen = own[rows] - np.float32(0.25)  # the copy has gone on since
    moved = rng.normal(size=(3, 32)).astype(np.float32)
    found = []
    for rung in ("numba", "reference"):
        mine, since, some = own.copy(), before.copy(), np.zeros(9, np.int32)
        with dispatch.use(rung):
            assert moved_rows(since, mine, some) == 3
            meet_rows(mine, since, rows, seen, moved, longer)
        assert some[:3].tolist() == [1, 4, 8]
        found.append((mine, since))
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
    mine, since = found[0]
    np.testing.assert_allclose(mine[rows], since[rows] + 0.25, rtol=1e-5, atol=1e-6)


def test_new_text_adds_its_words(text):
    fitted = quiet(model(), text)
    before = fitted.v.copy()
    fitted.continue_on([["w0", "fresh", "v0"]] * 300, progress=False)
    assert fitted.vocabulary.words[-1] == "fresh"
    assert fitted.vocabulary.counts[-1] == 300
    assert len(fitted.v) == len(fitted.vp) == len(before) + 1
    assert [entry["epoch"] for entry in fitted.history] == [1, 2, 3, 1, 2, 3]
    assert fitted.history[-1]["loss"] < fitted.history[-3]["loss"]
    unseen = fitted.vocabulary.index["w3"]
    assert np.array_equal(fitted.v[unseen], before[unseen]), "words not in the new text stay"
    assert not np.array_equal(fitted.v[fitted.vocabulary.index["w0"]], before[fitted.vocabulary.index["w0"]])


def test_other_text_has_another_loss(text):
    fitted = quiet(model(), text)
    assert fitted.loss(text) == pytest.approx(fitted.history[-1]["loss"], rel=1e-6)
    shuffled = [[words[i] for i in np.random.default_rng(0).permutation(6)] for words in text]
    assert fitted.loss(shuffled) > fitted.loss(text)


def test_what_cannot_be_resumed_is_explained(text, tmp_path):
    fitted = quiet(model(epochs=1), text)
    with pytest.raises(ValueError, match=r"all 1 epochs are done\n.*continue_on"):
        fitted.resume(text, progress=False)
    fitted.epochs = 2
    with pytest.raises(ValueError, match=r"not the one that training began with"):
        fitted.resume(text[1:], progress=False)
    with pytest.raises(AttributeError, match="call fit"):
        model().save(tmp_path / "x.safetensors")


def test_damaged_checkpoints(text, tmp_path):
    path = tmp_path / "m.safetensors"
    fitted = quiet(model(epochs=1), text)
    fitted.save(path)
    arrays = {"v": fitted.v, "vp": fitted.vp, "counts": fitted.vocabulary.counts}
    arrays |= {"random": np.array(fitted.random, np.uint64), "words": np.frombuffer(b"</s>\na", np.uint8)}
    header = {"class": "Word2Vec", "options": {"dim": 16}, "epoch": 1, "history": [], "text": ""}
    for change, complaint in (
        ({"class": "U-Net"}, "expected a Word2Vec, came 'U-Net'"),
        ({"options": {"dims": 3}}, "no Word2Vec can be made of it"),
        ({}, "no Word2Vec can be made of it"),  # two words, eleven counts
    ):
        save(path, arrays, {**header, **change})
        with pytest.raises(CheckpointError, match=complaint):
            Word2Vec.load(path)
    save(path, {**arrays, "counts": np.array([1, 2])}, header)
    with pytest.raises(CheckpointError, match=r"expected float32 v \(2, 16\)"):
        Word2Vec.load(path)


@pytest.mark.parametrize("deterministic", [False, True])
def test_more_threads_than_before(text, deterministic):
    fitted = quiet(model(epochs=1, threads=1), [[word for line in text for word in line]] * 3)
    fitted.epochs, fitted.threads, fitted.deterministic = 2, 3, deterministic
    fitted.resume([[word for line in text for word in line]] * 3, progress=False)
    assert fitted.epoch == 2
    assert len(set(fitted.random)) == len(fitted.random) >= 3
