"""The checker itself: it notices errors, says where, and never passes a kink."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.core import gradcheck
from cutaway.core.gradcheck import GradcheckError
from cutaway.core.op import REGISTRY, case, op


@pytest.fixture
def wrong_cube():
    @op("y = x^3, with a wrong gradient at one place")
    class wrong_cube:
        def forward(x):
            return x**3

        def vjp_x(g, x):
            return 3 * x * x * g * cutaway.where(np.arange(3) == 1, 1.01, 1)

        def samples(rng):
            yield case(rng.normal(size=3))

    yield wrong_cube
    del REGISTRY["wrong_cube"]


def test_the_report_names_the_worst_entry(wrong_cube):
    report = gradcheck(wrong_cube, np.array([1.0, 2.0, 3.0]))
    assert not report
    assert report.worst.where == "[1]"
    assert "worst entry [1]: analytic" in str(report)
    assert "ratio 1.01" in str(report)
    with pytest.raises(GradcheckError, match=r"gradcheck wrong_cube: FAIL"):
        report.raise_if_failed()


def test_a_wrong_gradient_of_the_gradient_is_noticed():
    def detached(x):  # right first derivative of x^2 / 2, no second one
        y = x * 0.5 * x.detach()
        return y + x.detach() * 0.5 * x

    x = np.array([1.0, -2.0])
    assert gradcheck(lambda x: x * 0.5 * x, x, order=2)
    assert not gradcheck(detached, x)


@pytest.mark.parametrize(
    "f", [cutaway.relu, cutaway.abs, lambda x: cutaway.maximum(x, 0.0), lambda x: cutaway.clip(x, low=0.0)]
)
def test_a_kink_is_inconclusive_never_a_pass(f):
    report = gradcheck(f, np.array([1.0, 0.0, -1.0]))
    assert report.verdict == "inconclusive"
    assert not report
    assert "kink at index [1]" in str(report)


def test_a_kink_nearby_is_stepped_round():
    assert gradcheck(cutaway.relu, np.array([3e-7, -4e-7, 1.0])).verdict == "pass"


def test_strong_curvature_is_no_kink():
    assert gradcheck(lambda x: cutaway.exp(400 * x), np.array([0.01, -0.01])).verdict == "pass"


def test_large_inputs_are_probed_in_random_directions(rng):
    report = gradcheck(lambda x: cutaway.tanh(x), rng.normal(size=(40, 50)))
    assert report
    assert "24 random directions (of 2000 entries)" in str(report)


def test_one_wrong_entry_of_many_is_found(rng):
    factor = np.ones(2000)
    factor[1234] = 1.5
    bad = lambda x: x * 1.0 + (x - x.detach()) * (factor - 1)  # noqa: E731
    assert not gradcheck(bad, rng.normal(size=2000))


@pytest.mark.parametrize(
    ("function", "property_"),
    [
        (lambda x: x * float(np.random.default_rng().normal()), "same result twice"),
        (lambda x: _overwriting(x), "inputs unmutated"),
    ],
)
def test_properties_that_fail(function, property_):
    report = gradcheck(function, np.array([1.0, 2.0]))
    assert report.properties[property_] is not None
    assert not report


def _overwriting(x):
    y = x * 2
    x.data[0] = 7.0
    return y


def test_integer_inputs_are_passed_on():
    assert gradcheck(lambda w, i: cutaway.core.ops.embedding(w, i), np.eye(4), np.array([1, 1, 3]))
    with pytest.raises(cutaway.DtypeError, match="none of the inputs is floating point"):
        gradcheck(lambda i: i, np.array([1]))


def test_a_module_can_be_checked():
    layer = cutaway.nn.Linear(3, 2, rng=np.random.default_rng(0)).double()
    assert gradcheck(layer, np.ones((4, 3)))
