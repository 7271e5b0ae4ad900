"""The skip-gram loop: the compiled form does what the reference says, which climbs the written objective."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.skipgram import jit, kernel, reference, tables
from scipy import stats


def corpus(rng, words=30, sentences=40, longest=25):
    """Token ids of random sentences, frequent words first, and their counts."""
    pieces = [np.minimum(rng.geometric(0.15, rng.integers(0, longest)), words - 1) for _ in range(sentences)]
    tokens = np.concatenate([np.append(piece, 0) for piece in pieces]).astype(np.int32)
    return tokens, np.bincount(tokens, minlength=words)


def run(loop, tokens, counts, dim, *, seed=7, sample=0.05, alpha=0.3, dtype=np.float32):
    """Train two epochs; returns v, v', the generator's state and the counter."""
    v, vp = (each.astype(dtype) for each in tables.first_vectors(len(counts), dim, 3))
    noise, keep = tables.noise_table(counts, size=1 << 12), tables.keep_probability(counts, sample)
    done = np.zeros(2, np.int64)
    for _ in range(2):
        seed = loop(tokens, 0, len(tokens), seed, v, vp, noise, keep, done, 1, 2 * len(tokens), alpha)
    return v, vp, int(seed), done


@pytest.mark.parametrize(("dim", "window", "negative"), [(1, 1, 1), (16, 5, 5), (19, 3, 7)])
def test_compiled_loop_equals_reference(rng, monkeypatch, tmp_path, dim, window, negative):
    """Same random stream, same vectors; 30 words, so noise often repeats itself or hits the centre."""
    tokens, counts = corpus(rng)
    with dispatch.use("reference"):
        expected = run(kernel(dim, window, negative), tokens, counts, dim)
    usual = run(kernel(dim, window, negative), tokens, counts, dim)
    # the sigmoid table's steps hide small differences: compile once more with a table 32 times finer
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    bins = 1 << 16
    middle = ((np.arange(bins) + 0.5) / bins * 2 - 1) * 8
    monkeypatch.setattr(jit, "SIGMOID", (1 / (1 + np.exp(-middle))).astype(np.float32))
    monkeypatch.setattr(jit, "SIGMOID_BINS", bins)
    monkeypatch.setattr(jit, "BINS_PER_UNIT", np.float32(bins / 16))
    fine = run(jit.kernel.__wrapped__(dim, window, negative), tokens, counts, dim)

    assert usual[2] == fine[2] == expected[2], "the random streams parted"
    assert usual[3].tolist() == expected[3].tolist() == [0, 2 * len(tokens)]
    for a, b, c in zip(usual[:2], fine[:2], expected[:2], strict=True):
        np.testing.assert_allclose(b, c, rtol=0, atol=2e-4)
        np.testing.assert_allclose(a, c, rtol=0, atol=1e-2)
        assert np.abs(c).max() > 0.1, "nothing was learnt"
        assert not a[:, dim:].any(), "the padding must stay zero"


def test_step_is_the_gradient_by_differences(rng):
    """One step of rate r moves v and v' by -r times the written loss's gradient, by differences."""
    v, vp, labels, rate, h = rng.normal(size=4), rng.normal(size=(3, 4)), np.array([1.0, 0, 0]), 0.1, 1e-6
    moved_v, moved_vp = reference.neg_step(v, vp, labels, rate)
    for c in range(4):
        e = h * np.eye(4)[c]
        slope = (reference.neg_loss(v + e, vp, labels) - reference.neg_loss(v - e, vp, labels)) / (2 * h)
        assert moved_v[c] - v[c] == pytest.approx(-rate * slope, abs=1e-9)
        for d in range(3):
            at = np.zeros((3, 4))
            at[d] = e
            up, down = reference.neg_loss(v, vp + at, labels), reference.neg_loss(v, vp - at, labels)
            slope = (up - down) / (2 * h)
            assert moved_vp[d, c] - vp[d, c] == pytest.approx(-rate * slope, abs=1e-9)


def noise_drawn(seed, noise, negative):
    """Noise words of a two-word text's first pair: two draws thin it out, one sets the window."""
    states = [seed]
    for _ in range(3 + negative):
        states.append(reference.next_random(states[-1]))
    return [int(noise[(state >> 16) % len(noise)]) for state in states[4:]]


def test_compiled_step_is_the_gradient_by_autograd():
    """Two words, one pair each way: the compiled loop against the engine's own gradient of J."""
    dim, negative, alpha = 16, 2, 0.05
    rng = np.random.default_rng(5)
    v = rng.normal(size=(6, dim)).astype(np.float32) / 4
    vp = rng.normal(size=(6, dim)).astype(np.float32) / 4
    noise = np.array([3, 4], np.int32)
    tokens, keep, done = np.array([1, 2, 0], np.int32), np.ones(6, np.float32), np.zeros(1, np.int64)
    seed, drawn = next((s, d) for s in range(99) if len(set(d := noise_drawn(s, noise, negative))) > 1)

    x = cutaway.tensor(v[2].astype(np.float64), requires_grad=True)  # I: the context word
    y = cutaway.tensor(vp[[1, *drawn]].astype(np.float64), requires_grad=True)  # O: the centre, then noise
    signs = cutaway.tensor(np.array([1.0, -1, -1]))
    loss = -cutaway.log(cutaway.sigmoid(cutaway.matmul(y, x) * signs)).sum()
    loss.backward()

    moved_v, moved_vp = v.copy(), vp.copy()
    kernel(dim, 1, negative)(tokens, 0, 3, seed, moved_v, moved_vp, noise, keep, done, 0, 3, alpha)
    np.testing.assert_allclose(moved_v[2] - v[2], -alpha * x.grad.numpy(), rtol=0, atol=1e-4)
    assert np.abs(moved_v[2] - v[2]).max() > 1e-3
    # the second pair may move the same noise rows; the row of O is moved by the first alone
    np.testing.assert_allclose(moved_vp[1] - vp[1], -alpha * y.grad.numpy()[0], rtol=0, atol=1e-4)


def test_loss_is_k_plus_1_logistic_regressions(rng):
    v, vp = rng.normal(size=5), rng.normal(size=(4, 5))
    p = 1 / (1 + np.exp(-vp @ v))
    written = -np.log(p[0]) - np.log(1 - p[1:]).sum()
    assert reference.neg_loss(v, vp, np.array([1, 0, 0, 0])) == pytest.approx(written)
    assert reference.neg_loss(100 * v, 100 * vp, np.array([1, 0, 0, 0])) < np.inf


def test_sigmoid_table(rng):
    x = rng.uniform(-12, 12, 2000).astype(np.float32)
    exact = 1 / (1 + np.exp(-x.astype(np.float64)))
    loop = jit.unrolled(jit.sigmoid, STRIDE=16, ROWS=2, WINDOW=1)["sigmoid"]
    assert max(abs(loop(each) - e) for each, e in zip(x, exact, strict=True)) < 1.1e-3
    assert 0 < loop(np.float32(-1e30)) < loop(np.float32(0)) < loop(np.float32(1e30)) < 1


@pytest.mark.parametrize("power", [0, 0.5, 0.75, 1])
def test_noise_follows_counts_to_the_power(power, rng):
    """Chi-square of the words that the generator draws against counts ** power; </s> is never drawn."""
    counts = np.array([500, 1000, 700, 300, 100, 30, 10, 5])
    table = tables.noise_table(counts, power)
    assert len(table) & (len(table) - 1) == 0, "the loop needs a power of two"
    state, drawn = 12345, np.zeros(8)
    for _ in range(20_000):
        state = reference.next_random(state)
        drawn[table[(state >> 16) % len(table)]] += 1
    expected = counts[1:].astype(float) ** power
    assert drawn[0] == 0
    assert stats.chisquare(drawn[1:], 20_000 * expected / expected.sum()).pvalue > 0.001
    wrong = counts[1:].astype(float) ** (power + 0.1)
    assert stats.chisquare(drawn[1:], 20_000 * wrong / wrong.sum()).pvalue < 0.05, "the test has no power"


def test_table_grows_with_the_vocabulary():
    table = tables.noise_table(np.ones(200_001))
    assert len(table) == 1 << 22
    assert len(np.unique(table)) == 200_000


def test_frequent_words_are_kept_as_the_formula_says():
    """keep = (sqrt(f/t) + 1) t/f, cut at 1: counted in the sentences that the loop reads."""
    counts = np.array([1, 60_000, 30_000, 9_000, 1_000])
    keep = tables.keep_probability(counts, 0.02)
    f = counts / counts.sum()
    assert keep[1] == pytest.approx((np.sqrt(f[1] / 0.02) + 1) * 0.02 / f[1])
    assert keep[4] == 1
    tokens = np.append(np.random.default_rng(0).permutation(np.repeat(np.arange(5), counts)[1:]), 0)
    kept, position, state = np.zeros(5), 0, 99
    while position < len(tokens):
        sentence, position, state = reference.read_sentence(tokens, position, len(tokens), keep, state)
        kept += np.bincount(sentence, minlength=5)
    spread = np.sqrt(counts * keep * (1 - keep)) + 1e-9
    assert (np.abs(kept - counts * keep)[1:] <= 4 * spread[1:]).all()
    assert (tables.keep_probability(counts, 0) == 1).all()


def test_pairs_stay_in_the_sentence_and_follow_the_window(monkeypatch):
    """A pair at distance d is used with probability (window - d + 1) / window, on both sides alike."""
    window, length, repeats = 4, 40, 200
    seen = np.zeros(2 * length, int)

    def record(context, centre, random, *rest):
        seen[context - centre + length] += 1
        return random

    monkeypatch.setattr(reference, "train_pair", record)
    tokens = np.tile(np.append(np.arange(1, length + 1), 0), repeats).astype(np.int32)
    v, keep, done = np.zeros((length + 1, 16), np.float32), np.ones(length + 1), np.zeros(1, np.int64)
    reference.train_slice(tokens, 0, len(tokens), 1, v, v, None, keep, done, 0, 1, 0.1, window, 5)
    assert seen[length] == 0
    assert seen[: length - window].sum() == seen[length + window + 1 :].sum() == 0, "crossed a sentence's end"
    for d in range(1, window + 1):
        expected = repeats * (length - d) * (window - d + 1) / window
        for side in (-d, d):
            assert abs(seen[length + side] - expected) < 5 * np.sqrt(expected)


def test_sentences_are_cut_at_1000_kept_words():
    tokens, keep = np.ones(2500, np.int32), np.ones(2)
    lengths, position = [], 0
    while position < len(tokens):
        sentence, position, _ = reference.read_sentence(tokens, position, len(tokens), keep, 1)
        lengths.append(len(sentence))
    assert lengths == [1000, 1000, 500]


def test_rate_falls_linearly_to_its_floor(monkeypatch):
    rates = []
    monkeypatch.setattr(
        reference, "train_pair", lambda c, o, random, rate, *rest: rates.append(float(rate)) or random
    )
    tokens = np.tile(np.array([1, 2, 0], np.int32), 100)
    v, keep = np.zeros((3, 16)), np.ones(3)
    reference.train_slice(tokens, 0, 300, 1, v, v, None, keep, np.zeros(1, np.int64), 0, 300, 0.5, 1, 1)
    assert rates[0] == 0.5
    np.testing.assert_allclose(np.diff(rates[::2]), -0.5 * 3 / 301, rtol=1e-6)
    rates.clear()
    reference.train_slice(tokens, 0, 300, 1, v, v, None, keep, np.array([900]), 0, 300, 0.5, 1, 1)
    assert min(rates) == max(rates) == pytest.approx(0.5e-4)


def test_nan_does_not_crash_the_loop(rng):
    tokens, counts = corpus(rng)
    v, vp = tables.first_vectors(len(counts), 16, 3)
    v[:] = np.nan
    noise, keep = tables.noise_table(counts), tables.keep_probability(counts)
    kernel(16, 5, 5)(tokens, 0, len(tokens), 1, v, vp, noise, keep, np.zeros(1, np.int64), 0, 1, 0.1)
    assert np.isnan(v[1]).any()
