"""Fast dropout: the two losses against draws, gradients against differences."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.text.sentences.linear.dropout import DropoutLogistic, closed_form, gaussian, objective
from scipy.sparse import csr_array


@pytest.mark.parametrize("loss", [closed_form, gaussian])
@pytest.mark.parametrize("p", [0.5, 0.9, 1.0])
def test_the_gradient_is_the_losses(loss, p, rng):
    x = csr_array((rng.random((20, 9)) < 0.4).astype(float) * rng.normal(size=(20, 9)))
    y, across = rng.choice([-1.0, 1.0], 20), ((x.T).tocsr(), (x * x).T.tocsr())
    w, step = rng.normal(size=9), 1e-6
    value = lambda w: objective(w, x, x * x, across, y, p, 0.1, loss)  # noqa: E731
    by_differences = [(value(w + e)[0] - value(w - e)[0]) / (2 * step) for e in step * np.eye(9)]
    np.testing.assert_allclose(value(w)[1], by_differences, rtol=1e-5, atol=1e-6)


def test_the_gaussian_loss_is_the_mean_of_draws(rng):
    mu, s2, y = rng.normal(size=30), rng.random(30) * 4, rng.choice([-1.0, 1.0], 30)
    draws = mu[:, None] + np.sqrt(s2)[:, None] * rng.normal(size=(30, 100_000))
    np.testing.assert_allclose(
        gaussian(mu, s2, y)[0], np.logaddexp(0, -y[:, None] * draws).mean(1), rtol=0.02
    )


def test_the_closed_form_is_near_dropout_itself(rng):
    """In sum over sentences of 40 words, half of them dropped at random."""
    w, keep = rng.normal(size=(50, 40)) * 0.3, rng.random((50, 4000, 40)) < 0.5
    drawn = np.logaddexp(0, -np.einsum("nk,ndk->nd", w, keep)).mean()
    near = closed_form(w.sum(1) / 2, (w**2).sum(1) / 4, np.ones(50))[0].mean()
    assert near == pytest.approx(drawn, rel=0.03)


@pytest.mark.parametrize("loss", [closed_form, gaussian])
def test_without_variance_it_is_logistic_regression(loss, rng):
    mu, y = rng.normal(size=9) * 5, rng.choice([-1.0, 1.0], 9)
    losses, by_mu, by_s2 = loss(mu, np.zeros(9), y)
    np.testing.assert_allclose(losses, np.log1p(np.exp(-y * mu)))
    np.testing.assert_allclose(by_mu, -y / (1 + np.exp(y * mu)))
    assert (by_s2 > 0).all(), "variance costs"


@pytest.mark.parametrize("form", ["closed", "gaussian"])
def test_it_learns(form, rng):
    y = rng.integers(0, 2, 200)
    x = (rng.random((200, 20)) < np.where(y[:, None] == np.arange(20) % 2, 0.4, 0.1)).astype(float)
    assert DropoutLogistic(form).fit(x[:150], y[:150]).score(x[150:], y[150:]) > 0.8


@pytest.mark.parametrize("wrong", [{"form": "delta"}, {"keep": 0}, {"lam": -1}, {"max_iter": 0}])
def test_a_parameter_has_its_range(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DropoutLogistic(**wrong)
