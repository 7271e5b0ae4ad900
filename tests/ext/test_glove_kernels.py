"""GloVe's step is AdaGrad on the engine's gradient of eq. 8; the compiled loops do what their twins say."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.ext import dispatch
from cutaway.ext.embeddings import glove_loop
from cutaway.ext.embeddings.cooccurrence import reference as cooccur_reference
from cutaway.ext.embeddings.glove import reference as glove_reference
from cutaway.text.glove.cooccurrence import PairCounter

DIM, WORDS = 5, 7


def model(rng, dtype=np.float32, stride=16):
    """w, c and what AdaGrad has summed, as `GloVe.begin` lays them out, but large."""
    w, c = np.zeros((2, WORDS, stride), dtype)
    for matrix, bias, one in ((w, DIM, DIM + 1), (c, DIM + 1, DIM)):
        matrix[:, [*range(DIM), bias]] = rng.normal(size=(WORDS, DIM + 1))
        matrix[:, one] = 1
    squares = np.ones((2, WORDS, stride), dtype)
    squares[0, :, DIM + 1] = squares[1, :, DIM] = glove_reference.FROZEN
    return w, c, *squares


def some_cells(rng, count=200):
    x = rng.exponential(20, count).astype(np.float32)
    sides = rng.integers(0, WORDS, (2, count)).astype(np.int32)
    return *sides, np.log(x), glove_reference.weight(x, 15.0, 0.75)


def test_one_step_is_adagrad_on_the_gradient_of_eq_8(rng):
    w, c, w_squares, c_squares = model(rng, np.float64)
    before = [each.copy() for each in (w, c, w_squares, c_squares)]
    i, j, x, eta = 2, 4, 7.5, 0.05
    loss_w, loss_b, loss_c, loss_d = (
        cutaway.tensor(each.copy(), requires_grad=True)
        for each in (w[i, :DIM], w[i, DIM], c[j, :DIM], c[j, DIM + 1])
    )
    error = (loss_w * loss_c).sum() + loss_b + loss_d - np.log(x)
    loss = 0.5 * min(1, (x / 15) ** 0.75) * error * error
    loss.backward()
    cell = [np.array([each]) for each in (i, j, np.log(x), glove_reference.weight(np.array(x), 15.0, 0.75))]
    cost = glove_reference.train_cells(*cell, 0, 1, w, c, w_squares, c_squares, eta, 100.0)
    assert cost == pytest.approx(float(loss.detach().numpy()))
    for matrix, old, squares, row, bias, gradient in (
        (w, before[0], w_squares, i, DIM, (loss_w, loss_b)),
        (c, before[1], c_squares, j, DIM + 1, (loss_c, loss_d)),
    ):
        numbers = [*range(DIM), bias]
        g = np.append(gradient[0].grad.numpy(), gradient[1].grad.numpy())
        np.testing.assert_allclose((matrix - old)[row, numbers], -eta * g, rtol=1e-10)  # G was 1
        np.testing.assert_allclose(squares[row, numbers], 1 + (eta * g) ** 2, rtol=1e-10)
        assert np.array_equal(np.delete(matrix, numbers, 1), np.delete(old, numbers, 1)), (
            "ones and padding stay"
        )
        assert np.array_equal(np.delete(matrix, row, 0), np.delete(old, row, 0)), "other rows stay"


def test_weight_is_that_of_eq_9():
    assert glove_reference.weight(np.array([10.0, 100, 1e6]), 100, 0.75) == pytest.approx([10**-0.75, 1, 1])


@pytest.mark.parametrize("clip", [100.0, 0.5])
def test_compiled_step_equals_reference(clip, rng):
    cells, start = some_cells(rng), model(rng)
    results = []
    for rung in ("numba", "reference"):
        matrices = [each.copy() for each in start]
        with dispatch.use(rung):
            costs = [glove_loop(DIM)(*cells, first, first + 100, *matrices, 0.05, clip) for first in (0, 100)]
        results.append((costs, matrices))
    (found_costs, found), (costs, expected) = results
    assert found_costs == pytest.approx(costs, rel=1e-4)
    for a, b, old in zip(found, expected, start, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)
        assert np.abs(b - old).max() > 0.01


def corpus(rng, sentences=60):
    """Sentences, of which some are empty, with words of very different frequency."""
    pieces = [np.minimum(rng.geometric(0.1, rng.integers(0, 40)), 29) for _ in range(sentences)]
    return np.concatenate([np.append(piece, 0) for piece in pieces]).astype(np.int32)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("room", [{}, {"max_product": 60, "overflow": 100}, {"max_product": 0}])
def test_counting_equals_reference(symmetric, weighted, room, rng):
    """In a table, on disk, or both: the same cells, sorted, none twice."""
    tokens = corpus(rng)
    counter = PairCounter(30, 4, symmetric, weighted, 0.01, **room)
    half = np.flatnonzero(tokens == 0)[25] + 1
    for piece in (tokens[:half], tokens[half:]):
        counter.add(piece)
    assert bool(counter.runs) == ("overflow" in room)
    cells = np.concatenate(list(counter.cells()))
    pairs = [(int(a), int(b)) for a, b in zip(cells["word"], cells["context"], strict=True)]
    expected = cooccur_reference.cooccurrences(tokens, 4, symmetric, weighted)
    assert pairs == sorted(expected)
    assert cells["x"] == pytest.approx([expected[pair] for pair in pairs], rel=1e-12)
