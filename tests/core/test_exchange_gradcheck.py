"""Functions of PyTorch and JAX are checked as they are.  Skipped where these are not installed."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from cutaway import gradcheck

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs


class TestTorch:
    @pytest.fixture
    def torch(self):
        return pytest.importorskip("torch", reason="the optional exchange tests need torch")

    def test_functions(self, torch, rng):
        x, w = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
        assert gradcheck(lambda x, w: torch.tanh(x @ w), x, w, order=2)
        assert gradcheck(lambda x, w: (x @ w).sin(), torch.tensor(x), torch.tensor(w)), "seen by the inputs"
        assert gradcheck(lambda x, w: (x @ w).sin(), x, w, form="torch")
        assert not gradcheck(lambda x: torch.sin(x.detach()) * x, x)
        assert gradcheck(torch.relu, np.array([1.0, 0.0])).verdict == "inconclusive"

    def test_modules_and_their_parameters(self, torch, rng):
        net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
        report = gradcheck(net, rng.normal(size=(5, 3)))
        assert report
        assert [each.name.split(" (")[0].split(", ")[1] for each in report.inputs][1:] == [
            "0.weight",
            "0.bias",
            "2.weight",
            "2.bias",
        ]
        assert next(net.parameters()).dtype == torch.float32, "the Module itself stays as it is"

    @pytest.mark.parametrize("by", [1.0, 0.5])
    def test_an_autograd_function(self, torch, rng, by):
        class Scale(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, w, times):
                ctx.save_for_backward(x, w)
                ctx.times = times
                return x * w * times

            @staticmethod
            def backward(ctx, g):
                x, w = ctx.saved_tensors
                return g * w * ctx.times, by * (g * x * ctx.times).sum(0), None

        report = gradcheck(Scale, rng.normal(size=(4, 3)), rng.normal(size=3), 2)
        assert [each.verdict for each in report.inputs] == ["pass", "pass" if by == 1 else "fail"]
        assert "input 1, w (3,)" in str(report)

    def test_float32_inside(self, torch, rng):
        assert gradcheck(lambda x: torch.tanh(x.float()), rng.normal(size=4))
        assert not gradcheck(
            lambda x: torch.tanh(x.float()) + x.float().detach() * x.float(), rng.normal(size=4)
        )


class TestJax:
    @pytest.fixture
    def jax(self):
        return pytest.importorskip("jax", reason="the optional exchange tests need jax")

    def test_functions(self, jax, rng):
        x, w = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
        assert gradcheck(lambda x, w: jax.numpy.tanh(x @ w), x, w, order=2)
        assert gradcheck(jax.jit(lambda p: p["w"] ** 2 + p["b"]), {"w": x, "b": x + 1})
        assert gradcheck(lambda x, i: jax.numpy.sin(x)[i], x, np.array([0, 1, 1]))
        assert not gradcheck(lambda x: jax.numpy.sin(jax.lax.stop_gradient(x)) * x, x)

    @pytest.mark.parametrize("by", [1.0, -1.0])
    def test_a_custom_vjp(self, jax, rng, by):
        @jax.custom_vjp
        def scale(x, w):
            return x * w

        scale.defvjp(lambda x, w: (x * w, (x, w)), lambda saved, g: (g * saved[1], by * g * saved[0]))
        report = gradcheck(scale, rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
        assert [each.verdict for each in report.inputs] == ["pass", "pass" if by == 1 else "fail"]


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_nothing_is_imported_that_was_not_given(library):
    program = (
        "import sys, numpy, cutaway; assert cutaway.gradcheck(numpy.sin, numpy.ones(2), "
        f"vjp=lambda g, x: g * numpy.cos(x)); print({library!r} in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
