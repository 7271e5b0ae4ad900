"""The backward pass: accumulation, order, depth, higher derivatives, hooks."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import ShapeError, tensor
from cutaway.core import ops
from cutaway.core.op import REGISTRY


def test_a_second_backward_on_the_same_graph_gives_exactly_twice(rng):
    x = tensor(rng.normal(size=(3, 4)), requires_grad=True)
    y = (cutaway.tanh(x) @ cutaway.exp(x.T)).sum()
    y.backward()
    once = x.grad.numpy().copy()
    y.backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * once)


def test_a_ladder_visits_each_node_once():
    """y = x + x, 60 times: 2^60 paths, 60 steps."""
    x = tensor(1.0, requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**60


def test_a_chain_of_100_000_ops_and_its_release():
    x = tensor(np.float64(1.0), requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    y.backward()
    assert x.grad.item() == 1.0
    del y  # freeing the chain must not recurse either


def test_derivatives_up_to_order_five():
    x = tensor(np.float64(0.7), requires_grad=True)
    y = cutaway.sin(x)
    for expected in (np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7), np.cos(0.7)):
        y = cutaway.grad(y, x, create_graph=True)
        assert y.item() == pytest.approx(expected, rel=1e-14)


def test_second_derivative_through_a_convolution(rng):
    """f = sum(conv(x, w)^2): the Hessian-vector product in x is 2 A^T A v."""
    x = tensor(rng.normal(size=(1, 2, 5, 5)), requires_grad=True)
    w = rng.normal(size=(3, 2, 3, 3))
    v = rng.normal(size=x.shape)
    slope = cutaway.grad((cutaway.nn.functional.conv2d(x, w) ** 2).sum(), x, create_graph=True)
    product = cutaway.grad((slope * v).sum(), x)
    av = cutaway.nn.functional.conv2d(v, w)
    expected = 2 * cutaway.core.ops.conv2d_input(av, w, size=(5, 5))
    np.testing.assert_allclose(product.numpy(), expected, rtol=1e-10)


def test_grad_leaves_grad_alone_and_takes_intermediate_results():
    x = tensor(2.0, requires_grad=True)
    h = x * x
    y = h * h
    assert cutaway.grad(y, h).item() == 8.0
    assert [g.item() for g in cutaway.grad(y, [x, h])] == [32.0, 8.0]
    assert x.grad is None


def test_grad_of_what_is_not_used():
    x, z = tensor(2.0, requires_grad=True), tensor(1.0, requires_grad=True)
    with pytest.raises(cutaway.GradientError, match="does not depend on x; pass allow_unused=True"):
        cutaway.grad(x * x, z)
    assert cutaway.grad(x * x, z, allow_unused=True) is None


def test_retain_grad_and_hooks():
    x = tensor([1.0, 2.0], requires_grad=True)
    h = (x * 3).retain_grad()
    seen = []
    remove = h.register_hook(lambda g: seen.append(g.numpy().copy()))
    x.register_hook(lambda g: g * 10)
    (h * h).sum().backward()
    np.testing.assert_array_equal(h.grad.numpy(), [6, 12])
    np.testing.assert_array_equal(seen, [[6, 12]])
    np.testing.assert_array_equal(x.grad.numpy(), [180, 360])
    remove()
    (h * h).sum().backward()
    assert len(seen) == 1


def test_one_array_handed_to_two_leaves_is_not_shared():
    a, b = (tensor([1.0, 1.0], requires_grad=True) for _ in range(2))
    (a + b).sum().backward()
    with cutaway.no_grad():
        a.grad.mul_(5.0)
    np.testing.assert_array_equal(b.grad.numpy(), [1, 1])


def test_one_array_that_a_joint_rule_returns_twice_is_not_shared(rng):
    @cutaway.op("y = 2 a + 2 b")
    class twice:
        def forward(a, b):
            return 2 * (a + b)

        def vjp(g):
            part = 2 * g
            return part, part

        def samples(rng):
            yield cutaway.core.case(rng.normal(size=2), rng.normal(size=2))

    a, b = (tensor(np.ones(3), requires_grad=True) for _ in range(2))
    (twice(a, b) + a * 5).sum().backward()
    del REGISTRY["twice"]
    np.testing.assert_array_equal(a.grad.data, [7, 7, 7])
    np.testing.assert_array_equal(b.grad.data, [2, 2, 2])


def test_gradients_that_are_parts_of_others_are_summed_apart(rng):
    """Rules that return g or a view of it: what one operand adds, no other sees, nor the caller."""
    a, b, c = (tensor(rng.normal(size=(2, 3)), requires_grad=True) for _ in range(3))
    y = (a + b).reshape(3, 2) + (c * 1.0 + a).T.T.reshape(3, 2)
    g = rng.normal(size=(3, 2))
    expected = g.copy()
    y.backward(g)
    np.testing.assert_array_equal(g, expected)
    np.testing.assert_array_equal(a.grad.data, 2 * g.reshape(2, 3))
    np.testing.assert_array_equal(b.grad.data, g.reshape(2, 3))
    np.testing.assert_array_equal(c.grad.data, g.reshape(2, 3))
    assert not any(np.shares_memory(p.grad.data, q) for p in (a, b, c) for q in (g, a.data, b.data, c.data))


def test_the_gradient_of_a_leaf_is_not_copied(rng, monkeypatch):
    seen = []
    correct = ops.bmm.rules["a"]
    monkeypatch.setitem(ops.bmm.rules, "a", lambda g, b: seen.append(correct(g, b)) or seen[0])
    monkeypatch.setattr(ops.bmm, "plans", {})
    x = tensor(rng.normal(size=(2, 3)), requires_grad=True)
    (x @ np.ones((3, 4))).sum().backward()
    assert x.grad.data is seen[0]


def test_backward_of_several_values_wants_a_gradient():
    y = tensor(np.ones((2, 3)), requires_grad=True) * 2
    with pytest.raises(ShapeError, match=r"shape \(2, 3\); reduce it to one number"):
        y.backward()
    with pytest.raises(ShapeError, match=r"gradient of y's shape \(2, 3\), got \(3,\)"):
        y.backward(np.ones(3))


def test_a_freed_graph_says_so():
    x = tensor([1.0], requires_grad=True)
    y = cutaway.exp(x).sum()
    y.backward(retain_graph=False)
    with pytest.raises(
        cutaway.GradientError, match=r"was freed by an earlier backward\(retain_graph=False\)"
    ):
        y.backward()


def test_no_grad_detach_and_integers_record_nothing():
    x = tensor([1.0, 2.0], requires_grad=True)
    with cutaway.no_grad():
        assert not (x * 2).requires_grad
        with cutaway.enable_grad():
            assert (x * 2).requires_grad
    assert not x.detach().requires_grad
    assert not (tensor([1, 2]) + 1).requires_grad
    assert tensor([1, 2]).dtype == np.int64
    with pytest.raises(cutaway.DtypeError, match="only floating point has gradients"):
        tensor([1, 2], requires_grad=True)


def test_only_what_a_rule_names_is_saved():
    """relu keeps its result, not its operand; a product with a constant keeps the constant alone."""
    x = tensor(np.ones(5), requires_grad=True)
    assert cutaway.relu(x).node.plan.names == ("y",)
    assert (x * 2).node.plan.names == ("b",)
    assert (x + 2).node.saved == ()


def test_threads_do_not_share_the_switches():
    import threading

    seen = {}

    def other():
        seen["recorded"] = (tensor(1.0, requires_grad=True) * 2).requires_grad

    with cutaway.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert seen["recorded"]
