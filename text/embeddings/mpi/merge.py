"""Vectors that were trained apart are merged once, at the end (Anand et al. 2019, "Asynchronous training of
word embeddings for large text corpora", ALiR).

Each rank trains on its own part and never waits.  Two such models may differ by a rotation, which changes no
dot product, so they are turned towards each other first.  With M_i the vectors of rank i, for the words that
its part has, and Y the merged ones, in turn

    R_i = the rotation with the least |M_i R_i - Y|^2 = U V^T,   U S V^T = M_i^T Y      (Procrustes)
    Y   = the mean of M_i R_i, each row weighted by how often rank i moved it

until Y stays.  v' is turned by the same R_i: v . v' stays what it was.  A word that a part does not have
counts there with weight 0, in the paper by the vector that Y and R_i say it has: the same Y in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....core.ranks import together
from ..options import EmbeddingOptions
from .deal import evenly
from .training import RankTraining, in_a_ring

TURNS, SMALL = 20, 1e-4  # at most; and the change of Y, as a share of its length, at which it stays
ANCHORS = 20_000  # rows, those that move most, by which R_i is found
NEVER = 1e-9  # the weight of a row that never moved, so that there is a mean


class Merge(RankTraining):
    """Training apart; after the last epoch the ranks' vectors are merged."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.total = self.options.epochs * len(self.tokens)  # the rate falls as this rank reads
        self.done[0] = self.state.epoch * len(self.tokens)

    def pieces(self, length: int, options: EmbeddingOptions) -> tuple[np.ndarray, np.ndarray]:
        """A piece a rank."""
        return evenly(length, self.comm.size)

    def tokens_read(self) -> int:
        """As if the others were as far as this rank."""
        return int(self.done.sum()) * self.length // max(len(self.tokens), 1)

    def read_all(self, report: Callable[[], None]) -> None:
        """One epoch; after the last one all ranks have the same vectors."""
        with together(self.comm):
            super().read_all(report)
        if self.state.epoch == self.options.epochs:
            self._merge()
        self.share_random([*range(self.stream, self.stream + self.options.threads)])

    def _merge(self) -> None:
        own = np.bincount(self.tokens, minlength=len(self.counts))
        steps = self.steps_in(own) if own[1:].any() else [np.zeros(len(self.state.v)), np.zeros(len(own))]
        weights = [each * len(self.tokens) + NEVER for each in steps]
        dim, matrices = self.options.dim, (self.state.v, self.state.vp)
        order = np.argsort(-self.expected_steps[0], kind="stable")[:ANCHORS]  # the same on all ranks
        rotation, self.bytes_sent = align(matrices[0][order, :dim], weights[0][order], self.comm)
        for matrix, weight in zip(matrices, weights, strict=True):
            turned = weighted_mean(matrix[:, :dim] @ rotation.astype(np.float32), weight, self.comm)
            matrix[:, :dim] = turned
            self.bytes_sent += in_a_ring(turned, self.comm) + in_a_ring(weight, self.comm)


def align(own: np.ndarray, weight: np.ndarray, comm: Any) -> tuple[np.ndarray, int]:
    """R_i of this rank, float64 (D, D), with M_i R_i near the mean of all ranks'; and the bytes it sent.

    Parameters
    ----------
    own : float32 (n, D)
        M_i: some rows of v.
    weight : float64 (n,)
        How often each was moved on this rank.
    """
    merged, is_known = comm.bcast((own, weight > NEVER))  # to begin with, rank 0's
    sent = in_a_ring(own, comm) // 2
    for _ in range(TURNS):
        both = is_known & (weight > NEVER)
        rotation = nearest_rotation(own[both], merged[both])
        before, is_known = merged, np.ones(len(own), bool)
        merged = weighted_mean(own @ rotation.astype(np.float32), weight, comm)
        sent += in_a_ring(merged, comm) + in_a_ring(weight, comm)
        change = np.linalg.norm(merged - before) / max(float(np.linalg.norm(merged)), 1e-30)
        if comm.bcast(bool(change < SMALL)):
            break
    return rotation, sent


def nearest_rotation(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    r"""The orthogonal R with the least \|own R - other\|^2: of Procrustes' problem (Schönemann 1966).

    >>> turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> points = np.array([[1.0, 2.0], [3.0, -1.0]])
    >>> np.allclose(nearest_rotation(points, points @ turn), turn)
    True
    """
    u, _, vt = np.linalg.svd(own.T.astype(np.float64) @ other.astype(np.float64))
    return u @ vt


def weighted_mean(own: np.ndarray, weight: np.ndarray, comm: Any) -> np.ndarray:
    """The mean of all ranks' rows, float32 (n, D), each with its weight, float64 (n,)."""
    total = np.empty_like(weight)
    comm.Allreduce(weight, total)
    merged = np.empty_like(own)
    comm.Allreduce(np.ascontiguousarray(own * (weight / total).astype(np.float32)[:, None]), merged)
    return merged
