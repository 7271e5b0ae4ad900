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


class TestNothingPassesUnchecked:
    """What could not be looked at is an error or inconclusive, and what is right is no failure."""

    @pytest.mark.parametrize(
        "fn",
        [
            lambda x: None,
            lambda x: x.detach().numpy(),
            lambda x: float(x.detach().sum().item()),
            lambda x: [],
            lambda x: {"loss": (x * x).sum().item()},
            lambda x: (x * 2, [x.detach().numpy()]),
            lambda x: x.astype(np.int64),
        ],
    )
    def test_what_is_no_tensor_is_an_error(self, fn):
        with pytest.raises((TypeError, cutaway.CutawayError)):
            gradcheck(fn, np.array([1.0, 2.0]))

    @pytest.mark.parametrize("pack", [lambda y: [y, [y]], lambda y: {"a": {"b": y}}, lambda y: (1, None, y)])
    def test_what_is_packed_is_looked_at(self, pack):
        x = np.array([0.5, -1.0])
        assert gradcheck(lambda x: pack(cutaway.tanh(x)), x)
        assert gradcheck(lambda x: pack(cutaway.tanh(x) + x.detach()), x).verdict == "fail"

    def test_small_slopes_of_large_values(self):
        x = np.array([0.5, -1.0])
        assert gradcheck(lambda x: x + 1e8, x).verdict == "pass"
        assert gradcheck(lambda x: x.detach() + 1e8 + x * 0, x).verdict == "fail"
        assert gradcheck(lambda x: 1e8 + 2 * x - x.detach(), x).verdict == "fail"
        hidden = gradcheck(lambda x: x.sin() + 1e15, x)
        assert hidden.verdict == "inconclusive"
        assert "hidden by round-off at [0], [1]" in str(hidden)

    @pytest.mark.parametrize(
        "fn", [cutaway.sign, lambda x: x * 0 + 1e9, lambda x: x.detach() * 2 * 0 + x * 0]
    )
    def test_what_has_no_slope_passes(self, fn):
        assert gradcheck(fn, np.array([0.5, -1.0])).verdict == "pass"

    def test_a_rule_that_spoils_the_result(self):
        @cutaway.op("y = x^2, with a rule that writes to y")
        class spoiler:
            def forward(x):
                return x * x

            def vjp_x(g, y, x):
                raw = y.data if isinstance(y, cutaway.Tensor) else y
                raw *= 2
                return 2 * g * x

            def samples(rng):
                yield np.ones(2)

        try:
            report = gradcheck(spoiler, np.array([0.5, -1.0]))
            assert not report
            assert "changed by the backward pass" in str(report)
        finally:
            cutaway.core.op.__globals__["REGISTRY"].pop("spoiler", None)

    def test_a_rule_that_is_wrong_in_float32_alone(self):
        @cutaway.op("y = 3 x, wrong in float32")
        class single:
            def forward(x):
                return x * 3

            def vjp_x(g, y, x):
                return g * (3 if g.dtype == np.float64 else 4)

            def samples(rng):
                yield np.ones(2)

        try:
            report = gradcheck(single, np.array([0.5, -1.0]))
            assert not report
            assert "in float32 gradient 0 has" in str(report)
        finally:
            cutaway.core.op.__globals__["REGISTRY"].pop("single", None)

    @pytest.mark.parametrize(
        "fn",
        [
            lambda x: cutaway.softmax(x * 1e3, axis=-1),
            lambda x: cutaway.softmax(x, axis=-1),
            lambda x: cutaway.tanh(x.astype(np.float32)),
            lambda x: (x.astype(np.float32) * x.astype(np.float32)).sum().astype(np.float64),
        ],
    )
    def test_no_false_alarm(self, fn):
        assert gradcheck(fn, np.array([[1.0, -0.5, 0.3], [0.2, 2.0, -1.0]])).verdict != "fail"
        assert gradcheck(fn, 1e3 * np.array([[1.0, -0.5, 0.3]])).verdict != "fail"

    def test_what_is_wrong_in_float32_inside_fails(self):
        def wrong(x):
            y = x.astype(np.float32)
            return y * y.detach()

        assert gradcheck(wrong, np.array([0.7, -1.3])).verdict == "fail"
