"""One update of each output layer is minus the rate times the engine's own gradient of the written loss."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.ext.embeddings.full_softmax import reference as softmax_reference
from cutaway.ext.embeddings.hierarchical_softmax import huffman
from cutaway.ext.embeddings.hierarchical_softmax import reference as tree_reference
from cutaway.ext.embeddings.negative_sampling import reference as negative_reference
from cutaway.ext.embeddings.shared_noise import reference as shared_reference
from cutaway.ext.embeddings.word2vec import reference

RATE, S, V = 0.05, 6, 9
COUNTS = np.array([1, 40, 30, 20, 10, 6, 5, 3, 2])
NOISE = np.arange(1, 9, dtype=np.int32)


@pytest.fixture
def vectors(rng):
    return rng.normal(size=(V, S)), rng.normal(size=(V, S))


def gradient(loss_of, *arrays):
    """d loss / d arrays, by cutaway's backward pass."""
    tensors = [cutaway.tensor(array, requires_grad=True) for array in arrays]
    loss = loss_of(*tensors)
    loss.backward()
    return float(loss.detach().numpy()), [each.grad.numpy() for each in tensors]


def log_sigma(x):
    return cutaway.log(cutaway.sigmoid(x))


def negative_case(vectors):
    noise, _ = negative_reference.draw(5, NOISE, 3)
    target = [next(w for w in range(1, V) if w not in noise), *dict.fromkeys(noise)]
    assert len(set(target)) == 4, "choose another random state: noise repeats itself"
    signs = np.array([1.0, -1, -1, -1])
    return target[0], (NOISE, 3), lambda h, vp: -log_sigma((vp[target] @ h) * signs).sum()


def tree_case(vectors):
    nodes, codes = huffman.huffman(COUNTS)
    signs = 1 - 2.0 * np.array(codes[5])
    return 5, huffman.paths(COUNTS), lambda h, vp: -log_sigma((vp[nodes[5]] @ h) * signs).sum()


def softmax_case(vectors):
    return 5, (), lambda h, vp: -cutaway.log(cutaway.softmax(vp[1:] @ h)[4])


LAYERS = {
    "negative": (negative_reference, negative_case),
    "tree": (tree_reference, tree_case),
    "softmax": (softmax_reference, softmax_case),
}


@pytest.mark.parametrize("name", LAYERS)
def test_error_and_step_are_the_gradient(name, vectors):
    layer, case = LAYERS[name]
    v, vp = vectors
    word, looked_up, loss = case(vectors)
    _, (dh, dvp) = gradient(loss, v[2], vp)
    moved = vp.copy()
    error, _ = layer.learn(v[2], word, 5, RATE, moved, *looked_up)
    np.testing.assert_allclose(error, -RATE * dh, atol=1e-12)
    np.testing.assert_allclose(moved - vp, -RATE * dvp, atol=1e-12)
    assert np.abs(error).max() > 1e-3


def test_cbow_adds_the_whole_error_to_each_context(vectors):
    """dJ/dh, not dJ/dv: that of a mean of n rows would be an n-th of it."""
    v, vp = vectors
    rows, before = [1, 2, 2, 7], v.copy()
    word, looked_up, loss = softmax_case(vectors)
    _, (dh, _) = gradient(loss, v[rows].mean(0), vp)
    reference.update(rows, word, 0, RATE, v, vp.copy(), softmax_reference.learn, looked_up)
    expected = np.zeros_like(v)
    np.add.at(expected, rows, -RATE * dh)
    np.testing.assert_allclose(v - before, expected, atol=1e-12)


def test_shared_noise_takes_the_same_step(vectors):
    """The first example of a group: no one has moved the noise yet."""
    v, vp = vectors
    target, rows, _ = shared_reference.fetch(5, vp, NOISE, 3)
    word = next(w for w in range(1, V) if w not in target)
    signs = np.array([1.0, -1, -1, -1])
    used = [word, *target[1:]]
    _, (dh, dvp) = gradient(lambda h, vp: -log_sigma((vp[used] @ h) * signs).sum(), v[2], vp)
    moved = vp.copy()
    error = shared_reference.step_at(v[2], word, RATE, moved, target, rows)
    negative_reference.store(moved, target[1:], rows[1:])
    np.testing.assert_allclose(error, -RATE * dh, atol=1e-12)
    np.testing.assert_allclose(moved - vp, -RATE * dvp, atol=1e-12)


def test_two_contexts_learn_from_the_same_values(vectors):
    """Skip-gram with shared noise: the steps of two examples, both gradients at old values."""
    v, vp = vectors
    word, _, _ = negative_case(vectors)
    noise, _ = negative_reference.draw(5, NOISE, 3)
    target, signs = [word, *noise], np.array([1.0, -1, -1, -1])

    def loss(h, vp):
        return -log_sigma((vp[target] @ h.T) * signs[:, None]).sum()

    _, (dh, dvp) = gradient(loss, v[[2, 7]], vp)
    rows = vp[target]
    errors = shared_reference.step_together(v[[2, 7]], rows, target, RATE)
    moved = vp.copy()
    negative_reference.store(moved, target, rows)
    np.testing.assert_allclose(errors, -RATE * dh, atol=1e-12)
    np.testing.assert_allclose(moved - vp, -RATE * dvp, atol=1e-12)


def test_losses_are_as_written(rng):
    h, rows, codes = rng.normal(size=5), rng.normal(size=(4, 5)), np.array([0, 1, 1, 0])
    p = 1 / (1 + np.exp(-rows @ h))
    written = -np.log(p[0]) - np.log(1 - p[1:]).sum()
    assert negative_reference.neg_loss(h, rows, np.array([1, 0, 0, 0])) == pytest.approx(written)
    assert negative_reference.neg_loss(100 * h, 100 * rows, np.array([1, 0, 0, 0])) < np.inf
    assert tree_reference.tree_loss(h, rows, codes) == pytest.approx(-np.log(np.where(codes, 1 - p, p)).sum())


def test_tree_probabilities_sum_to_one(vectors):
    v, vp = vectors
    nodes, codes = huffman.huffman(COUNTS)
    ways = zip(nodes, codes, strict=True)
    p = [np.exp(-tree_reference.tree_loss(v[1], vp[way], np.array(code))) for way, code in ways]
    assert sum(p) == pytest.approx(1)


def test_softmax_probabilities_survive_large_scores(vectors):
    v, vp = vectors
    p = softmax_reference.probabilities(1000 * v[1], vp)
    assert p[0] == 0
    assert p.sum() == pytest.approx(1)


@pytest.mark.parametrize("counts", [[3, 1], [1, 1, 1, 1, 1], [1, 2, 4, 8, 16], [5, 90, 1, 1, 30, 30]])
def test_huffman_is_the_shortest_prefix_code(counts):
    """Kraft's sum is 1, no code begins another, and the mean length is within 1 of the entropy."""
    nodes, codes = huffman.huffman(np.array(counts))
    assert sum(2.0 ** -len(code) for code in codes) == 1
    texts = ["".join(map(str, code)) for code in codes]
    assert not any(a != b and b.startswith(a) for a in texts for b in texts)
    share = np.array(counts) / sum(counts)
    entropy = -(share * np.log2(share)).sum()
    assert entropy <= share @ [len(code) for code in codes] < entropy + 1
    assert all(way[0] == len(counts) - 2 for way in nodes), "every way begins at the root"
    assert all(len(set(way)) == len(way) == len(code) for way, code in zip(nodes, codes, strict=True))


def test_paths_are_filled_with_the_free_row():
    starts, nodes, codes = huffman.paths(COUNTS)
    ways, bits = huffman.huffman(COUNTS)
    for w in range(V):
        way = slice(starts[w], starts[w + 1])
        assert (starts[w + 1] - starts[w]) % huffman.BLOCK == 0
        n = len(ways[w])
        assert nodes[way].tolist() == ways[w] + [V - 1] * (starts[w + 1] - starts[w] - n)
        assert codes[way][:n].tolist() == bits[w]
