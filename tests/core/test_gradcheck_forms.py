"""The forms that gradients are written in: each is recognised, passes when right and fails when wrong."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import gradcheck, nn
from cutaway.core.gradcheck.trees import aligned


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)


def affine(x, w, b):
    return x @ w + b


def forward(x, w, b):
    return affine(x, w, b), (x, w)


def gradients(g, x, w, by=1.0):
    return g @ w.T, by * x.T @ g, g.sum(0)


@pytest.mark.parametrize("by", [1.0, 1.001])
@pytest.mark.parametrize(
    ("fn", "vjp"),
    [
        (affine, lambda by: lambda g, x, w, b: gradients(g, x, w, by)),
        (affine, lambda by: lambda g, *xs: list(gradients(g, *xs[:2], by))),
        (
            affine,
            lambda by: (
                lambda g, x, w, b: dict(zip(("x", "dw", "grad_b"), gradients(g, x, w, by), strict=True))
            ),
        ),
        (forward, lambda by: lambda dout, cache: gradients(dout, *cache, by)),
        (forward, lambda by: lambda d, c: dict(zip(("dx", "dw", "db"), gradients(d, *c, by), strict=True))),
    ],
    ids=["pair", "pair of any arguments", "by name", "cache", "cache, by name"],
)
def test_pairs_and_caches(fn, vjp, by, inputs):
    report = gradcheck(fn, *inputs, vjp=vjp(by))
    assert [each.verdict for each in report.inputs] == ["pass", "pass" if by == 1 else "fail", "pass"]
    assert "input 1, w (3, 2)" in str(report)


def softmax_loss(x, y, wrong=False):
    p = np.exp(x - x.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    return loss, p / (1 if wrong else len(x))


def test_a_value_and_its_gradient(rng):
    x, y = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    assert gradcheck(softmax_loss, x, y, vjp=True)
    assert not gradcheck(lambda x, y: softmax_loss(x, y, True), x, y, vjp=True)
    w = rng.normal(size=5)
    assert gradcheck(lambda w: (float(np.sum(w**4)), 4 * w**3), w), (
        "recognised: arrays alone can be its results"
    )
    assert not gradcheck(lambda w: (float(np.sum(w**4)), 3 * w**3), w)
    assert gradcheck(lambda w: np.sum(w**4), w, vjp=lambda w: 4 * w**3)
    assert not gradcheck(lambda w: np.sum(w**4), w, vjp=lambda w: 3 * w**3)
    with pytest.raises(ValueError, match="pass vjp=True"):  # it works on tensors, too: which is meant?
        gradcheck(lambda w: ((w * w).sum(), 2 * w), w)
    assert gradcheck(lambda w: ((w * w).sum(), 2 * w), w, vjp=True)
    assert not gradcheck(lambda w: ((w * w).sum(), 3 * w), w, vjp=True)
    assert gradcheck(lambda w: ((w * w).sum(), 3 * w), w, vjp=False), (
        "two results with the engine's gradients"
    )


class Attributes:
    def __init__(self, w, b):
        self.W, self.b, self.rate = w, b, 0.1
        self.dW, self.db = np.zeros_like(w), np.zeros_like(b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, g, by=1.0):
        self.dW += by * self.x.T @ g  # adds up: every check has to begin with a layer that is new
        self.db += g.sum(0)
        return g @ self.W.T


class Dictionaries:
    def __init__(self, w, b):
        self.params, self.grads = {"W": w, "b": b}, {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, g, by=1.0):
        self.grads = {"W": by * self.x.T @ g, "b": g.sum(0)}
        return g @ self.params["W"].T


class Lists:
    def __init__(self, w, b):
        self.params, self.grads = [w, b], [np.zeros_like(w), np.zeros_like(b)]

    def forward(self, x):
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, g, by=1.0):
        self.grads[0][...] = by * self.x.T @ g
        self.grads[1][...] = g.sum(0)
        return g @ self.params[0].T


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, None


class Parameters:
    def __init__(self, w, b):
        self.w, self.b = Parameter(w), Parameter(b)

    def forward(self, x):
        self.x = x
        return x @ self.w.data + self.b.data

    def backward(self, g, by=1.0):
        self.w.grad, self.b.grad = by * self.x.T @ g, g.sum(0)
        return g @ self.w.data.T


@pytest.mark.parametrize("kind", [Attributes, Dictionaries, Lists, Parameters])
def test_layers_and_where_they_leave_their_gradients(kind, inputs):
    x, w, b = inputs
    layer = kind(w, b)
    report = gradcheck(layer, x)
    assert report
    assert [each.name.split(" (")[1] for each in report.inputs] == ["4, 3)", "3, 2)", "2,)"]
    right = kind.backward
    wrong = type("Wrong", (kind,), {"backward": lambda self, g: right(self, g, 0.5)})
    assert [each.verdict for each in gradcheck(wrong(w, b), x).inputs] == ["pass", "fail", "pass"]


def test_a_loss_layer_whose_backward_takes_nothing(rng):
    class Squared:
        def forward(self, x, t):
            self.d = x - t
            return 0.5 * np.sum(self.d**2)

        def backward(self):
            return self.d, -self.d

    assert gradcheck(Squared(), rng.normal(size=3), rng.normal(size=3))


def test_a_dictionary_of_parameters(rng):
    params = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}

    def vjp(g, x, p):
        return g @ p["W"].T, {"W": x.T @ g, "b": g.sum(0) * 2}

    report = gradcheck(lambda x, p: x @ p["W"] + p["b"], rng.normal(size=(4, 3)), params, vjp=vjp)
    assert [each.verdict for each in report.inputs] == ["pass", "pass", "fail"]
    assert "input 1, p['b']" in report.inputs[2].name


def test_settings_without_a_gradient_are_no_variables(rng):
    def scale(x, rate, times):
        return x * rate * times

    report = gradcheck(
        scale, rng.normal(size=3), 0.5, 2, vjp=lambda g, x, rate, times: (g * rate * times, None, None)
    )
    assert report
    assert len(report.inputs) == 1
    report = gradcheck(
        scale, rng.normal(size=3), 0.5, 2, vjp=lambda g, x, r, n: (g * r * n, np.sum(g * x) * n)
    )
    assert report
    assert len(report.inputs) == 2


def test_a_gradient_in_another_shape_fails(inputs):
    report = gradcheck(affine, *inputs, vjp=lambda g, x, w, b: (g @ w.T, x.T @ g, g))
    assert [each.verdict for each in report.inputs] == ["pass", "pass", "fail"]
    assert "the gradient has shape (4, 2), expected the input's, (2,)" in str(report)


def test_none_for_an_array_is_a_gradient_of_zero(inputs):
    report = gradcheck(affine, *inputs, vjp=lambda g, x, w, b: (g @ w.T, None, g.sum(0)))
    assert [each.verdict for each in report.inputs] == ["pass", "fail", "pass"]


@pytest.mark.parametrize(
    ("vjp", "options", "words"),
    [
        (3, {}, "expected vjp to be a function such as"),
        (lambda g: g, {}, r"expected <lambda>\(cotangent, x, w, b\), or <lambda>\(dout, cache\)"),
        (lambda g, x, w, b: (g, g), {}, "returns 2, expected 3 gradients"),
        (lambda g, x, w, b: None, {}, "returns a nothing|expected 3 gradients"),
        (lambda g, x, w, b: (g @ w.T, "no", g.sum(0)), {}, "the gradient of w is a str"),
        (None, {"form": "pair"}, "expects the backward function as well"),
        (None, {"form": "paar"}, "expected a form of tensors, pair"),
    ],
)
def test_what_cannot_be_checked_is_an_error(vjp, options, words, inputs):
    with pytest.raises((TypeError, ValueError), match=words):
        gradcheck(affine, *inputs, vjp=vjp, **options)


def test_two_results_or_a_result_and_a_cache(rng):
    def both(x):
        return np.sin(x), np.cos(x)

    def back(g, saved_or_x):
        return (
            g * saved_or_x
            if isinstance(g, np.ndarray)
            else g[0] * np.cos(saved_or_x) - g[1] * np.sin(saved_or_x)
        )

    x = rng.normal(size=3)
    with pytest.raises(ValueError, match="form='cache'"):
        gradcheck(both, x, vjp=back)
    assert gradcheck(both, x, vjp=back, form="cache")
    assert gradcheck(both, x, vjp=back, form="pair")


def test_order_2_of_a_pair_says_what_to_do(inputs):
    with pytest.raises(ValueError, match="write the gradient as a function with a vjp of its own"):
        gradcheck(affine, *inputs, vjp=lambda g, x, w, b: gradients(g, x, w), order=2)


def test_what_a_backward_function_spoils_is_told(inputs):
    def spoils(g, x, w, b):
        g *= 2
        return gradients(g / 2, x, w)

    assert "the cotangent was changed" in str(gradcheck(affine, *inputs, vjp=spoils))

    def adds(x, w, b):
        x += 1
        return affine(x, w, b)

    assert "was changed by the call" in str(
        gradcheck(adds, *inputs, vjp=lambda g, x, w, b: gradients(g, x, w))
    )


def test_a_module_is_no_layer_of_a_course():
    assert gradcheck(nn.Linear(3, 2, rng=0).double(), np.ones((2, 3)))


def test_gradients_are_aligned_by_number_or_name():
    x, y = np.ones(2), np.ones(3)
    assert aligned([x, 1, y], [x, 7, y], ["x", "n", "y"]) == [x, 1, y]
    assert aligned((x, y), [x, 7, y], ["x", "n", "y"]) == [x, None, y]
    assert aligned({"dy": y, "x": x}, [x, 7, y], ["x", "n", "y"]) == [x, None, y]
    assert aligned(x, [x, 7], ["x", "n"]) == [x, None]
