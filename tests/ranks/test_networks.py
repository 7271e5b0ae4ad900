"""A network on several ranks is the network of one process with all their batches."""

from __future__ import annotations

import pytest
from mpiexec import needs_mpi, program, succeeded

pytestmark = needs_mpi

PROBLEM = """
        import numpy as np
        from cutaway import nn
        from cutaway.nn import functional as F
        from cutaway.nn.parallel import AllReduce

        def problem(n=100, batch_norm=False, seed=0):
            rng = np.random.default_rng(0)
            x = rng.normal(size=(n, 3, 6, 6)).astype(np.float32)
            y = rng.integers(0, 4, n)
            norms = [nn.BatchNorm2d(8) if batch_norm else nn.Identity() for _ in range(2)]
            net = nn.Sequential(
                nn.Conv2d(3, 8, 3, bias=False, rng=seed), norms[0], nn.ReLU(),
                nn.Conv2d(8, 8, 3, bias=False, rng=2), norms[1], nn.ReLU(),
                nn.Flatten(), nn.Linear(32, 4, rng=3),
            )
            return net, nn.ArrayDataset(x, y)

        def furthest(a, b):
            return max(float(np.abs(a[name] - b[name]).max()) for name in a)
        """


def ran(size, code, folder):
    """What the ranks printed; the program begins with PROBLEM."""
    done = program(size, PROBLEM + code, folder)
    assert succeeded(done).count("well") == size, done.stdout + done.stderr


@pytest.mark.parametrize("size", [2, 3])
def test_twenty_steps_are_those_of_one_process(size, tmp_path):
    code = """
        for batch_norm in (False, True):
            sgd, adam = (nn.optim.SGD, {"lr": 0.1, "momentum": 0.9}), (nn.optim.Adam, {"lr": 0.01})
            for kind, options in sgd, adam:
                found = []
                for alone in (False, True):
                    # every rank begins with weights of its own: rank 0's count
                    net, data = problem(batch_norm=batch_norm, seed=0 if alone else comm.rank)
                    net[3].weight.requires_grad = kind is nn.optim.Adam
                    batch = 24 if alone else 24 // comm.size  # the last has 4 items: 2 + 2, or 2 + 1 + 1
                    loader = nn.DataLoader(data, batch, shuffle=True, seed=3)
                    history = nn.fit(
                        net, loader, F.cross_entropy, kind(net.parameters(), **options), epochs=4, clip=0.5,
                        show=False, comm=False if alone else None, sync_batch_norm=batch_norm and not alone,
                    )
                    found.append((net.state_dict(), history))
                (ours, history), (whole, expected) = found
                assert furthest(ours, whole) < 1e-5, furthest(ours, whole)
                for a, b in zip(history, expected):
                    assert abs(a["loss"] - b["loss"]) < 1e-5
                assert comm.allgather(history) == [history] * comm.size
                first = comm.bcast(ours)
                assert all((first[name] == ours[name]).all() for name in ours), "to the bit on all ranks"
        print("well", flush=True)
        """
    ran(size, code, tmp_path)


def test_gradients_of_synchronised_batch_norm_in_double_precision(tmp_path):
    code = """
        from cutaway.core import Tensor, ops
        rng = np.random.default_rng(1)
        x = rng.normal(size=(7, 3, 5, 4)) * [[[[1]], [[20]], [[0.01]]]] + [[[[0]], [[500]], [[-3]]]]
        g = rng.normal(size=x.shape)
        w, b = rng.normal(size=3), rng.normal(size=3)

        def gradients(x, g, **options):
            tensors = [Tensor(each) for each in (x, w, b)]
            for each in tensors:
                each.requires_grad_()
            mean, var = np.zeros(3), np.ones(3)
            if options:
                y = ops.batch_norm_over_ranks(tensors[0], mean, var, *tensors[1:], 0.1, 1e-5, comm)
            else:
                y = ops.batch_norm(tensors[0], mean, var, *tensors[1:], True)
            y.backward(g)
            return y.data, *(each.grad.data for each in tensors), mean, var

        cuts = [0, 4, 4, 7]  # a rank without items, and parts of different length
        part = slice(cuts[comm.rank], cuts[comm.rank + 1])
        y, dx, dw, db, mean, var = gradients(x[part], g[part], ranks=True)
        expected = gradients(x, g)
        np.testing.assert_allclose(y, expected[0][part], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(dx, expected[1][part], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(comm.allreduce(dw), expected[2], rtol=1e-9)
        np.testing.assert_allclose(comm.allreduce(db), expected[3], rtol=1e-9)
        np.testing.assert_allclose(mean, expected[4], rtol=1e-12)
        np.testing.assert_allclose(var, expected[5], rtol=1e-9)
        print("well", flush=True)
        """
    ran(3, code, tmp_path)


def test_batch_norm_per_rank_keeps_the_statistics_of_rank_0(tmp_path):
    code = """
        net, data = problem(batch_norm=True)
        loader = nn.DataLoader(data, 10, seed=3)
        nn.fit(net, loader, F.cross_entropy, nn.optim.SGD(net.parameters(), 0.0), epochs=1, show=False)
        of_first, of_last = problem(batch_norm=True)[0], problem(batch_norm=True)[0]
        for rank, alone in (0, of_first), (comm.size - 1, of_last):
            for inputs, _ in loader.part(rank, comm.size).epoch(0):
                alone(inputs)
        assert furthest(net.state_dict(), of_first.state_dict()) < 1e-6
        assert furthest(net.state_dict(), of_last.state_dict()) > 1e-3
        print("well", flush=True)
        """
    ran(2, code, tmp_path)


def test_a_loop_of_ones_own(tmp_path):
    code = """
        net, data = problem()
        whole, _ = problem()
        weight = np.array([0.2, 1.0, 3.0, 0.5], np.float32)
        loss = nn.CrossEntropyLoss(weight)
        optimiser = AllReduce(nn.optim.SGD(net.parameters(), 0.1, momentum=0.9), comm, net, bucket_bytes=600)
        assert isinstance(optimiser, nn.optim.Optimiser) and optimiser.param_groups[0]["lr"] == 0.1
        expected = nn.optim.SGD(whole.parameters(), 0.1, momentum=0.9)
        x, y = data.arrays
        for step in range(6):
            expected.zero_grad()
            optimiser.zero_grad()
            for k in range(2):  # two passes before each step
                start = 20 * step + 8 * k
                rows = np.arange(start, start + (1 if step == 4 else 8)) % len(x)
                loss(whole(x[rows]), y[rows]).backward()
                own = np.array_split(rows, comm.size)[comm.rank]  # in step 4 the others have nothing
                if step == 2 and k == 0:
                    optimiser.share(len(own))  # asked for, and nothing made of it
                if len(own):
                    share = optimiser.share(loss.normaliser(None, y[own]))
                    (loss(net(x[own]), y[own]) * share).backward()
                else:
                    optimiser.share(0)
            norms = [nn.optim.clip_grad_norm_(each.parameters(), 0.3) for each in (net, whole)]
            assert abs(norms[0] - norms[1]) < 1e-5, norms
            assert np.allclose(net[0].weight.grad.data, whole[0].weight.grad.data, atol=1e-6)
            optimiser.step()
            expected.step()
        assert furthest(net.state_dict(), whole.state_dict()) < 1e-6
        loss(net(x[:8]), y[:8]).backward()
        net.zero_grad()
        assert all(p.grad is None for p in net.parameters())
        optimiser.close()
        loss(net(x[:8]), y[:8]).backward()
        loss(whole(x[:8]), y[:8]).backward() if comm.rank == 0 else None  # no rank waits for another any more
        print("well", flush=True)
        """
    ran(3, code, tmp_path)


def test_parameters_that_some_ranks_or_none_use(tmp_path):
    code = """
        x = np.ones((2, 3), np.float32)
        layers = [nn.Linear(3, 1, rng=i) for i in range(4)]
        layers[3].weight = layers[0].weight  # shared
        net = nn.ModuleList(layers)
        optimiser = AllReduce(nn.optim.SGD(net.parameters(), 1.0, weight_decay=0.1), comm, bucket_bytes=1)
        before = {name: each.copy() for name, each in net.state_dict().items()}
        for step in range(3):
            optimiser.zero_grad()
            used = [0, 1] if comm.rank == step % comm.size else [3, 0]
            sum(layers[i](x).sum() for i in (used if step < 2 else used[::-1])).backward()
            assert layers[2].weight.grad is None, "nobody used it, so it does not decay"
            assert layers[1].weight.grad is not None
            # the rank that uses layer 1 has its weight twice in x w + x w, the other ranks have none
            np.testing.assert_allclose(layers[1].weight.grad.data, np.full((1, 3), 2 / comm.size), rtol=1e-6)
            here, others = 2.0, 4.0 * (comm.size - 1)
            expected = np.full((1, 3), (here + others) / comm.size)
            np.testing.assert_allclose(layers[0].weight.grad.data, expected)
            optimiser.step()
        after = net.state_dict()
        assert (after["2.weight"] == before["2.weight"]).all()
        assert furthest(after, comm.bcast(after)) == 0
        layers[2].requires_grad_(comm.rank == 0)
        optimiser.zero_grad()
        layers[1](x).sum().backward()
        try:
            optimiser.step()
        except RuntimeError as error:
            assert "which parameters are frozen" in str(error)
            print("well", flush=True)
        """
    ran(2, code, tmp_path)


def test_what_must_not_pass_silently(tmp_path):
    code = """
        from cutaway.core import GradientError
        def refused(kind, part, act):
            try:
                act()
            except kind as error:
                assert part in str(error), error
            else:
                raise AssertionError(part)

        net, data = problem()
        sgd = nn.optim.SGD(net.parameters(), 0.1)
        optimiser = AllReduce(sgd, comm)
        x = data.arrays[0][:4]
        refused(ValueError, "belongs to another one", lambda: AllReduce(sgd, comm))
        refused(TypeError, "with a rate", lambda: AllReduce(optimiser, comm))
        refused(TypeError, "with a rate", lambda: AllReduce(nn.optim.LBFGS(net.parameters()), comm))
        refused(ValueError, "expected the model", lambda: AllReduce(sgd, comm, sync_batch_norm=True))
        refused(GradientError, "lose its graph", lambda: net(x).sum().backward(create_graph=True))
        optimiser.close()
        net.requires_grad_(False)
        net[-1].bias.requires_grad_(True)
        fresh = nn.Parameter(np.zeros(3, np.float32), requires_grad=False)
        optimiser = AllReduce(nn.optim.SGD([net[-1].bias, fresh], 0.1), comm)
        fresh.requires_grad_(True)
        (net(x).sum() + fresh.sum()).backward()
        refused(GradientError, "was unfrozen", optimiser.step)
        print("well", flush=True)
        """
    ran(2, code, tmp_path)
