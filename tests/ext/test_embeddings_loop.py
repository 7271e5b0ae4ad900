"""What the loop over a text draws and reads: noise, frequent words thinned out, windows, the rate."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext.embeddings import tables
from cutaway.ext.embeddings.negative_sampling import reference as negative_reference
from cutaway.ext.embeddings.shared_noise import reference as shared_reference
from cutaway.ext.embeddings.subwords import cbow_reference
from cutaway.ext.embeddings.word2vec import reference
from scipy import stats


@pytest.mark.parametrize("power", [0, 0.5, 0.75, 1])
def test_noise_follows_counts_to_the_power(power, rng):
    """Chi-square of the words that the generator draws against counts ** power; </s> is never drawn."""
    counts = np.array([500, 1000, 700, 300, 100, 30, 10, 5])
    table = tables.noise_table(counts, power)
    assert len(table) & (len(table) - 1) == 0, "the loop needs a power of two"
    state, drawn = 12345, np.zeros(8)
    for _ in range(20_000):
        state = negative_reference.next_random(state)
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


def read_pairs(architecture, tokens, window, **options):
    """Run the reference loop with an output layer that only notes (rate, word) of each example."""
    seen = []

    def note(h, word, random, rate, vp):
        seen.append((float(rate), int(h[0]), word))
        return np.zeros_like(h), random

    words = tokens.max() + 1
    v = np.repeat(np.arange(words, dtype=np.float32)[:, None], 16, 1)  # word w's row says w
    place = {"done": np.zeros(1, np.int64), "total": len(tokens), "alpha": 0.5, **options}
    run = (tokens, 0, len(tokens), 1, v, v, (), (), np.ones(words), place["done"], 0, place["total"])
    reference.train_slice(*run, place["alpha"], window=window, train_sentence=architecture, learn=note)
    return seen


@pytest.mark.parametrize("architecture", [reference.skipgram, reference.skipgram_subwords])
def test_pairs_stay_in_the_sentence_and_follow_the_window(architecture):
    """A pair at distance d is used with probability (window - d + 1) / window, on both sides alike."""
    window, length, repeats = 4, 40, 200
    tokens = np.tile(np.append(np.arange(1, length + 1), 0), repeats).astype(np.int32)
    seen = np.zeros(2 * length, int)
    for _, word, predicted in read_pairs(architecture, tokens, window):
        seen[word - predicted + length] += 1
    assert seen[length] == 0
    assert seen[: length - window].sum() == seen[length + window + 1 :].sum() == 0, "crossed a sentence's end"
    for d in range(1, window + 1):
        expected = repeats * (length - d) * (window - d + 1) / window
        for side in (-d, d):
            assert abs(seen[length + side] - expected) < 5 * np.sqrt(expected)


def test_cbow_predicts_each_word_once_from_the_mean_of_its_window():
    tokens = np.array([*range(2, 9), 0, 5, 0, 1, 3, 0], np.int32)
    seen = read_pairs(reference.cbow, tokens, 1)
    assert [word for _, _, word in seen] == [2, 3, 4, 5, 6, 7, 8, 1, 3], "5 has no company"
    assert [mean for _, mean, _ in seen] == [3, 3, 4, 5, 6, 7, 7, 3, 1]


def test_sentences_are_cut_at_1000_kept_words():
    tokens, keep = np.ones(2500, np.int32), np.ones(2)
    lengths, position = [], 0
    while position < len(tokens):
        sentence, position, _ = reference.read_sentence(tokens, position, len(tokens), keep, 1)
        lengths.append(len(sentence))
    assert lengths == [1000, 1000, 500]


def test_rate_falls_linearly_to_its_floor():
    tokens = np.tile(np.array([1, 2, 0], np.int32), 100)
    rates = [rate for rate, _, _ in read_pairs(reference.skipgram, tokens, 1)]
    assert rates[0] == 0.5
    np.testing.assert_allclose(np.diff(rates[::2]), -0.5 * 3 / 301, rtol=1e-5)
    late = read_pairs(reference.skipgram, tokens, 1, done=np.array([900]), total=300)
    assert [rate for rate, _, _ in late] == pytest.approx([0.5e-4] * len(late))


def cbow_twice(sentence, rows, learn, window=3):
    """v after plain CBOW, and after the form that reads and writes each place's rows once."""
    rows_of, results = lambda word: rows[word], []
    for architecture in (reference.cbow, cbow_reference.cbow_subwords):
        v = np.random.default_rng(2).normal(size=(40, 16))
        architecture(sentence, 11, 0.3, window, v, np.full((12, 16), 0.1), learn, TABLES_OF_NOISE, rows_of)
        results.append(v)
    return results


TABLES_OF_NOISE = (np.arange(1, 9, dtype=np.int32), 3)


def test_sliding_cbow_is_plain_cbow_while_no_two_places_share_a_row():
    rows = [[w, *range(12 + 2 * w, 14 + 2 * w)] for w in range(12)]
    plain, sliding = cbow_twice([3, 1, 4, 7, 5, 9, 2, 6, 8, 11, 10], rows, negative_reference.learn)
    np.testing.assert_allclose(sliding, plain, rtol=1e-9)
    again = [3, 1, 3, 7, 3, 9, 2, 6, 8, 11, 10]
    plain, sliding = cbow_twice(again, rows, negative_reference.learn)
    assert np.abs(sliding - plain).max() > 1e-6, "here they differ, if only by when a step is seen"


def test_sliding_cbow_loses_no_step(rng):
    """Words repeat and share rows, one has a row twice; errors that do not depend on v arrive the same."""

    def learn(h, word, random, rate, vp, *tables):
        return np.full_like(h, word), random

    rows = [[w, 12 + w % 3, 12 + w % 3, 15 + w % 2] for w in range(12)]
    for length in (0, 1, 2, 3, 4, 30):
        plain, sliding = cbow_twice(rng.integers(1, 12, length).tolist(), rows, learn)
        np.testing.assert_allclose(sliding, plain, rtol=1e-9)


def test_no_centre_meets_the_same_noise_twice():
    """Each place in the window has noise of its own, and new noise after CENTRES centres: so many draws."""
    rng, sentence, negative = np.random.default_rng(0), [1, 2, 3, 4, 5], 3
    v, vp = rng.normal(size=(2, 9, 4)).astype(np.float32)
    tables = np.arange(1, 9).astype(np.int32), negative
    assert len(sentence) == shared_reference.CENTRES + 1
    last = shared_reference.skipgram_subwords_shared(
        sentence, 7, np.float32(0.1), 1, v, vp, None, tables, lambda word: [word]
    )
    expected = 7
    for _ in range(len(sentence) + (2 + 1) * negative):  # a window each; noise for 2 places, then for 1 again
        expected = (expected * 25214903917 + 11) % 2**64
    assert last == expected


def test_noise_of_cbow_comes_back_to_windows_that_do_not_meet():
    """USES centres, 2 * window places apart, share noise; then it is drawn anew."""
    rng, negative, window = np.random.default_rng(0), 3, 2
    sentence = rng.integers(1, 9, 2 * window * shared_reference.USES + 1).tolist()
    v, vp = rng.normal(size=(2, 9, 4)).astype(np.float32)
    tables = np.arange(1, 9).astype(np.int32), negative
    last = shared_reference.cbow_shared(
        sentence, 7, np.float32(0.1), window, v, vp, None, tables, lambda word: [word]
    )
    expected = 7
    # a window each; noise of 2 * window places, then of the first again
    for _ in range(len(sentence) + (2 * window + 1) * negative):
        expected = (expected * 25214903917 + 11) % 2**64
    assert last == expected
