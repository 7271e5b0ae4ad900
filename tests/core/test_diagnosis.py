"""Explanations account for every entry: each mistake is named, and what has no name is not."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import gradcheck


def explain(fn, vjp, *inputs):
    report = gradcheck(fn, *inputs, vjp=vjp, form="pair")
    assert report.verdict == "fail"
    (found,) = [each.explanation for each in report.inputs if each.verdict == "fail"] or [None]
    return found


X, W = np.random.default_rng(0).normal(size=(4, 3)), np.random.default_rng(1).uniform(0.5, 2, size=3)
S = np.random.default_rng(2).normal(size=(3, 3))
K = np.array([1.0, 2.0, -1.0])
KEPT = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 1]]) / 0.8


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def normalised(x):
    return x - x.mean(0)


def scaled(k):
    return lambda g, x: k * g * np.cos(x)


def correlated(x):
    return np.array([x[i : i + 3] @ K for i in range(len(x) - 2)])


def spread(g, flip=True, by=0):
    full = np.zeros(len(g) + 2)
    for i, each in enumerate(g):
        full[i : i + 3] += each * (K if flip else K[::-1])
    return np.roll(full, by)


ROWS = np.array([0, 2, 2, 1, 2])


def assigned(g, table, index):
    found = np.zeros_like(table)
    found[index] = g
    return found, None


MISTAKES = {
    "sign": (np.sin, scaled(-1), "the sign is wrong", X),
    "twice": (np.sin, scaled(2), "factor 2: counted twice", X),
    "mean": (np.sin, scaled(0.25), "1/N, N = 4", X),
    "both": (np.sin, scaled(-0.25), "the sign is wrong, and the constant factor 0.25", X),
    "ddof": (np.sin, scaled(4 / 3), "N/(N - 1), N = 4", X),
    "keep": (lambda x, p: x * p, lambda g, x, p: (g, None), "1/0.8, a number of the function", X, 0.8),
    "no name": (np.sin, scaled(1.001), "the constant factor 1.001", X),
    "zero": (np.sin, scaled(0), "nothing is passed back", X),
    "nan": (np.sin, scaled(np.nan), "the gradient is NaN everywhere", X),
    "no sum": (lambda x, w: x + w, lambda g, x, w: (g, g[0]), "the sum over axis 0 of the result is missing", X, W),
    "shape": (lambda x, w: x + w, lambda g, x, w: (g, g), "the sum over axis 0, along which", X, W),
    "wrong axis": (lambda x, w: x * w, lambda g, x, w: (g * w, (g * x).sum(1)), "over axis|over [1]", S, W),
    "transposed": (lambda x: x * S, lambda g, x: (g * S).T, "transposed (axes 0 and 1)", S),
    "transposed shape": (np.sin, lambda g, x: (g * np.cos(x)).T, "it is transposed", X),
    "kernel": (correlated, lambda g, x: spread(g, False), "reversed", np.arange(5.0) + 1),
    "off by one": (correlated, lambda g, x: spread(g, True, 1), "shifted by 1", np.arange(5.0) + 1),
    "mask": (lambda x: np.maximum(x, 0), lambda g, x: g, "the mask is forgotten", X),
    "inverted": (lambda x: np.maximum(x, 0), lambda g, x: g * (x < 0), "the mask is inverted", X),
    "dropout": (lambda x: x * KEPT, lambda g, x: g / 0.8, "the mask is forgotten", X),
    "ignores": (np.sin, lambda g, x: np.cos(x), "ignores the cotangent", X),
    "its sign": (np.sin, lambda g, x: np.sign(g) * np.cos(x), "uses only the cotangent's sign", X),
    "clipped": (np.sin, lambda g, x: np.clip(g * np.cos(x), -0.3, 0.3), "clips the gradient at 0.3", X),
    "not linear": (np.sin, lambda g, x: np.sin(g) * np.cos(x), "of two cotangents' sum it is not the sum", X),
    "decay": (np.sin, lambda g, x: g * np.cos(x) + 0.01 * x, "0.01 times the input", X),
    "diagonal": (softmax, lambda g, x: g * softmax(x) * (1 - softmax(x)), "only the diagonal", X),
    "direct": (softmax, lambda g, x: g * softmax(x), "one path|the direct path only", X),
    "mean path": (normalised, lambda g, x: g, "one path|direct path|through the mean", X),
    "residual": (lambda x: x + np.sin(x), lambda g, x: g * np.cos(x), "the way past h is missing", X),
    "gate": (lambda x: x * np.sin(x), lambda g, x: g * np.sin(x), "the way through h is missing", X),
    "twice a path": (lambda x: x + np.sin(x), lambda g, x: g * (2 + np.cos(x)), "is counted twice", X),
    "duplicates": (lambda t, i: t[i], assigned, "only the last counts: add, do not assign", X, ROWS),
    "operand": (lambda x, w: x * w, lambda g, x, w: (g * x, (g * x).sum(0)), "scaled by x where w belongs", X, W),
    "left out": (np.tanh, lambda g, x: g * (1 + np.tanh(x)), "a factor (1 - the result) that is missing", X),
    "saved": (np.sin, lambda g, x: g * np.cos(np.sin(x)), "belongs to the result in place of x", X),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_is_named(name):
    fn, vjp, words, *inputs = MISTAKES[name]
    found = explain(fn, vjp, *inputs)
    assert found is not None
    told = [found.text, *(text for _, text in found.others)]
    assert any(word in text for word in words.split("|") for text in told), told


@pytest.mark.parametrize(
    "wrong",
    [
        lambda g, x: g * np.cos(x) * np.where(np.arange(12).reshape(4, 3) == 5, 1.01, 1),
        lambda g, x: g * np.cos(x) * np.random.default_rng(3).uniform(0.5, 2, (4, 3)),
        lambda g, x: (g * np.cos(x)).ravel()[np.random.default_rng(3).permutation(12)].reshape(4, 3),
        lambda g, x: g * np.cos(x) + 0.1 * g.ravel()[::-1].reshape(4, 3),
    ],
    ids=["one entry", "each entry", "scattered", "mixed"],
)
def test_what_has_no_name_shows_the_entries(wrong):
    report = gradcheck(np.sin, X, vjp=wrong)
    assert report.inputs[0].explanation is None
    assert "no explanation accounts for every entry" in str(report)
    assert "analytic         numeric" in str(report)


def test_one_explanation_for_each_input():
    report = gradcheck(lambda x, w: x * w, X, W, vjp=lambda g, x, w: (-g * w, 2 * (g * x).sum(0)))
    assert [each.kind for each in report.explanations] == ["sign", "factor"]


def test_a_large_input_has_signs_and_factors():
    x = np.random.default_rng(0).normal(size=(30, 40))
    report = gradcheck(np.sin, x, vjp=lambda g, x: -g * np.cos(x))
    assert report.inputs[0].explanation.kind == "sign"
    report = gradcheck(np.sin, x, vjp=lambda g, x: g * np.cos(x) / 30)
    assert "1/N, N = 30 (axis 0 of the input)" in report.inputs[0].explanation.text
    assert gradcheck(np.sin, x, vjp=lambda g, x: g).inputs[0].explanation is None


@pytest.mark.parametrize("wrong", [-1.0, 0.7, 0.0])
@pytest.mark.parametrize(("fn", "x"), [(np.sin, 0.3), (np.sum, X), (lambda x: x[1, 1], X)])
def test_numbers_are_explained_as_well(fn, x, wrong):
    right = {np.sin: lambda x: np.cos(x), np.sum: np.ones_like}.get(
        fn, lambda x: np.arange(12).reshape(4, 3) == 4
    )
    report = gradcheck(fn, x, vjp=lambda g, x: wrong * g * right(x))
    assert report.inputs[0].explanation.kind == {-1.0: "sign", 0.7: "factor", 0.0: "zero"}[wrong]
