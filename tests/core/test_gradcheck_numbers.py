"""Steps fit the scale of each input, small entries count beside large ones, doubt is told with its index."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import gradcheck


@pytest.mark.parametrize(
    ("f", "slope", "at"),
    [
        (np.sin, np.cos, [1e6, -3e7]),
        (np.log, lambda x: 1 / x, [1e-6, 3.0, 1e-12]),
        (np.sqrt, lambda x: 0.5 / np.sqrt(x), [1e-10, 1e10]),
        (np.exp, np.exp, [-30.0, 30.0, 0.0]),
        (lambda x: 1 / x, lambda x: -1 / x**2, [1e-5, 1e5]),
        (lambda x: x**2, lambda x: 2 * x, [1e9, 1e-9, 0.0]),
        (np.tanh, lambda x: 1 / np.cosh(x) ** 2, [1e-8, 6.0]),
    ],
    ids=["sin", "log", "sqrt", "exp", "1/x", "x^2", "tanh"],
)
def test_every_scale(f, slope, at):
    x = np.array(at)
    assert gradcheck(f, x, vjp=lambda g, x: g * slope(x)).verdict == "pass"
    for i in range(x.size):
        wrong = np.where(np.arange(x.size) == i, 1.001, 1.0)
        if slope(x)[i]:
            assert gradcheck(f, x, vjp=lambda g, x, wrong=wrong: g * slope(x) * wrong).verdict == "fail", i


@pytest.mark.parametrize("total", [False, True])
def test_a_small_entry_beside_a_large_one(total):
    size = np.array([1e3, 1e-4])

    def f(x):
        return np.sum(x * size) if total else x * size

    x = np.array([1.0, 2.0])
    assert gradcheck(f, x, vjp=lambda g, x: g * size).verdict == "pass"
    report = gradcheck(f, x, vjp=lambda g, x: g * size * np.array([1, 1.001]))
    assert report.verdict == "fail"
    assert {each.where for each in report.inputs[0].wrong} == {"[1]"}


def test_small_entries_of_many(rng):
    size = np.where(np.arange(1000) < 900, 1e3, 1e-4)
    x = rng.normal(size=1000)
    assert gradcheck(lambda x: x * size, x, vjp=lambda g, x: g * size).verdict == "pass"
    wrong = size * np.where(np.arange(1000) == 950, 1.5, 1)
    assert gradcheck(lambda x: x * size, x, vjp=lambda g, x: g * wrong).verdict == "fail"


def test_the_edge_of_a_domain_is_inconclusive_with_its_index():
    def vjp(g, x):
        return np.where(x > 0, g / np.where(x > 0, x, 1), 0)

    report = gradcheck(np.log, np.array([1.0, 0.0, 2.0]), vjp=vjp)
    assert report.verdict == "inconclusive"
    assert report.inputs[0].edges == ["index [1]"]
    assert "edge of the domain at index [1]" in str(report)
    wrong = gradcheck(np.log, np.array([1.0, 0.0, 2.0]), vjp=lambda g, x: 2 * vjp(g, x))
    assert wrong.verdict == "fail", "the other entries are checked all the same"


@pytest.mark.parametrize("at", [0.0, 1e3])
def test_a_kink_is_inconclusive_and_never_an_excuse(at):
    x = np.array([1.0, 0.0, -2.0]) + at
    report = gradcheck(lambda x: np.abs(x - at), x, vjp=lambda g, x: g * np.sign(x - at))
    assert report.verdict == "inconclusive"
    assert report.inputs[0].kinks == ["index [1]"]
    assert (
        gradcheck(lambda x: np.abs(x - at), x, vjp=lambda g, x: g * (np.sign(x - at) + (x == at) * 7)).verdict
        == "fail"
    )


def test_what_differences_cannot_see_has_a_second_opinion():
    x = np.array([1.0, 2.0])
    hidden = gradcheck(lambda x: np.sin(x) + 1e15, x, vjp=lambda g, x: g * np.cos(x))
    assert hidden.verdict == "inconclusive"
    assert str(hidden).count("a complex step agrees with the gradient") == 2
    wrong = gradcheck(lambda x: np.sin(x) + 1e15, x, vjp=lambda g, x: g * np.sin(x))
    assert wrong.verdict == "inconclusive"
    assert "agrees" not in str(wrong)


def test_a_complex_step_clears_nothing():
    """A function that drops the imaginary part on the very way that the gradient forgets."""
    x = np.array([1.0, 2.0])
    assert gradcheck(lambda x: x + np.sin(np.real(x)), x, vjp=lambda g, x: g).verdict == "fail"


def test_the_second_opinion_is_in_the_report():
    report = gradcheck(np.sin, np.array([1.0]), vjp=lambda g, x: 2 * g * np.cos(x))
    assert report.worst.complex_step == pytest.approx(report.worst.numeric, rel=1e-7)
    assert "complex step" in str(report)
    assert gradcheck(cutaway.sin, np.array([1.0])).worst.complex_step is None


def test_right_over_many_seeds():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(3, 4)) * 10.0 ** rng.integers(-6, 7, size=(3, 4))
        assert gradcheck(np.arctan, x, vjp=lambda g, x: g / (1 + x * x), rng=seed).verdict != "fail"
        assert gradcheck(np.sin, x, vjp=lambda g, x: g * np.cos(x), rng=seed).verdict != "fail"


def test_a_rule_that_is_not_linear_is_no_pass_however_small_the_gradient():
    """Where all of a gradient is 1e-200, no difference sees a sign that is wrong for negative cotangents."""

    def f(x):
        return 1 / (1 + np.exp(-x))

    verdicts = set()
    for place in range(8):  # so other cotangents are drawn for the one entry that is not zero
        x = np.full(8, 90.0)
        x[place] = -459.0
        assert gradcheck(f, x, vjp=lambda g, x: g * f(x) * (1 - f(x))).verdict == "pass"
        verdicts.add(gradcheck(f, x, vjp=lambda g, x: np.abs(g) * f(x) * (1 - f(x))).verdict)
    assert verdicts == {"fail", "inconclusive"}


def test_a_difference_with_a_visible_error_clears_nothing():
    """Beside inputs of 1e5 the step is too long for the entry at 0: 1 % off is inconclusive, not right."""

    def f(x):
        return 0.5 * (1 + np.tanh(x / 2))

    def off(g, x):
        return g * f(x) * (1 - f(x)) * np.array([1, 1.01, 1])

    assert gradcheck(f, np.array([-1e5, 0.0, 1e5]), vjp=off).verdict != "pass"
