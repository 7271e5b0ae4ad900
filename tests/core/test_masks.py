"""Where a mask or a sub-gradient says 0, the gradient is 0, also if what comes from above is infinite or NaN."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.core import ops
from cutaway.ext import kernels, native
from cutaway.nn import functional as F

SIZES = [4, 6000]  # the second is large enough for the fast forms
FORMS = ["reference", "numba", *(["c"] if native.load() is not None else [])]


def quiet():
    return np.errstate(divide="ignore", invalid="ignore", over="ignore")


# name: the function, x, and where its gradient is 0 whatever comes from above
MASKED = {
    "relu": (cutaway.relu, [-1.0, 0.0, 2.0, 3.0], [1, 1, 0, 0]),
    "leaky_relu": (lambda x: ops.leaky_relu(x, slope=0.0), [-1.0, 0.0, 2.0, 3.0], [1, 1, 0, 0]),
    "clip": (lambda x: x.clip(-1.0, 1.0), [-2.0, 0.0, 1.0, np.inf], [1, 0, 0, 1]),
    "maximum": (lambda x: cutaway.maximum(x, 0.5), [-np.inf, 0.0, 1.0, 2.0], [1, 1, 0, 0]),
    "minimum": (lambda x: cutaway.minimum(x, 0.5), [np.inf, 1.0, 0.0, -1.0], [1, 1, 0, 0]),
    "where": (lambda x: cutaway.where(x > 1, x, 0.0), [-1.0, np.inf, 1.0, 2.0], [1, 0, 1, 0]),
    "abs": (abs, [0.0, -0.0, 1.0, -1.0], [1, 1, 0, 0]),
    "sign": (ops.sign, [0.0, -2.0, 1.0, np.inf], [1, 1, 1, 1]),
    "power 0": (lambda x: x**0, [0.0, np.inf, 1.0, -2.0], [1, 1, 1, 1]),
    "powers": (lambda x: x ** np.resize([0.0, 1.0], x.shape), [np.inf, 2.0, 0.0, 3.0], [1, 0, 1, 0]),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MASKED)
def test_a_mask_stops_infinity_and_nan(name, form, size):
    function, x, dead = MASKED[name]
    x, dead = np.resize(x, size), np.resize(dead, size).astype(bool)
    for bad in (np.inf, -np.inf, np.nan):
        for create_graph in (False, True):
            t = tensor(x, requires_grad=True)
            with kernels.use(form), quiet():
                found = cutaway.grad(function(t), t, np.full(size, bad), create_graph=create_graph)
            np.testing.assert_array_equal(found.data[dead], 0)
            assert not np.isfinite(found.data[~dead]).any()


@pytest.mark.parametrize("size", [2, *SIZES, 4095, 4096])
def test_the_root_of_a_dead_rectifier_has_gradient_0_at_any_size(size):
    x = tensor(-np.ones(size), requires_grad=True)
    with quiet():
        cutaway.sqrt(cutaway.relu(x)).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 0)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layer", ["conv", "norm"])
def test_a_dead_unit_trains_nothing(form, layer, rng):
    """Convolution and rectifier in one pass: the root above them is infinitely steep at 0."""
    made = nn.Conv2d(2, 1, 3, rng=0) if layer == "conv" else nn.BatchNorm2d(2)
    with cutaway.no_grad():
        made.bias.copy_(-100.0)
    with kernels.use(form), quiet():
        cutaway.sqrt(
            nn.Sequential(made, nn.ReLU())(rng.normal(size=(2, 2, 9, 9)).astype(np.float32))
        ).sum().backward()
    for p in made.parameters():
        np.testing.assert_array_equal(p.grad.data, 0)


@pytest.mark.parametrize("form", FORMS)
def test_max_pooling_gives_all_to_the_winner_also_among_infinities(form, rng):
    x = np.full((1, 1, 4, 4), -np.inf)
    x[0, 0, 1, 2], x[0, 0, 2, 0] = np.inf, np.nan
    t, g = tensor(x, requires_grad=True), rng.normal(size=(1, 1, 2, 2))
    g[0, 0, 0, 0] = np.inf
    with kernels.use(form):
        F.max_pool2d(t, 2).backward(g)
    expected = np.zeros((4, 4))
    expected[[0, 1, 2, 2], [0, 2, 0, 2]] = g.ravel()
    np.testing.assert_array_equal(t.grad.data[0, 0], expected)


@pytest.mark.parametrize("p", [0.5, 1.0])
def test_dropout_drops_infinities_and_their_gradients(p):
    t = tensor(np.full(6000, np.inf), requires_grad=True)
    y = F.dropout(t, p, rng=np.random.default_rng(0))
    dropped = np.random.default_rng(0).random(6000, dtype=np.float32) < p
    y.backward(np.full(6000, np.inf))
    np.testing.assert_array_equal(y.data, np.where(dropped, 0, np.inf))
    np.testing.assert_array_equal(t.grad.data, np.where(dropped, 0, np.inf))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("pixels", [3, 2000])
def test_ignored_pixels_count_for_nothing_whatever_their_scores(form, pixels, rng):
    x, target = rng.normal(size=(1, 4, pixels)), rng.integers(0, 3, size=(1, pixels))
    x[0, :, 0], x[0, 1, 1], target[0, :2] = np.nan, np.inf, 255
    t = tensor(x, requires_grad=True)
    with kernels.use(form), quiet():
        loss = F.cross_entropy(t, target, ignore_index=255)
        loss.backward()
    rest = tensor(x[:, :, 2:], requires_grad=True)
    expected = F.cross_entropy(rest, target[:, 2:])
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_array_equal(t.grad.data[:, :, :2], 0)
    np.testing.assert_allclose(t.grad.data[:, :, 2:], rest.grad.data, rtol=1e-12)


def test_unpooling_drops_what_was_overwritten():
    """Two windows chose one pixel: the last value stands, the first, though infinite, gets no gradient."""
    t = tensor(np.array([np.inf, 2.0]).reshape(1, 1, 1, 2), requires_grad=True)
    y = F.max_unpool2d(t, np.array([1, 1]).reshape(1, 1, 1, 2), (1, 2), stride=1)
    y.backward(np.full(y.shape, np.inf))
    np.testing.assert_array_equal(y.data.ravel(), [0, 2, 0])
    np.testing.assert_array_equal(t.grad.data.ravel(), [0, np.inf])


SINGULAR = {
    "norm 1": (lambda x: ops.norm(x, 1), np.zeros(3)),
    "norm 1.5": (lambda x: ops.norm(x, 1.5), np.zeros(3)),
    "norm 2": (lambda x: ops.norm(x), np.zeros(3)),
    "norm 3": (lambda x: ops.norm(x, 3), np.zeros(3)),
    "norm inf": (lambda x: ops.norm(x, np.inf), np.zeros(3)),
    "root of the norm": (lambda x: cutaway.sqrt(ops.norm(x)), np.zeros(3)),
    "std": (lambda x: ops.std(x), np.full(3, 0.1)),
    "std along an axis": (lambda x: ops.std(x, axis=1, ddof=1), np.full((2, 3), 0.5)),
    "entropy": (lambda x: -ops.xlogy(x, x).sum(), np.zeros(3)),
    "logsumexp": (lambda x: ops.logsumexp(x), np.full(3, -np.inf)),
}


@pytest.mark.parametrize("name", SINGULAR)
@pytest.mark.parametrize("order", [1, 2])
def test_the_sub_gradient_is_0_where_the_formula_gives_0_by_0(name, order, rng):
    function, x = SINGULAR[name]
    t = tensor(x, requires_grad=True)
    with quiet():
        y = function(t)
        found = cutaway.grad(y, t, rng.normal(size=y.shape), create_graph=order == 2)
    np.testing.assert_array_equal(found.data, 0)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_normalising_a_zero_vector_divides_its_gradient_by_eps(p, rng):
    """There x / max(norm, eps) is x / eps; the rows beside it are not disturbed."""
    x, g = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    x[0] = 0
    t = tensor(x, requires_grad=True)
    F.normalize(t, p, eps=0.25).backward(g)
    np.testing.assert_allclose(t.grad.data[0], g[0] / 0.25, rtol=1e-14)
    alone = tensor(x[1:], requires_grad=True)
    F.normalize(alone, p, eps=0.25).backward(g[1:])
    np.testing.assert_allclose(t.grad.data[1:], alone.grad.data, rtol=1e-14)


def test_std_beside_the_singular_place_is_right(rng):
    cutaway.gradcheck(lambda x: ops.std(x, axis=1), rng.normal(size=(2, 4)), order=2).raise_if_failed()
    cutaway.gradcheck(lambda x: ops.norm(x, 3, axis=1), rng.normal(size=(2, 4)), order=2).raise_if_failed()
