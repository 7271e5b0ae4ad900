"""One network on several ranks: each has a copy and a part of the batch, and the gradients are summed.

A rank's loss L_r is the mean over its n_r examples; the loss of all n = n_1 + ... + n_N of them is

    L = sum_r (n_r / n) L_r = (1 / N) sum_r s_r L_r                        with the share s_r = N n_r / n

(1 for parts of one size), so that its gradient is the mean of the ranks' own, of s_r L_r:

    dL/dp = (1 / N) sum_r d(s_r L_r)/dp

The backward pass finds the gradients of the last layers first.  They fill buckets in the order in which they
come, and a full bucket is on its way while the pass goes on (``buckets.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core import GradientError, Tensor
from .buckets import Buckets
from .module import Module
from .normalisation import synchronise
from .optim import LBFGS, Optimiser
from .optim.wrapper import Wrapper
from .shares import begin_alike, known

BUCKET_BYTES = 4 << 20


class AllReduce(Wrapper):
    """An optimiser whose gradients are means over all ranks; the rest is that of the one that it wraps.

    N ranks with batches of b items do what one process with batches of N b does, but for the rounding of
    sums; batch norm only if it is synchronised.  Every rank makes it at the same time, and begins with rank
    0's parameters, buffers and state.  Reading ``p.grad`` after `backward` waits for the sum, so that what is
    clipped or looked at is the same everywhere; gradients of several passes add up.

    Parameters
    ----------
    optimiser : any that steps by gradients; not L-BFGS, which measures the loss.
    comm : an MPI communicator, such as ``mpi4py.MPI.COMM_WORLD``.
    model : the network, if it has buffers, or parameters that the optimiser does not change.
    sync_batch_norm : whether the model's batch norms take mean and variance over the batches of all ranks;
        else each takes its own batch's, and rank 0's running ones are those that are kept.
    bucket_bytes : gradients that travel together; from 1 for each on its own.

    Examples
    --------
    A step; a rank without items leaves out the third line, parts of one size need no share::

        optimiser.zero_grad()
        share = optimiser.share(len(x))
        (loss(model(x), y) * share).backward()
        optimiser.step()
    """

    def __init__(
        self,
        optimiser: Optimiser,
        comm: Any,
        model: Module | None = None,
        *,
        sync_batch_norm: bool = False,
        bucket_bytes: int = BUCKET_BYTES,
    ):
        if not isinstance(optimiser, Optimiser) or isinstance(optimiser, AllReduce | LBFGS):
            came = f"a {type(optimiser).__name__}"
            raise TypeError(f"AllReduce: expected an optimiser with a rate, such as SGD, got {came}")
        if sync_batch_norm and model is None:
            raise ValueError(
                "AllReduce: for sync_batch_norm expected the model: AllReduce(optimiser, comm, model)"
            )
        super().__init__(optimiser)
        self.comm, self.model = comm, model
        self.sync_batch_norm, self.bucket_bytes = sync_batch_norm, bucket_bytes
        self._own = comm.Dup()  # for messages between which there may be others
        self._steps, self._is_open, self._is_summed = 0, False, False  # a sum has begun; it is complete
        self._remove, self._before = {}, {}  # by the parameters' numbers
        self._take_over()

    def adopt(self, model: Module) -> None:
        """Take care of this network, too: see ``model``; every rank calls it."""
        self.model = model
        self._take_over()

    def add_group(self, group: dict[str, Any]) -> None:
        super().add_group(group)
        self._take_over()

    def share(self, examples: float | None) -> float:
        """Return the factor of this rank's loss, s_r; every rank calls it, before `backward`.

        Parameters
        ----------
        examples : what the loss is a mean over, or the weights that it divided by; 0 for a rank without
            items; None if it is no mean but a sum.
        """
        self.finish()
        self._listen()
        self._is_open, self._is_summed = True, False
        own = np.array([examples or 0, examples is None], np.float64)
        total = np.zeros_like(own)
        self.comm.Allreduce(own, total)
        if total[1]:
            return float(self.comm.size)
        return float(self.comm.size * own[0] / total[0]) if total[0] else 1.0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update by the mean gradients; every rank calls it."""
        loss = closure() if closure is not None else None
        if not self._is_summed:
            self._sum()
        self.optimiser.step()
        self._steps += 1
        self._is_summed = False
        self._listen()
        return loss

    def zero_grad(self) -> None:
        self.finish()
        self._is_summed = False
        super().zero_grad()
        self._listen()

    def finish(self) -> None:
        """Wait for the sums that have begun; reading ``p.grad`` does it."""
        if self._is_open:
            self._sum()

    def close(self) -> None:
        """Let go of the parameters and the batch norms: what follows is this rank's alone."""
        self._let_go()
        synchronise(self.model, None)
        self._own.Free()

    def _take_over(self) -> None:
        """Begin as rank 0 does, and listen to all parameters."""
        self.finish()
        self._let_go()
        more = self.model.parameters() if self.model is not None else ()
        own = (p for group in self.groups for p in group["params"])
        self._parameters: list[Tensor] = list({id(p): p for p in (*more, *own)}.values())
        begin_alike(self.comm, self.optimiser, self._parameters, self.model)
        self._buckets = Buckets(self._own, self._parameters, self.bucket_bytes)
        synchronise(self.model, self.comm if self.sync_batch_norm else None)
        self._listen()

    def _listen(self) -> None:
        """Have all gradients come here; those of parameters that did not want one so far, too."""
        self._nodes: list[Any] = [p._lasting for p in self._parameters]
        for i, node in enumerate(self._nodes):
            if i not in self._remove and node is not None:
                if node.noted("pending") is not None:
                    raise ValueError("AllReduce: a parameter belongs to another one; close() that first")
                self._remove[i] = node.add_hook(lambda g, i=i: self._arrive(i, g))
                node.note("pending", self.finish)

    def _let_go(self) -> None:
        for i, remove in self._remove.items():
            remove()
            self._nodes[i].note("pending", None)
        self._remove.clear()

    def _arrive(self, i: int, g: Tensor) -> None:
        """Take a gradient that the backward pass has completed, and is about to add to what was there."""
        if g.node is not None:
            raise GradientError("AllReduce: create_graph=True: a gradient would lose its graph in the sum")
        if i in self._before:  # the second pass since the last sum
            self._sum()
        self._is_open, self._is_summed = True, False
        self._before[i] = self._nodes[i].grad
        self._buckets.put(i, g.data)

    def _sum(self) -> None:
        """Wait for the sums, and write the means in the place of this rank's gradients."""
        self._is_open, self._is_summed = False, True
        count, size = len(self._parameters), self.comm.size
        here, wanted = np.zeros(count), np.array([p.requires_grad for p in self._parameters], float)
        here[self._buckets.arrived] = 1
        if any(i not in self._remove for i in np.flatnonzero(wanted)):
            hint = "call zero_grad() or share() after unfreezing"
            raise GradientError(f"AllReduce: a parameter was unfrozen before backward()\n    hint: {hint}")
        note = self._buckets.sum(np.concatenate([[self._steps, self._steps**2], here, wanted]))
        here, wanted = note[2 : count + 2], note[count + 2 :]
        if size * note[1] != note[0] ** 2 or any(0 < each < size for each in wanted):
            raise known("ranks differ in the number of their steps, or in which parameters are frozen")
        for i in np.flatnonzero(here).tolist():
            node, arrived = self._nodes[i], i in self._before
            before = self._before[i] if arrived else node.grad
            out = node.grad.data if arrived else np.empty(node.shape, node.dtype)
            np.multiply(self._buckets[i], 1 / size, out=out)
            if before is not None:
                out += before.data
            node.grad = Tensor(out)
        self._before.clear()
        self._buckets.restart()
