"""Losses that assume nothing about their input, and keep their digits far from 0."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway import nn, tensor
from cutaway.nn import functional as F


def test_the_likelihood_of_scores_that_are_no_log_probabilities():
    x = tensor([[1.0, 2.0, -1.0]], requires_grad=True)
    y = F.nll_loss(x, np.array([0]))
    y.backward()
    assert y.item() == -1.0
    np.testing.assert_array_equal(x.grad.data, [[-1, 0, 0]])


@pytest.mark.parametrize("weight", [None, np.array([0.5, 2.0, 3.0])])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_nll_loss_picks_and_weighs(weight, reduction, rng):
    x, target = rng.normal(size=(4, 3, 2)), rng.integers(0, 3, size=(4, 2))
    target[1, 0] = 7
    options = {"weight": weight, "ignore_index": 7, "reduction": reduction}
    w = np.ones(3) if weight is None else weight
    expected = np.zeros((4, 2))
    for n, l in np.ndindex(4, 2):
        if target[n, l] != 7:
            expected[n, l] = -w[target[n, l]] * x[n, target[n, l], l]
    if reduction != "none":
        total = w[target[target != 7]].sum()
        expected = expected.sum() / (total if reduction == "mean" else 1)
    np.testing.assert_allclose(F.nll_loss(x, target, **options), expected, rtol=1e-12)
    cutaway.gradcheck(lambda x: F.nll_loss(x, target, **options), x, order=2).raise_if_failed()
    normal = F.nll_loss(F.log_softmax(x, 1), target, **options)
    np.testing.assert_allclose(normal, F.cross_entropy(x, target, **options), rtol=1e-12)


def test_an_ignored_log_probability_may_be_infinite():
    x = tensor([[-np.inf, 0.0], [-1.0, -2.0]], requires_grad=True)
    with np.errstate(invalid="ignore"):
        y = F.nll_loss(x, np.array([-100, 1]))
    y.backward()
    assert y.item() == 2.0
    np.testing.assert_array_equal(x.grad.data, [[0, 0], [0, -1]])


FAR = [-100.0, -50.0, -15.0, -1.0, 0.0, 1.0, 15.0, 50.0, 100.0]
LOSSES = {
    "positive": lambda x: F.binary_cross_entropy_with_logits(x, x * 0 + 1, "none"),
    "negative": lambda x: F.binary_cross_entropy_with_logits(x, x * 0, "none"),
    "nearly positive": lambda x: F.binary_cross_entropy_with_logits(x, x * 0 + (1 - 2.0**-20), "none"),
    "logsigmoid": F.logsigmoid,
    "softplus": F.softplus,
}


@pytest.mark.parametrize("name", LOSSES)
def test_float32_agrees_with_float64_far_from_0(name, rng):
    """1 - s(15) is 3.06e-7 with three digits, not the 2.98e-7 (or the 0) that is left after 1 - 0.9999997."""
    g, found = rng.normal(size=len(FAR)), {}
    for dtype in (np.float32, np.float64):
        x = tensor(np.array(FAR, dtype), requires_grad=True)
        y = LOSSES[name](x)
        y.backward(g)
        found[dtype] = y.data, x.grad.data
    for single, double in zip(found[np.float32], found[np.float64], strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=2e-6, atol=1e-42)


def test_binary_cross_entropy_at_15():
    assert F.binary_cross_entropy_with_logits(tensor([15.0]), tensor([1.0])).item() == pytest.approx(
        3.059022e-7, rel=1e-6
    )


X = np.array([[0.2, -1.0, 0.5], [1.5, 0.3, -0.2]])


@pytest.mark.parametrize(
    ("x", "target", "hint"),
    [
        (
            X,
            np.array([0.0, 2.0]),
            r"they look like class numbers: target\.long\(\), or astype\(numpy\.int64\)",
        ),
        (X, np.array([0.5, 1.7]), r"class numbers 0 to 2 are whole numbers; .* mse_loss"),
        (X[0], np.array([0.0, 1.0, 1.0]), r"binary_cross_entropy_with_logits"),
        (X, X[:, :2], r"expected class numbers \(N, \.\.\.\) or probabilities \(2, 3\), got float64"),
    ],
)
def test_float_targets_get_the_right_hint(x, target, hint):
    for loss in (F.cross_entropy, nn.CrossEntropyLoss()):
        with pytest.raises(cutaway.ShapeError, match=rf"(?s)cross_entropy.*{hint}"):
            loss(tensor(x), target)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            lambda: F.cross_entropy(X, np.array([0, 1]), label_smoothing=2),
            r"label_smoothing in \[0, 1\], got 2",
        ),
        (lambda: F.cross_entropy(X, np.array([0, 3]), label_smoothing=0.1), "target 3 is no class"),
        (lambda: F.cross_entropy(X, X, weight=np.ones(2)), r"one weight a class, shape \(3,\)"),
        (lambda: F.binary_cross_entropy(X, X), r"(?s)expected probabilities in \[0, 1\].*sigmoid"),
        (lambda: F.binary_cross_entropy(X, X[:1]), "expected x and target of one shape"),
        (lambda: F.huber_loss(X, X, delta=0), "expected delta > 0"),
        (lambda: F.kl_div(X, X, "batch"), "'batchmean', 'sum' or 'none', got 'batch'"),
        (lambda: F.mse_loss(X, X, "average"), "'mean', 'sum' or 'none', got 'average'"),
        (lambda: F.cosine_embedding_loss(X, X, np.array([0, 1])), r"targets 1 \(together\) and -1"),
        (lambda: F.cosine_embedding_loss(X, X, np.array([1])), r"expected x1, x2 \(N, D\) and target \(N,\)"),
    ],
    ids=range(10),
)
def test_what_does_not_fit_is_refused(call, problem):
    with pytest.raises(ValueError, match=problem):
        call()


def test_modules_do_what_the_functions_do(rng):
    x, t = rng.normal(size=(4, 3)), rng.uniform(0.1, 0.9, size=(4, 3))
    classes, weight = np.array([0, 2, 1, 1]), np.array([0.5, 1.0, 2.0])
    p, signs = 1 / (1 + np.exp(-x)), np.array([1, -1, -1, 1])
    for module, function, inputs, options in [
        (nn.CrossEntropyLoss, F.cross_entropy, (x, classes), {"weight": weight, "label_smoothing": 0.1}),
        (nn.NLLLoss, F.nll_loss, (x, classes), {"weight": weight, "ignore_index": 2, "reduction": "sum"}),
        (nn.MSELoss, F.mse_loss, (x, t), {"reduction": "sum"}),
        (nn.L1Loss, F.l1_loss, (x, t), {"reduction": "none"}),
        (nn.SmoothL1Loss, F.smooth_l1_loss, (x, t), {"beta": 0.3}),
        (nn.HuberLoss, F.huber_loss, (x, t), {"delta": 0.3}),
        (nn.BCELoss, F.binary_cross_entropy, (p, t), {"weight": weight}),
        (nn.BCEWithLogitsLoss, F.binary_cross_entropy_with_logits, (x, t), {"pos_weight": weight}),
        (
            nn.BCEWithLogitsLoss,
            F.binary_cross_entropy_with_logits,
            (x, t),
            {"weight": weight, "reduction": "sum"},
        ),
        (nn.KLDivLoss, F.kl_div, (x, t), {"reduction": "batchmean"}),
        (nn.CosineEmbeddingLoss, F.cosine_embedding_loss, (x, t, signs), {"margin": 0.2}),
        (nn.CosineSimilarity, F.cosine_similarity, (x, t), {"dim": 0}),
    ]:
        np.testing.assert_array_equal(module(**options)(*inputs), function(*inputs, **options))
        single = [each.astype(np.float32) if each.dtype == np.float64 else each for each in inputs]
        assert function(*[tensor(each) for each in single], **options).dtype == np.float32
        reduction = next((value for key, value in options.items() if key == "reduction"), "mean")
        if module is not nn.CosineSimilarity:
            assert f"reduction={reduction!r}" in repr(module(**options))


def test_second_derivatives_of_the_losses(rng):
    x, t = rng.normal(size=(4, 3)), rng.uniform(0.1, 0.9, size=(4, 3))
    for call in (
        lambda x, t: F.binary_cross_entropy(cutaway.sigmoid(x), t),
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=np.array([2.0, 0.5, 1.0])),
        lambda x, t: F.huber_loss(x, t, delta=0.5),
        lambda x, t: F.kl_div(x, cutaway.sigmoid(t)),
        lambda x, t: F.cosine_similarity(x, t).sum(),
        lambda x, t: F.cross_entropy(x, t, label_smoothing=0.3),
        lambda x, t: F.cross_entropy(x, np.array([0, 2, 1, 1]), label_smoothing=0.3),
    ):
        cutaway.gradcheck(call, x, t, order=2).raise_if_failed()


def test_certain_probabilities_have_finite_losses():
    p, t = tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True), tensor([0.0, 1.0, 1.0, 0.0])
    y = F.binary_cross_entropy(p, t, reduction="none")
    y.sum().backward()
    np.testing.assert_array_equal(y.data, [0, 0, 100, 100])
    np.testing.assert_allclose(p.grad.data, [0, 0, -1e12, 1e12], rtol=1e-6)
    zero = tensor([[0.0, 0.0]], requires_grad=True)
    F.cosine_similarity(zero, tensor([[1.0, 0.0]])).sum().backward()
    assert np.isfinite(zero.grad.data).all()
