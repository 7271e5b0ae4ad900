"""The training loop: it learns, stops, and goes on after a kill as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import cutaway
import numpy as np
import pytest
from cutaway import nn

PROGRAM = textwrap.dedent("""
    import sys, time
    import numpy as np
    from cutaway import nn
    from cutaway.nn import functional as F

    checkpoint, out, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 5)).astype(np.float32), rng.integers(0, 3, 64)
    model = nn.Sequential(nn.Linear(5, 16, rng=1), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3, rng=2),
    nn.Linear(16, 3, rng=3))

    def jitter(item, rng):
        time.sleep(pause)
        return item[0] + rng.normal(0, 0.1, 5).astype(np.float32), item[1]

    loader = nn.DataLoader(nn.Mapped(nn.ArrayDataset(x, y), jitter), 8, shuffle=True, seed=4)
    stopping = nn.EarlyStopping(patience=100)
    nn.fit(model, loader, F.cross_entropy, nn.optim.Adam(model.parameters(), 0.01), epochs=4,
           schedule=nn.schedule.cosine(32), callbacks=[stopping], checkpoint=checkpoint, checkpoint_every=1,
           show=False)
    np.savez(out, **model.state_dict())
""")


def test_a_killed_training_resumes_to_the_bit(tmp_path):
    program = tmp_path / "train.py"
    program.write_text(PROGRAM)

    def run(checkpoint, out, pause):
        return subprocess.Popen([sys.executable, str(program), str(checkpoint), str(out), str(pause)])

    straight, resumed = tmp_path / "straight.npz", tmp_path / "resumed.npz"
    assert run(tmp_path / "a.safetensors", straight, 0).wait() == 0
    checkpoint = tmp_path / "b.safetensors"
    for least in (3, 14):  # kill it twice: within the first epoch, and later
        process = run(checkpoint, resumed, 0.02)
        header = {"step": 0}
        while process.poll() is None and header["step"] < least:
            time.sleep(0.02)
            if checkpoint.exists():
                header = nn.checkpoint.load(checkpoint)[1]
        assert process.poll() is None, "it ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not resumed.exists()
    assert run(checkpoint, resumed, 0).wait() == 0
    with np.load(straight) as a, np.load(resumed) as b:
        assert set(a) == set(b)
        for name in a:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def _problem(seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(128, 2)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)  # no line separates these
    model = nn.Sequential(nn.Linear(2, 16, rng=rng), nn.Tanh(), nn.Linear(16, 2, rng=rng))
    return model, nn.DataLoader(nn.ArrayDataset(x, y), 16, shuffle=True)


def test_it_learns_what_a_line_cannot():
    model, loader = _problem()
    history = nn.fit(
        model,
        loader,
        nn.functional.cross_entropy,
        nn.optim.Adam(model.parameters(), 0.02),
        epochs=40,
        show=False,
    )
    assert history[0]["loss"] > 0.6
    assert history[-1]["loss"] < 0.2


def test_early_stopping_gives_the_best_parameters_back():
    model, loader = _problem()
    scores = iter([0.1, 0.5, 0.4, 0.3, 0.2, 0.9])
    states = []

    def validate(network):
        assert not network.training
        states.append({k: v.copy() for k, v in network.state_dict().items()})
        return {"score": next(scores)}

    stopping = nn.EarlyStopping("score", patience=2, mode="max")
    history = nn.fit(
        model,
        loader,
        nn.functional.cross_entropy,
        nn.optim.SGD(model.parameters(), 0.1),
        epochs=6,
        validate=validate,
        callbacks=[stopping],
        show=False,
    )
    assert len(history) == 4
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(values, states[1][name])


def test_a_loss_that_is_not_finite_stops_with_advice():
    model, loader = _problem()
    with (
        pytest.raises(
            cutaway.GradientError,
            match=r"(?s)the loss is (nan|inf) at epoch \d+, batch \d+.*lower lr, pass clip",
        ),
        np.errstate(all="ignore"),
    ):
        nn.fit(model, loader, _exploding, nn.optim.SGD(model.parameters(), 1e20), epochs=9, show=False)


def _exploding(scores, targets):
    return (scores * scores).sum()


def test_checkpoints_that_do_not_fit(tmp_path):
    model, loader = _problem()
    path = tmp_path / "run.safetensors"
    nn.fit(
        model,
        loader,
        nn.functional.cross_entropy,
        nn.optim.SGD(model.parameters(), 0.1),
        epochs=1,
        checkpoint=path,
        show=False,
    )
    assert json.loads((tmp_path / "run.json").read_text())["step"] == 8
    other = nn.Sequential(nn.Linear(2, 8, rng=0), nn.Tanh(), nn.Linear(8, 2, rng=0))
    with pytest.raises(nn.CheckpointError, match=r"(?s)0\.weight: expected shape \(8, 2\), got \(16, 2\)"):
        nn.fit(
            other,
            loader,
            nn.functional.cross_entropy,
            nn.optim.SGD(other.parameters(), 0.1),
            epochs=2,
            checkpoint=path,
            show=False,
        )
    whole = path.read_bytes()
    for damaged in (whole[:100], whole[: len(whole) // 2], b"", b"\xff" * 64, whole[8:]):
        path.write_bytes(damaged)
        with pytest.raises(nn.CheckpointError, match="expected a whole safetensors file"):
            nn.checkpoint.load(path)


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    nn.checkpoint.save(path, {"a": np.arange(3)}, {"step": 1})

    def no_space(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        nn.checkpoint.save(path, {"a": np.arange(4)}, {"step": 2})
    monkeypatch.undo()
    arrays, header = nn.checkpoint.load(path)
    assert header == {"step": 1}
    assert len(arrays["a"]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c.json", "c.safetensors"]


class TestArgumentsInTheWrongPlace:
    """Said before anything is trained."""

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"model": lambda x: x}, "model is a function; expected a Module"),
            ({"loader": [1, 2]}, r"loader is a list; expected a loader: nn.DataLoader\("),
            (
                {"loss": "optimiser"},
                r"loss is a SGD; expected a function of \(outputs, targets\); the order is",
            ),
            ({"optimiser": nn.functional.mse_loss}, "optimiser is a .*; expected an optimiser"),
            ({"schedule": "scheduler"}, "schedule is a StepLR; expected a function: nn.schedule"),
            ({"optimiser": "lbfgs"}, r"call optimiser.step\(closure\)"),
        ],
    )
    def test(self, change, says):
        model = nn.Linear(2, 1)
        optimiser = nn.optim.SGD(model.parameters())
        made = {
            "optimiser": optimiser,
            "scheduler": nn.optim.lr_scheduler.StepLR(optimiser, 3),
            "lbfgs": nn.optim.LBFGS(model.parameters()),
        }
        x = np.zeros((4, 2), np.float32)
        right = {
            "model": model,
            "loader": nn.DataLoader(nn.ArrayDataset(x, x[:, :1])),
            "loss": nn.functional.mse_loss,
            "optimiser": optimiser,
            "schedule": None,
        }
        change = {
            name: made.get(value, value) if isinstance(value, str) else value
            for name, value in change.items()
        }
        before = model.weight.numpy().copy()
        with pytest.raises(TypeError, match=says):
            nn.fit(**{**right, **change}, epochs=1, show=False)
        assert (model.weight.numpy() == before).all()
