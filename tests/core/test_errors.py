"""Mistakes a student makes, and what the engine says: the op, the shapes, the next step."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import AnomalyError, DtypeError, GradientError, ShapeError, tensor


def leaf(*shape):
    return tensor(np.ones(shape), requires_grad=True)


def test_writing_a_tensor_into_an_array():
    array = np.zeros((2, 3))
    with pytest.raises(GradientError, match=r"(?s)gradient would be lost.*stack.*where.*detach"):
        array[0] = leaf(3)
    with pytest.raises(GradientError, match=r"(?s)numpy.add.*y = y \+ x instead of y \+= x"):
        array += leaf(2, 3)
    with pytest.raises(GradientError, match="gradient would be lost"):
        np.asarray(leaf(3))


def test_an_in_place_change_of_a_value_that_a_gradient_needs():
    w = leaf(3)
    y = (w * w).sum()
    with cutaway.no_grad():
        w += 1  # a new tensor: harmless
        w = y.node and w
    x = leaf(3)
    y = cutaway.exp(x * 2) * x
    with cutaway.no_grad():
        x[0] = 5.0
    with pytest.raises(
        GradientError,
        match=r"(?s)mul: its gradient needs \w+, which was changed in place.*\(3,\) float64.*hint",
    ):
        y.backward(np.ones(3))


def test_a_change_after_the_backward_pass_is_fine():
    x = leaf(3)
    for _ in range(3):
        y = (x * x).sum()
        y.backward()
        with cutaway.no_grad():
            x.add_(x.grad, alpha=-0.1)
            x.grad = None
    np.testing.assert_allclose(x.numpy(), 0.8**3 * np.ones(3))


def test_in_place_on_a_recorded_tensor():
    with pytest.raises(GradientError, match=r"(?s)x\[\.\.\.\] = v.*where, stack or concat"):
        leaf(3)[0] = 1.0
    y = leaf(3) * 2
    with pytest.raises(ValueError, match="read-only"):
        y.numpy()[0] = 1.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: leaf(2, 3) + leaf(2, 4),
            r"(?s)add: .*a \(2, 3\) float64.*b \(2, 4\).*hint: shapes broadcast from the right",
        ),
        (lambda: leaf(2, 3) @ leaf(5, 3), r"(?s)matmul: a has 3 columns, b has 5 rows.*try b\.T"),
        (lambda: leaf(2, 3).reshape(4, 2), r"(?s)reshape: cannot reshape.*x \(2, 3\).*shape \(4, 2\)"),
        (lambda: leaf(2, 3).sum(axis=2), r"(?s)sum: axis 2 is out of bounds.*x \(2, 3\)"),
        (lambda: leaf(2, 3)[5], r"(?s)getitem: index 5 is out of bounds.*x \(2, 3\)"),
        (lambda: cutaway.concat([leaf(2, 3), leaf(2, 4)]), r"(?s)join: .*xs\[1\] \(2, 4\)"),
        (lambda: cutaway.stack([leaf(2), leaf(3)]), r"stack: expected tensors of one shape"),
        (lambda: cutaway.einsum("ij,jk->ik", leaf(2, 3), leaf(4, 5)), r"contract: .*"),
        (lambda: cutaway.einsum("ij->ik", leaf(2, 3)), r"einsum: the output letters \['k'\]"),
        (lambda: leaf(2, 3).squeeze(0), r"squeeze: axis 0 of shape \(2, 3\) does not have size 1"),
        (lambda: leaf(0, 3).mean(axis=0), r"mean: the mean of no values"),
    ],
)
def test_wrong_shapes(call, words):
    with pytest.raises(
        ShapeError if "stack" not in words and "squeeze" not in words else ValueError, match=words
    ):
        call()


def test_wrong_types():
    with pytest.raises(DtypeError, match=r"tensor: expected numbers, got <U1 from list"):
        tensor(["a"])
    with pytest.raises(DtypeError, match=r"(?s)numpy\.arctan2: there is no such op.*detach"):
        np.arctan2(leaf(2), 1.0)
    with pytest.raises(TypeError, match=r"sum: no argument 'along'; it takes x, axis, keepdims"):
        cutaway.sum(leaf(2), along=0)


def test_targets_that_are_no_classes():
    x = leaf(2, 3)
    with pytest.raises(ShapeError, match=r"(?s)target 255 is no class.*ignore_index=255"):
        cutaway.nn.functional.cross_entropy(x, np.array([0, 255]))
    with pytest.raises(ShapeError, match=r"expected targets of shape \(2,\)"):
        cutaway.nn.functional.cross_entropy(x, np.array([[0, 1]]))


def test_detect_anomaly_names_the_op_forward_and_backward():
    x = tensor([0.0, 1.0], requires_grad=True)
    with cutaway.detect_anomaly(), np.errstate(divide="ignore", invalid="ignore"):
        with pytest.raises(
            AnomalyError, match=r"(?s)log: the result has a infinity|log: the result has an infinity"
        ):
            cutaway.log(x)
        y = cutaway.sqrt(x)
        with pytest.raises(AnomalyError, match=r"(?s)sqrt: its gradient has a NaN or an infinity.*y \(2,\)"):
            y.sum().backward()


def test_truth_and_length():
    with pytest.raises(ShapeError, match=r"truth of several values"):
        bool(leaf(2))
    with pytest.raises(ShapeError, match="expected exactly one value"):
        leaf(2).item()
    with pytest.raises(GradientError, match="does not require a gradient"):
        tensor(1.0).backward()
