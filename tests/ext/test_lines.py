"""Lines with labels: the compiled loops equal their reference twins, and one update is the gradient."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import average_lines, count_rows, line_loop, nearest_centroids, read_words, tables
from cutaway.ext.embeddings.classifier import losses_reference
from cutaway.ext.embeddings.classifier import reference as lines_reference
from cutaway.ext.embeddings.hierarchical_softmax import huffman
from hypothesis import given
from hypothesis import strategies as st

WORDS, LABELS, BUCKETS, DIM, S = 12, 5, 7, 19, 32
ROWS = WORDS + BUCKETS
RATE = 0.05


@pytest.fixture
def text(rng):
    """Tokens 0..11 are words (0 ends a line), 12..16 labels, 17 an unknown word, 18 an unknown label."""
    lines = []
    for _ in range(60):
        words = rng.integers(1, WORDS, rng.integers(0, 9)).tolist()
        lines += [*rng.integers(12, 19, rng.integers(0, 3)).tolist(), *words, 0]
    tokens = np.array(lines, np.int32)
    ends = np.flatnonzero(tokens == 0) + 1
    kind = np.array([-1] * WORDS + [0, 1, 2, 3, 4] + [-1, -2], np.int32)
    rows = [[w, WORDS + w % BUCKETS, WORDS] for w in range(WORDS)] + [[]] * LABELS + [[WORDS + 1], []]
    buckets = np.where(np.arange(BUCKETS) == 3, -1, WORDS + np.arange(BUCKETS)).astype(np.int32)
    hashes = rng.integers(-(2**31), 2**31, 19).astype(np.int32)
    starts = np.cumsum([0, *map(len, rows)])
    flat = np.array([row for each in rows for row in each], np.int32)
    return tokens, np.append(0, ends), lines_reference.Kinds(kind, hashes, starts, flat, 3, buckets)


COUNTS = np.array([20, 9, 9, 4, 1])
TABLES = {
    "softmax": (),
    "one_vs_all": (),
    "negative": (tables.noise_table(np.append(0, COUNTS), 0.5, 1 << 10) - 1, 3),
    "tree": huffman.label_tree(COUNTS),
}


def run(output, text, refresh=5):
    v = np.zeros((ROWS, S), np.float32)
    v[:, :DIM] = np.random.default_rng(1).normal(size=(ROWS, DIM)) / 4
    vp = np.zeros((LABELS, S), np.float32)
    done, losses = np.zeros(2, np.int64), np.zeros((2, 2))
    tokens, lines, kinds = text
    state, total = 7, 3 * len(tokens)
    for _ in range(3):
        place = (done, losses, 1, total, 0.7, refresh)
        state = line_loop(output, DIM)(tokens, lines, 0, 60, state, v, vp, kinds, TABLES[output], *place)
    return v, vp, int(state), done.tolist(), losses


@pytest.mark.parametrize("output", TABLES)
def test_compiled_loop_equals_reference(output, text):
    with dispatch.use("reference"):
        expected = run(output, text)
    found = run(output, text)
    assert found[2:4] == expected[2:4], "the random streams parted"
    assert found[3] == [0, 3 * len(text[0])]
    for a, b in zip((*found[:2], found[4]), (*expected[:2], expected[4]), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5)
    assert np.abs(found[1]).max() > 0.1, "nothing was learnt"
    assert not found[0][:, DIM:].any(), "the padding must stay zero"


def test_lines_are_averaged_and_counted_alike(text):
    tokens, lines, kinds = text
    v = np.random.default_rng(1).normal(size=(ROWS, DIM)).astype(np.float32)
    results = []
    for rung in ("reference", "numba"):
        with dispatch.use(rung):
            h, counts = np.ones((60, DIM), np.float32), np.zeros(60, np.int64)
            found, met = np.zeros((len(tokens), 2), np.int32), np.zeros(ROWS, np.int64)
            written = average_lines(tokens, lines, v, kinds, h, counts, found)
            count_rows(tokens, lines, kinds, met)
            results.append((h, counts, found[:written], met))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert results[0][3].sum() == results[0][1].sum() > 0
    assert met[WORDS + 3] < met.max(), "a bucket that is pruned is met only as a character n-gram's row"


def test_word_ngrams_are_hashed_as_the_original_does():
    """h(a b) = (h(a) 116049371 + h(b)) mod 2^64, hashes sign-extended; 2 and 3 words, labels left out."""
    hashes = np.array([-5, 3, 9, 9], np.int32)
    kinds = lines_reference.Kinds(
        np.array([-1, -1, 0, -1], np.int32), hashes, np.zeros(5, int), np.zeros(0, int), 3, np.arange(1000)
    )
    inputs, labels = lines_reference.read_line(np.array([0, 2, 1, 3]), kinds)
    two = (-5 * 116049371 + 3) % 2**64
    assert inputs == [two % 1000, (two * 116049371 + 9) % 2**64 % 1000, (3 * 116049371 + 9) % 1000]
    assert labels == [0]


def gradient(loss_of, v, vp):
    tensors = [cutaway.tensor(array, requires_grad=True) for array in (v, vp)]
    loss = loss_of(*tensors)
    loss.backward()
    return float(loss.detach().numpy()), [each.grad.numpy() for each in tensors]


def log_sigma(x):
    return cutaway.log(cutaway.sigmoid(x))


@pytest.mark.parametrize("output", ["softmax", "tree", "one_vs_all", "negative"])
def test_one_update_is_the_gradient(output, rng):
    """Of the mean's own rows too: each gets an n-th of the error (unlike word2vec's)."""
    v, vp = rng.normal(size=(6, 4)), rng.normal(size=(LABELS, 4))
    rows, label = [0, 2, 2, 5], 3
    if output == "softmax":
        tab, steps = (), None
    elif output == "one_vs_all":
        tab, steps = (), [(i, i == label) for i in range(LABELS)]
    elif output == "tree":
        tab = TABLES["tree"]
        way = slice(tab[0][label], tab[0][label + 1])
        steps = list(zip(tab[1][way].tolist(), (tab[2][way] == 1).tolist(), strict=True))
    else:
        tab, steps = (np.array([1], np.int32), 1), [(label, True), (1, False)]

    def loss_of(v, vp):
        h = sum(v[row] for row in rows) / len(rows)
        if steps is None:
            return -cutaway.log(cutaway.softmax(vp @ h)[label])
        return -sum(log_sigma((1 if yes else -1) * (vp[row] * h).sum()) for row, yes in steps)

    loss, (dv, dvp) = gradient(loss_of, v, vp)
    kind = np.array([-1] * 6 + [0, 1, 2, 3, 4], np.int32)
    starts = np.append(np.arange(7), [6] * 5)
    kinds = lines_reference.Kinds(
        kind, np.zeros(11, np.int32), starts, np.arange(6, dtype=np.int32), 1, np.zeros(0, np.int32)
    )
    moved_v, moved_vp, losses = v.copy(), vp.copy(), np.zeros((1, 2))
    words = np.array([6 + label, *rows], np.int32)
    place = (np.zeros(1, np.int64), losses, 0, 100, RATE, 100)
    learn = getattr(losses_reference, output)
    lines_reference.train_lines(
        words, np.array([0, 5]), 0, 1, 3, moved_v, moved_vp, kinds, tab, *place, learn=learn
    )
    np.testing.assert_allclose(moved_v - v, -RATE * dv, atol=1e-12)
    np.testing.assert_allclose(moved_vp - vp, -RATE * dvp, atol=1e-12)
    assert losses.tolist() == [[pytest.approx(loss), 1]]
    assert np.abs(dv).max() > 1e-3


def test_the_tree_is_that_of_two_queues():
    """Ways of fastText's own files: equal counts are resolved as it does; every way ends at the root."""
    starts, nodes, codes = huffman.label_tree(COUNTS)
    ways = [nodes[starts[i] : starts[i + 1]].tolist() for i in range(LABELS)]
    assert all(way[-1] == LABELS - 2 for way in ways)
    assert [len(way) for way in ways] == [1, 2, 3, 4, 4], "of equal counts, the later label is deeper"
    assert sum(2.0 ** -len(way) for way in ways) == 1
    bits = [tuple(codes[starts[i] : starts[i + 1]][::-1]) for i in range(LABELS)]
    assert len(set(bits)) == LABELS


def table(rung, pieces):
    """Read pieces of text, without growing: (tokens of each, words, letters, hashes)."""
    slots, hashes = np.full(64, -1, np.int32), np.zeros(16, np.int32)
    ends, letters, count, out = np.zeros(17, np.int64), np.zeros(40, np.uint8), 0, []
    with dispatch.use(rung):
        for piece in pieces:
            text = np.frombuffer(piece, np.uint8)
            tokens = np.zeros(len(text), np.int32)
            arrays = (slots, hashes, ends, letters)
            position, written, count = read_words(text, 0, tokens, *arrays, count)
            out.append((position, tokens[:written].tolist(), count))
    return out, hashes[:count].tolist(), ends[: count + 1].tolist(), letters[: ends[count]].tolist()


@given(st.lists(st.binary(max_size=30) | st.text("ab \n\té", max_size=30).map(str.encode), max_size=4))
def test_bytes_become_words_alike(pieces):
    pieces = [b"</s>", *pieces]
    assert table("numba", pieces) == table("reference", pieces)


def test_the_nearest_centroid(rng):
    for dim in (1, 3):
        x, centroids = rng.normal(size=(50, dim)).astype(np.float32), rng.normal(size=(256, dim))
        centroids = centroids.astype(np.float32)
        centroids[9] = centroids[200] = x[0]
        found = nearest_centroids(x, centroids)
        with dispatch.use("reference"):
            assert found.tolist() == nearest_centroids(x, centroids).tolist()
        assert found[0] == 9, "of equally near ones the first"
