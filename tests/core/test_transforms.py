"""Function transforms agree with each other, with differences, and stand inside each other."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import hessian, hvp, jacobian, jvp, value_and_grad, vjp


def f(x, w):
    return cutaway.tanh(x @ w) * x.sum(axis=1, keepdims=True)


@pytest.fixture
def point(rng):
    return rng.normal(size=(3, 2)), rng.normal(size=(2, 4))


def test_the_two_products_are_rows_and_columns_of_the_jacobian(point, rng):
    jx, jw = jacobian(f, *point)
    assert (jx.shape, jw.shape) == ((3, 4, 3, 2), (3, 4, 2, 4))
    c, v = rng.normal(size=(3, 4)), [rng.normal(size=x.shape) for x in point]
    y, pull = vjp(f, *point)
    np.testing.assert_allclose(y.data, np.tanh(point[0] @ point[1]) * point[0].sum(1, keepdims=True))
    for found, j in zip(pull(c), (jx, jw), strict=True):
        np.testing.assert_allclose(found.data, np.tensordot(c, j.data, 2))
    moved = jvp(f, point, v)[1].data
    np.testing.assert_allclose(moved, np.tensordot(jx.data, v[0], 2) + np.tensordot(jw.data, v[1], 2))
    h = 1e-6
    ahead, behind = (
        f(*(cutaway.tensor(x + s * h * d) for x, d in zip(point, v, strict=True))).data for s in (1, -1)
    )
    np.testing.assert_allclose(moved, (ahead - behind) / (2 * h), rtol=1e-6)


def test_second_derivatives(point, rng):
    def loss(x, w):
        return (f(x, w) ** 2).sum()

    h = hessian(loss, *point)
    v = [rng.normal(size=x.shape) for x in point]
    value, product = hvp(loss, point, v)
    assert value.item() == pytest.approx(value_and_grad(loss, *point)[0].item())
    for i in range(2):
        np.testing.assert_allclose(
            product[i].data, sum(np.tensordot(h[i][j].data, v[j], 2) for j in range(2))
        )
    np.testing.assert_allclose(
        h[0][1].data, np.transpose(h[1][0].data, (2, 3, 0, 1)), err_msg="H is symmetric"
    )
    again = jacobian(lambda x: value_and_grad(lambda x: loss(x, cutaway.tensor(point[1])), x)[1], point[0])
    np.testing.assert_allclose(again.data, h[0][0].data, err_msg="transforms stand inside each other")


def test_gradients_of_transforms():
    x = np.array([0.3, -0.7])
    report = cutaway.gradcheck(lambda x: jvp(cutaway.sin, [x], [np.array([1.0, 2.0])])[1], x)
    assert report, report
    assert cutaway.gradcheck(lambda x: hvp(lambda x: (x**4).sum(), [x], [np.ones(2)])[1][0], x)


def test_what_does_not_depend_on_the_input_is_zero():
    x = np.ones(2)
    assert not jacobian(lambda x: x.detach() * 2, x).data.any()
    assert not jvp(lambda x: x.detach() * 2, [x], [x])[1].data.any()
    assert not hessian(lambda x: x.sum(), x).data.any()
    assert not hvp(lambda x: x.sum(), [x], [x])[1][0].data.any()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: hessian(lambda x: x, np.ones(2)),
            cutaway.ShapeError,
            "hessian: expected .* one number, got shape",
        ),
        (lambda: value_and_grad(lambda x: x, np.ones(2)), cutaway.ShapeError, "take the jacobian"),
        (
            lambda: jacobian(lambda i: i, np.arange(3)),
            cutaway.DtypeError,
            "fix it in a function of the others",
        ),
        (lambda: jacobian(lambda x: 1.0, np.ones(2)), cutaway.DtypeError, "got float"),
        (
            lambda: jvp(cutaway.sin, [np.ones(2)], [np.ones(3)]),
            cutaway.ShapeError,
            r"shape \(2,\), got \(3,\)",
        ),
        (lambda: jvp(cutaway.sin, [np.ones(2)], []), cutaway.ShapeError, "a list of 1 vectors"),
        (lambda: vjp(cutaway.sin, np.ones(2))[1](1.0), cutaway.ShapeError, "the cotangent"),
    ],
)
def test_errors_say_what_was_expected(call, error, words):
    with pytest.raises(error, match=words):
        call()
