"""The mean loss is the written loss, of examples as the training loop meets them."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import dot_rows, mean_rows
from cutaway.ext.embeddings.hierarchical_softmax import huffman
from cutaway.text.embeddings.loss import BLOCK, Sample, draw_sample, mean_loss

SENTENCES = np.tile(np.array([1, 2, 3, 0, 4, 0], np.int32), 500)
NOISE = np.array([1, 2, 3], np.int32), 2


def examples(sample):
    rows = np.split(sample.rows, sample.starts[1:-1])
    return {(tuple(sorted(row.tolist())), int(word)) for row, word in zip(rows, sample.words, strict=True)}


def test_skipgram_examples_are_neighbours(rng):
    sample = draw_sample(SENTENCES, NOISE, np.ones(5), 1, rng, size=1000)
    assert examples(sample) == {((1,), 2), ((2,), 1), ((2,), 3), ((3,), 2)}
    assert len(sample.words) >= 1000
    assert sample.noise.shape == (len(sample.words), 2)


def test_cbow_examples_are_windows(rng):
    sample = draw_sample(SENTENCES, NOISE, np.ones(5), 1, rng, cbow=True, size=500)
    assert examples(sample) == {((2,), 1), ((1, 3), 2), ((2,), 3)}


def test_with_subwords_the_centre_predicts(rng):
    def rows(word):
        return [word, word + 10]

    sample = draw_sample(SENTENCES, NOISE, np.ones(5), 1, rng, subwords=rows, size=500)
    assert examples(sample) == {((1, 11), 2), ((2, 12), 1), ((2, 12), 3), ((3, 13), 2)}


def test_thinned_out_words_are_not_in_it(rng):
    keep = np.array([1, 1, 0, 1, 1])
    assert examples(draw_sample(SENTENCES, NOISE, keep, 2, rng, size=300)) == {((1,), 3), ((3,), 1)}


@pytest.fixture(params=["reference", "numba"])
def case(rng, request):
    """Two examples: row 1 predicts word 2; rows 2 and 4 together predict word 1, which is also its noise."""
    rows = np.array([1, 2, 4], np.int32)
    sample = Sample(rows, np.array([0, 1, 3]), np.array([2, 1]), np.array([[3, 4], [1, 3]]))
    v, vp = rng.normal(size=(2, 5, 8)).astype(np.float32)
    with dispatch.use(request.param):
        yield sample, v, vp, [v[1], (v[2] + v[4]) / 2]


def test_rows_are_averaged_and_multiplied_alike(rng):
    """The compiled functions equal their reference twins; a part of a list, an example without rows."""
    starts = np.array([0, 3, 3, 4, 9])
    rows = rng.integers(0, 6, 9).astype(np.int32)
    v = rng.normal(size=(6, 48)).astype(np.float32)
    results = []
    for rung in ("reference", "numba"):
        with dispatch.use(rung):
            h, some, dots = np.ones((4, 48)), np.ones((3, 48)), np.ones(9)
            mean_rows(rows, starts, v, h)
            mean_rows(rows, starts[1:], v, some)
            dot_rows(h + 1, rows, starts, v, dots)
            results.append((h, some, dots))
    for expected, found in zip(*results, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)
    h, some, _ = results[0]
    np.testing.assert_array_equal(h[1:], some)
    np.testing.assert_allclose(h[3], v[rows[4:]].astype(float).mean(0), rtol=1e-13)
    assert not h[1].any()


def log_sigma(x):
    return -np.log1p(np.exp(-x))


def test_negative_sampling(case):
    sample, v, vp, (h, g) = case
    first = log_sigma(vp[2] @ h) + log_sigma(-vp[3] @ h) + log_sigma(-vp[4] @ h)
    second = log_sigma(vp[1] @ g) + log_sigma(-vp[3] @ g)  # noise 1 is the word: skipped
    assert mean_loss(sample, sample.means_of(v), vp, "negative", ()) == pytest.approx(-(first + second) / 2)


def test_tree(case):
    sample, v, vp, (h, g) = case
    counts = np.array([1, 5, 4, 3, 2])
    nodes, codes = huffman.huffman(counts)
    total = 0.0
    for word, x in ((2, h), (1, g)):
        total += sum(
            log_sigma((1 - 2 * c) * (vp[n] @ x)) for n, c in zip(nodes[word], codes[word], strict=True)
        )
    assert mean_loss(sample, sample.means_of(v), vp, "tree", huffman.paths(counts)) == pytest.approx(
        -total / 2
    )


def test_softmax(case):
    sample, v, vp, (h, g) = case
    log_p = [np.log(np.exp(vp[w] @ x) / np.exp(vp[1:] @ x).sum()) for w, x in ((2, h), (1, g))]
    assert mean_loss(sample, sample.means_of(v), vp, "softmax", ()) == pytest.approx(-np.mean(log_p))


def test_no_examples_have_no_mean(case):
    sample, v, vp, _ = case
    empty = Sample(sample.rows[:0], np.array([0]), sample.words[:0], sample.noise[:0])
    with pytest.warns(UserWarning, match="the loss is nan: .* none has two known words side by side"):
        assert np.isnan(mean_loss(empty, empty.means_of(v), vp, "negative", ()))


def test_many_examples_are_measured_by_any_number_of_threads(rng):
    """Three blocks, the last not full: the mean over all of them, and the same to the last bit."""
    count, words = 2 * BLOCK + 7, 40
    v, vp = rng.normal(size=(2, words, 16)).astype(np.float32) / 4
    rows, noise = rng.integers(1, words, count), rng.integers(1, words, (count, 3))
    sample = Sample(rows.astype(np.int32), np.arange(count + 1), rng.integers(1, words, count), noise)
    found = [mean_loss(sample, sample.means_of(v), vp, "negative", (), threads) for threads in (1, 3)]
    h, z = v[rows].astype(float), vp.astype(float)
    kept = noise != sample.words[:, None]
    each = -log_sigma((h * z[sample.words]).sum(1))
    each -= np.where(kept, log_sigma(-np.einsum("ns,nks->nk", h, z[noise])), 0).sum(1)
    assert found[0] == found[1]
    assert found[0] == pytest.approx(each.mean(), rel=1e-12)


def test_worker_threads_keep_to_the_chosen_kernels(monkeypatch, rng):
    """The loss of a model that was told to use the reference calls nothing compiled."""

    def compiled(*_):
        raise AssertionError("compiled")

    monkeypatch.setitem(mean_rows._found, "numba", compiled)
    monkeypatch.setitem(dot_rows._found, "numba", compiled)
    monkeypatch.setitem(mean_rows._found, "c", None)
    monkeypatch.setitem(dot_rows._found, "c", None)
    v = rng.normal(size=(9, 16)).astype(np.float32)
    rows = rng.integers(1, 9, 2 * BLOCK)
    sample = Sample(rows.astype(np.int32), np.arange(len(rows) + 1), rows, rows[:, None])
    with dispatch.use("reference"):
        assert mean_loss(sample, sample.means_of(v), v, "negative", (), 2) > 0
    with pytest.raises(AssertionError, match="compiled"):
        mean_loss(sample, sample.means_of(v), v, "negative", (), 2)
