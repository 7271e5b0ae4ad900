"""Trainings on ranks stop together, and go on from the last checkpoint with any number of them."""

from __future__ import annotations

import collections

import cutaway
import pytest
from mpiexec import needs_mpi, program, succeeded

pytestmark = needs_mpi

TRAINING = """
        import os, signal, sys
        import numpy as np
        from cutaway import nn
        from cutaway.core import CutawayError
        from cutaway.nn import functional as F

        ITEMS = 46

        def training(folder, batch=4, epochs=3, kill=None, **options):
            rng = np.random.default_rng(0)
            x = rng.normal(size=(ITEMS, 5)).astype(np.float32)
            dropout = nn.Dropout(0.3, rng=2)
            net = nn.Sequential(nn.Linear(5, 8, rng=1), nn.Tanh(), dropout, nn.Linear(8, 2, rng=3))
            seen = []

            def loss(scores, targets):
                seen.extend(int(i) for i in targets)
                with open(f"{folder}/seen{comm.rank}", "a") as file:
                    file.write("".join(f"{step.step} {i}\\n" for i in targets))
                if step.step == kill and comm.rank == comm.size - 1:
                    os.kill(os.getpid(), signal.SIGKILL)
                return F.cross_entropy(scores, targets % 2)

            loader = nn.DataLoader(nn.ArrayDataset(x, np.arange(ITEMS)), batch, shuffle=True, seed=4)
            optimiser = nn.optim.Adam(net.parameters(), 0.01)

            class step:  # counts this process's steps
                step = 0

            def schedule(t):
                step.step = t
                return 1.0

            history = nn.fit(
                net, loader, loss, optimiser, epochs=epochs, schedule=schedule, show=False,
                checkpoint=f"{folder}/run.safetensors", checkpoint_every=1, **options,
            )
            return net, history
        """


def seen_in(folder) -> collections.Counter:
    """How often each step trained on each item, as the ranks noted it; the notes are removed."""
    lines = [line.split() for path in folder.glob("seen*") for line in path.read_text().splitlines()]
    for path in folder.glob("seen*"):
        path.unlink()
    return collections.Counter((int(step), int(item)) for step, item in lines)


@pytest.mark.parametrize(("killed", "after"), [(2, 1), (2, 3), (3, 2)])
def test_a_killed_rank_ends_all_and_any_number_goes_on(killed, after, tmp_path):
    done = program(killed, TRAINING + "\n        training(folder, kill=5)\n", tmp_path)
    assert done.returncode != 0
    _, header = cutaway.nn.checkpoint.load(tmp_path / "run.safetensors")
    assert header["step"] == 5, "whole, of the step before"
    assert header["items_a_step"] == 4 * killed
    before = collections.Counter()
    for (step, item), count in seen_in(tmp_path).items():
        if step < 5:
            before[item] += count
    code = """
        net, history = training(folder)
        assert len(history) == 3 and comm.allgather(history) == [history] * comm.size
        print("well", flush=True)
        """
    assert succeeded(program(after, TRAINING + code, tmp_path)).count("well") == after
    total = before + collections.Counter({item: 0 for item in range(46)})
    for (_, item), count in seen_in(tmp_path).items():
        total[item] += count
    assert dict(total) == {item: 3 for item in range(46)}, "each item once in each epoch"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_resumed_training_with_as_many_ranks_is_the_same_to_the_bit(tmp_path):
    code = """
        import shutil
        for name in "straight", "cut":
            if comm.rank == 0:
                os.mkdir(f"{folder}/{name}")
            comm.Barrier()
        straight, history = training(f"{folder}/straight")
        state = np.random.default_rng(2).bit_generator.state

        class Stop(Exception):
            pass

        def stop(training):
            if training.epoch == 2:
                raise Stop

        try:
            training(f"{folder}/cut", callbacks=[stop])
        except Exception as error:
            assert isinstance(error, Stop) or comm.rank
        resumed, again = training(f"{folder}/cut", callbacks=[lambda training: None])
        for name, values in straight.state_dict().items():
            assert (values == resumed.state_dict()[name]).all(), name
        assert [entry["loss"] for entry in history] == [entry["loss"] for entry in again]
        assert straight[2].rng.bit_generator.state == comm.bcast(straight[2].rng.bit_generator.state)
        print("well", flush=True)
        """
    assert succeeded(program(2, TRAINING + code, tmp_path)).count("well") == 2


def test_dropout_draws_other_numbers_on_each_rank(tmp_path):
    code = """
        masks = []
        class Watched(nn.Dropout):
            def forward(self, x):
                y = super().forward(x)
                masks.append((np.asarray(y) != 0).ravel())
                return y

        net = nn.Sequential(Watched(0.5, rng=1), nn.Linear(40, 2, rng=1))
        loader = nn.DataLoader(nn.ArrayDataset(np.ones((8, 40), np.float32), np.zeros(8, int)), 4)
        nn.fit(net, loader, F.cross_entropy, nn.optim.SGD(net.parameters()), epochs=1, show=False)
        (mask,) = masks
        others = comm.allgather(mask)
        assert 0.3 < (others[0] == others[1]).mean() < 0.7
        alone = np.random.default_rng(1).random((4, 40), dtype=np.float32) >= 0.5
        assert (others[0] == alone.ravel()).all()
        print("well", flush=True)
        """
    assert succeeded(program(2, TRAINING + code, tmp_path)).count("well") == 2


def test_rank_0_validates_and_all_decide_alike(tmp_path):
    code = """
        scores = iter([1.0, 3.0, 2.0, 2.5, 9.0])
        calls = []

        def validate(net):
            calls.append(net.training)
            return {"score": next(scores)}

        stopping = nn.EarlyStopping("score", patience=2, mode="max")
        spoken = []
        note = lambda training: spoken.append(training.speaks)
        callbacks = [stopping, nn.PrintEpochs(), note]
        net, history = training(folder, epochs=5, validate=validate, callbacks=callbacks)
        assert calls == ([False] * 4 if comm.rank == 0 else [])
        assert [entry["score"] for entry in history] == [1.0, 3.0, 2.0, 2.5]
        assert spoken == [comm.rank == 0] * 4
        kept = nn.checkpoint.load(f"{folder}/run.safetensors")[0]
        for name, values in net.state_dict().items():
            assert (values == kept[f"callback.0.{name}"]).all(), "the second epoch's, on every rank"
        print("well", flush=True)
        """
    said = succeeded(program(2, TRAINING + code, tmp_path))
    assert said.count("well") == 2
    assert said.count("epoch   3") == 1, "one rank prints"


FAULTS = {
    "a loss that is not finite on rank 1: the loss is nan at epoch 1": """
        loss = lambda scores, targets: F.cross_entropy(scores, targets) * (np.nan if comm.rank else 1.0)
        fit(loss=loss)""",
    "a full disk on rank 0: No space left on device": """
        def full(*_):
            raise OSError(28, "No space left on device")
        if comm.rank == 0:
            os.fsync = full
        fit(checkpoint=f"{folder}/run.safetensors")""",
    "an item that cannot be read on rank 1: image 3 is damaged": """
        def failing(item):
            if comm.rank and item[1] == 0 and started:
                raise OSError("image 3 is damaged")
            return item
        started = []
        shown = nn.Mapped(data, failing)
        def loss(scores, targets):
            started.append(1)
            return F.cross_entropy(scores, targets)
        fit(loss=loss, loader=nn.DataLoader(shown, 4, prefetch=0))""",
    "a model of another shape: ranks differ in parameters: rank 0 has '0.weight (8, 5) float32', rank 1": """
        net = nn.Sequential(nn.Linear(5, 8 + comm.rank, rng=1), nn.Linear(8 + comm.rank, 2, rng=1))
        fit(net=net)""",
    "a shorter data set: ranks differ in number of items: rank 0 has 20, rank 1 19": """
        fit(loader=nn.DataLoader(nn.Subset(data, range(20 - comm.rank)), 4))""",
    "other data: ranks differ in items of the data set": """
        fit(loader=nn.DataLoader(nn.Subset(data, [0, 1, 2 + comm.rank]), 4))""",
    "fewer items than ranks: expected at least 2 items": """
        fit(loader=nn.DataLoader(nn.Subset(data, [0]), 4))""",
    "an empty data set on one rank: expected at least 2 items": """
        fit(loader=nn.DataLoader(nn.Subset(data, range(20 * (1 - comm.rank))), 4))""",
    "another version: ranks differ in version of cutaway": """
        import cutaway
        cutaway.__version__ += "x" * comm.rank
        fit()""",
    "a loader of one's own: a list_of_batches cannot be divided between ranks": """
        class list_of_batches:
            def epoch(self, epoch, start=0):
                return iter([data[:2]])
            def __len__(self):
                return 1
        fit(loader=list_of_batches())""",
    "a callback that fails on rank 0: PermissionError": """
        def callback(training):
            if training.speaks:
                raise PermissionError("cannot write best.npz")
        fit(callbacks=[callback])""",
    "a callback that changes rank 1 alone: 0.weight is not what it is on rank 0": """
        def callback(training):
            if not training.speaks:
                training.model[0].weight.data += 1
        fit(callbacks=[callback], epochs=2)""",
    "a short last batch for synchronised batch norm: expected one for each of 2 ranks": """
        net = nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 2, rng=1))
        fit(net=net, loader=nn.DataLoader(nn.Subset(data, range(17)), 4), sync_batch_norm=True)""",
    "a rest of a batch too small for synchronised batch norm: batch 1 has 1 items left": """
        net = nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 2, rng=1))
        steps = []
        def loss(scores, targets):
            steps.append(1)
            if len(steps) == 2:
                raise KeyError
            return F.cross_entropy(scores, targets)
        try:
            if comm.rank == 0:  # alone, in batches of 5
                path = f"{folder}/alone.safetensors"
                fit(net, nn.DataLoader(data, 5), loss, comm=False, checkpoint=path, checkpoint_every=1)
        except KeyError:
            pass
        comm.Barrier()
        loader = nn.DataLoader(data, 3)
        fit(net, loader, sync_batch_norm=True, checkpoint=f"{folder}/alone.safetensors")""",
}


def test_what_fails_on_one_rank_fails_on_all(tmp_path):
    code = """
        x = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
        data = nn.ArrayDataset(x, np.arange(20) % 2)

        def fit(net=None, loader=None, loss=F.cross_entropy, epochs=1, **options):
            net = net or nn.Sequential(nn.Linear(5, 8, rng=1), nn.Linear(8, 2, rng=1))
            optimiser = nn.optim.SGD(net.parameters(), 0.1)
            loader = nn.DataLoader(data, 4) if loader is None else loader
            return nn.fit(net, loader, loss, optimiser, epochs=epochs, show=False, **options)

        fsync = os.fsync
        import cutaway
        version = cutaway.__version__
        for what, lines in faults.items():
            try:
                exec(lines, dict(globals()))
            except (CutawayError, OSError, TypeError, ValueError) as error:
                expected = what.split(": ", 1)[1]
                assert expected in str(error) or expected == type(error).__name__, (what, error)
            else:
                raise AssertionError(f"no error on rank {comm.rank}: {what}")
            os.fsync, cutaway.__version__ = fsync, version
        fit()  # and nothing is left behind that would hinder the next
        print("well", flush=True)
        """
    faults = {
        what: "\n".join(line.strip(" ") if not line.strip() else line[8:] for line in lines.splitlines())
        for what, lines in FAULTS.items()
    }
    done = program(2, TRAINING + f"\n        faults = {faults!r}\n" + code, tmp_path)
    assert succeeded(done).count("well") == 2
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("where", ["a backward pass", "synchronised batch norms"])
def test_an_error_where_others_wait_ends_them(where, tmp_path):
    code = """
        net = nn.Sequential(nn.Linear(5, 8, rng=1), nn.BatchNorm1d(8), nn.Linear(8, 2, rng=1))
        def hook(*given):
            if comm.rank == 1:
                raise ValueError("in the middle of it")
        if where == "a backward pass":
            net[0].bias.register_hook(hook)
        else:
            net[0].register_forward_hook(hook)
        loader = nn.DataLoader(nn.ArrayDataset(np.ones((20, 5), np.float32), np.zeros(20, int)), 4)
        how = {"epochs": 1, "show": False, "sync_batch_norm": where != "a backward pass"}
        nn.fit(net, loader, F.cross_entropy, nn.optim.SGD(net.parameters()), **how)
        """
    done = program(2, TRAINING + f"\n        where = {where!r}\n" + code, tmp_path)
    assert done.returncode != 0
    assert "rank 1 of 2" in done.stderr
    assert "in the middle of it" in done.stderr
